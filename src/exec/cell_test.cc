#include "exec/cell.h"

#include <gtest/gtest.h>

#include <limits>

namespace redkite::exec {
namespace {

Column NumbersOf(DataType type) {
  Column column(FieldId(7), type, 0);
  Cell::Of(int64_t{1}).AppendTo(&column);
  Cell().AppendTo(&column);
  Cell::Of(int64_t{0}).AppendTo(&column);
  return column;
}

TEST(CellTest, ValuesSurviveAColumn) {
  for (const DataType type :
       {DataType::kBool, DataType::kInt8, DataType::kInt16, DataType::kInt32, DataType::kInt64}) {
    const Column column = NumbersOf(type);
    const ColumnView view = column.view();
    EXPECT_EQ(Cell::At(&view, 0), Cell::Of(int64_t{1}));
    EXPECT_TRUE(Cell::At(&view, 1).is_null());
    EXPECT_EQ(Cell::At(&view, 2), Cell::Of(int64_t{0}));
  }
  for (const DataType type : {DataType::kFloat, DataType::kDouble}) {
    Column column(FieldId(7), type, 0);
    Cell::Of(-0.25).AppendTo(&column);
    const ColumnView view = column.view();
    EXPECT_EQ(Cell::At(&view, 0), Cell::Of(-0.25));
  }
  Column texts(FieldId(7), DataType::kVarChar, 0);
  Cell::Of(std::string_view("b")).AppendTo(&texts);
  const ColumnView view = texts.view();
  EXPECT_EQ(Cell::At(&view, 0), Cell::Of(std::string_view("b")));
  EXPECT_EQ(Cell::At(&view, 0).text_bytes(), 1u);
  EXPECT_TRUE(Cell::At(nullptr, 0).is_null());
}

TEST(CellTest, Order) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  EXPECT_LT(Cell::Of(kMin).Compare(Cell::Of(int64_t{1})), 0);
  EXPECT_GT(Cell::Of(2.5).Compare(Cell::Of(2.25)), 0);
  EXPECT_EQ(Cell::Of(0.0).Compare(Cell::Of(-0.0)), 0);
  EXPECT_LT(Cell::Of(std::string_view("a")).Compare(Cell::Of(std::string_view("\xff"))), 0);
  EXPECT_FALSE(Cell() == Cell::Of(int64_t{0}));
  EXPECT_TRUE(Cell() == Cell());
  const Cell one = Cell::Of(int64_t{1}), two = Cell::Of(int64_t{2});
  EXPECT_LT(CompareInDirection(one, two, {}), 0);
  EXPECT_GT(CompareInDirection(one, two, {true, false}), 0);
  for (const bool descending : {false, true}) {
    EXPECT_GT(CompareInDirection(Cell(), one, {descending, false}), 0);
    EXPECT_LT(CompareInDirection(Cell(), one, {descending, true}), 0);
    EXPECT_GT(CompareInDirection(one, Cell(), {descending, true}), 0);
    EXPECT_EQ(CompareInDirection(Cell(), Cell(), {descending, true}), 0);
  }
}

TEST(CellTest, EqualCellsHaveEqualHashes) {
  EXPECT_EQ(Cell::Of(0.0).Hash(), Cell::Of(-0.0).Hash());
  EXPECT_EQ(Cell::Of(std::string_view("ab")).Hash(), Cell::Of(std::string_view("xab").substr(1)).Hash());
  EXPECT_NE(Cell::Of(int64_t{1}).Hash(), Cell::Of(int64_t{2}).Hash());
  EXPECT_NE(Cell().Hash(), Cell::Of(int64_t{0}).Hash());
}

}  // namespace
}  // namespace redkite::exec
