#include <gtest/gtest.h>

#include "proxy/proxy_test_kit.h"

namespace redkite::proxy {
namespace {

class ProxyAlterIndexTest : public testing::Test {
 protected:
  ProxyAlterIndexTest() { EXPECT_TRUE(kit.Create("c").ok()); }
  Status Alter(Params put, std::vector<std::string> remove = {}, const std::string& index = "vec") {
    return kit->AlterIndex({{"", "c"}, index, {std::move(put), std::move(remove)}});
  }
  void Refused(const Status& s, Code code, const std::string& phrase) {
    EXPECT_EQ(s.code(), code) << s.message();
    EXPECT_NE(s.message().find(phrase), std::string::npos) << s.message();
  }
  std::string Param(const std::string& key) {
    const std::string* value = FindParam(kit.Meta("c")->indexes[0].params, key);
    return value == nullptr ? "(none)" : *value;
  }
  ProxyKit kit;
};

TEST_F(ProxyAlterIndexTest, Properties) {
  ASSERT_TRUE(kit.CreateIndex("c").ok());
  ASSERT_TRUE(Alter({{"mmap.enabled", "true"}, {"warmup", "sync"}}).ok());
  EXPECT_EQ(Param("mmap.enabled"), "true");
  EXPECT_EQ(Param("warmup"), "sync");
  EXPECT_EQ(Param("index_type"), "HNSW");
  EXPECT_TRUE(kit.CreateIndex("c").ok());  // still the same index
  ASSERT_TRUE(Alter({}, {"mmap.enabled"}).ok());
  EXPECT_EQ(Param("mmap.enabled"), "(none)");

  Refused(Alter({{"M", "5"}}), Code::kParameterInvalid, "M is not a configable index property");
  Refused(Alter({}, {"index_type"}), Code::kParameterInvalid,
          "index_type is not a configable index property");
  Refused(Alter({{"mmap.enabled", "true"}}, {"warmup"}), Code::kParameterInvalid,
          "cannot provide both DeleteKeys and ExtraParams");
  Refused(Alter({{"mmap.enabled", "x"}}), Code::kParameterInvalid,
          "invalid mmap.enabled value: x, expected: true, false");
  Refused(Alter({{"indexoffsetcache.enabled", "true"}}), Code::kParameterInvalid,
          "only bitmap index support indexoffsetcache.enabled now");
  Refused(Alter({{"mmap.enabled", "true"}}, {}, ""), Code::kParameterInvalid, "index name is empty");
  Refused(Alter({{"mmap.enabled", "true"}}, {}, "none"), Code::kIndexNotFound,
          "index not found[indexName=none]");
  ASSERT_TRUE(kit.Load("c").ok());
  Refused(Alter({{"mmap.enabled", "true"}}), Code::kCollectionLoaded,
          "can't alter index on loaded collection, please release the collection first");
}

TEST_F(ProxyAlterIndexTest, TypesWithoutMmap) {
  ASSERT_TRUE(kit.CreateIndex("c", {{"index_type", "DISKANN"}, {"metric_type", "L2"}}).ok());
  Refused(Alter({{"mmap.enabled", "true"}}), Code::kParameterInvalid,
          "index type DISKANN does not support mmap");
}

}  // namespace
}  // namespace redkite::proxy
