#include "wire/access/base64.h"

#include <gtest/gtest.h>

namespace redkite::wire {
namespace {

std::string Decoded(std::string_view text) {
  const auto secret = DecodeBase64(text);
  return secret.has_value() ? std::string(secret->Reveal()) : "not base64";
}

TEST(Base64, Decodes) {
  EXPECT_EQ(Decoded(""), "");
  EXPECT_EQ(Decoded("TWlsdnVz"), "Milvus");
  EXPECT_EQ(Decoded("cm9vdDpNaWx2dXM="), "root:Milvus");
  EXPECT_EQ(Decoded("YQ=="), "a");
  EXPECT_EQ(Decoded("+/8="), "\xfb\xff");
}

TEST(Base64, RefusesOtherTexts) {
  for (const char* text :
       {"=", "====", "YQ", "YQ=", "Y===", "YQ==YQ==", "Y Q=", "YR==", "TWl_", "YWJ\xc3", "\n"})
    EXPECT_EQ(Decoded(text), "not base64") << text;
}

}  // namespace
}  // namespace redkite::wire
