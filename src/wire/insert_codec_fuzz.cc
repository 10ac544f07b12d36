// The hand-written insert and delete decoders against the generated ones.
#include "base/check.h"
#include "base/testing/fuzz_target.h"
#include "wire/codec_oracle.h"

namespace redkite::wire {
namespace {

void Run(std::string_view bytes) {
  CHECK(CompareInsert(bytes, false).empty());
  CHECK(CompareInsert(bytes, true).empty());
  CHECK(CompareDelete(bytes).empty());
}

// Requests of real clients.
fuzz::Inputs Seeds() { return fuzz::ReadInputs(REDKITE_TREE "/tests/golden/wire"); }

}  // namespace
}  // namespace redkite::wire

FUZZ_TARGET(insert_codec_fuzz, redkite::wire::Run, redkite::wire::Seeds, 5000)
