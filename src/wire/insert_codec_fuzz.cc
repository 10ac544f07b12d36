// The hand-written insert decoder against the generated one.
#include "base/check.h"
#include "base/testing/fuzz_target.h"
#include "wire/codec_oracle.h"

namespace redkite::wire {
namespace {

void Run(std::string_view bytes) {
  CHECK(CompareInsert(bytes, false).empty());
  CHECK(CompareInsert(bytes, true).empty());
}

// Requests of real clients.
fuzz::Inputs Seeds() { return fuzz::ReadInputs(REDKITE_TREE "/tests/golden/wire"); }

}  // namespace
}  // namespace redkite::wire

FUZZ_TARGET(insert_codec_fuzz, redkite::wire::Run, redkite::wire::Seeds, 5000)
