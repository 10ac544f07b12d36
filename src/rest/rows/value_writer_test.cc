#include "rest/rows/value_writer.h"

#include <gtest/gtest.h>

#include "rest/rows/all_types_fixture.h"
#include "types/array_value.h"

namespace redkite::rest {
namespace {

std::string Written(const OutputColumn& column, bool int64_as_text = false) {
  std::string out;
  JsonWriter writer(&out, int64_as_text);
  const ValueWriter values(column);
  writer.BeginArray();
  for (size_t row = 0; row < values.row_count(); ++row) values.Write(row, &writer);
  writer.EndArray();
  return out;
}

template <class T>
OutputColumn Numbers(DataType type, std::initializer_list<T> values) {
  OutputColumn column{"f", false, Column(FieldId(), type, 0)};
  for (const T value : values) column.column.Append<T>(value);
  column.column.AppendNull();
  return column;
}

OutputColumn Texts(DataType type, std::initializer_list<std::string_view> values) {
  OutputColumn column{"f", false, Column(FieldId(), type, 0)};
  for (const std::string_view value : values) column.column.AppendText(value);
  return column;
}

OutputColumn Vectors(DataType type, int dim, const std::string& bytes) {
  OutputColumn column{"f", false, Column(FieldId(), type, dim)};
  column.column.AppendRaw(bytes.data(), bytes.size() / ValueBytes(type, dim));
  column.column.AppendNull();
  return column;
}

TEST(ValueWriter, WritesScalars) {
  EXPECT_EQ(Written(Numbers<uint8_t>(DataType::kBool, {1, 0})), "[true,false,null]");
  EXPECT_EQ(Written(Numbers<int8_t>(DataType::kInt8, {-128, 127})), "[-128,127,null]");
  EXPECT_EQ(Written(Numbers<int16_t>(DataType::kInt16, {-1})), "[-1,null]");
  EXPECT_EQ(Written(Numbers<int32_t>(DataType::kInt32, {-1})), "[-1,null]");
  const auto longs = Numbers<int64_t>(DataType::kInt64, {INT64_MIN, 9007199254740993});
  EXPECT_EQ(Written(longs), "[-9223372036854775808,9007199254740993,null]");
  EXPECT_EQ(Written(longs, true), R"(["-9223372036854775808","9007199254740993",null])");
  EXPECT_EQ(Written(Numbers<float>(DataType::kFloat, {0.1f, 1})), "[0.1,1,null]");
  EXPECT_EQ(Written(Numbers<double>(DataType::kDouble, {0.1, 1e300})), "[0.1,1e+300,null]");
  EXPECT_EQ(Written(Texts(DataType::kVarChar, {"a\"", ""})), R"(["a\"",""])");
  EXPECT_EQ(Written(Texts(DataType::kJson, {R"({"a":[1]})", "5", "\"t\""})), R"([{"a":[1]},5,"t"])");
}

TEST(ValueWriter, WritesVectors) {
  EXPECT_EQ(Written(Vectors(DataType::kFloatVector, 2, BytesOf<float>({1, 0.1f, -2, 3}))),
            "[[1,0.1],[-2,3],null]");
  EXPECT_EQ(Written(Vectors(DataType::kBinaryVector, 24, "foo")), R"(["Zm9v",null])");
  EXPECT_EQ(Written(Vectors(DataType::kInt8Vector, 3, "foo")), R"(["Zm9v",null])");
  EXPECT_EQ(Written(Vectors(DataType::kFloat16Vector, 3, "foobar")), R"(["Zm9vYmFy",null])");
  EXPECT_EQ(Written(Vectors(DataType::kBFloat16Vector, 3, "foobar")), R"(["Zm9vYmFy",null])");
  const std::string pairs = BytesOf<uint32_t>({5, 0x3f800000, 70, 0x3f000000});
  EXPECT_EQ(Written(Texts(DataType::kSparseFloatVector, {pairs, ""})), R"([{"5":1,"70":0.5},{}])");
}

TEST(ValueWriter, WritesArrays) {
  OutputColumn column = Texts(DataType::kArray, {BytesOf<int64_t>({1, -2}), ""});
  column.element_type = DataType::kInt64;
  EXPECT_EQ(Written(column), "[[1,-2],[]]");
  EXPECT_EQ(Written(column, true), R"([["1","-2"],[]])");
  ArrayBuilder texts(DataType::kVarChar);
  texts.AppendText("a");
  texts.AppendText("");
  column = Texts(DataType::kArray, {texts.Finish()});
  column.element_type = DataType::kVarChar;
  EXPECT_EQ(Written(column), R"([["a",""]])");
  for (const auto& [type, bytes, json] : std::vector<std::tuple<DataType, std::string, std::string>>{
           {DataType::kBool, BytesOf<uint8_t>({1, 0}), "[[true,false]]"},
           {DataType::kInt8, BytesOf<int8_t>({-1}), "[[-1]]"},
           {DataType::kInt16, BytesOf<int16_t>({-1}), "[[-1]]"},
           {DataType::kInt32, BytesOf<int32_t>({-1}), "[[-1]]"},
           {DataType::kFloat, BytesOf<float>({0.5f}), "[[0.5]]"},
           {DataType::kDouble, BytesOf<double>({0.1}), "[[0.1]]"}}) {
    column = Texts(DataType::kArray, {bytes});
    column.element_type = type;
    EXPECT_EQ(Written(column), json);
  }
}

TEST(ValueWriter, WritesStructsAsObjects) {
  OutputColumn column{"s", false, Column(FieldId(9), DataType::kNone, 0), true};
  OutputColumn& n =
      column.fields.emplace_back(OutputColumn{"n", false, Column(FieldId(), DataType::kArray, 0)});
  n.element_type = DataType::kInt32;
  n.column.AppendText(BytesOf<int32_t>({1, 2}));
  n.column.AppendText("");
  n.column.AppendNull();
  OutputColumn& v =
      column.fields.emplace_back(OutputColumn{"v", false, Column(FieldId(), DataType::kArrayOfVector, 2)});
  v.element_type = DataType::kFloatVector;
  v.column.AppendText(BytesOf<float>({1, 2, 3, 4}));
  v.column.AppendText("");
  v.column.AppendNull();
  EXPECT_EQ(Written(column), R"([[{"n":1,"v":[1,2]},{"n":2,"v":[3,4]}],[],null])");
}

TEST(ValueWriter, WritesDynamicKeysAsMembers) {
  const OutputColumn column{"$meta", true,
                            Texts(DataType::kJson, {R"( { "a" : 1, "b":[] } )", "{}", "", "5"}).column};
  const ValueWriter values(column);
  const char* const expected[] = {R"({"x":0,"a" : 1, "b":[],"y":1})", R"({"x":0,"y":1})", R"({"x":0,"y":1})",
                                  R"({"x":0,"y":1})"};
  for (size_t row = 0; row < 4; ++row) {
    std::string out;
    JsonWriter writer(&out);
    writer.BeginObject().Key("x").Integer(0);
    values.WriteKeys(row, &writer);
    writer.Key("y").Integer(1).EndObject();
    EXPECT_EQ(out, expected[row]);
  }
}

}  // namespace
}  // namespace redkite::rest
