// DryFileSystem: reads another file system and drops every change, so that code which opens and repairs what
// it finds can be used to look only. Locks are real. What was "written" is not read back. Thread safety: as
// the other one. Ownership: borrows it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace redkite::io {

class DryFileSystem final : public FileSystem {
 public:
  explicit DryFileSystem(FileSystem* real) : real_(real) {}

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path) override;
  Result<std::unique_ptr<RandomAccessFile>> OpenForRead(const std::string& path) override {
    return real_->OpenForRead(path);
  }
  Result<std::unique_ptr<MappedFile>> Map(const std::string& path) override { return real_->Map(path); }
  using FileSystem::ReadAll;
  Result<std::string> ReadAll(const std::string& path, uint64_t bytes_max) override {
    return real_->ReadAll(path, bytes_max);
  }
  Result<std::vector<FileInfo>> List(const std::string& dir) override { return real_->List(dir); }
  Result<bool> Exists(const std::string& path) override { return real_->Exists(path); }
  Status CreateDirs(const std::string&) override { return Status::Ok(); }
  Status Rename(const std::string&, const std::string&) override { return Status::Ok(); }
  Status Remove(const std::string&) override { return Status::Ok(); }
  Status RemoveTree(const std::string&) override { return Status::Ok(); }
  Status Truncate(const std::string&, uint64_t) override { return Status::Ok(); }
  Status SyncDir(const std::string&) override { return Status::Ok(); }
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override { return real_->Lock(path); }
  Result<uint64_t> FreeBytes(const std::string& path) override { return real_->FreeBytes(path); }

 private:
  FileSystem* const real_;
};

}  // namespace redkite::io
