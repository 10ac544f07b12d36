#include <gtest/gtest.h>

#include "meta/catalog.h"

namespace redkite::meta {
namespace {

CollectionMeta Sample(const std::string& name) {
  CollectionMeta c;
  c.name = name;
  c.schema.name = name;
  c.schema.description = "words";
  c.schema.enable_dynamic_field = true;
  c.schema.version = 1;
  FieldSchema key;
  key.id = FieldId(100);
  key.name = "id";
  key.type = DataType::kInt64;
  key.is_primary = true;
  FieldSchema vector;
  vector.id = FieldId(101);
  vector.name = "vector";
  vector.type = DataType::kFloatVector;
  vector.dim = 8;
  vector.type_params = {{"dim", "8"}};
  FieldSchema text;
  text.id = FieldId(102);
  text.name = "text";
  text.type = DataType::kVarChar;
  text.max_length = 200;
  text.nullable = true;
  FieldSchema number = text;
  number.id = FieldId(103);
  number.default_value = DefaultValue::Long(-5);
  text.default_value = DefaultValue::Text("none");
  c.schema.fields = {key, vector, text, number};
  c.properties = {{"collection.ttl.seconds", "60"}};
  c.consistency_level = 2;
  c.created = MakeTimestamp(1'700'000'000'000, 5);
  c.created_ms = 1'700'000'000'000;
  return c;
}

TEST(CatalogCodec, TheLargestFieldIdIsKeptWhereFieldsChanged) {
  CollectionMeta c = Sample("words");
  c.id = CollectionId(5);
  const std::string plain = EncodeCollection(c);
  EXPECT_EQ(plain[0], 2);
  c.field_id_max = 110;
  const std::string changed = EncodeCollection(c);
  EXPECT_EQ(changed[0], 5);
  EXPECT_EQ(DecodeCollection(changed).value(), c);
  for (size_t n = 0; n < changed.size(); ++n) ASSERT_FALSE(DecodeCollection(changed.substr(0, n)).ok()) << n;
}

TEST(CatalogCodec, RoundTrip) {
  CollectionMeta c = Sample("words");
  c.id = CollectionId(5);
  c.loaded = true;
  c.updated = 77;
  c.partitions = {{PartitionId(6), "_default", 1, true}, {PartitionId(7), "p", 2, false}};
  c.indexes = {{IndexId(8), FieldId(101), "vector_index", {{"index_type", "HNSW"}, {"M", "16"}}, 3}};
  c.aliases = {"w"};
  EXPECT_EQ(DecodeCollection(EncodeCollection(c)).value(), c);
  c.loads_new_partitions = true;
  EXPECT_EQ(DecodeCollection(EncodeCollection(c)).value(), c);
  EXPECT_EQ(DecodeCollection(EncodeCollection({})).value(), CollectionMeta());
  const DatabaseMeta d{DatabaseId(1), "default", {{"a", "b"}}, 4, 5};
  EXPECT_EQ(DecodeDatabase(EncodeDatabase(d)).value(), d);
  const std::string bytes = EncodeCollection(c);
  for (size_t n = 0; n < bytes.size(); ++n) ASSERT_FALSE(DecodeCollection(bytes.substr(0, n)).ok()) << n;
  EXPECT_FALSE(DecodeCollection(bytes + "x").ok());
}

TEST(CatalogCodec, DefaultValues) {
  const DefaultValue values[] = {
      DefaultValue(),           DefaultValue::Bool(true),  DefaultValue::Int(-1),
      DefaultValue::Long(1),    DefaultValue::Float(0.5f), DefaultValue::Double(0.1),
      DefaultValue::Text("ab"), DefaultValue::Text("")};
  for (const DefaultValue& value : values) {
    CollectionMeta c = Sample("words");
    c.schema.fields[3].default_value = value;
    EXPECT_EQ(DecodeCollection(EncodeCollection(c)).value(), c) << static_cast<int>(value.kind);
  }
}

}  // namespace
}  // namespace redkite::meta
