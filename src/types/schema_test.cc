#include "types/schema.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

CollectionSchema WordSchema() {
  CollectionSchema schema;
  schema.name = "words";
  schema.fields.resize(3);
  schema.fields[0].id = FieldId{100};
  schema.fields[0].name = "id";
  schema.fields[0].type = DataType::kInt64;
  schema.fields[0].is_primary = true;
  schema.fields[1].id = FieldId{101};
  schema.fields[1].name = "vector";
  schema.fields[1].type = DataType::kFloatVector;
  schema.fields[1].dim = 100;
  schema.fields[2].id = FieldId{102};
  schema.fields[2].name = std::string(kDynamicFieldName);
  schema.fields[2].type = DataType::kJson;
  schema.fields[2].is_dynamic = true;
  return schema;
}

TEST(CollectionSchema, StructArraysAndTheirSubFields) {
  CollectionSchema schema = WordSchema();
  StructSchema of;
  of.id = FieldId{103};
  of.name = "chunks";
  schema.structs = {of};
  FieldSchema vectors;
  vectors.id = FieldId{104};
  vectors.name = SubFieldName("chunks", "vec");
  vectors.type = DataType::kArrayOfVector;
  vectors.element_type = DataType::kInt8Vector;
  vectors.struct_id = of.id;
  schema.fields.push_back(vectors);
  EXPECT_EQ(schema.Find("chunks[vec]")->sub_name(), "vec");
  EXPECT_EQ(schema.Find("chunks[vec]")->vector_type(), DataType::kInt8Vector);
  EXPECT_EQ(schema.Find("vector")->sub_name(), "vector");
  EXPECT_EQ(schema.Find("vector")->vector_type(), DataType::kFloatVector);
  EXPECT_EQ(schema.FindStruct("chunks")->id, of.id);
  EXPECT_EQ(schema.FindStruct(FieldId{103})->name, "chunks");
  EXPECT_EQ(schema.FindStruct("vector"), nullptr);
  EXPECT_EQ(schema.FindStruct(FieldId{0}), nullptr);
  EXPECT_EQ(schema.SubFields(of.id).size(), 1U);
}

TEST(CollectionSchema, FindsByNameAndById) {
  const CollectionSchema schema = WordSchema();
  ASSERT_NE(schema.Find("vector"), nullptr);
  EXPECT_EQ(schema.Find("vector")->dim, 100);
  EXPECT_EQ(schema.Find(FieldId{101}), schema.Find("vector"));
  EXPECT_EQ(schema.Find("Vector"), nullptr);
  EXPECT_EQ(schema.Find(FieldId{7}), nullptr);
}

TEST(CollectionSchema, KnowsItsPrimaryAndDynamicField) {
  CollectionSchema schema = WordSchema();
  EXPECT_EQ(schema.primary().name, "id");
  ASSERT_NE(schema.dynamic_field(), nullptr);
  EXPECT_EQ(schema.dynamic_field()->name, "$meta");
  schema.fields.pop_back();
  EXPECT_EQ(schema.dynamic_field(), nullptr);
  schema.fields.clear();
  EXPECT_EQ(schema.dynamic_field(), nullptr);
}

TEST(CollectionSchema, EqualityCoversEveryField) {
  const CollectionSchema a = WordSchema();
  CollectionSchema b = a;
  EXPECT_EQ(a, b);
  b.fields[1].type_params.emplace_back("dim", "100");
  EXPECT_NE(a, b);
}

TEST(Params, FirstOfAKeyCounts) {
  const Params params = {{"dim", "8"}, {"M", "16"}, {"dim", "9"}};
  ASSERT_NE(FindParam(params, "dim"), nullptr);
  EXPECT_EQ(*FindParam(params, "dim"), "8");
  EXPECT_EQ(FindParam(params, "DIM"), nullptr);
}

}  // namespace
}  // namespace redkite
