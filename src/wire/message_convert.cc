#include "wire/message_convert.h"

#include <google/protobuf/stubs/logging.h>

#include "wire/pb_reader.h"

namespace redkite::wire {
namespace {

constexpr int kNestingMax = 8;  // deeper parts are few: each level costs bytes

// Texts and messages in what may be a message; 0 for what is none. Bytes that look like a message by chance
// only matter when they are many.
size_t CountParts(std::string_view bytes, int levels, size_t enough) {
  size_t count = 0;
  PbReader r(bytes);
  while (count < enough && r.Next()) {
    if ((r.tag() & 7) != 2) continue;
    ++count;
    if (levels > 0) count += CountParts(r.bytes(), levels - 1, enough - count);
  }
  return r.ok() ? count : 0;
}

}  // namespace

Status CheckParts(std::string_view bytes, std::string_view name, size_t parts_max) {
  if (bytes.size() / 2 <= parts_max) return Status::Ok();
  if (CountParts(bytes, kNestingMax, parts_max + 1) <= parts_max) return Status::Ok();
  return {Code::kParameterTooLarge, std::string(name) + " has more than " + std::to_string(parts_max) +
                                        " texts and messages: parameter too large"};
}

void SilenceParser() {
  [[maybe_unused]] static google::protobuf::LogHandler* const before =
      google::protobuf::SetLogHandler(nullptr);
}

}  // namespace redkite::wire
