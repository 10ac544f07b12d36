#include "wire/message_convert.h"

#include <google/protobuf/stubs/logging.h>

namespace redkite::wire {

void SilenceParser() {
  [[maybe_unused]] static google::protobuf::LogHandler* const before =
      google::protobuf::SetLogHandler(nullptr);
}

}  // namespace redkite::wire
