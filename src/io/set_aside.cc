#include "io/set_aside.h"

#include <algorithm>

#include "io/file_paths.h"

namespace redkite::io {
namespace {

constexpr std::string_view kSuffix = ".damaged";
constexpr uint64_t kCopyBytes = 1 << 20;

Status Copy(const RandomAccessFile& from, WritableFile* to, uint64_t size_bytes) {
  std::string buffer;
  for (uint64_t at = 0; at < size_bytes; at += buffer.size()) {
    buffer.resize(std::min(kCopyBytes, size_bytes - at));
    RK_RETURN_IF_ERROR(from.ReadAt(at, {reinterpret_cast<std::byte*>(buffer.data()), buffer.size()}));
    RK_RETURN_IF_ERROR(to->WriteAt(at, buffer));
  }
  return Status::Ok();
}

Status CopyTo(FileSystem* fs, const RandomAccessFile& from, const std::string& path, uint64_t used_bytes) {
  RK_ASSIGN_OR_RETURN(const auto to, fs->Create(path));
  RK_RETURN_IF_ERROR(Copy(from, to.get(), std::min(used_bytes, from.size_bytes())));
  RK_RETURN_IF_ERROR(fs->Truncate(path, from.size_bytes()));
  RK_RETURN_IF_ERROR(to->Sync());
  return to->Close();
}

}  // namespace

Result<std::string> SetAsidePath(FileSystem* fs, const std::string& path) {
  for (uint64_t number = 1;; ++number) {
    const std::string aside = path + std::string(kSuffix) + (number == 1 ? "" : "." + std::to_string(number));
    RK_ASSIGN_OR_RETURN(const bool taken, fs->Exists(aside));
    if (!taken) return aside;
  }
}

std::optional<std::string_view> NameBeforeSetAside(std::string_view name) {
  const size_t digits = name.find_last_not_of("0123456789");
  if (digits != std::string_view::npos && digits + 1 < name.size() && name[digits] == '.')
    name = name.substr(0, digits);
  if (!name.ends_with(kSuffix)) return std::nullopt;
  return name.substr(0, name.size() - kSuffix.size());
}

Result<std::string> SetAside(FileSystem* fs, const std::string& path) {
  RK_ASSIGN_OR_RETURN(std::string aside, SetAsidePath(fs, path));
  RK_RETURN_IF_ERROR(fs->Rename(path, aside));
  RK_RETURN_IF_ERROR(fs->SyncDir(DirName(path)));
  return aside;
}

Result<std::string> CopyAside(FileSystem* fs, const std::string& path, uint64_t used_bytes) {
  RK_ASSIGN_OR_RETURN(const auto from, fs->OpenForRead(path));
  RK_ASSIGN_OR_RETURN(std::string aside, SetAsidePath(fs, path));
  const std::string temporary = aside + ".tmp";
  Status status = CopyTo(fs, *from, temporary, used_bytes);
  if (status.ok()) status = fs->Rename(temporary, aside);
  if (!status.ok()) {
    (void)fs->Remove(temporary);
    return status;
  }
  RK_RETURN_IF_ERROR(fs->SyncDir(DirName(path)));
  return aside;
}

}  // namespace redkite::io
