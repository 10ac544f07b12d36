#include "types/absent_value.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

FieldSchema Field(DataType type) {
  FieldSchema field;
  field.id = FieldId(101);
  field.type = type;
  return field;
}

TEST(AbsentValue, NullDefaultOrNoKeys) {
  FieldSchema plain = Field(DataType::kInt64);
  plain.nullable = true;
  Column nulls(plain.id, plain.type, 0);
  AppendAbsent(plain, &nulls);
  EXPECT_FALSE(nulls.view().IsValid(0));
  EXPECT_FALSE(HasAbsentValue(plain));
  plain.default_value = DefaultValue::Long(7);
  Column sevens(plain.id, plain.type, 0);
  AppendAbsent(plain, &sevens);
  EXPECT_EQ(sevens.view().At<int64_t>(0), 7);
  EXPECT_FALSE(sevens.has_nulls());
  EXPECT_TRUE(HasAbsentValue(plain));
  FieldSchema dynamic = Field(DataType::kJson);
  dynamic.is_dynamic = true;
  Column objects(dynamic.id, dynamic.type, 0);
  AppendAbsent(dynamic, &objects);
  EXPECT_EQ(objects.view().TextAt(0), "{}");
  EXPECT_TRUE(HasAbsentValue(dynamic));
}

}  // namespace
}  // namespace redkite
