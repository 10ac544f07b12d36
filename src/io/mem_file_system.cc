#include "io/mem_file_system.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/file_paths.h"
#include "io/sparse_bytes.h"

namespace redkite::io {
namespace {

constexpr uint64_t kSectorBytes = 512;

std::string Normal(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path.empty() ? "." : std::string(path);
}

bool IsRoot(const std::string& path) { return path == "." || path == "/"; }

Status NotFound(const char* operation, const std::string& path) {
  return {Code::kKeyNotFound, std::string(operation) + " failed: " + path + ": No such file or directory"};
}

}  // namespace

struct MemFileSystem::Inode {
  struct Change {
    uint64_t offset = 0;  // of a write; the new size of a resize
    bool is_resize = false;
    std::string bytes;
  };
  SparseBytes now;
  SparseBytes durable;
  std::vector<Change> pending;
  uint64_t reserved_bytes = 0;  // by Allocate
};

struct MemFileSystem::EntryChange {
  enum Kind { kLink, kUnlink, kRename } kind;
  std::string path;
  std::string to;                // of a rename
  std::shared_ptr<Inode> inode;  // of a link; null makes a directory
  std::shared_ptr<Inode> moved;  // what the rename moved
};

class MemFileSystem::WriteHandle final : public WritableFile {
 public:
  WriteHandle(MemFileSystem* fs, std::shared_ptr<Inode> inode, std::string path, uint64_t generation)
      : fs_(fs), inode_(std::move(inode)), path_(std::move(path)), generation_(generation) {}

  Status Append(std::string_view bytes) override {
    MutexLock lock(fs_->mutex_);
    return WriteLocked(inode_->now.size(), bytes);
  }
  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    MutexLock lock(fs_->mutex_);
    return WriteLocked(offset, bytes);
  }
  Status Sync() override {
    MutexLock lock(fs_->mutex_);
    RK_RETURN_IF_ERROR(UsableLocked());
    sync_failure_ = fs_->SyncLocked(inode_.get(), path_);
    return sync_failure_;
  }
  Status Allocate(uint64_t size_bytes) override {
    MutexLock lock(fs_->mutex_);
    RK_RETURN_IF_ERROR(UsableLocked());
    RK_RETURN_IF_ERROR(fs_->EnterLocked(FileOp::kAllocate, true, path_));
    const uint64_t had = std::max(inode_->now.size(), inode_->reserved_bytes);
    if (size_bytes > had && fs_->UsedBytesLocked() + (size_bytes - had) > fs_->disk_bytes_) {
      return {Code::kDiskLimitExceeded, "allocate failed: " + path_ + ": No space left on device"};
    }
    inode_->reserved_bytes = std::max(inode_->reserved_bytes, size_bytes);
    if (size_bytes > inode_->now.size()) {
      inode_->now.Resize(size_bytes);
      inode_->pending.push_back({.offset = size_bytes, .is_resize = true, .bytes = {}});
    }
    return Status::Ok();
  }
  Status Close() override {
    MutexLock lock(fs_->mutex_);
    if (std::exchange(closed_, true)) return Status::Ok();
    return fs_->EnterLocked(FileOp::kClose, false, path_);
  }

 private:
  Status UsableLocked() const REQUIRES(fs_->mutex_) {
    if (closed_) return Status::Internal("file is closed: " + path_);
    if (generation_ != fs_->generation_) return Status::Io("file from before the power cut: " + path_);
    return sync_failure_;
  }
  Status WriteLocked(uint64_t offset, std::string_view bytes) REQUIRES(fs_->mutex_) {
    RK_RETURN_IF_ERROR(UsableLocked());
    return fs_->WriteLocked(inode_.get(), offset, bytes, path_);
  }

  MemFileSystem* const fs_;
  const std::shared_ptr<Inode> inode_;
  const std::string path_;
  const uint64_t generation_;
  bool closed_ = false;
  Status sync_failure_;
};

class MemFileSystem::ReadHandle final : public RandomAccessFile {
 public:
  ReadHandle(MemFileSystem* fs, std::shared_ptr<Inode> inode, std::string path, uint64_t size)
      : fs_(fs), inode_(std::move(inode)), path_(std::move(path)), size_(size) {}
  Status ReadAt(uint64_t offset, std::span<std::byte> out) const override {
    MutexLock lock(fs_->mutex_);
    RK_RETURN_IF_ERROR(fs_->EnterLocked(FileOp::kRead, false, path_));
    if (out.empty()) return Status::Ok();
    if (offset > inode_->now.size() || out.size() > inode_->now.size() - offset) {
      return {Code::kUnexpectedEof,
              "read past the end of file: " + path_ + ": offset " + std::to_string(offset)};
    }
    inode_->now.Read(offset, reinterpret_cast<char*>(out.data()), out.size());
    return Status::Ok();
  }
  uint64_t size_bytes() const override { return size_; }

 private:
  MemFileSystem* const fs_;
  const std::shared_ptr<Inode> inode_;
  const std::string path_;
  const uint64_t size_;
};

class MemFileSystem::MapHandle final : public MappedFile {
 public:
  explicit MapHandle(const SparseBytes& content) : bytes_(content.size()) {
    content.Read(0, reinterpret_cast<char*>(bytes_.data()), bytes_.size());
  }
  std::span<const std::byte> bytes() const override { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

class MemFileSystem::LockHandle final : public FileLock {
 public:
  LockHandle(MemFileSystem* fs, std::string path, uint64_t generation)
      : fs_(fs), path_(std::move(path)), generation_(generation) {}
  ~LockHandle() override {
    MutexLock lock(fs_->mutex_);
    if (generation_ == fs_->generation_) fs_->locks_.erase(path_);
  }

 private:
  MemFileSystem* const fs_;
  const std::string path_;
  const uint64_t generation_;
};

MemFileSystem::MemFileSystem(uint64_t seed) : random_(seed) {}
MemFileSystem::~MemFileSystem() = default;

// ---- faults

void MemFileSystem::FailNth(FileOp op, uint64_t nth, Status error, bool from_then_on) {
  MutexLock lock(mutex_);
  const auto i = static_cast<size_t>(op);
  faults_[i] = Fault{ops_[i] + nth, from_then_on, std::move(error)};
}

void MemFileSystem::ClearFaults() {
  MutexLock lock(mutex_);
  faults_.fill(std::nullopt);
  power_cut_at_.reset();
}

uint64_t MemFileSystem::op_count(FileOp op) const {
  MutexLock lock(mutex_);
  return ops_[static_cast<size_t>(op)];
}

void MemFileSystem::CutPowerAt(uint64_t nth) {
  MutexLock lock(mutex_);
  power_cut_at_ = changes_ + nth;
  cut_call_.reset();
}

std::optional<MemFileSystem::Call> MemFileSystem::cut_call() const {
  MutexLock lock(mutex_);
  return cut_call_;
}

uint64_t MemFileSystem::change_count() const {
  MutexLock lock(mutex_);
  return changes_;
}

void MemFileSystem::SetDiskBytes(uint64_t bytes) {
  MutexLock lock(mutex_);
  disk_bytes_ = bytes;
}

void MemFileSystem::FlipBit(const std::string& path, uint64_t bit) {
  MutexLock lock(mutex_);
  auto inode = FindFileLocked(Normal(path));
  CHECK(inode.ok() && bit / 8 < (*inode)->now.size());
  (*inode)->now.FlipBit(bit);
  if (bit / 8 < (*inode)->durable.size()) (*inode)->durable.FlipBit(bit);
}

void MemFileSystem::PutFile(const std::string& path, std::string_view bytes) {
  MutexLock lock(mutex_);
  auto inode = std::make_shared<Inode>();
  inode->now.Write(0, bytes);
  inode->durable = inode->now;
  durable_names_[Normal(path)] = inode;
  names_[Normal(path)] = std::move(inode);
}

std::unique_ptr<MemFileSystem> MemFileSystem::Clone(uint64_t seed) const {
  MutexLock lock(mutex_);
  auto copy = std::make_unique<MemFileSystem>(seed);
  MutexLock copy_lock(copy->mutex_);
  std::map<const Inode*, std::shared_ptr<Inode>> copies{{nullptr, nullptr}};
  auto copy_of = [&copies](const std::shared_ptr<Inode>& inode) {
    auto [it, is_new] = copies.try_emplace(inode.get());
    if (is_new) it->second = std::make_shared<Inode>(*inode);
    return it->second;
  };
  for (const auto& [path, inode] : names_) copy->names_[path] = copy_of(inode);
  for (const auto& [path, inode] : durable_names_) copy->durable_names_[path] = copy_of(inode);
  for (const EntryChange& change : pending_names_) {
    EntryChange c = change;
    c.inode = copy_of(c.inode);
    c.moved = copy_of(c.moved);
    copy->pending_names_.push_back(std::move(c));
  }
  copy->disk_bytes_ = disk_bytes_;
  return copy;
}

Status MemFileSystem::EnterLocked(FileOp op, bool changes, const std::string& path) {
  const auto i = static_cast<size_t>(op);
  ++ops_[i];
  if (changes) ++changes_;
  if (power_cut_at_ && changes_ >= *power_cut_at_) {
    if (!cut_call_) cut_call_ = Call{op, path};
    return Status::Io("power cut: " + path);
  }
  if (faults_[i] && (ops_[i] == faults_[i]->at || (faults_[i]->from_then_on && ops_[i] > faults_[i]->at))) {
    return faults_[i]->error.WithContext(path);
  }
  return Status::Ok();
}

// ---- power cut

void MemFileSystem::SurviveSomeLocked(Inode* inode) {
  enum { kNothing, kEverything, kPrefix, kSectors };
  const uint64_t fate = random_.Below(4);
  const size_t whole = fate == kPrefix ? random_.Below(inode->pending.size() + 1) : inode->pending.size();
  for (size_t i = 0; i < inode->pending.size() && fate != kNothing; ++i) {
    const Inode::Change& change = inode->pending[i];
    if (change.is_resize) {
      if (i < whole && (fate != kSectors || random_.Below(2) == 0)) inode->durable.Resize(change.offset);
      continue;
    }
    // The write at which a prefix ends is torn, later ones are lost.
    if (i > whole) break;
    const bool torn = fate == kSectors || i == whole;
    const uint64_t end = change.offset + change.bytes.size();
    for (uint64_t at = change.offset; at < end;) {
      const uint64_t sector_end = std::min((at / kSectorBytes + 1) * kSectorBytes, end);
      if (!torn || random_.Below(2) == 0) {
        inode->durable.Write(at, std::string_view(change.bytes).substr(at - change.offset, sector_end - at));
      }
      at = sector_end;
    }
  }
  inode->pending.clear();
}

void MemFileSystem::Crash() {
  MutexLock lock(mutex_);
  ++generation_;
  const bool prefix = random_.Below(2) == 0;
  const size_t kept = random_.Below(pending_names_.size() + 1);
  for (size_t i = 0; i < pending_names_.size(); ++i) {
    if (prefix ? i < kept : random_.Below(2) == 0) ApplyChange(pending_names_[i], &durable_names_);
  }
  pending_names_.clear();
  // An entry whose directory did not survive is lost with it.
  std::erase_if(durable_names_, [this](const auto& entry) REQUIRES(mutex_) {
    for (std::string dir = DirName(entry.first); !IsRoot(dir); dir = DirName(dir)) {
      const auto it = durable_names_.find(dir);
      if (it == durable_names_.end() || it->second != nullptr) return true;
    }
    return false;
  });
  names_ = durable_names_;
  std::set<const Inode*> seen;
  for (const auto& [path, inode] : names_) {
    if (inode != nullptr && seen.insert(inode.get()).second) {
      SurviveSomeLocked(inode.get());
      inode->now = inode->durable;
      inode->reserved_bytes = 0;
    }
  }
  locks_.clear();
  faults_.fill(std::nullopt);
  power_cut_at_.reset();
}

// ---- names

bool MemFileSystem::IsDirLocked(const std::string& path) const {
  if (IsRoot(path)) return true;
  const auto it = names_.find(path);
  return it != names_.end() && it->second == nullptr;
}

Result<std::shared_ptr<MemFileSystem::Inode>> MemFileSystem::FindFileLocked(const std::string& path) {
  if (IsRoot(path)) return Status::Io("open failed: " + path + ": Is a directory");
  const auto it = names_.find(path);
  if (it == names_.end()) return NotFound("open", path);
  if (it->second == nullptr) return Status::Io("open failed: " + path + ": Is a directory");
  return it->second;
}

void MemFileSystem::ApplyChange(const EntryChange& change, Names* names) {
  if (change.kind == EntryChange::kLink) {
    (*names)[change.path] = change.inode;
  } else if (change.kind == EntryChange::kUnlink) {
    names->erase(change.path);
  } else {
    // What lies below a renamed directory moves with it.
    const std::string below = change.path + "/";
    Names moved;
    for (auto it = names->lower_bound(below); it != names->end() && it->first.starts_with(below);) {
      moved[change.to + "/" + it->first.substr(below.size())] = it->second;
      it = names->erase(it);
    }
    names->erase(change.path);
    (*names)[change.to] = change.moved;
    names->merge(moved);
  }
}

void MemFileSystem::ChangeNamesLocked(EntryChange change) {
  ApplyChange(change, &names_);
  pending_names_.push_back(std::move(change));
}

void MemFileSystem::SyncNamesLocked(const std::string& dir) {
  std::erase_if(pending_names_, [&](const EntryChange& change) REQUIRES(mutex_) {
    const bool here = DirName(change.path) == dir || (!change.to.empty() && DirName(change.to) == dir);
    if (here) ApplyChange(change, &durable_names_);
    return here;
  });
}

Result<std::unique_ptr<WritableFile>> MemFileSystem::Create(const std::string& raw_path) {
  const std::string path = Normal(raw_path);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kCreate, true, path));
  if (!IsDirLocked(DirName(path))) return NotFound("open", path);
  auto found = FindFileLocked(path);
  std::shared_ptr<Inode> inode;
  if (found.ok()) {
    inode = *found;
    inode->now.Resize(0);
    inode->reserved_bytes = 0;
    inode->pending.push_back({.offset = 0, .is_resize = true, .bytes = {}});
  } else if (found.status().code() == Code::kKeyNotFound) {
    inode = std::make_shared<Inode>();
    ChangeNamesLocked({.kind = EntryChange::kLink, .path = path, .to = {}, .inode = inode, .moved = nullptr});
  } else {
    return found.status();
  }
  return std::unique_ptr<WritableFile>(new WriteHandle(this, std::move(inode), path, generation_));
}

Result<std::unique_ptr<WritableFile>> MemFileSystem::OpenForWrite(const std::string& raw_path) {
  const std::string path = Normal(raw_path);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kOpenForWrite, false, path));
  RK_ASSIGN_OR_RETURN(auto inode, FindFileLocked(path));
  return std::unique_ptr<WritableFile>(new WriteHandle(this, std::move(inode), path, generation_));
}

Result<std::unique_ptr<RandomAccessFile>> MemFileSystem::OpenForRead(const std::string& raw_path) {
  const std::string path = Normal(raw_path);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kOpenForRead, false, path));
  RK_ASSIGN_OR_RETURN(auto inode, FindFileLocked(path));
  const uint64_t size = inode->now.size();
  return std::unique_ptr<RandomAccessFile>(new ReadHandle(this, std::move(inode), path, size));
}

Result<std::unique_ptr<MappedFile>> MemFileSystem::Map(const std::string& raw_path) {
  const std::string path = Normal(raw_path);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kMap, false, path));
  RK_ASSIGN_OR_RETURN(auto inode, FindFileLocked(path));
  return std::unique_ptr<MappedFile>(new MapHandle(inode->now));
}

Result<std::string> MemFileSystem::ReadAll(const std::string& raw_path, uint64_t bytes_max) {
  const std::string path = Normal(raw_path);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kRead, false, path));
  RK_ASSIGN_OR_RETURN(auto inode, FindFileLocked(path));
  if (inode->now.size() > bytes_max) return TooLargeToRead(path, inode->now.size(), bytes_max);
  std::string bytes(inode->now.size(), '\0');
  inode->now.Read(0, bytes.data(), bytes.size());
  return bytes;
}

Result<std::vector<FileInfo>> MemFileSystem::List(const std::string& raw_dir) {
  const std::string dir = Normal(raw_dir);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kList, false, dir));
  if (!IsDirLocked(dir)) {
    if (names_.count(dir) > 0) return Status::Io("list failed: " + dir + ": Not a directory");
    return NotFound("list", dir);
  }
  std::vector<FileInfo> files;
  for (const auto& [path, inode] : names_) {
    if (DirName(path) != dir || IsRoot(path)) continue;
    files.push_back({BaseName(path), inode == nullptr, inode == nullptr ? 0 : inode->now.size()});
  }
  return files;
}

Result<bool> MemFileSystem::Exists(const std::string& raw_path) {
  const std::string path = Normal(raw_path);
  MutexLock lock(mutex_);
  return IsRoot(path) || names_.count(path) > 0;
}

Status MemFileSystem::CreateDirs(const std::string& raw_dir) {
  const std::string dir = Normal(raw_dir);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kCreateDirs, true, dir));
  std::vector<std::string> missing;
  for (std::string level = dir; !IsDirLocked(level); level = DirName(level)) {
    if (names_.count(level) > 0) return Status::Io("create directory failed: " + level + ": File exists");
    missing.push_back(level);
  }
  for (auto level = missing.rbegin(); level != missing.rend(); ++level) {
    SyncNamesLocked(DirName(*level));
    names_[*level] = nullptr;
    durable_names_[*level] = nullptr;
  }
  return Status::Ok();
}

Status MemFileSystem::Rename(const std::string& raw_from, const std::string& raw_to) {
  const std::string from = Normal(raw_from);
  const std::string to = Normal(raw_to);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kRename, true, from));
  const auto it = names_.find(from);
  if (it == names_.end() || !IsDirLocked(DirName(to))) return NotFound("rename", from + " to " + to);
  if (from == to) return Status::Ok();
  const auto target = names_.find(to);
  if (target != names_.end() && (target->second == nullptr) != (it->second == nullptr)) {
    return Status::Io("rename failed: " + from + " to " + to + ": file and directory");
  }
  const auto moved = it->second;
  ChangeNamesLocked({.kind = EntryChange::kRename, .path = from, .to = to, .inode = nullptr, .moved = moved});
  return Status::Ok();
}

Status MemFileSystem::Remove(const std::string& raw_path) {
  const std::string path = Normal(raw_path);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kRemove, true, path));
  RK_RETURN_IF_ERROR(FindFileLocked(path).status());
  ChangeNamesLocked(
      {.kind = EntryChange::kUnlink, .path = path, .to = {}, .inode = nullptr, .moved = nullptr});
  return Status::Ok();
}

Status MemFileSystem::RemoveTree(const std::string& raw_dir) {
  const std::string dir = Normal(raw_dir);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kRemove, true, dir));
  if (names_.count(dir) == 0) return Status::Ok();
  if (!IsDirLocked(dir)) return Status::Io("list failed: " + dir + ": Not a directory");
  std::vector<std::string> paths;
  const std::string below = dir + "/";
  for (auto it = names_.lower_bound(below); it != names_.end() && it->first.starts_with(below); ++it) {
    paths.push_back(it->first);
  }
  std::reverse(paths.begin(), paths.end());  // children before their directory
  paths.push_back(dir);
  for (std::string& path : paths) {
    ChangeNamesLocked({.kind = EntryChange::kUnlink,
                       .path = std::move(path),
                       .to = {},
                       .inode = nullptr,
                       .moved = nullptr});
  }
  return Status::Ok();
}

Status MemFileSystem::SyncDir(const std::string& raw_dir) {
  const std::string dir = Normal(raw_dir);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kSyncDir, true, dir));
  if (!IsDirLocked(dir)) return NotFound("sync directory", dir);
  SyncNamesLocked(dir);
  return Status::Ok();
}

// ---- contents

uint64_t MemFileSystem::UsedBytesLocked() const {
  uint64_t used = 0;
  for (const auto& [path, inode] : names_) {
    if (inode != nullptr) used += std::max(inode->now.size(), inode->reserved_bytes);
  }
  return used;
}

Status MemFileSystem::WriteLocked(Inode* inode, uint64_t offset, std::string_view bytes,
                                  const std::string& path) {
  Status status = EnterLocked(FileOp::kWrite, true, path);
  if (!status.ok()) bytes = bytes.substr(0, random_.Below(bytes.size() + 1));
  const uint64_t had = std::max(inode->now.size(), inode->reserved_bytes);
  const uint64_t end = offset + bytes.size();
  if (disk_bytes_ != UINT64_MAX && end > had) {
    const uint64_t used = UsedBytesLocked();
    const uint64_t free = disk_bytes_ > used ? disk_bytes_ - used : 0;
    if (end - had > free) {
      const uint64_t fits = had + free > offset ? had + free - offset : 0;
      bytes = bytes.substr(0, fits);
      if (status.ok()) {
        status = {Code::kDiskLimitExceeded, "write failed: " + path + ": No space left on device"};
      }
    }
  }
  if (!bytes.empty()) {
    inode->now.Write(offset, bytes);
    inode->pending.push_back({.offset = offset, .is_resize = false, .bytes = std::string(bytes)});
  }
  return status;
}

Status MemFileSystem::SyncLocked(Inode* inode, const std::string& path) {
  const Status status = EnterLocked(FileOp::kSync, true, path);
  const bool power_is_cut = power_cut_at_ && changes_ >= *power_cut_at_;
  if (power_is_cut) return status;  // the writes stay candidates for Crash
  if (!status.ok()) {
    SurviveSomeLocked(inode);
  } else {
    for (const Inode::Change& change : inode->pending) {
      if (change.is_resize) {
        inode->durable.Resize(change.offset);
      } else {
        inode->durable.Write(change.offset, change.bytes);
      }
    }
  }
  inode->pending.clear();
  return status;
}

Status MemFileSystem::Truncate(const std::string& raw_path, uint64_t size_bytes) {
  const std::string path = Normal(raw_path);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kTruncate, true, path));
  RK_ASSIGN_OR_RETURN(auto inode, FindFileLocked(path));
  inode->now.Resize(size_bytes);
  inode->reserved_bytes = std::min(inode->reserved_bytes, size_bytes);
  inode->pending.push_back({.offset = size_bytes, .is_resize = true, .bytes = {}});
  return Status::Ok();
}

Result<std::unique_ptr<FileLock>> MemFileSystem::Lock(const std::string& raw_path) {
  const std::string path = Normal(raw_path);
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterLocked(FileOp::kOpenForWrite, false, path));
  if (!IsDirLocked(DirName(path))) return NotFound("open", path);
  if (names_.count(path) == 0) {
    ChangeNamesLocked({.kind = EntryChange::kLink,
                       .path = path,
                       .to = {},
                       .inode = std::make_shared<Inode>(),
                       .moved = nullptr});
  }
  if (!locks_.insert(path).second) {
    return Status(Code::kServiceUnavailable,
                  "locked by another process or another lock of this one: " + path);
  }
  return std::unique_ptr<FileLock>(new LockHandle(this, path, generation_));
}

Result<uint64_t> MemFileSystem::FreeBytes(const std::string& path) {
  MutexLock lock(mutex_);
  const uint64_t used = UsedBytesLocked();
  return disk_bytes_ > used ? disk_bytes_ - used : 0;
}

}  // namespace redkite::io
