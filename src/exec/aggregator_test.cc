#include "exec/aggregator.h"

#include <gtest/gtest.h>

#include <limits>

namespace redkite::exec {
namespace {

using plan::AggregateOp;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

// Rows 0 … 5: 4, 2, null, 10, max, max.
Column SomeNumbers() {
  Column column(FieldId(7), DataType::kInt64, 0);
  for (const int64_t v : {int64_t{4}, int64_t{2}}) column.Append<int64_t>(v);
  column.AppendNull();
  for (const int64_t v : {int64_t{10}, kMax, kMax}) column.Append<int64_t>(v);
  return column;
}

// Groups 0: rows 0, 1 and 3; 1: row 2; 2: rows 4 and 5; 3: none.
Aggregator Grouped(AggregateOp op, DataType type, const Column& column) {
  const std::vector<uint32_t> rows = {0, 1, 2, 3, 4, 5}, groups = {0, 0, 1, 0, 2, 2};
  Aggregator aggregator(op, type);
  aggregator.Resize(2);
  aggregator.Resize(4);
  const ColumnView view = column.view();
  aggregator.Add(&view, {rows, groups});
  return aggregator;
}

TEST(AggregatorTest, OverIntegers) {
  const Column column = SomeNumbers();
  const auto value = [&](AggregateOp op, uint32_t group) {
    return Grouped(op, DataType::kInt64, column).ValueOf(group);
  };
  EXPECT_EQ(value(AggregateOp::kCount, 0), Cell::Of(int64_t{3}));
  EXPECT_EQ(value(AggregateOp::kSum, 0), Cell::Of(int64_t{16}));
  EXPECT_EQ(value(AggregateOp::kAvg, 0), Cell::Of(16.0 / 3));
  EXPECT_EQ(value(AggregateOp::kMin, 0), Cell::Of(int64_t{2}));
  EXPECT_EQ(value(AggregateOp::kMax, 0), Cell::Of(int64_t{10}));
  for (const uint32_t group : {1u, 3u}) {  // nulls alone, and no rows
    EXPECT_EQ(value(AggregateOp::kCount, group), Cell::Of(int64_t{0}));
    for (const auto op : {AggregateOp::kSum, AggregateOp::kAvg, AggregateOp::kMin, AggregateOp::kMax}) {
      EXPECT_TRUE(value(op, group).is_null());
    }
  }
}

TEST(AggregatorTest, ASumBeyondItsTypeIsTold) {
  const Column column = SomeNumbers();
  const Aggregator sum = Grouped(AggregateOp::kSum, DataType::kInt64, column);
  EXPECT_TRUE(sum.Overflows(2));
  EXPECT_FALSE(sum.Overflows(0));
  const Aggregator average = Grouped(AggregateOp::kAvg, DataType::kInt64, column);
  EXPECT_FALSE(average.Overflows(2));
  EXPECT_EQ(average.ValueOf(2), Cell::Of(static_cast<double>(kMax)));
}

TEST(AggregatorTest, OverRealsAndTexts) {
  Column reals(FieldId(7), DataType::kFloat, 0), texts(FieldId(8), DataType::kVarChar, 0);
  for (const char* text : {"m", "b", "z", "n", "", "a"}) {
    reals.Append<float>(static_cast<float>(text[0]) / 4);
    texts.AppendText(text);
  }
  EXPECT_EQ(Grouped(AggregateOp::kSum, DataType::kFloat, reals).ValueOf(0),
            Cell::Of(('m' + 'b' + 'n') / 4.0));
  EXPECT_EQ(Grouped(AggregateOp::kMax, DataType::kFloat, reals).type(), DataType::kFloat);
  EXPECT_EQ(Grouped(AggregateOp::kMax, DataType::kFloat, reals).ValueOf(1), Cell::Of('z' / 4.0));
  EXPECT_EQ(Grouped(AggregateOp::kMin, DataType::kVarChar, texts).ValueOf(0),
            Cell::Of(std::string_view("b")));
  EXPECT_EQ(Grouped(AggregateOp::kMin, DataType::kVarChar, texts).ValueOf(2), Cell::Of(std::string_view("")));
}

TEST(AggregatorTest, CountsOfRowsAndWithoutAColumn) {
  const std::vector<uint32_t> rows = {5, 6}, groups = {0, 0};
  Aggregator of_rows(AggregateOp::kCount, DataType::kNone), of_values(AggregateOp::kCount, DataType::kInt8),
      sum(AggregateOp::kSum, DataType::kInt8);
  for (Aggregator* aggregator : {&of_rows, &of_values, &sum}) {
    aggregator->Resize(1);
    aggregator->Add(nullptr, {rows, groups});
  }
  EXPECT_EQ(of_rows.ValueOf(0), Cell::Of(int64_t{2}));
  EXPECT_EQ(of_values.ValueOf(0), Cell::Of(int64_t{0}));
  EXPECT_TRUE(sum.ValueOf(0).is_null());
}

}  // namespace
}  // namespace redkite::exec
