#include "types/value_zone.h"

#include <gtest/gtest.h>

#include <limits>

namespace redkite {
namespace {

Column Ints(std::initializer_list<int> values) {
  Column column(FieldId(1), DataType::kInt32, 0);
  for (const int v : values) column.Append<int32_t>(v);
  return column;
}

// Files with zones, cut anywhere: storage/column_zones_test.cc.
TEST(ZoneSumTest, RunsGoOnInTheirZone) {
  ZoneSum sum;
  sum.Add(Ints({3, -2}).view());
  Column nulls(FieldId(1), DataType::kInt32, 0);
  for (size_t i = 2; i < kValueZoneRows; ++i) nulls.AppendNull();
  sum.Add(nulls.view());
  sum.Add(nulls.view());
  sum.Add(Ints({7, 9, 8}).view());
  const auto zones = sum.Take();
  ASSERT_EQ(zones.size(), 3u);
  EXPECT_EQ(zones[0], (ValueZone{.ordered = true, .min_int = -2, .max_int = 3}));
  EXPECT_EQ(zones[1], (ValueZone{.ordered = true, .min_int = 7, .max_int = 9}));
  EXPECT_EQ(zones[2], (ValueZone{.ordered = true, .min_int = 8, .max_int = 8}));
}

TEST(ZoneSumTest, ANanLeavesItsZoneWithoutOrder) {
  ZoneSum sum;
  Column reals(FieldId(1), DataType::kDouble, 0);
  for (size_t i = 0; i < kValueZoneRows; ++i) reals.Append(1.5);
  reals.Append(std::numeric_limits<double>::quiet_NaN());
  reals.Append(2.5);
  sum.Add(reals.view());
  const auto zones = sum.Take();
  ASSERT_EQ(zones.size(), 2u);
  EXPECT_EQ(zones[0], (ValueZone{.ordered = true, .min_real = 1.5, .max_real = 1.5}));
  EXPECT_EQ(zones[1], ValueZone{});
}

TEST(ZoneSumTest, TextsHaveNone) {
  ZoneSum sum;
  Column texts(FieldId(1), DataType::kVarChar, 0);
  texts.AppendText("a");
  sum.Add(texts.view());
  EXPECT_TRUE(sum.Take().empty());
  EXPECT_TRUE(ZoneSum().Take().empty());
}

}  // namespace
}  // namespace redkite
