#include "access/api_key.h"

#include <gtest/gtest.h>

namespace redkite::access {
namespace {

TEST(ApiKey, TextsComeBack) {
  const std::string id(16, 'a'), secret(64, '7');
  const std::string text = ApiKeyText(id, secret);
  EXPECT_EQ(text, "rk_" + id + "_" + secret);
  const auto parts = ParseApiKey(text);
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->id, id);
  EXPECT_EQ(parts->secret, secret);
}

TEST(ApiKey, OtherTextsAreNone) {
  const std::string text = ApiKeyText(std::string(16, 'a'), std::string(64, '7'));
  EXPECT_FALSE(ParseApiKey("").has_value());
  EXPECT_FALSE(ParseApiKey("rk_").has_value());
  EXPECT_FALSE(ParseApiKey(text + "7").has_value());
  EXPECT_FALSE(ParseApiKey(text.substr(1)).has_value());
  for (const size_t at : {0u, 2u, 3u, 19u, 20u, 83u}) {
    std::string bad = text;
    bad[at] = 'G';
    EXPECT_FALSE(ParseApiKey(bad).has_value()) << at;
  }
}

}  // namespace
}  // namespace redkite::access
