// Any bytes as a manifest, as they are and as the body of one whose checksum is right: what decodes must
// encode to something that decodes to the same; all else is refused.
#include "base/coding.h"
#include "base/crc32c.h"
#include "base/testing/fuzz_target.h"
#include "storage/manifest.h"

namespace redkite::storage {
namespace {

constexpr size_t kHeadBytes = 24, kCrcBytes = 4;

void Run(std::string_view body) {
  std::string framed = "RKMANIF\n";
  PutFixed<uint16_t>(&framed, 1);
  PutFixed<uint16_t>(&framed, 1);
  PutFixed<uint32_t>(&framed, 0);
  PutFixed<uint64_t>(&framed, body.size());
  framed += body;
  PutFixed<uint32_t>(&framed, Crc32c(framed));
  for (const std::string_view bytes : {body, std::string_view(framed)}) {
    const auto manifest = DecodeManifest(bytes);
    if (!manifest.ok()) continue;
    const auto again = DecodeManifest(EncodeManifest(*manifest));
    CHECK(again.ok() && *again == *manifest);
  }
}

fuzz::Inputs Seeds() {
  Manifest m;
  m.segments.resize(2);
  for (SegmentMeta& s : m.segments) {
    s.columns.push_back({FieldId(100), {"a.col", 1, 2, 3}});
    s.indexes.push_back({FieldId(101), IndexId(7), 1, 1, {{"M", "16"}}, {"i.idx", 1, 2, 3}});
  }
  const std::string bytes = EncodeManifest(m);
  return {bytes, bytes.substr(kHeadBytes, bytes.size() - kHeadBytes - kCrcBytes)};
}

}  // namespace
}  // namespace redkite::storage

FUZZ_TARGET(manifest_fuzz, redkite::storage::Run, redkite::storage::Seeds, 60000)
