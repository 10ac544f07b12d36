#include "io/file_system.h"

#include "io/file_paths.h"

namespace redkite::io {
namespace {

Status WriteTemporary(FileSystem* fs, const std::string& path, std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(auto file, fs->Create(path));
  RK_RETURN_IF_ERROR(file->Append(bytes));
  RK_RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

}  // namespace

Status TooLargeToRead(const std::string& path, uint64_t size_bytes, uint64_t bytes_max) {
  return Status::Corrupt("file is too large to be one of its kind: " + path + ": " +
                         std::to_string(size_bytes) + " bytes, at most " + std::to_string(bytes_max));
}

Status WriteFileAtomically(FileSystem* fs, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  Status status = WriteTemporary(fs, temporary, bytes);
  if (status.ok()) status = fs->Rename(temporary, path);
  if (!status.ok()) {
    (void)fs->Remove(temporary);
    return status;
  }
  return fs->SyncDir(DirName(path));
}

}  // namespace redkite::io
