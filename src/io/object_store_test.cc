#include "io/object_store.h"

#include <gtest/gtest.h>

namespace redkite::io {
namespace {

TEST(ObjectKey, Accepted) {
  for (const char* key :
       {"a", "a/b", "a/b/c.parquet", "...", "a..b", ".hidden", "a b", "%", "\xc3\xa4", "~", "\n"}) {
    EXPECT_TRUE(CheckObjectKey(key).ok()) << key;
  }
  EXPECT_TRUE(CheckObjectKey(std::string(kMaxObjectKeyBytes, 'k')).ok());
}

TEST(ObjectKey, Refused) {
  for (const std::string& key :
       {std::string(), std::string("/"), std::string("/a"), std::string("a/"), std::string("a//b"),
        std::string("."), std::string(".."), std::string("../a"), std::string("a/../b"), std::string("a/."),
        std::string("a\0b", 3), std::string(kMaxObjectKeyBytes + 1, 'k')}) {
    const Status status = CheckObjectKey(key);
    EXPECT_EQ(status.code(), Code::kParameterInvalid) << key;
    EXPECT_NE(status.message().find("object key"), std::string::npos) << status.ToString();
  }
}

}  // namespace
}  // namespace redkite::io
