#include "exec/filter/json_numbers.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>

#include "base/random.h"
#include "exec/filter/json_cell.h"
#include "exec/filter/json_predicate.h"

namespace redkite::exec {
namespace {

using plan::CompareOp;
using plan::Literal;

constexpr CompareOp kOps[] = {CompareOp::kLt, CompareOp::kLe, CompareOp::kGt,
                              CompareOp::kGe, CompareOp::kEq, CompareOp::kNe};
constexpr int64_t kWholes[] = {
    std::numeric_limits<int64_t>::min(), -3, -1, 0, 1, 2, 3, int64_t{1} << 53, (int64_t{1} << 53) + 1,
    std::numeric_limits<int64_t>::max()};
constexpr double kReals[] = {
    -1e300, -3, -0.5, -0.0, 0, 0.5, 1, 2, 3, 9007199254740992.0, 9223372036854775808.0, 1e300};

JsonValue RandomValue(Random* random, uint64_t kinds) {
  JsonValue value;
  switch (random->Below(kinds)) {
    case 0:
      value.kind = JsonKind::kInt;
      value.int_value = kWholes[random->Below(std::size(kWholes))];
      value.double_value = static_cast<double>(value.int_value);
      break;
    case 1:
      value.kind = JsonKind::kDouble;
      value.double_value = kReals[random->Below(std::size(kReals))];
      break;
    case 2:
      break;
    case 3:
      value.kind = JsonKind::kBool;
      value.bool_value = true;
      break;
    default:
      value.kind = JsonKind::kNull;
  }
  return value;
}

Literal RandomNumber(Random* random) {
  if (random->Below(2) == 0) return kWholes[random->Below(std::size(kWholes))];
  return kReals[random->Below(std::size(kReals))];
}

struct Block {
  segment::JsonPathChunk chunk{};
  std::vector<JsonValue> values;
  explicit Block(Random* random) {
    const uint64_t kinds = 1 + random->Below(5);
    const size_t count = 1 + random->Below(300);
    for (size_t row = 0; row < count; ++row) {
      values.push_back(RandomValue(random, kinds));
      const JsonCell cell = PackJson(values.back(), {});
      chunk.kinds[row] = cell.kind;
      chunk.values[row] = cell.value;
      chunk.present |= KindBitOf(cell);
    }
  }
  BlockRows rows() const { return {segment::kJsonChunkRows, values.size()}; }  // not the first block
  Truth Of(const RowMask& mask, size_t row) const {
    const bool is_true = (mask.is_true.words[row / 64] >> (row % 64) & 1) != 0;
    const bool is_false = (mask.is_false.words[row / 64] >> (row % 64) & 1) != 0;
    EXPECT_FALSE(is_true && is_false);
    return is_true ? Truth::kTrue : is_false ? Truth::kFalse : Truth::kUnknown;
  }
};

TEST(JsonNumbers, CompareAsOneByOne) {
  Random random(20261128);
  std::string scratch;
  RowMask mask;
  for (int round = 0; round < 3000; ++round) {
    const Block block(&random);
    plan::CompareExpr compare;
    compare.op = kOps[random.Below(6)];
    compare.value = RandomNumber(&random);
    ASSERT_TRUE(CompareJsonNumbers(compare, block.chunk, block.rows(), &mask));
    for (size_t row = 0; row < block.values.size(); ++row)
      ASSERT_EQ(block.Of(mask, row), JsonCompare(compare, block.values[row], &scratch)) << "round " << round;
  }
}

TEST(JsonNumbers, InRangeAsOneByOne) {
  Random random(20261129);
  std::string scratch;
  RowMask mask;
  for (int round = 0; round < 3000; ++round) {
    const Block block(&random);
    plan::RangeExpr range;
    range.lower = RandomNumber(&random);
    range.upper = RandomNumber(&random);
    range.lower_inclusive = random.Below(2) == 0;
    range.upper_inclusive = random.Below(2) == 0;
    ASSERT_TRUE(JsonNumbersInRange(range, block.chunk, block.rows(), &mask));
    for (size_t row = 0; row < block.values.size(); ++row)
      ASSERT_EQ(block.Of(mask, row), JsonInRange(range, block.values[row], &scratch)) << "round " << round;
  }
}

TEST(JsonNumbers, LeavesToOthersWhatIsNoComparisonOfNumbers) {
  segment::JsonPathChunk chunk{};
  RowMask mask;
  plan::CompareExpr compare;
  compare.value = std::string("text");
  EXPECT_FALSE(CompareJsonNumbers(compare, chunk, {0, 1}, &mask));
  compare.value = int64_t{1};
  EXPECT_TRUE(CompareJsonNumbers(compare, chunk, {0, 1}, &mask));
  chunk.present = KindBit(JsonKind::kUint);  // beyond int64
  EXPECT_FALSE(CompareJsonNumbers(compare, chunk, {0, 1}, &mask));
  chunk.present = 0;
  compare.arithmetic.emplace();
  EXPECT_FALSE(CompareJsonNumbers(compare, chunk, {0, 1}, &mask));
}

}  // namespace
}  // namespace redkite::exec
