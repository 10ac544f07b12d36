#include "exec/filter/scalar_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace redkite::exec {
namespace {

/// Compares the kernel with the operator, value by value, for every operator and constant.
template <class T, class Constant>
void Check(DataType type, const std::vector<T>& values, const std::vector<Constant>& constants) {
  Column column(FieldId(1), type, 0);
  for (int repeat = 0; repeat < 40; ++repeat) {
    for (T v : values) column.Append<T>(v);
  }
  const ColumnView view = column.view();
  for (size_t begin : {size_t{0}, size_t{64}}) {
    const BlockRows rows{begin, view.row_count - begin};
    for (Constant constant : constants) {
      for (int op = 0; op < 6; ++op) {
        plan::CompareExpr compare;
        compare.op = static_cast<plan::CompareOp>(op);
        compare.value = constant;
        RowBits bits;
        CompareBits(view, rows, compare, &bits);
        for (size_t i = 0; i < rows.count; ++i) {
          const auto value = static_cast<Constant>(view.At<T>(begin + i));
          ASSERT_EQ((bits.words[i / 64] >> (i % 64)) & 1,
                    CompareValues(compare.op, value, constant) ? 1u : 0u)
              << "value " << value << " constant " << constant << " op " << op;
        }
      }
    }
  }
}

TEST(CompareBits, CornersOfEveryType) {
  const std::vector<int64_t> constants = {
      INT64_MIN, INT64_MIN + 1, -129,      -128,          -1,       0, 1, 127, 128,
      32767,     40000,         1ll << 40, INT64_MAX - 1, INT64_MAX};
  Check<int8_t>(DataType::kInt8, {-128, -127, -1, 0, 1, 126, 127}, constants);
  Check<int16_t>(DataType::kInt16, {-32768, -129, -1, 0, 1, 128, 32767}, constants);
  Check<int32_t>(DataType::kInt32, {INT32_MIN, -1, 0, 1, 40000, INT32_MAX}, constants);
  Check<int64_t>(DataType::kInt64, {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX}, constants);
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<double> reals = {-inf, -1, -0.0, 0.0, static_cast<double>(0.1f), 1, inf};
  Check<float>(DataType::kFloat, {-inf, -1, -0.0f, 0, 0.1f, std::nanf(""), inf}, reals);
  Check<double>(DataType::kDouble, {-1e300, -0.0, 0.1, 1, std::nan(""), 1e300}, reals);
  Check<uint8_t, bool>(DataType::kBool, {0, 1}, {false, true});
}

TEST(Calculate, Corners) {
  EXPECT_EQ(Calculate(plan::ArithOp::kDiv, INT64_MIN, int64_t{-1}), INT64_MIN);
  EXPECT_EQ(Calculate(plan::ArithOp::kMod, INT64_MIN, int64_t{-1}), 0);
  EXPECT_EQ(Calculate(plan::ArithOp::kAdd, INT64_MAX, int64_t{1}), INT64_MIN);
  EXPECT_EQ(Calculate(plan::ArithOp::kMod, int64_t{-7}, int64_t{3}), -1);
  EXPECT_EQ(Calculate(plan::ArithOp::kBitXor, int64_t{6}, int64_t{3}), 5);
  EXPECT_EQ(Calculate(plan::ArithOp::kDiv, 1.0, 4.0), 0.25);
}

}  // namespace
}  // namespace redkite::exec
