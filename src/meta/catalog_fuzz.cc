// Any bytes as a value of the catalog, as a metadata log and as the payload of a record: what decodes must
// encode to something that decodes to the same; all else is refused. Log records and snapshots are tried with
// right checksums too.
#include "base/coding.h"
#include "base/crc32c.h"
#include "base/testing/fuzz_target.h"
#include "meta/catalog.h"
#include "meta/kv_log.h"

namespace redkite::meta {
namespace {

constexpr uint64_t kBase = 5;

/// The bytes as records: each gets a right frame; the first byte says where it is cut.
std::string FramedLog(std::string_view bytes) {
  std::string out = EncodeLogHeader(kBase);
  for (uint64_t revision = kBase + 1; !bytes.empty(); ++revision) {
    const auto length = static_cast<uint8_t>(bytes[0]);
    const std::string_view payload = bytes.substr(1, length);
    bytes.remove_prefix(1 + payload.size());
    std::string head;
    PutFixed<uint32_t>(&head, static_cast<uint32_t>(payload.size()));
    PutFixed<uint64_t>(&head, revision);
    const uint32_t crc = Crc32c(payload, Crc32c(head, Crc32c(&kBase, sizeof kBase)));
    PutFixed<uint32_t>(&head, crc);
    out += head;
    out += payload;
  }
  return out;
}

std::string FramedSnapshot(std::string_view body) {
  std::string out = EncodeSnapshot({}, kBase);
  constexpr size_t kEmptyBodyBytes = 1, kCrcBytes = 4;
  out.resize(out.size() - 8 - kEmptyBodyBytes - kCrcBytes);
  PutFixed<uint64_t>(&out, body.size());
  out += body;
  PutFixed<uint32_t>(&out, Crc32c(out));
  return out;
}

void Run(std::string_view bytes) {
  const auto collection = DecodeCollection(bytes);
  if (collection.ok()) {
    const std::string encoded = EncodeCollection(*collection);
    const auto again = DecodeCollection(encoded);
    // As bytes: a default value that is no number does not equal itself.
    CHECK(again.ok() && EncodeCollection(*again) == encoded);
  }
  const auto database = DecodeDatabase(bytes);
  if (database.ok()) {
    const auto again = DecodeDatabase(EncodeDatabase(*database));
    CHECK(again.ok() && *again == *database);
  }
  const auto group = DecodeResourceGroup(bytes);
  if (group.ok()) {
    const auto again = DecodeResourceGroup(EncodeResourceGroup(*group));
    CHECK(again.ok() && *again == *group);
  }
  const auto log = DecodeLog(EncodeLogHeader(kBase) + std::string(bytes), kBase);
  if (log.ok()) CHECK(log->valid_bytes <= kLogHeaderBytes + bytes.size());
  (void)DecodeSnapshot(bytes, kBase);
  const auto framed = DecodeLog(FramedLog(bytes), kBase);
  for (size_t i = 0; framed.ok() && i < framed->txns.size(); ++i) {
    const std::string again = EncodeRecord(framed->txns[i], kBase, kBase + 1);
    CHECK(DecodeLog(EncodeLogHeader(kBase) + again, kBase).ok());
  }
  const auto entries = DecodeSnapshot(FramedSnapshot(bytes), kBase);
  if (entries.ok()) CHECK(*DecodeSnapshot(EncodeSnapshot(*entries, kBase), kBase) == *entries);
}

fuzz::Inputs Seeds() {
  CollectionMeta c;
  c.name = "words";
  c.schema.fields.resize(3);
  c.schema.fields[2].type = DataType::kArray;
  c.schema.fields[2].element_type = DataType::kInt8;
  c.schema.fields[0].type_params = {{"dim", "8"}};
  c.partitions.resize(2);
  c.indexes.resize(1);
  c.indexes[0].params = {{"M", "16"}};
  c.aliases = {"w"};
  CollectionMeta keyed = c;
  keyed.schema.fields[1].is_partition_key = true;
  keyed.num_partitions = 2;
  keyed.load_fields = {FieldId(1), FieldId(2)};
  CollectionMeta structs = c;
  structs.schema.structs.resize(1);
  structs.schema.structs[0].id = FieldId(3);
  structs.schema.fields[1].type = DataType::kArrayOfVector;
  structs.schema.fields[1].element_type = DataType::kInt8Vector;
  structs.schema.fields[1].dim = 4;
  structs.schema.fields[1].struct_id = structs.schema.fields[2].struct_id = FieldId(3);
  const ResourceGroupConfig config{.requests = 1, .limits = 2, .transfer_from = {"a"}};
  return {EncodeCollection(c), EncodeCollection(keyed), EncodeCollection(structs),
          EncodeResourceGroup({"rg", config, true}),
          EncodeDatabase({DatabaseId(1), "default", {{"a", "b"}}, 4, 5}),
          EncodeRecord({{}, {{"a", "b"}}, {"c"}}, kBase, 6) + EncodeRecord({{}, {{"d", "e"}}, {}}, kBase, 7),
          EncodeSnapshot({{"a", "b", 3}}, kBase),
          // A framed transaction: one put, no deletes.
          std::string("\x07\x01\x01\x01k\x01v\0\x08\x02\x01\x01k\x01v\0\xff", 17)};
}

}  // namespace
}  // namespace redkite::meta

FUZZ_TARGET(catalog_fuzz, redkite::meta::Run, redkite::meta::Seeds, 60000)
