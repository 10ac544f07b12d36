#include "types/type_params.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

FieldSchema With(Params params) {
  FieldSchema field;
  field.name = "f";
  field.type_params = std::move(params);
  return field;
}

TEST(TypeParams, ReadsNumbers) {
  FieldSchema field = With({{"dim", "8"}, {"max_length", "32"}});
  ASSERT_TRUE(ReadTypeParams(&field).ok());
  EXPECT_EQ(field.dim, 8);
  EXPECT_EQ(field.max_length, 32);
  FieldSchema none = With({});
  ASSERT_TRUE(ReadTypeParams(&none).ok());
  EXPECT_EQ(none.dim, 0);
}

TEST(TypeParams, ClampsWhatIsTooLarge) {
  FieldSchema field = With({{"dim", "99999999999999999999"}, {"max_length", "-99999999999999999999"}});
  ASSERT_TRUE(ReadTypeParams(&field).ok());
  EXPECT_EQ(field.dim, INT32_MAX);
  EXPECT_EQ(field.max_length, -1);
}

TEST(TypeParams, RefusesWhatIsNoInteger) {
  for (const char* text : {"", "8.0", "x", "8 "}) {
    FieldSchema field = With({{"dim", text}});
    const Status status = ReadTypeParams(&field);
    EXPECT_EQ(status.code(), Code::kParameterInvalid) << text;
    EXPECT_NE(status.message().find("invalid dim of field f"), std::string::npos);
  }
}

}  // namespace
}  // namespace redkite
