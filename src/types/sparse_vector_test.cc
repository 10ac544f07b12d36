#include "types/sparse_vector.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace redkite {
namespace {

std::string RowOf(const std::vector<std::pair<uint32_t, float>>& pairs) {
  std::string bytes;
  for (const auto& [index, value] : pairs) {
    bytes.append(reinterpret_cast<const char*>(&index), sizeof index);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

TEST(SparseVector, RowsThatAreLegal) {
  EXPECT_TRUE(CheckSparseRow("").ok());
  EXPECT_TRUE(CheckSparseRow(RowOf({{0, 0.0f}, {1, 1e-45f}, {kSparseIndexMax, 3e38f}})).ok());
  EXPECT_TRUE(CheckSparseRow(RowOf({{7, -0.0f}})).ok());
}

TEST(SparseVector, RowsThatAreNot) {
  const float inf = std::numeric_limits<float>::infinity();
  const struct {
    std::string row;
    const char* part;
  } bad[] = {{RowOf({{1, 1.0f}}) + "x", "invalid data length in sparse float vector: 9 bytes"},
             {RowOf({{2, 1.0f}, {1, 1.0f}}), "unsorted or same indices in sparse float vector: 1 after 2"},
             {RowOf({{2, 1.0f}, {2, 1.0f}}), "unsorted or same indices in sparse float vector: 2 after 2"},
             {RowOf({{0xffffffff, 1.0f}}), "invalid index in sparse float vector"},
             {RowOf({{1, -1.0f}}), "negative value in sparse float vector: -1"},
             {RowOf({{1, inf}}), "value '+Inf' is not a number or infinity"},
             {RowOf({{1, -inf}}), "value '-Inf' is not a number or infinity"},
             {RowOf({{1, std::numeric_limits<float>::quiet_NaN()}}), "value 'NaN' is not a number"}};
  for (const auto& [row, part] : bad) {
    const Status status = CheckSparseRow(row);
    EXPECT_EQ(status.code(), Code::kParameterInvalid);
    EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
  }
}

TEST(SparseVector, PairsAreReadWhereverTheyStand) {
  const std::string bytes = "x" + RowOf({{3, 0.5f}, {9, 2.0f}});
  const SparseRow row(std::string_view(bytes).substr(1));
  ASSERT_EQ(row.size(), 2u);
  EXPECT_EQ(row.Index(0), 3u);
  EXPECT_EQ(row.Value(1), 2.0f);
  EXPECT_EQ(SparseRow(std::string_view(bytes).substr(1, 15)).size(), 1u);
}

TEST(SparseVector, ColumnsHoldEmptyRowsAndNulls) {
  Column column(FieldId(1), DataType::kSparseFloatVector, 0);
  EXPECT_EQ(SparseDimension(column.view()), 0);
  column.AppendText("");
  column.AppendNull();
  EXPECT_EQ(SparseDimension(column.view()), 0);
  column.AppendText(RowOf({{3, 0.5f}, {4000000000u, 2.0f}}));
  column.AppendText(RowOf({{9, 0.5f}}));
  EXPECT_EQ(SparseDimension(column.view()), 4000000001);
  Column copy(FieldId(1), DataType::kSparseFloatVector, 0);
  copy.AppendAll(column.view());
  EXPECT_TRUE(copy.view().IsValid(0));
  EXPECT_FALSE(copy.view().IsValid(1));
  EXPECT_EQ(copy.view().TextAt(3), RowOf({{9, 0.5f}}));
}

}  // namespace
}  // namespace redkite
