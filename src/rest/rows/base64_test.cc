#include "rest/rows/base64.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/random.h"

namespace redkite::rest {
namespace {

TEST(Base64, KnowsTheExamplesOfTheRfc) {
  const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(EncodeBase64(bytes), text);
    std::string back = "x";
    EXPECT_TRUE(AppendFromBase64(text, &back)) << text;
    EXPECT_EQ(back, std::string("x") + bytes);
  }
}

TEST(Base64, RefusesOtherTexts) {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Z===", "====", "Zm9v\n", "Zm 9", "Zg==Zg==", "Zm9_", "\xff\xff\xff\xff"}) {
    std::string bytes = "x";
    EXPECT_FALSE(AppendFromBase64(text, &bytes)) << text;
    EXPECT_EQ(bytes, "x");
  }
}

TEST(Base64, GivesBackAllBytes) {
  SCOPED_TRACE("seed 7");
  Random random(7);
  for (size_t length = 0; length < 300; ++length) {
    std::string bytes;
    for (size_t i = 0; i < length; ++i) bytes.push_back(static_cast<char>(random.Next()));
    std::string back;
    ASSERT_TRUE(AppendFromBase64(EncodeBase64(bytes), &back));
    ASSERT_EQ(back, bytes);
  }
}

}  // namespace
}  // namespace redkite::rest
