#include "exec/filter/zone_truth.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "exec/filter/eval_filter.h"
#include "exec/filter/scalar_kernels.h"

namespace redkite::exec {
namespace {

constexpr FieldId kField{101};
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();

template <class T>
T Draw(Random* random) {
  constexpr int64_t kEdges[] = {kLeast, kLeast + 1, -1, 0, 1, kMost - 1, kMost};
  if (random->Below(6) == 0) return static_cast<T>(kEdges[random->Below(std::size(kEdges))]);
  return static_cast<T>(static_cast<int64_t>(random->Below(12)) - 6);
}

template <class T>
Column RandomColumn(DataType type, Random* random) {
  Column column(kField, type, 0);
  const uint64_t spread = 1 + random->Below(4);
  const T base = Draw<T>(random);
  for (int i = 0; i < 20; ++i) {
    const auto delta = static_cast<T>(random->Below(spread));
    column.Append(base > T{100} ? static_cast<T>(base - delta) : static_cast<T>(base + delta));
  }
  return column;
}

template <class T>
ValueZone ZoneOf(const Column& column) {
  const auto values = column.view().Values<T>();
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  ValueZone zone{.ordered = true};
  if constexpr (std::is_same_v<T, double>) {
    zone.min_real = *min;
    zone.max_real = *max;
  } else {
    zone.min_int = *min;
    zone.max_int = *max;
  }
  return zone;
}

// What the zone says holds for every value; whenever all values agree on a comparison, the zone says so.
template <class T>
void CheckPredicates(DataType type, uint64_t seed) {
  SCOPED_TRACE(std::string(DataTypeName(type)) + ", seed " + std::to_string(seed));
  Random random(seed);
  const Column column = RandomColumn<T>(type, &random);
  const ValueZone zone = ZoneOf<T>(column);
  RowBits bits;
  const auto check = [&](std::optional<bool> truth, bool complete) {
    size_t passed = 0;
    for (size_t row = 0; row < column.row_count(); ++row) passed += (bits.words[0] >> row) & 1;
    if (truth) {
      ASSERT_EQ(passed, *truth ? column.row_count() : 0);
    } else if (complete) {
      ASSERT_TRUE(passed > 0 && passed < column.row_count());
    }
  };
  for (int i = 0; i < 40; ++i) {
    plan::CompareExpr compare;
    compare.column.field = kField;
    compare.column.type = type;
    compare.op = static_cast<plan::CompareOp>(random.Below(6));
    compare.value = plan::Literal(Draw<T>(&random));
    CompareBits(column.view(), {0, column.row_count()}, compare, &bits);
    // A value between the bounds may be none of those that occur.
    const bool ordering = compare.op != plan::CompareOp::kEq && compare.op != plan::CompareOp::kNe;
    check(ZoneTruth(compare, zone), ordering);
    plan::RangeExpr range;
    range.column = compare.column;
    range.lower = plan::Literal(Draw<T>(&random));
    range.upper = plan::Literal(Draw<T>(&random));
    if (range.upper < range.lower) std::swap(range.lower, range.upper);
    range.lower_inclusive = random.Below(2) == 0;
    range.upper_inclusive = random.Below(2) == 0;
    if (range.lower == range.upper)
      range.lower_inclusive = range.upper_inclusive = true;  // as the binder has it
    RangeBits(column.view(), {0, column.row_count()}, range, &bits);
    check(ZoneTruth(range, zone), false);
  }
}

TEST(ZoneTruthTest, IsWhatEveryValueSays) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    CheckPredicates<int64_t>(DataType::kInt64, seed);
    CheckPredicates<int64_t>(DataType::kTimestamptz, seed);
    CheckPredicates<double>(DataType::kDouble, seed);
  }
}

TEST(ZoneTruthTest, SaysNothingWithoutOrder) {
  plan::CompareExpr compare;
  compare.column.field = kField;
  compare.column.type = DataType::kDouble;
  compare.op = plan::CompareOp::kLt;
  compare.value = plan::Literal(5.0);
  EXPECT_EQ(ZoneTruth(compare, {}), std::nullopt);
  EXPECT_EQ(ZoneTruth(compare, {.ordered = true, .max_real = 1}), true);
  compare.value = plan::Literal(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(ZoneTruth(compare, {.ordered = true, .max_real = 1}), std::nullopt);
  compare.value = plan::Literal(5.0);
  compare.column.element = 0;
  EXPECT_EQ(ZoneTruth(compare, {.ordered = true, .max_real = 1}), std::nullopt);
}

}  // namespace
}  // namespace redkite::exec
