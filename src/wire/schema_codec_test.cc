#include "wire/schema_codec.h"

#include <gtest/gtest.h>

#include "proto/schema.pb.h"

namespace redkite::wire {
namespace {

// What a description says is what a create request would have to say, ids aside.
TEST(SchemaCodec, DescriptionCanBeCreatedAgain) {
  CollectionSchema schema;
  schema.name = "c";
  schema.description = "d";
  schema.enable_dynamic_field = true;
  FieldSchema id;
  id.id = FieldId(100);
  id.name = "id";
  id.type = DataType::kVarChar;
  id.is_primary = true;
  id.max_length = 36;  // not among type_params: added by the encoder
  FieldSchema vector;
  vector.id = FieldId(101);
  vector.name = "v";
  vector.type = DataType::kFloatVector;
  vector.nullable = true;
  vector.dim = 8;
  vector.type_params = {{"dim", "8"}, {"mmap.enabled", "true"}};
  FieldSchema array;
  array.id = FieldId(102);
  array.name = "a";
  array.type = DataType::kArray;
  array.element_type = DataType::kVarChar;
  array.nullable = true;
  array.max_length = 5;
  array.type_params = {{"max_capacity", "7"}, {"max_length", "5"}};
  schema.fields = {id, vector, array};
  ::milvus::proto::schema::CollectionSchema m;
  PutSchema(schema, &m);
  EXPECT_EQ(m.fields(1).fieldid(), 101);
  const auto decoded = DecodeSchema(m.SerializeAsString());
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  ASSERT_EQ(decoded->schema.fields.size(), 3U);
  EXPECT_EQ(decoded->schema.fields[0].max_length, 36);
  EXPECT_TRUE(decoded->schema.fields[0].is_primary);
  FieldSchema expected = vector;
  expected.id = FieldId();
  EXPECT_EQ(decoded->schema.fields[1], expected);
  expected = array;
  expected.id = FieldId();
  EXPECT_EQ(decoded->schema.fields[2], expected);
  EXPECT_TRUE(decoded->schema.enable_dynamic_field);
  EXPECT_EQ(decoded->schema.description, "d");
}

TEST(SchemaCodec, DefaultValues) {
  CollectionSchema schema;
  schema.name = "c";
  const DefaultValue values[] = {
      DefaultValue::Bool(true),  DefaultValue::Int(-3),    DefaultValue::Long(int64_t{1} << 50),
      DefaultValue::Float(1.5f), DefaultValue::Double(.1), DefaultValue::Text("x"),
      DefaultValue::Text(""),    DefaultValue::Int(0)};
  for (const DefaultValue& value : values) {
    FieldSchema field;
    field.name = "f" + std::to_string(schema.fields.size());
    field.type = DataType::kInt32;
    field.default_value = value;
    schema.fields.push_back(field);
  }
  ::milvus::proto::schema::CollectionSchema m;
  PutSchema(schema, &m);
  const auto decoded = DecodeSchema(m.SerializeAsString());
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_TRUE(decoded->unsupported.empty());
  for (size_t i = 0; i < std::size(values); ++i) {
    EXPECT_EQ(decoded->schema.fields[i].default_value, values[i]) << i;
  }
  m.mutable_fields(0)->mutable_default_value()->Clear();
  EXPECT_FALSE(DecodeSchema(m.SerializeAsString())->schema.fields[0].default_value.given());
  m.mutable_fields(0)->mutable_default_value()->set_bytes_data("{}");
  EXPECT_NE(DecodeSchema(m.SerializeAsString()).status().message().find("type not support default_value"),
            std::string::npos);
}

}  // namespace
}  // namespace redkite::wire
