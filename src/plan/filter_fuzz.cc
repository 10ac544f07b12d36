// libFuzzer target for the filter language: clang++ -fsanitize=fuzzer,address.
#include <cstddef>
#include <cstdint>

#include "plan/filter_fuzz_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  redkite::plan::ParseAnything({reinterpret_cast<const char*>(data), size});
  return 0;
}
