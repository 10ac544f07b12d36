// Any bytes as a value of the catalog, as a metadata log and as the payload of a record: what decodes must
// encode to something that decodes to the same; all else is refused.
#include "base/check.h"
#include "meta/catalog.h"
#include "meta/kv_log.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace redkite;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto collection = meta::DecodeCollection(bytes);
  if (collection.ok()) {
    const auto again = meta::DecodeCollection(meta::EncodeCollection(*collection));
    CHECK(again.ok() && *again == *collection);
  }
  const auto database = meta::DecodeDatabase(bytes);
  if (database.ok()) CHECK(meta::DecodeDatabase(meta::EncodeDatabase(*database)).ok());
  const auto log = meta::DecodeLog(meta::EncodeLogHeader(5) + std::string(bytes), 5);
  if (log.ok()) CHECK(log->valid_bytes <= meta::kLogHeaderBytes + size);
  (void)meta::DecodeSnapshot(bytes, 5);
  return 0;
}
