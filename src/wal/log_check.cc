#include "wal/log_check.h"

#include <algorithm>
#include <optional>

#include "io/file_paths.h"
#include "io/set_aside.h"
#include "wal/log_scanner.h"

namespace redkite::wal {
namespace {

constexpr uint64_t kWindowBytes = 1 << 20;

std::span<std::byte> Bytes(std::string* s) { return {reinterpret_cast<std::byte*>(s->data()), s->size()}; }

struct Place {
  uint64_t offset = 0;
  LogPosition position = 0;
};

/// The first header of a record from `offset` on with a position above `above`.
Result<std::optional<Place>> FindRecord(const io::RandomAccessFile& file, const LogUuid& uuid,
                                        uint64_t offset, LogPosition above) {
  std::string buffer;
  for (uint64_t at = offset; at < file.size_bytes(); at += kWindowBytes) {
    // Windows overlap by a header, so that none is missed at their borders.
    buffer.resize(std::min(kWindowBytes + kRecordHeaderBytes, file.size_bytes() - at));
    RK_RETURN_IF_ERROR(file.ReadAt(at, Bytes(&buffer)));
    const std::string_view view(buffer);
    for (uint64_t i = 0; i < view.size() && i < kWindowBytes; i += kRecordAlignBytes) {
      if (!StartsLikeRecord(view.substr(i))) continue;
      const auto header = DecodeRecordHeader(view.substr(i), uuid);
      if (header && header->position > above) return std::optional<Place>({at + i, header->position});
    }
  }
  return std::optional<Place>();
}

class FileCheck {
 public:
  FileCheck(std::string path, const std::function<void(const Status&)>& damage)
      : path_(std::move(path)), damage_(damage) {}

  Status Run(const io::RandomAccessFile& file) {
    std::string head(std::min(kFileHeaderBytes, file.size_bytes()), '\0');
    RK_RETURN_IF_ERROR(file.ReadAt(0, Bytes(&head)));
    const auto header = DecodeFileHeader(head);
    if (!header.ok()) {
      Tell(0, header.status().message());
      return Status::Ok();  // no record verifies without it
    }
    const std::string name = io::BaseName(path_);
    if (ParseLogFileName(io::NameBeforeSetAside(name).value_or(name)) != header->first)
      Tell(0, "the file has another file's content");
    if (file.size_bytes() < header->allocated_bytes) {
      Tell(file.size_bytes(),
           "the file ends, but it had " + std::to_string(header->allocated_bytes) + " bytes: it was cut");
    }
    return Scan(file, *header);
  }
  const LogFileCheck& found() const { return found_; }

 private:
  void Tell(uint64_t offset, const std::string& what) {
    ++found_.damage_count;
    damage_(Status::Corrupt(path_ + ": offset " + std::to_string(offset) + ": " + what));
  }

  Status Scan(const io::RandomAccessFile& file, const LogFileHeader& header) {
    LogScanner scanner(&file, header);
    while (found_.damage_count < kDamagesToldPerFile) {
      for (;;) {
        RK_ASSIGN_OR_RETURN(const auto outcome, scanner.Next());
        if (outcome == LogScanner::Outcome::kNoRecord) break;
        ++found_.record_count;
      }
      const uint64_t offset = scanner.offset();
      RK_ASSIGN_OR_RETURN(const TailDiagnosis tail,
                          DiagnoseTail(file, header.uuid, offset, scanner.next_position()));
      if (!tail.is_damage) return Status::Ok();
      Tell(offset, tail.reason);
      RK_ASSIGN_OR_RETURN(const auto next,
                          FindRecord(file, header.uuid, offset + kRecordAlignBytes, scanner.next_position()));
      if (!next.has_value()) return Status::Ok();
      scanner.GoTo(next->offset, next->position);
    }
    Tell(scanner.offset(), "and maybe more behind it: it is not looked at any further");
    return Status::Ok();
  }

  const std::string path_;
  const std::function<void(const Status&)>& damage_;
  LogFileCheck found_;
};

}  // namespace

Result<LogFileCheck> CheckLogFile(io::FileSystem* fs, const std::string& path,
                                  const std::function<void(const Status&)>& damage) {
  RK_ASSIGN_OR_RETURN(const auto file, fs->OpenForRead(path));
  FileCheck check(path, damage);
  RK_RETURN_IF_ERROR(check.Run(*file));
  return check.found();
}

}  // namespace redkite::wal
