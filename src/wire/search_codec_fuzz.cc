// libFuzzer target: the hand-written search decoder against the generated one.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "wire/codec_oracle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CHECK(redkite::wire::CompareSearch(bytes).empty());
  CHECK(redkite::wire::CompareQuery(bytes).empty());
  return 0;
}
