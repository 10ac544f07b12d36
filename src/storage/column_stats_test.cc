#include <gtest/gtest.h>

#include <limits>

#include "storage/column_file.h"

namespace redkite::storage {
namespace {

TEST(ColumnStats, BoundValues) {
  Column ints(FieldId(100), DataType::kInt16, 0);
  for (const int16_t v : {3, -7, 12}) ints.Append(v);
  ints.AppendNull();
  ColumnStats s = ComputeStats(ints.view());
  EXPECT_TRUE(s.has_range);
  EXPECT_EQ(s.null_count, 1u);
  EXPECT_EQ(s.min_int, -7);
  EXPECT_EQ(s.max_int, 12);

  Column reals(FieldId(100), DataType::kFloat, 0);
  reals.Append(1.5f);
  reals.Append(-2.5f);
  s = ComputeStats(reals.view());
  EXPECT_EQ(s.min_real, -2.5);
  EXPECT_EQ(s.max_real, 1.5);
  reals.Append(std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(ComputeStats(reals.view()).has_range);

  Column text(FieldId(100), DataType::kVarChar, 0);
  text.AppendText("kite");
  text.AppendText(std::string(100, 'z'));
  s = ComputeStats(text.view());
  EXPECT_EQ(s.min_text, "kite");
  EXPECT_EQ(s.max_text, std::string(64, 'z'));

  Column none(FieldId(100), DataType::kInt64, 0);
  none.AppendNull();
  EXPECT_FALSE(ComputeStats(none.view()).has_range);
}

}  // namespace
}  // namespace redkite::storage
