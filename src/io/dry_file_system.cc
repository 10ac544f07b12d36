#include "io/dry_file_system.h"

namespace redkite::io {
namespace {

class DroppedFile final : public WritableFile {
 public:
  Status Append(std::string_view) override { return Status::Ok(); }
  Status WriteAt(uint64_t, std::string_view) override { return Status::Ok(); }
  Status Sync() override { return Status::Ok(); }
  Status Allocate(uint64_t) override { return Status::Ok(); }
  Status Close() override { return Status::Ok(); }
};

}  // namespace

Result<std::unique_ptr<WritableFile>> DryFileSystem::Create(const std::string&) {
  return std::unique_ptr<WritableFile>(std::make_unique<DroppedFile>());
}

Result<std::unique_ptr<WritableFile>> DryFileSystem::OpenForWrite(const std::string& path) {
  RK_ASSIGN_OR_RETURN(const bool exists, real_->Exists(path));
  if (!exists) return Status(Code::kKeyNotFound, "open failed: " + path + ": No such file or directory");
  return std::unique_ptr<WritableFile>(std::make_unique<DroppedFile>());
}

}  // namespace redkite::io
