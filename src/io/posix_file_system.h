// PosixFileSystem: FileSystem over the operating system's calls. Short writes and interrupted calls are
// finished, descriptors do not leak into child processes, every error names operation and path. Thread
// safety: thread-safe, stateless. Files are made with mode 0640, directories with 0750.
#pragma once

#include <memory>

#include "io/file_system.h"

namespace redkite::io {

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> CreatePrivate(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path) override;
  Result<std::unique_ptr<RandomAccessFile>> OpenForRead(const std::string& path) override;
  /// A file up to 64 KiB is copied into memory where the process can have no further map.
  Result<std::unique_ptr<MappedFile>> Map(const std::string& path) override;
  using FileSystem::ReadAll;
  Result<std::string> ReadAll(const std::string& path, uint64_t bytes_max) override;
  Result<std::vector<FileInfo>> List(const std::string& dir) override;
  Result<bool> Exists(const std::string& path) override;
  Status CreateDirs(const std::string& dir) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status RemoveTree(const std::string& dir) override;
  Status Truncate(const std::string& path, uint64_t size_bytes) override;
  Status SyncDir(const std::string& dir) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  Result<uint64_t> FreeBytes(const std::string& path) override;
};

}  // namespace redkite::io
