#include "rest/schema_reader.h"

#include "base/testing/fuzz_target.h"

namespace redkite::rest {
namespace {

void ReadSchema(std::string_view bytes) {
  const auto body = JsonBody::Parse(bytes);
  if (!body.ok()) return;
  const auto created = ReadCreate(body->root());
  if (created.ok()) {
    CHECK(!created->request.name.collection.empty());
    CHECK(!created->request.schema.fields.empty());
  }
  const auto index = ReadIndex({}, body->root());
  CHECK(!index.ok() || !index->field_name.empty());
  const auto added = ReadAddField(body->root());
  CHECK(!added.ok() || added->add.size() == 1);
}

fuzz::Inputs Seeds() {
  return {
      R"({"collectionName":"c","dimension":4,"idType":"VarChar","params":{"max_length":9}})",
      R"({"collectionName":"c","schema":{"autoId":true,"fields":[{"fieldName":"id","dataType":"Int64",)"
      R"("isPrimary":true,"defaultValue":1,"elementTypeParams":{"dim":"8"}}],"structFields":[{"fieldName":"s",)"
      R"("fields":[{"fieldName":"x","dataType":"Array","elementDataType":"Int8"}]}]},"indexParams":[{"fieldName":)"
      R"("v","indexType":"HNSW","params":{"M":16}}],"properties":{"a":1}})",
      R"({"collectionName":"c","schema":{"fieldName":"f","dataType":"Bool","nullable":true}})",
      R"({"fieldName":"v","metricType":"L2","params":{"index_type":"FLAT"}})"};
}

}  // namespace
}  // namespace redkite::rest

FUZZ_TARGET(schema_reader_fuzz, redkite::rest::ReadSchema, redkite::rest::Seeds, 20'000)
