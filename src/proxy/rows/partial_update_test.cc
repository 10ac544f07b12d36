#include "proxy/rows/partial_update.h"

#include <gtest/gtest.h>

#include "proxy/mem_proxy_test_kit.h"
#include "types/array_value.h"

namespace redkite::proxy {
namespace {

// id, tag, n and vec as MemProxyKit::Items has them.
InsertRequest Partial(const std::vector<MemProxyKit::Item>& items, const std::vector<std::string>& fields) {
  InsertRequest request = MemProxyKit::Rows(items);
  std::erase_if(request.columns, [&](const InputColumn& c) {
    return std::find(fields.begin(), fields.end(), c.name) == fields.end();
  });
  request.upsert = request.partial_update = true;
  return request;
}

std::vector<std::string> Rows(MemProxyKit* kit) {
  const auto found = kit->Query("id >= 0", {"id", "tag", "n", "vec"});
  EXPECT_TRUE(found.ok()) << found.status().ToString();
  std::vector<std::string> rows;
  if (!found.ok()) return rows;
  const auto& c = found->columns;
  for (size_t r = 0; r < c[0].column.row_count(); ++r) {
    const ColumnView n = c[2].column.view();
    rows.push_back(std::to_string(c[0].column.view().At<int64_t>(r)) + " " +
                   std::string(c[1].column.view().TextAt(r)) + " " +
                   (n.IsValid(r) ? std::to_string(n.At<int64_t>(r)) : "null") + " " +
                   std::to_string(static_cast<int>(c[3].column.view().VectorAt(r)[0])));
  }
  return rows;
}

TEST(PartialUpdate, ColumnsThatAreNotSentStay) {
  MemProxyKit kit;
  kit.MakeItems();
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "one", 1, 0}, {2, "two", 2, 0}, {3, "three", 3, 0}})).ok());
  const auto answer = kit.Insert(Partial({{3, "III", 0, 0}, {1, "I", 0, 0}}, {"id", "tag"}));
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(answer->upsert_count, 2);
  EXPECT_EQ(answer->ids.view().At<int64_t>(0), 3);
  EXPECT_EQ(Rows(&kit), (std::vector<std::string>{"1 I 10 1", "2 two 20 2", "3 III 30 3"}));
  ASSERT_TRUE(kit.Insert(Partial({{2, "", 7, 0}}, {"id", "vec"})).ok());
  EXPECT_EQ(Rows(&kit), (std::vector<std::string>{"1 I 10 1", "2 two 20 7", "3 III 30 3"}));
}

TEST(PartialUpdate, NewRowsNeedTheirFields) {
  MemProxyKit kit;
  kit.MakeItems();
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "one", 1, 0}})).ok());
  ExpectRefused(kit.Insert(Partial({{1, "I", 0, 0}, {2, "II", 0, 0}}, {"id", "tag"})).status(),
                Code::kParameterInvalid, "fieldSchema(vec) has no corresponding fieldData pass in");
  ASSERT_TRUE(kit.Insert(Partial({{2, "two", 5, 0}}, {"id", "tag", "vec"})).ok());
  EXPECT_EQ(Rows(&kit), (std::vector<std::string>{"1 one 10 1", "2 two null 5"}));
  ExpectRefused(kit.Insert(Partial({{1, "", 0, 0}}, {"tag"})).status(), Code::kParameterInvalid,
                "must assign pk when upsert");
  ExpectRefused(kit.Insert(Partial({{1, "123456789", 0, 0}}, {"id", "tag"})).status(),
                Code::kParameterInvalid, "exceeds max length");
  ExpectRefused(kit.Insert(Partial({{1, "a", 0, 0}, {1, "b", 0, 0}}, {"id", "tag"})).status(),
                Code::kParameterInvalid, "duplicate primary keys are not allowed");
}

// The log is slow: what was read is no longer so when the write gets its place.
TEST(PartialUpdate, AWriteThatCameInBetweenIsKept) {
  MemProxyKit kit;
  kit.MakeItems();
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "one", 1, 0}})).ok());
  int reads = 0;
  kit.backend.on_query = [&] {
    if (++reads != 1) return;
    kit.backend.on_query = nullptr;
    ASSERT_TRUE(kit.Insert(Partial({{1, "", 9, 0}}, {"id", "vec"})).ok());
  };
  ASSERT_TRUE(kit.Insert(Partial({{1, "I", 0, 0}}, {"id", "tag"})).ok());
  EXPECT_EQ(Rows(&kit), (std::vector<std::string>{"1 I 10 9"}));
}

CollectionSchema ArraySchema() {
  CollectionSchema schema;
  schema.fields.resize(3);
  for (size_t i = 0; i < 3; ++i) schema.fields[i].id = FieldId(100 + static_cast<int64_t>(i));
  schema.fields[0].name = "id";
  schema.fields[0].type = DataType::kInt64;
  schema.fields[0].is_primary = true;
  schema.fields[1].name = "a";
  schema.fields[1].type = DataType::kArray;
  schema.fields[1].element_type = DataType::kInt16;
  schema.fields[1].max_capacity = 4;
  schema.fields[1].nullable = true;
  schema.fields[2].name = "f";
  schema.fields[2].type = DataType::kArray;
  schema.fields[2].element_type = DataType::kFloat;
  schema.fields[2].max_capacity = 4;
  schema.fields[2].nullable = true;
  return schema;
}

template <class T>
void AppendArray(DataType element, std::optional<std::vector<T>> values, Column* column) {
  if (!values) return column->AppendNull();
  ArrayBuilder builder(element);
  for (const T v : *values) builder.Append<T>(v);
  column->AppendText(builder.Finish());
}

std::string Text(const Column& column, DataType element, size_t row) {
  if (!column.view().IsValid(row)) return "null";
  std::string out;
  ArrayValue::Parse(element, column.view().TextAt(row))->ForEach([&](auto v) {
    if constexpr (std::is_arithmetic_v<decltype(v)>) out += std::to_string(static_cast<int>(v)) + " ";
  });
  return out;
}

using Shorts = std::optional<std::vector<int16_t>>;
Shorts S(std::initializer_list<int16_t> values) { return std::vector<int16_t>(values); }

Result<RowBatch> Change(FieldOp op, const std::vector<Shorts>& old, const std::vector<Shorts>& sent) {
  const CollectionSchema schema = ArraySchema();
  PartialRows update;
  update.keys = Column(FieldId(100), DataType::kInt64, 0);
  update.ops = {{FieldId(101), op}};
  Column a(FieldId(101), DataType::kArray, 0), keys(FieldId(100), DataType::kInt64, 0),
      found_a(FieldId(101), DataType::kArray, 0), found_f(FieldId(102), DataType::kArray, 0);
  for (size_t r = 0; r < sent.size(); ++r) {
    update.keys.Append<int64_t>(static_cast<int64_t>(r));
    AppendArray<int16_t>(DataType::kInt16, sent[r], &a);
  }
  update.sent.row_count = sent.size();
  update.sent.columns.push_back(std::move(a));
  for (size_t r = 0; r < old.size(); ++r) {
    keys.Append<int64_t>(static_cast<int64_t>(r));
    AppendArray<int16_t>(DataType::kInt16, old[r], &found_a);
    AppendArray<float>(DataType::kFloat, std::vector<float>{static_cast<float>(r)}, &found_f);
  }
  EXPECT_EQ(FieldsToRead(schema, update), (std::vector<FieldId>{FieldId(100), FieldId(101), FieldId(102)}));
  std::vector<Column> found;
  for (Column* column : {&keys, &found_a, &found_f}) found.push_back(std::move(*column));
  return MergeRows(schema, {}, update, found);
}

TEST(PartialUpdate, ElementsAreAppended) {
  const auto rows = Change(FieldOp::kArrayAppend, {S({1, 2}), Shorts(), S({3}), Shorts()},
                           {S({2, 5}), S({7}), Shorts(), Shorts(), S({8}), Shorts()});
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  std::vector<std::string> got, floats;
  for (size_t r = 0; r < 6; ++r) {
    got.push_back(Text(rows->columns[0], DataType::kInt16, r));
    floats.push_back(Text(rows->columns[1], DataType::kFloat, r));
  }
  EXPECT_EQ(got, (std::vector<std::string>{"1 2 2 5 ", "7 ", "3 ", "null", "8 ", "null"}));
  EXPECT_EQ(floats, (std::vector<std::string>{"0 ", "1 ", "2 ", "3 ", "null", "null"}));
  EXPECT_NE(Change(FieldOp::kArrayAppend, {S({1, 2, 3})}, {S({4, 5})})
                .status()
                .message()
                .find("array length exceeds max capacity"),
            std::string::npos);
}

TEST(PartialUpdate, ElementsAreRemoved) {
  const auto rows = Change(FieldOp::kArrayRemove, {S({1, 2, 1, 3}), Shorts(), S({3}), S({4})},
                           {S({1, 9}), S({7}), Shorts(), S({4}), S({8}), Shorts()});
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  std::vector<std::string> got;
  for (size_t r = 0; r < 6; ++r) got.push_back(Text(rows->columns[0], DataType::kInt16, r));
  EXPECT_EQ(got, (std::vector<std::string>{"2 3 ", "null", "3 ", "", "", "null"}));
}

}  // namespace
}  // namespace redkite::proxy
