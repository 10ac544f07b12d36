#include "io/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

#include "io/file_paths.h"
#include "io/map_guard.h"

namespace redkite::io {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kPrivateFileMode = 0600;
constexpr mode_t kDirMode = 0750;
constexpr uint64_t kCopiedBytesMax = 64 << 10;
constexpr size_t kReadStepBytes = size_t{1} << 30;  // one call moves at most about 2 GiB

Code CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Code::kKeyNotFound;
    case ENOSPC:
    case EDQUOT:
      return Code::kDiskLimitExceeded;
    default:
      return Code::kIoFailed;
  }
}

Status ErrorOf(const char* operation, const std::string& path, int error) {
  return {CodeOf(error),
          std::string(operation) + " failed: " + path + ": " + std::system_category().message(error)};
}

/// Repeats a call that a signal interrupted.
template <class F>
auto Retry(F call) {
  decltype(call()) r;
  do r = call();
  while (r == -1 && errno == EINTR);
  return r;
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& o) noexcept {
    std::swap(fd_, o.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// Without O_NONBLOCK the open of a FIFO would wait for its other end; for regular files it means nothing.
Result<Descriptor> OpenAt(const std::string& path, int flags, mode_t mode = kFileMode) {
  const int fd = Retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode); });
  if (fd < 0) return ErrorOf("open", path, errno);
  return Descriptor(fd);
}

Result<struct stat> StatOf(const Descriptor& fd, const std::string& path) {
  struct stat st;
  if (::fstat(fd.get(), &st) != 0) return ErrorOf("stat", path, errno);
  return st;
}

const char* KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Status NotRegular(const std::string& path, mode_t mode) {
  return Status::Io("open failed: " + path + ": it is " + KindOf(mode) + ", not a regular file");
}

/// The size of an open file; refused when it is not a regular one.
Result<uint64_t> FileSizeOf(const Descriptor& fd, const std::string& path) {
  RK_ASSIGN_OR_RETURN(const struct stat st, StatOf(fd, path));
  if (S_ISREG(st.st_mode)) return static_cast<uint64_t>(st.st_size);
  return NotRegular(path, st.st_mode);
}

Status ReadExactly(int fd, const std::string& path, uint64_t offset, char* out, size_t size) {
  while (size > 0) {
    const size_t step = std::min(size, kReadStepBytes);
    const ssize_t n = Retry([&] { return ::pread(fd, out, step, static_cast<off_t>(offset)); });
    if (n < 0) return ErrorOf("read", path, errno);
    if (n == 0) {
      return {Code::kUnexpectedEof,
              "read past the end of file: " + path + ": offset " + std::to_string(offset)};
    }
    out += n;
    offset += static_cast<uint64_t>(n);
    size -= static_cast<size_t>(n);
  }
  return Status::Ok();
}

// For a file whose size is told as 0 although it has bytes, as those of /proc and /sys are.
Result<std::string> ReadToEnd(int fd, const std::string& path, uint64_t bytes_max) {
  std::string bytes;
  char part[4096];
  while (true) {
    const ssize_t n = Retry([&] { return ::pread(fd, part, sizeof part, static_cast<off_t>(bytes.size())); });
    if (n < 0) return ErrorOf("read", path, errno);
    if (n == 0) return bytes;
    bytes.append(part, static_cast<size_t>(n));
    if (bytes.size() > bytes_max) return TooLargeToRead(path, bytes.size(), bytes_max);
  }
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(Descriptor fd, std::string path, uint64_t end)
      : fd_(std::move(fd)), path_(std::move(path)), end_(end) {}

  Status Append(std::string_view bytes) override { return WriteAt(end_, bytes); }

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    RK_RETURN_IF_ERROR(Usable());
    while (!bytes.empty()) {
      const size_t step = std::min(bytes.size(), kReadStepBytes);
      const ssize_t n =
          Retry([&] { return ::pwrite(fd_.get(), bytes.data(), step, static_cast<off_t>(offset)); });
      if (n < 0) return ErrorOf("write", path_, errno);
      if (n == 0) return ErrorOf("write", path_, EIO);
      bytes.remove_prefix(static_cast<size_t>(n));
      offset += static_cast<uint64_t>(n);
      end_ = std::max(end_, offset);
    }
    return Status::Ok();
  }

  Status Sync() override {
    RK_RETURN_IF_ERROR(Usable());
    // Not repeated after EINTR: whether pages were dropped is not known then.
    if (::fdatasync(fd_.get()) == 0) return Status::Ok();
    failed_ = ErrorOf("sync", path_, errno);
    return failed_;
  }

  Status Allocate(uint64_t size_bytes) override {
    RK_RETURN_IF_ERROR(Usable());
    if (size_bytes == 0) return Status::Ok();
    const int r = Retry([&] { return ::fallocate(fd_.get(), 0, 0, static_cast<off_t>(size_bytes)); });
    if (r == 0) {
      end_ = std::max(end_, size_bytes);
      return Status::Ok();
    }
    if (errno != EOPNOTSUPP && errno != ENOSYS) return ErrorOf("allocate", path_, errno);
    // A file system without the call: space is then found out of when it is written.
    if (end_ >= size_bytes) return Status::Ok();
    if (Retry([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size_bytes)); }) != 0)
      return ErrorOf("allocate", path_, errno);
    end_ = size_bytes;
    return Status::Ok();
  }

  Status Close() override {
    if (fd_.get() < 0) return Status::Ok();
    // The descriptor is gone even after EINTR; a second close could hit another file.
    if (::close(fd_.Release()) != 0 && errno != EINTR) return ErrorOf("close", path_, errno);
    return Status::Ok();
  }

 private:
  Status Usable() const {
    if (fd_.get() < 0) return Status::Internal("file is closed: " + path_);
    return failed_;
  }

  Descriptor fd_;
  const std::string path_;
  uint64_t end_;
  Status failed_;  // of the first failed Sync
};

class PosixRandomAccessFile final : public RandomAccessFile {
 public:
  PosixRandomAccessFile(Descriptor fd, std::string path, uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}
  Status ReadAt(uint64_t offset, std::span<std::byte> out) const override {
    return ReadExactly(fd_.get(), path_, offset, reinterpret_cast<char*>(out.data()), out.size());
  }
  uint64_t size_bytes() const override { return size_; }

 private:
  const Descriptor fd_;
  const std::string path_;
  const uint64_t size_;
};

class PosixMappedFile final : public MappedFile {
 public:
  PosixMappedFile(const void* address, size_t size, const std::string& path)
      : address_(address), size_(size) {
    if (size_ > 0) guard_.emplace(address_, size_, path);
  }
  ~PosixMappedFile() override {
    guard_.reset();
    if (size_ > 0) ::munmap(const_cast<void*>(address_), size_);
  }
  std::span<const std::byte> bytes() const override {
    return {static_cast<const std::byte*>(address_), size_};
  }

 private:
  const void* const address_;
  const size_t size_;
  std::optional<MapGuard> guard_;
};

/// A small file in memory, where there can be no further map.
class PosixCopiedFile final : public MappedFile {
 public:
  /// Without memory, of which there may be little when maps are refused, data() is null.
  explicit PosixCopiedFile(size_t size)
      : bytes_(std::aligned_alloc(kAlignment, (size + kAlignment - 1) / kAlignment * kAlignment)),
        size_(size) {}
  ~PosixCopiedFile() override { std::free(bytes_); }
  char* data() { return static_cast<char*>(bytes_); }
  std::span<const std::byte> bytes() const override { return {static_cast<std::byte*>(bytes_), size_}; }

 private:
  static constexpr size_t kAlignment = 64;
  void* const bytes_;
  const size_t size_;
};

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  const Descriptor fd_;  // closing it releases the lock
};

Status MakeDir(const std::string& dir) {
  if (::mkdir(dir.c_str(), kDirMode) == 0) return Status::Ok();
  const int error = errno;
  struct stat st;
  if (error == EEXIST && ::stat(dir.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) return Status::Ok();
  return ErrorOf("create directory", dir, error);
}

}  // namespace

Result<std::unique_ptr<WritableFile>> PosixFileSystem::Create(const std::string& path) {
  RK_ASSIGN_OR_RETURN(Descriptor fd, OpenAt(path, O_RDWR | O_CREAT | O_TRUNC));
  RK_ASSIGN_OR_RETURN(const struct stat st, StatOf(fd, path));
  // What is written to a device is never taken for durable: it cannot be synced.
  if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode)) return NotRegular(path, st.st_mode);
  return std::unique_ptr<WritableFile>(new PosixWritableFile(std::move(fd), path, 0));
}

Result<std::unique_ptr<WritableFile>> PosixFileSystem::CreatePrivate(const std::string& path) {
  RK_ASSIGN_OR_RETURN(Descriptor fd, OpenAt(path, O_RDWR | O_CREAT, kPrivateFileMode));
  RK_RETURN_IF_ERROR(FileSizeOf(fd, path).status());
  // One that was there keeps its mode and bytes in an open.
  if (::fchmod(fd.get(), kPrivateFileMode) != 0) return ErrorOf("change mode of", path, errno);
  if (Retry([&] { return ::ftruncate(fd.get(), 0); }) != 0) return ErrorOf("truncate", path, errno);
  return std::unique_ptr<WritableFile>(new PosixWritableFile(std::move(fd), path, 0));
}

Result<std::unique_ptr<WritableFile>> PosixFileSystem::OpenForWrite(const std::string& path) {
  RK_ASSIGN_OR_RETURN(Descriptor fd, OpenAt(path, O_RDWR));
  RK_ASSIGN_OR_RETURN(const uint64_t size, FileSizeOf(fd, path));
  return std::unique_ptr<WritableFile>(new PosixWritableFile(std::move(fd), path, size));
}

Result<std::unique_ptr<RandomAccessFile>> PosixFileSystem::OpenForRead(const std::string& path) {
  RK_ASSIGN_OR_RETURN(Descriptor fd, OpenAt(path, O_RDONLY));
  RK_ASSIGN_OR_RETURN(const uint64_t size, FileSizeOf(fd, path));
  return std::unique_ptr<RandomAccessFile>(new PosixRandomAccessFile(std::move(fd), path, size));
}

Result<std::unique_ptr<MappedFile>> PosixFileSystem::Map(const std::string& path) {
  RK_ASSIGN_OR_RETURN(Descriptor fd, OpenAt(path, O_RDONLY));
  RK_ASSIGN_OR_RETURN(const uint64_t size, FileSizeOf(fd, path));
  const void* address = nullptr;
  if (size > 0) {  // mmap refuses a length of 0
    address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
    // A process may have about 65,000 maps (vm.max_map_count).
    if (address == MAP_FAILED && errno == ENOMEM && size <= kCopiedBytesMax) {
      std::unique_ptr<PosixCopiedFile> copied(new (std::nothrow) PosixCopiedFile(size));
      if (copied == nullptr || copied->data() == nullptr)
        return Status::Io("map failed: " + path + ": no memory");
      RK_RETURN_IF_ERROR(ReadExactly(fd.get(), path, 0, copied->data(), size));
      return std::unique_ptr<MappedFile>(std::move(copied));
    }
    if (address == MAP_FAILED && errno == ENOMEM) {
      return Status::Io("map failed: " + path +
                        ": no address space, or too many maps for the system (vm.max_map_count)");
    }
    if (address == MAP_FAILED) return ErrorOf("map", path, errno);
  }
  return std::unique_ptr<MappedFile>(new PosixMappedFile(address, size, path));
}

Result<std::string> PosixFileSystem::ReadAll(const std::string& path, uint64_t bytes_max) {
  RK_ASSIGN_OR_RETURN(Descriptor fd, OpenAt(path, O_RDONLY));
  RK_ASSIGN_OR_RETURN(const uint64_t size, FileSizeOf(fd, path));
  if (size > bytes_max) return TooLargeToRead(path, size, bytes_max);
  if (size == 0) return ReadToEnd(fd.get(), path, bytes_max);
  std::string bytes(size, '\0');
  RK_RETURN_IF_ERROR(ReadExactly(fd.get(), path, 0, bytes.data(), bytes.size()));
  return bytes;
}

Result<std::vector<FileInfo>> PosixFileSystem::List(const std::string& dir) {
  DIR* stream = ::opendir(dir.c_str());
  if (stream == nullptr) {
    const int error = errno;
    // Something else that has the name is there: not the same as nothing.
    if (error == ENOTDIR && ::access(dir.c_str(), F_OK) == 0)
      return Status::Io("list failed: " + dir + ": Not a directory");
    return ErrorOf("list", dir, error);
  }
  std::vector<FileInfo> files;
  Status status;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream);
    if (entry == nullptr) {
      if (errno != 0) status = ErrorOf("list", dir, errno);
      break;
    }
    FileInfo info{.name = entry->d_name};
    if (info.name == "." || info.name == "..") continue;
    struct stat st;
    if (::fstatat(::dirfd(stream), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // removed meanwhile
      status = ErrorOf("stat", JoinPath(dir, info.name), errno);
      break;
    }
    info.is_dir = S_ISDIR(st.st_mode);
    info.size_bytes = info.is_dir ? 0 : static_cast<uint64_t>(st.st_size);
    files.push_back(std::move(info));
  }
  ::closedir(stream);
  if (!status.ok()) return status;
  std::sort(files.begin(), files.end(), [](const FileInfo& a, const FileInfo& b) { return a.name < b.name; });
  return files;
}

Result<bool> PosixFileSystem::Exists(const std::string& path) {
  struct stat st;
  if (::stat(path.c_str(), &st) == 0) return true;
  if (CodeOf(errno) == Code::kKeyNotFound) return false;
  return ErrorOf("stat", path, errno);
}

Status PosixFileSystem::CreateDirs(const std::string& dir) {
  for (size_t end = dir.find('/', 1);; end = dir.find('/', end + 1)) {
    const std::string level = dir.substr(0, end);
    if (!level.empty() && level.back() != '/') {
      struct stat st;
      const bool existed = ::stat(level.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
      RK_RETURN_IF_ERROR(MakeDir(level));
      if (!existed) RK_RETURN_IF_ERROR(SyncDir(DirName(level)));
    }
    if (end == std::string::npos) return Status::Ok();
  }
}

Status PosixFileSystem::Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return ErrorOf("rename", from + " to " + to, errno);
  return Status::Ok();
}

Status PosixFileSystem::Remove(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return Status::Ok();
  return ErrorOf("remove", path, errno);
}

Status PosixFileSystem::RemoveTree(const std::string& dir) {
  Result<std::vector<FileInfo>> files = List(dir);
  if (!files.ok()) {
    return files.status().code() == Code::kKeyNotFound ? Status::Ok() : files.status();
  }
  for (const FileInfo& file : *files) {
    const std::string path = JoinPath(dir, file.name);
    const Status status = file.is_dir ? RemoveTree(path) : Remove(path);
    if (!status.ok() && status.code() != Code::kKeyNotFound) return status;
  }
  if (::rmdir(dir.c_str()) != 0 && errno != ENOENT) return ErrorOf("remove directory", dir, errno);
  return Status::Ok();
}

Status PosixFileSystem::Truncate(const std::string& path, uint64_t size_bytes) {
  const int r = Retry([&] { return ::truncate(path.c_str(), static_cast<off_t>(size_bytes)); });
  return r == 0 ? Status::Ok() : ErrorOf("truncate", path, errno);
}

Status PosixFileSystem::SyncDir(const std::string& dir) {
  RK_ASSIGN_OR_RETURN(Descriptor fd, OpenAt(dir, O_RDONLY | O_DIRECTORY));
  if (::fsync(fd.get()) != 0) return ErrorOf("sync directory", dir, errno);
  return Status::Ok();
}

Result<std::unique_ptr<FileLock>> PosixFileSystem::Lock(const std::string& path) {
  // flock belongs to the open file, so a second lock of this process is refused like another process's.
  RK_ASSIGN_OR_RETURN(Descriptor fd, OpenAt(path, O_RDWR | O_CREAT));
  RK_RETURN_IF_ERROR(FileSizeOf(fd, path).status());
  if (Retry([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno != EWOULDBLOCK) return ErrorOf("lock", path, errno);
    return Status(Code::kServiceUnavailable,
                  "locked by another process or another lock of this one: " + path);
  }
  return std::unique_ptr<FileLock>(new PosixFileLock(std::move(fd)));
}

Result<uint64_t> PosixFileSystem::FreeBytes(const std::string& path) {
  struct statvfs fs;
  if (Retry([&] { return ::statvfs(path.c_str(), &fs); }) != 0) return ErrorOf("stat disk", path, errno);
  return static_cast<uint64_t>(fs.f_bavail) * fs.f_frsize;
}

}  // namespace redkite::io
