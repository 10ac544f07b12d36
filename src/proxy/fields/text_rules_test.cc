#include "proxy/fields/text_rules.h"

#include <gtest/gtest.h>

namespace redkite::proxy {
namespace {

#define EXPECT_HAS(text, phrase) EXPECT_NE((text).find(phrase), std::string::npos) << (text)

FieldSchema Field(DataType type, Params params = {}) {
  FieldSchema field;
  field.id = FieldId(101);
  field.name = "f";
  field.type = type;
  field.type_params = std::move(params);
  return field;
}

TEST(TextRules, Analyzers) {
  EXPECT_TRUE(CheckAnalyzer(Field(DataType::kInt64)).ok());
  EXPECT_TRUE(CheckAnalyzer(Field(DataType::kVarChar)).ok());
  EXPECT_TRUE(
      CheckAnalyzer(Field(DataType::kText, {{"enable_match", "true"}, {"enable_analyzer", "True"}})).ok());
  EXPECT_TRUE(CheckAnalyzer(Field(DataType::kVarChar, {{"analyzer_params", R"({"type":"english"})"}})).ok());
  EXPECT_HAS(CheckAnalyzer(Field(DataType::kJson, {{"enable_match", "true"}})).message(),
             "enable_match is only for VarChar and Text fields, field f is JSON");
  EXPECT_HAS(CheckAnalyzer(Field(DataType::kVarChar, {{"enable_match", "true"}})).message(),
             "field f which has enable_match or is input of BM25 function must also enable_analyzer");
  EXPECT_TRUE(CheckAnalyzer(Field(DataType::kVarChar, {{"enable_match", "false"}})).ok());
  EXPECT_HAS(CheckAnalyzer(Field(DataType::kVarChar, {{"enable_analyzer", "yes"}})).message(),
             "invalid enable_analyzer value of field f: yes");
  const Status unbuilt =
      CheckAnalyzer(Field(DataType::kVarChar, {{"analyzer_params", R"({"type":"chinese"})"}}));
  EXPECT_EQ(unbuilt.code(), Code::kUnimplemented);
  EXPECT_HAS(unbuilt.message(), "field f: analyzer chinese is not implemented");
  EXPECT_EQ(CheckAnalyzer(Field(DataType::kText, {{"multi_analyzer_params", "{}"}})).code(),
            Code::kUnimplemented);
}

Column Texts(std::initializer_list<const char*> values) {
  Column column(FieldId(101), DataType::kVarChar, 0);
  for (const char* value : values) {
    if (value == nullptr)
      column.AppendNull();
    else
      column.AppendText(value);
  }
  return column;
}

TEST(TextRules, ShapesInAndOut) {
  auto shapes = TakeShapes(Field(DataType::kGeometry), Texts({"point(1 2)", nullptr}).view());
  ASSERT_TRUE(shapes.ok());
  EXPECT_EQ(shapes->type(), DataType::kGeometry);
  EXPECT_EQ(shapes->view().TextAt(0).size(), 21u);
  EXPECT_FALSE(shapes->view().IsValid(1));
  std::vector<OutputColumn> columns;
  columns.push_back({"f", false, std::move(*shapes), true});
  columns.push_back({"g", false, Texts({"x", "y"})});
  ASSERT_TRUE(ShowShapes(&columns).ok());
  EXPECT_EQ(columns[0].column.view().TextAt(0), "POINT (1 2)");
  EXPECT_EQ(columns[0].type(), DataType::kGeometry);
  EXPECT_FALSE(columns[0].column.view().IsValid(1));
  EXPECT_EQ(columns[1].type(), DataType::kVarChar);
}

TEST(TextRules, BadShapes) {
  const Status bad = TakeShapes(Field(DataType::kGeometry), Texts({"POINT (1 2)", "POINT"}).view()).status();
  EXPECT_EQ(bad.code(), Code::kParameterInvalid);
  EXPECT_HAS(bad.message(), "geometry field f, row number: 1: invalid WKT");
  Column broken(FieldId(101), DataType::kGeometry, 0);
  broken.AppendText("no shape");
  std::vector<OutputColumn> columns;
  columns.push_back({"f", false, std::move(broken)});
  EXPECT_EQ(ShowShapes(&columns).code(), Code::kDataIntegrity);
}

TEST(TextRules, DefaultShapes) {
  CollectionSchema schema;
  schema.fields = {Field(DataType::kGeometry)};
  schema.fields[0].default_value = DefaultValue::Text("POINT(1 2)");
  ASSERT_TRUE(TakeDefaultShapes(&schema).ok());
  EXPECT_EQ(schema.fields[0].default_value.text.size(), 21u);
  ShowDefaultShapes(&schema);
  EXPECT_EQ(schema.fields[0].default_value.text, "POINT (1 2)");
  schema.fields[0].default_value = DefaultValue::Text("x");
  EXPECT_HAS(TakeDefaultShapes(&schema).message(), "default value of field f");
}

}  // namespace
}  // namespace redkite::proxy
