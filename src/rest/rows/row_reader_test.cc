#include "rest/rows/row_reader.h"

#include <gtest/gtest.h>

#include "rest/rows/all_types_fixture.h"

namespace redkite::rest {
namespace {

Result<InsertRequest> Insert(const CollectionSchema& schema, const std::string& rows) {
  const JsonBody body = ParseBody(R"({"collectionName":"c","data":)" + rows + "}");
  return ReadInsert(body.root(), schema);
}

Result<InsertRequest> Upsert(const CollectionSchema& schema, const std::string& members) {
  const JsonBody body = ParseBody(R"({"collectionName":"c",)" + members + "}");
  return ReadUpsert(body.root(), schema);
}

InsertRequest Taken(Result<InsertRequest> request) {
  EXPECT_TRUE(request.ok()) << request.status().ToString();
  return request.ok() ? std::move(*request) : InsertRequest();
}

void ExpectRefused(const Result<InsertRequest>& request, Code code, std::string_view phrase) {
  ASSERT_FALSE(request.ok()) << phrase;
  EXPECT_EQ(request.status().code(), code) << request.status().ToString();
  EXPECT_NE(request.status().message().find(phrase), std::string::npos) << request.status().message();
}

TEST(RowReader, ReadsEveryType) {
  const InsertRequest r = Taken(Insert(AllTypes(), R"x([{
    "id": 1, "bool": true, "int8": -1, "int16": 2, "int32": 3, "int64": "9007199254740993", "float": 0.5,
    "double": 0.1, "text": "t", "json": {"k": 1}, "time": "2025-01-01T00:00:00Z", "shape": "POINT (1 2)",
    "bools": [true], "bytes": [7], "longs": [8], "reals": [0.25], "texts": ["a"], "vec": [1, 2],
    "bits": [1, 2], "half": [1, 2], "brain": [1, 2], "tiny": [1, 2], "sparse": {"5": 1},
    "s": [{"n": 1, "t": "x", "v": [1, 2]}, {"n": 2, "t": "y", "v": [3, 4]}], "more": [1], "yet": null}])x"));
  EXPECT_EQ(r.row_count, 1u);
  EXPECT_EQ(r.name.collection, "c");
  EXPECT_EQ(r.columns.size(), AllTypes().fields.size() + 1);
  EXPECT_EQ(ValuesOf<int64_t>(FindColumn(r, "id")), std::vector<int64_t>{1});
  EXPECT_EQ(ValuesOf<int64_t>(FindColumn(r, "int64")), std::vector<int64_t>{9007199254740993});
  EXPECT_EQ(ValuesOf<double>(FindColumn(r, "double")), std::vector<double>{0.1});
  EXPECT_EQ(TextsOf(FindColumn(r, "json")), std::vector<std::string>{R"({"k":1})"});
  EXPECT_EQ(TextsOf(FindColumn(r, "sparse")), std::vector<std::string>{BytesOf<uint32_t>({5, 0x3f800000})});
  EXPECT_EQ(TextsOf(FindColumn(r, "s[n]")), std::vector<std::string>{BytesOf<int32_t>({1, 2})});
  EXPECT_EQ(TextsOf(FindColumn(r, "s[v]")), std::vector<std::string>{BytesOf<float>({1, 2, 3, 4})});
  EXPECT_TRUE(FindColumn(r, "s[v]")->of_struct);
  EXPECT_EQ(FindColumn(r, "s[v]")->element_type, DataType::kFloatVector);
  EXPECT_EQ(FindColumn(r, "vec")->column.dim(), 2);
  EXPECT_TRUE(FindColumn(r, "$meta")->is_dynamic);
  EXPECT_EQ(TextsOf(FindColumn(r, "$meta")), std::vector<std::string>{R"({"more":[1],"yet":null})"});
}

TEST(RowReader, TakesOneRowWithoutAList) {
  EXPECT_EQ(Taken(Insert(AllTypes(), R"({"id":1})")).row_count, 1u);
}

TEST(RowReader, OfMembersWithOneNameTheLastCounts) {
  EXPECT_EQ(ValuesOf<int64_t>(FindColumn(Taken(Insert(AllTypes(), R"([{"id":1,"id":2}])")), "id")),
            std::vector<int64_t>{2});
}

TEST(RowReader, FillsWhatSomeRowsLack) {
  const InsertRequest r = Taken(
      Insert(AllTypes(),
             R"([{"id":1},{"text":"b","id":2,"x":1,"vec":[1,2]},{"id":3,"text":null,"s":[]},{"id":4}])"));
  EXPECT_EQ(r.row_count, 4u);
  EXPECT_EQ(FindColumn(r, "bool"), nullptr);  // for the proxy to fill
  const InputColumn* text = FindColumn(r, "text");
  ASSERT_NE(text, nullptr);
  EXPECT_TRUE(text->has_valid_data);
  const bool valid[] = {false, true, false, false};
  for (size_t row = 0; row < 4; ++row) EXPECT_EQ(text->column.view().IsValid(row), valid[row]) << row;
  for (const InputColumn& column : r.columns) EXPECT_EQ(column.column.row_count(), 4u) << column.name;
  EXPECT_EQ(TextsOf(FindColumn(r, "$meta")), (std::vector<std::string>{"{}", R"({"x":1})", "{}", "{}"}));
  EXPECT_FALSE(FindColumn(r, "s[n]")->column.view().IsValid(0));
  EXPECT_TRUE(FindColumn(r, "s[n]")->column.view().IsValid(2));
}

TEST(RowReader, NamesRowAndFieldOfWhatIsWrong) {
  const CollectionSchema schema = AllTypes();
  ExpectRefused(Insert(schema, R"([{"id":1},{"id":"x"}])"), Code::kRestBadRows,
                "fail to deal the insert data, error: row 1, field id: not a value of type Int64: x");
  ExpectRefused(Insert(schema, R"([{}])"), Code::kRestBadRows, "row 0, field id: it is missing");
  ExpectRefused(Insert(schema, R"([{"id":null}])"), Code::kRestBadRows, "row 0, field id: it is null");
  ExpectRefused(Insert(schema, R"([{"id":1,"vec":[1]}])"), Code::kRestBadRows, "field vec: the dim (1)");
  ExpectRefused(Insert(schema, R"([5])"), Code::kRestBadRows, "row 0 must be an object, got a number");
  ExpectRefused(Insert(schema, R"([{"id":1,"$meta":{}}])"), Code::kRestBadRows, "reserved name: $meta");
  ExpectRefused(Insert(schema, R"([{"id":1,"s":{}}])"), Code::kRestBadRows,
                "field s: a struct array is an array");
  ExpectRefused(Insert(schema, R"([{"id":1,"s":[5]}])"), Code::kRestBadRows, "element 0 must be an object");
  ExpectRefused(Insert(schema, R"([{"id":1,"s":[{"n":1,"t":"a"}]}])"), Code::kRestBadRows,
                "field s: element 0, v: it is missing");
  CollectionSchema fixed = schema;
  fixed.enable_dynamic_field = false;
  ExpectRefused(Insert(fixed, R"([{"id":1,"extra":2}])"), Code::kRestBadRows, "lacks: extra");
}

TEST(RowReader, WantsRows) {
  const CollectionSchema schema = AllTypes();
  for (const char* rows : {"[]", "null"})
    ExpectRefused(Insert(schema, rows), Code::kRestMissingParameter, "'Data'");
  for (const char* rows : {"5", "\"x\"", "true"})
    ExpectRefused(Insert(schema, rows), Code::kRestBadFormat, "data must be an array of objects");
  ExpectRefused(ReadInsert(ParseBody("{}").root(), schema), Code::kRestMissingParameter, "CollectionName");
  ExpectRefused(ReadInsert(ParseBody("[]").root(), schema), Code::kRestBadFormat, "an object");
}

TEST(RowReader, KeysOfAutoIdAreInAllRowsOrNone) {
  CollectionSchema schema = AllTypes();
  schema.fields[0].auto_id = true;
  EXPECT_EQ(FindColumn(Taken(Insert(schema, R"([{"int8":1},{"id":null}])")), "id"), nullptr);
  EXPECT_NE(FindColumn(Taken(Insert(schema, R"([{"id":1},{"id":2}])")), "id"), nullptr);
  ExpectRefused(Insert(schema, R"([{"id":1},{"int8":2}])"), Code::kRestBadRows,
                "row 1, field id: it is missing");
  ExpectRefused(Insert(schema, R"([{"int8":2},{"id":1}])"), Code::kRestBadRows,
                "row 1, field id: it is given");
}

TEST(RowReader, AFieldWithADefaultMayBeAbsent) {
  CollectionSchema schema = AllTypes();
  schema.fields[2].nullable = false;
  ExpectRefused(Insert(schema, R"([{"id":1}])"), Code::kRestBadRows, "field int8");
  schema.fields[2].default_value = DefaultValue::Int(3);
  const InsertRequest r = Taken(Insert(schema, R"([{"id":1},{"id":2,"int8":null},{"id":3,"int8":4}])"));
  EXPECT_FALSE(FindColumn(r, "int8")->column.view().IsValid(0));
  EXPECT_FALSE(FindColumn(r, "int8")->column.view().IsValid(1));
  EXPECT_TRUE(FindColumn(r, "int8")->has_valid_data);
}

TEST(RowReader, APartialUpdateHasTheSameFieldsInAllRows) {
  const CollectionSchema schema = AllTypes();
  const InsertRequest r = Taken(
      Upsert(schema, R"("partialUpdate":true,"data":[{"id":1,"text":"a"},{"text":null,"id":2,"more":1}])"));
  EXPECT_TRUE(r.partial_update && r.upsert);
  EXPECT_EQ(r.columns.size(), 3u);
  ExpectRefused(Upsert(schema, R"("partialUpdate":true,"data":[{"id":1,"text":"a"},{"id":2}])"),
                Code::kRestBadRows, "row 1, field text: it is missing, but other rows have it");
  ExpectRefused(Upsert(schema, R"("partialUpdate":true,"data":[{"id":1},{"id":2,"text":"a"}])"),
                Code::kRestBadRows, "row 1, field text: it is given, but is missing in other rows");
  EXPECT_FALSE(Taken(Upsert(schema, R"("data":[{"id":1}])")).partial_update);
}

TEST(RowReader, ReadsFieldOps) {
  const CollectionSchema schema = AllTypes();
  const InsertRequest r = Taken(Upsert(schema, R"("fieldOps":[{"fieldName":"longs","op":"ARRAY_APPEND"},
      {"fieldName":"texts","op":2},{"fieldName":"text"}],"data":[{"id":1,"longs":[1],"texts":["a"],"text":"b"}])"));
  EXPECT_TRUE(r.partial_update);
  using Ops = std::vector<std::pair<std::string, FieldOp>>;
  EXPECT_EQ(
      r.field_ops,
      (Ops{{"longs", FieldOp::kArrayAppend}, {"texts", FieldOp::kArrayRemove}, {"text", FieldOp::kReplace}}));
  ExpectRefused(Upsert(schema, R"("fieldOps":[{"op":1}],"data":[{"id":1}])"), Code::kRestMissingParameter,
                "FieldName");
  ExpectRefused(Upsert(schema, R"("fieldOps":[{"fieldName":"a","op":"x"}],"data":[{"id":1}])"),
                Code::kParameterInvalid, "op can only be");
}

// A few bytes of text must not become gigabytes of nulls.
TEST(RowReader, BoundsWhatRowsLack) {
  CollectionSchema schema = AllTypes();
  schema.fields[17].dim = 32768;
  std::string rows = "[";
  for (int i = 0; i < 1000; ++i) rows += R"({"id":1,"vec":null},)";
  rows.back() = ']';
  ExpectRefused(Insert(schema, rows), Code::kParameterTooLarge, "field vec");
  // Nulls that no row but the last makes real.
  rows.pop_back();
  rows = "[";
  for (int i = 0; i < 1000; ++i) rows += R"({"id":1},)";
  EXPECT_TRUE(Insert(schema, rows + R"({"id":1}])").ok());
  ExpectRefused(Insert(schema, rows + R"({"id":1,"vec":null}])"), Code::kParameterTooLarge, "field vec");
}

}  // namespace
}  // namespace redkite::rest
