#include "types/column.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/random.h"

namespace redkite {
namespace {

constexpr FieldId kField{100};

TEST(Column, FixedValuesAreAnAlignedArray) {
  Column column(kField, DataType::kInt64, 0);
  for (int64_t i = 0; i < 1000; ++i) column.Append<int64_t>(i * i);
  const ColumnView view = column.view();
  ASSERT_EQ(view.row_count, 1000u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(view.data) % 64, 0u);
  EXPECT_EQ(view.Values<int64_t>()[31], 961);
  EXPECT_EQ(view.At<int64_t>(999), 998001);
  EXPECT_EQ(view.data_bytes(), 8000u);
  EXPECT_FALSE(column.has_nulls());
}

TEST(Column, TextsKeepEveryByte) {
  Column column(kField, DataType::kVarChar, 0);
  column.AppendText("");
  column.AppendText(std::string_view("a\0b", 3));
  column.AppendText("kite");
  const ColumnView view = column.view();
  EXPECT_EQ(view.TextAt(0), "");
  EXPECT_EQ(view.TextAt(1), std::string_view("a\0b", 3));
  EXPECT_EQ(view.TextAt(2), "kite");
  EXPECT_EQ(view.data_bytes(), 7u);
}

TEST(Column, EmptyTextColumnHasOneOffset) {
  const Column column(kField, DataType::kJson, 0);
  ASSERT_NE(column.view().offsets, nullptr);
  EXPECT_EQ(column.view().data_bytes(), 0u);
}

TEST(Column, VectorsRowAfterRow) {
  Column column(kField, DataType::kFloatVector, 3);
  const float rows[] = {1, 2, 3, 4, 5, 6};
  column.AppendVector(rows);
  column.AppendRaw(rows + 3, 1);
  EXPECT_EQ(column.view().VectorAt(1)[0], 4.0f);
  EXPECT_EQ(column.view().VectorAt(1)[2], 6.0f);
  EXPECT_EQ(column.view().data_bytes(), 24u);
}

// Model check: appends of every kind against a vector of optionals.
void CheckAgainstModel(DataType type, uint64_t seed) {
  Random random(seed);
  Column column(kField, type, 0);
  std::vector<std::optional<std::string>> model;
  const auto append_value = [&](Column* to) -> std::string {
    if (type == DataType::kVarChar) {
      const std::string text(random.Below(20), 'a');
      to->AppendText(text);
      return text;
    }
    const auto value = static_cast<int32_t>(random.Next());
    to->Append<int32_t>(value);
    return std::to_string(value);
  };
  for (int step = 0; step < 300; ++step) {
    const uint64_t kind = random.Below(10);
    if (kind == 0) {
      column.AppendNull();
      model.push_back(std::nullopt);
    } else if (kind == 1) {
      Column other(kField, type, 0);
      const uint64_t rows = random.Below(70);
      for (uint64_t i = 0; i < rows; ++i) {
        if (random.Below(4) == 0 && seed % 2 == 0) {
          other.AppendNull();
          model.push_back(std::nullopt);
        } else {
          model.push_back(append_value(&other));
        }
      }
      column.AppendAll(other.view());
    } else if (kind == 2 && !model.empty()) {
      const size_t row = random.Below(model.size());
      const Column copy = [&] {
        Column c(kField, type, 0);
        c.AppendAll(column.view());
        return c;
      }();
      column.AppendFrom(copy.view(), row);
      model.push_back(model[row]);
    } else {
      model.push_back(append_value(&column));
    }
  }
  const ColumnView view = column.view();
  ASSERT_EQ(view.row_count, model.size());
  for (size_t row = 0; row < model.size(); ++row) {
    ASSERT_EQ(view.IsValid(row), model[row].has_value()) << "seed " << seed << " row " << row;
    const std::string found =
        type == DataType::kVarChar ? std::string(view.TextAt(row)) : std::to_string(view.At<int32_t>(row));
    ASSERT_EQ(found, model[row].value_or(type == DataType::kVarChar ? "" : "0"))
        << "seed " << seed << " row " << row;
  }
}

TEST(Column, AgreesWithAModel) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    CheckAgainstModel(DataType::kInt32, seed);
    CheckAgainstModel(DataType::kVarChar, seed);
  }
}

TEST(Column, FirstNullAtEachPositionOfAWord) {
  for (const size_t before : {0u, 1u, 63u, 64u, 65u, 127u, 128u}) {
    Column column(kField, DataType::kBool, 0);
    for (size_t i = 0; i < before; ++i) column.Append<uint8_t>(1);
    column.AppendNull();
    column.Append<uint8_t>(1);
    const ColumnView view = column.view();
    for (size_t row = 0; row < before; ++row) ASSERT_TRUE(view.IsValid(row)) << before << " " << row;
    EXPECT_FALSE(view.IsValid(before));
    EXPECT_TRUE(view.IsValid(before + 1));
  }
}

TEST(Column, ReserveChangesNoContent) {
  Column column(kField, DataType::kVarChar, 0);
  column.AppendText("one");
  column.Reserve(1000, 1 << 16);
  column.AppendText("two");
  EXPECT_EQ(column.row_count(), 2u);
  EXPECT_EQ(column.view().TextAt(0), "one");
  EXPECT_EQ(column.view().TextAt(1), "two");
  EXPECT_GE(column.memory_bytes(), size_t{1} << 16);
}

TEST(Column, ClearedIsLikeNew) {
  for (const DataType type : {DataType::kVarChar, DataType::kArray}) {
    Column column(kField, type, 0);
    column.AppendText("one");
    column.AppendNull();
    column.Clear();
    EXPECT_EQ(column.row_count(), 0u);
    EXPECT_EQ(column.view().data_bytes(), 0u);
    column.AppendText("two");
    EXPECT_EQ(column.view().TextAt(0), "two");
    EXPECT_FALSE(column.has_nulls());
  }
  Column numbers(kField, DataType::kInt32, 0);
  numbers.Append<int32_t>(1);
  numbers.Clear();
  numbers.Append<int32_t>(2);
  EXPECT_EQ(numbers.view().Values<int32_t>().size(), 1u);
  EXPECT_EQ(numbers.view().At<int32_t>(0), 2);
}

TEST(RowBatch, FindsColumnsByField) {
  RowBatch batch;
  batch.columns.emplace_back(FieldId{100}, DataType::kInt64, 0);
  batch.columns.emplace_back(FieldId{101}, DataType::kFloatVector, 4);
  ASSERT_NE(batch.Find(FieldId{101}), nullptr);
  EXPECT_EQ(batch.Find(FieldId{101})->dim(), 4);
  EXPECT_EQ(batch.Find(FieldId{102}), nullptr);
}

}  // namespace
}  // namespace redkite
