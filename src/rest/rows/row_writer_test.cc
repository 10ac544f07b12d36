#include "rest/rows/row_writer.h"

#include <gtest/gtest.h>

#include "types/requests.h"

namespace redkite::rest {
namespace {

template <class T>
std::string Written(void (*write)(const T&, JsonWriter*), const T& result, bool int64_as_text = false) {
  std::string out;
  JsonWriter writer(&out, int64_as_text);
  writer.BeginObject();
  write(result, &writer);
  writer.EndObject();
  return out;
}

OutputColumn Longs(std::string name, std::initializer_list<int64_t> values) {
  OutputColumn column{std::move(name), false, Column(FieldId(), DataType::kInt64, 0)};
  for (const int64_t value : values) column.column.Append<int64_t>(value);
  return column;
}

OutputColumn Dynamic(std::initializer_list<std::string_view> texts) {
  OutputColumn column{"$meta", true, Column(FieldId(), DataType::kJson, 0)};
  for (const std::string_view text : texts) column.column.AppendText(text);
  return column;
}

TEST(RowWriter, WritesTheRowsOfAQuery) {
  QueryResult result;
  EXPECT_EQ(Written(WriteQuery, result), R"({"data":[],"cost":0})");
  result.columns.push_back(Longs("id", {1, 2}));
  result.columns.push_back(Dynamic({R"({"id":7,"a":true})", "{}"}));
  // The last of the members with one name counts: the field's.
  EXPECT_EQ(Written(WriteQuery, result), R"({"data":[{"id":7,"a":true,"id":1},{"id":2}],"cost":0})");
  EXPECT_EQ(Written(WriteQuery, result, true),
            R"({"data":[{"id":7,"a":true,"id":"1"},{"id":"2"}],"cost":0})");
}

TEST(RowWriter, WritesTheHitsOfAllQueries) {
  SearchResult result;
  result.primary_field_name = "id";
  result.hit_counts = {0};
  EXPECT_EQ(Written(WriteSearch, result), R"({"data":[],"topks":[0],"cost":0})");
  result.hit_counts = {2, 1};
  result.ids = Longs("id", {5, 6, 5}).column;
  result.scores = {0.5, 0.25, 1};
  result.columns.push_back(Longs("id", {5, 6, 5}));
  result.columns.push_back(Longs("n", {50, 60, 50}));
  result.columns.push_back(Dynamic({"{}", R"({"a":1})", "{}"}));
  EXPECT_EQ(Written(WriteSearch, result),
            R"({"data":[{"n":50,"id":5,"distance":0.5},{"a":1,"n":60,"id":6,"distance":0.25},)"
            R"({"n":50,"id":5,"distance":1}],"topks":[2,1],"cost":0})");
}

TEST(RowWriter, WritesCountsAndKeys) {
  MutationResult result;
  result.insert_count = result.upsert_count = result.delete_count = 2;
  result.ids = Longs("id", {1, 9007199254740993}).column;
  EXPECT_EQ(Written(WriteInsert, result),
            R"({"data":{"insertCount":2,"insertIds":[1,9007199254740993]},"cost":0})");
  EXPECT_EQ(Written(WriteUpsert, result, true),
            R"({"data":{"upsertCount":2,"upsertIds":["1","9007199254740993"]},"cost":0})");
  EXPECT_EQ(Written(WriteDelete, result), R"({"data":{"deleteCount":2}})");
  result.ids = Column(FieldId(), DataType::kVarChar, 0);
  result.ids.AppendText("a");
  EXPECT_EQ(Written(WriteInsert, result), R"({"data":{"insertCount":2,"insertIds":["a"]},"cost":0})");
}

}  // namespace
}  // namespace redkite::rest
