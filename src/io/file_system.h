// FileSystem: every touch of a disk passes here, so that tests can own the disk (in-memory twin with faults,
// later the simulator). PosixFileSystem is the production implementation. Thread safety: a FileSystem may be
// used from any thread; one file object by one thread at a time, except RandomAccessFile and MappedFile,
// which are immutable and shared. Durability: bytes are durable after Sync of the file, names after SyncDir
// of their directory. The first failed Sync of a file is final: the file must not be used further (a retry
// could report success for lost pages). Errors: kIoFailed with operation, path and the system's text, and
// for what is no regular file, which is never waited for; kKeyNotFound where a path does not exist;
// kDiskLimitExceeded where the disk is full or over quota; kDataIntegrity where ReadAll finds more bytes than
// its caller takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace redkite::io {

/// Append-only file. Append may buffer nothing: after it returns the bytes are in the operating system.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status Append(std::string_view bytes) = 0;
  /// Bytes at `offset`, which may overwrite; for preallocated logs.
  virtual Status WriteAt(uint64_t offset, std::string_view bytes) = 0;
  /// Makes file data (and the size) durable: fdatasync.
  virtual Status Sync() = 0;
  /// Reserves disk space up to `size_bytes`, where the disk can; the size is at least that afterwards, and
  /// what it grew by reads as zeros.
  virtual Status Allocate(uint64_t size_bytes) = 0;
  virtual Status Close() = 0;
};

class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;
  /// Exactly out.size() bytes; kUnexpectedEof when the file ends before.
  virtual Status ReadAt(uint64_t offset, std::span<std::byte> out) const = 0;
  virtual uint64_t size_bytes() const = 0;
};

/// A read-only map of a whole file; unmapped when destroyed. The bytes are not verified here.
class MappedFile {
 public:
  virtual ~MappedFile() = default;
  virtual std::span<const std::byte> bytes() const = 0;
};

/// An advisory lock on a file; released when destroyed or when the process ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

struct FileInfo {
  std::string name;  // without its directory
  bool is_dir = false;
  uint64_t size_bytes = 0;
};

/// For ReadAll of what has no bound of its own.
inline constexpr uint64_t kReadAllBytesMax = uint64_t{256} << 20;

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Creates `path` or truncates it to nothing.
  virtual Result<std::unique_ptr<WritableFile>> Create(const std::string& path) = 0;
  /// The same for what only the owner of the process may read: mode 0600 on a real disk.
  virtual Result<std::unique_ptr<WritableFile>> CreatePrivate(const std::string& path) {
    return Create(path);
  }
  /// Opens an existing file for WriteAt/Append at its end.
  virtual Result<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path) = 0;
  virtual Result<std::unique_ptr<RandomAccessFile>> OpenForRead(const std::string& path) = 0;
  virtual Result<std::unique_ptr<MappedFile>> Map(const std::string& path) = 0;
  /// A file of at most `bytes_max`; a larger one is refused, unread, by name, size and bound.
  virtual Result<std::string> ReadAll(const std::string& path, uint64_t bytes_max) = 0;
  Result<std::string> ReadAll(const std::string& path) { return ReadAll(path, kReadAllBytesMax); }
  virtual Result<std::vector<FileInfo>> List(const std::string& dir) = 0;
  virtual Result<bool> Exists(const std::string& path) = 0;
  /// Also parents; success when it exists. New directory entries are durable on return.
  virtual Status CreateDirs(const std::string& dir) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;
  /// A directory with everything in it; success when it does not exist.
  virtual Status RemoveTree(const std::string& dir) = 0;
  virtual Status Truncate(const std::string& path, uint64_t size_bytes) = 0;
  virtual Status SyncDir(const std::string& dir) = 0;
  /// kServiceUnavailable when another process (or another lock of this one) holds it.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
  /// Bytes that a write may still take on the disk of `path`.
  virtual Result<uint64_t> FreeBytes(const std::string& path) = 0;
};

/// What ReadAll answers for a file of `size_bytes`.
Status TooLargeToRead(const std::string& path, uint64_t size_bytes, uint64_t bytes_max);

/// Writes `path` so that after a crash it holds either the old or the new bytes: temporary file, Sync,
/// Rename, SyncDir.
Status WriteFileAtomically(FileSystem* fs, const std::string& path, std::string_view bytes);

}  // namespace redkite::io
