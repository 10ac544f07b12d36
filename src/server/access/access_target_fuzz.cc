#include "server/access/access_target.h"

#include "base/testing/fuzz_target.h"

namespace redkite::server {
namespace {

// Every rule over the same bytes: reading ends, and gives no more than there is.
void ReadAll(std::string_view bytes) {
  for (size_t i = 0; i < wire::kMethodCount; ++i) {
    AccessTarget target;
    if (!ReadTarget(RuleOf(static_cast<wire::Method>(i)), bytes, &target)) continue;
    size_t total = target.database.size() + target.second_database.size() + target.ids.size();
    for (const std::string& name : target.names) total += name.size();
    CHECK(total <= bytes.size());
  }
}

fuzz::Inputs Seeds() {
  return {std::string("\x12\x01"
                      "d\x1a\x01"
                      "c\x22\x01n\x2a\x01"
                      "e",
                      12),
          std::string("\x12\x03\x0a\x01u", 5), std::string("\x12\x07\x0a\x05\x0a\x03one", 9),
          std::string("\x08\x09\x20\x05\x1a\x02\x05\x06", 8)};
}

}  // namespace
}  // namespace redkite::server

FUZZ_TARGET(access_target_fuzz, redkite::server::ReadAll, redkite::server::Seeds, 5'000)
