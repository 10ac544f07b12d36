#include "exec/absent_values.h"

#include <gtest/gtest.h>

namespace redkite::exec {
namespace {

TEST(AbsentValues, OneRowForEachFieldThatIsNotNull) {
  CollectionSchema schema;
  schema.fields.resize(3);
  for (size_t i = 0; i < 3; ++i) {
    schema.fields[i].id = FieldId(100 + static_cast<int64_t>(i));
    schema.fields[i].type = DataType::kVarChar;
    schema.fields[i].nullable = true;
  }
  schema.fields[1].default_value = DefaultValue::Text("old");
  schema.fields[2].type = DataType::kJson;
  schema.fields[2].is_dynamic = true;
  AbsentValues values(&schema);
  EXPECT_EQ(values.Find(FieldId(100)), nullptr);
  EXPECT_EQ(values.Find(FieldId(7)), nullptr);
  const ColumnView* text = values.Find(FieldId(101));
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(text->row_count, 1u);
  EXPECT_EQ(text->TextAt(0), "old");
  ASSERT_NE(values.Find(FieldId(102)), nullptr);
  EXPECT_EQ(values.Find(FieldId(102))->TextAt(0), "{}");
  EXPECT_EQ(values.Find(FieldId(101)), text);  // stays where it is
  EXPECT_EQ(AbsentValues(nullptr).Find(FieldId(101)), nullptr);
}

}  // namespace
}  // namespace redkite::exec
