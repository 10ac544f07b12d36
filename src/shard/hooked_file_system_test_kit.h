// For tests: a file system that calls the test before some calls. Thread safety: one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/file_system.h"

namespace redkite::shard {

class HookedFileSystem final : public io::FileSystem {
 public:
  explicit HookedFileSystem(io::FileSystem* fs) : fs_(fs) {}
  std::function<void()> before_rename;                 // in the middle of a commit; once
  std::function<void(const std::string&)> before_map;  // with the path; not while it runs
  std::function<Status(const std::string&)> before_create;

  Result<std::unique_ptr<io::WritableFile>> Create(const std::string& path) override {
    if (before_create) RK_RETURN_IF_ERROR(before_create(path));
    return fs_->Create(path);
  }
  Result<std::unique_ptr<io::WritableFile>> OpenForWrite(const std::string& path) override {
    return fs_->OpenForWrite(path);
  }
  Result<std::unique_ptr<io::RandomAccessFile>> OpenForRead(const std::string& path) override {
    return fs_->OpenForRead(path);
  }
  Result<std::unique_ptr<io::MappedFile>> Map(const std::string& path) override {
    if (auto hook = std::exchange(before_map, nullptr)) {
      hook(path);
      before_map = std::move(hook);
    }
    return fs_->Map(path);
  }
  Result<std::string> ReadAll(const std::string& path, uint64_t bytes_max) override {
    return fs_->ReadAll(path, bytes_max);
  }
  Result<std::vector<io::FileInfo>> List(const std::string& dir) override { return fs_->List(dir); }
  Result<bool> Exists(const std::string& path) override { return fs_->Exists(path); }
  Status CreateDirs(const std::string& dir) override { return fs_->CreateDirs(dir); }
  Status Rename(const std::string& from, const std::string& to) override {
    if (before_rename) std::exchange(before_rename, nullptr)();
    return fs_->Rename(from, to);
  }
  Status Remove(const std::string& path) override { return fs_->Remove(path); }
  Status RemoveTree(const std::string& path) override { return fs_->RemoveTree(path); }
  Status Truncate(const std::string& path, uint64_t size) override { return fs_->Truncate(path, size); }
  Status SyncDir(const std::string& dir) override { return fs_->SyncDir(dir); }
  Result<std::unique_ptr<io::FileLock>> Lock(const std::string& path) override { return fs_->Lock(path); }
  Result<uint64_t> FreeBytes(const std::string& path) override { return fs_->FreeBytes(path); }

 private:
  io::FileSystem* const fs_;
};

}  // namespace redkite::shard
