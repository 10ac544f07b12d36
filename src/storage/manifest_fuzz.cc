// Any bytes as a manifest, as they are and as the body of one whose checksum is right: what decodes must
// encode to something that decodes to the same; all else is refused. The same for FORMAT.
#include "base/coding.h"
#include "base/crc32c.h"
#include "storage/data_dir.h"
#include "storage/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace redkite;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  std::string framed = "RKMANIF\n";
  PutFixed<uint16_t>(&framed, 1);
  PutFixed<uint16_t>(&framed, 1);
  PutFixed<uint32_t>(&framed, 0);
  PutFixed<uint64_t>(&framed, body.size());
  framed += body;
  PutFixed<uint32_t>(&framed, Crc32c(framed));
  for (const std::string_view bytes : {body, std::string_view(framed)}) {
    const auto manifest = storage::DecodeManifest(bytes);
    if (!manifest.ok()) continue;
    const auto again = storage::DecodeManifest(storage::EncodeManifest(*manifest));
    CHECK(again.ok() && *again == *manifest);
  }
  const auto format = storage::DecodeDataFormat(body);
  if (format.ok()) CHECK(storage::DecodeDataFormat(storage::EncodeDataFormat(*format)).ok());
  return 0;
}
