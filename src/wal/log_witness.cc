#include "wal/log_witness.h"

#include <cstring>

#include "base/coding.h"

namespace redkite::wal {
namespace {

constexpr uint8_t kMarkVersion = 1;

}  // namespace

std::string EncodeLogMark(const LogMark& mark) {
  std::string out;
  PutFixed<uint8_t>(&out, kMarkVersion);
  out.append(reinterpret_cast<const char*>(mark.uuid.data()), mark.uuid.size());
  PutFixed<uint64_t>(&out, mark.oldest);
  PutFixed<uint64_t>(&out, mark.newest);
  return out;
}

Result<LogMark> DecodeLogMark(std::string_view bytes) {
  Decoder in(bytes);
  const auto version = in.Fixed<uint8_t>();
  if (in.ok() && version > kMarkVersion) {
    return Status(Code::kOperationNotSupported,
                  "mark of the log is of a newer version: " + std::to_string(version));
  }
  LogMark mark;
  const std::string_view uuid = in.Raw(mark.uuid.size());
  mark.oldest = in.Fixed<uint64_t>();
  mark.newest = in.Fixed<uint64_t>();
  RK_RETURN_IF_ERROR(in.Finish("mark of the log"));
  if (version == 0 || mark.oldest > mark.newest) return Status::Corrupt("malformed mark of the log");
  std::memcpy(mark.uuid.data(), uuid.data(), mark.uuid.size());
  return mark;
}

}  // namespace redkite::wal
