#include <gtest/gtest.h>

#include "proxy/proxy_test_kit.h"

namespace redkite::proxy {
namespace {

AliasRequest Alias(const std::string& collection, const std::string& alias) {
  return {{"", collection}, alias};
}

TEST(ProxyAliasesTest, NameACollection) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("a").ok());
  ASSERT_TRUE(kit.Create("b").ok());
  ASSERT_TRUE(kit->CreateAlias(Alias("a", "now")).ok());
  EXPECT_TRUE(kit->CreateAlias(Alias("a", "now")).ok());
  EXPECT_EQ(kit.Describe("now").id, kit.Describe("a").id);
  EXPECT_EQ(kit.Describe("now").schema.name, "a");
  EXPECT_TRUE(*kit->HasCollection({"", "now"}));
  EXPECT_EQ(kit.Describe("a").aliases, (std::vector<std::string>{"now"}));
  EXPECT_EQ(kit->DescribeAlias(Alias("", "now"))->name.collection, "a");
  EXPECT_EQ(kit->DescribeAlias(Alias("", "now"))->name.database, "default");
  EXPECT_EQ(*kit->ListAliases({"", ""}), (std::vector<std::string>{"now"}));
  EXPECT_EQ(*kit->ListAliases({"", "b"}), (std::vector<std::string>{}));

  ASSERT_TRUE(kit->AlterAlias(Alias("b", "now")).ok());
  EXPECT_TRUE(kit->AlterAlias(Alias("b", "now")).ok());
  EXPECT_EQ(kit.Describe("now").schema.name, "b");
  EXPECT_TRUE(kit.Describe("a").aliases.empty());
  EXPECT_TRUE(kit->DropAlias(Alias("", "now")).ok());
  EXPECT_TRUE(kit->DropAlias(Alias("", "now")).ok());
  EXPECT_FALSE(*kit->HasCollection({"", "now"}));
}

TEST(ProxyAliasesTest, Refused) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("a").ok());
  ASSERT_TRUE(kit.Create("b").ok());
  ASSERT_TRUE(kit->CreateAlias(Alias("a", "now")).ok());
  const auto expect = [](const Status& s, Code code, const std::string& phrase) {
    EXPECT_EQ(s.code(), code) << s.message();
    EXPECT_NE(s.message().find(phrase), std::string::npos) << s.message();
  };
  expect(kit->CreateAlias(Alias("b", "now")), Code::kAliasAlreadyExist,
         "now is alias to another collection: a: alias already exist[database=default][alias=now]");
  expect(kit->CreateAlias(Alias("a", "b")), Code::kAliasCollectionNameConflict,
         "alias and collection name conflict[database=default][alias=b]");
  expect(kit->CreateAlias(Alias("none", "x")), Code::kCollectionNotFound, "[collection=none]");
  expect(kit->CreateAlias(Alias("a", "1x")), Code::kParameterInvalid,
         "the first character of a collection alias must be an underscore or letter");
  expect(kit->AlterAlias(Alias("a", "x")), Code::kAliasNotFound,
         "alias not found[database=default][alias=x]");
  expect(kit->AlterAlias(Alias("none", "now")), Code::kCollectionNotFound, "[collection=none]");
  expect(kit->DescribeAlias(Alias("", "x")).status(), Code::kAliasNotFound, "[alias=x]");
  expect(kit->DescribeAlias(Alias("", "a")).status(), Code::kAliasNotFound, "[alias=a]");
  expect(kit->ListAliases({"", "none"}).status(), Code::kCollectionNotFound, "[collection=none]");
  expect(kit->DropCollection({"", "now"}), Code::kParameterInvalid,
         "cannot drop the collection via alias = now");
  expect(kit->DropCollection({"", "a"}), Code::kParameterInvalid,
         "unable to drop the collection [a] because it has associated aliases [now]");
  expect(kit.Create("now"), Code::kAliasCollectionNameConflict, "alias and collection name conflict");
  ASSERT_TRUE(kit->DropAlias(Alias("", "now")).ok());
  EXPECT_TRUE(kit->DropCollection({"", "a"}).ok());
}

TEST(ProxyAliasesTest, AreOfOneDatabase) {
  ProxyKit kit;
  ASSERT_TRUE(kit->CreateDatabase({"shop", {}}).ok());
  ASSERT_TRUE(kit.Create("a").ok());
  ASSERT_TRUE(kit.Create("b", "shop").ok());
  ASSERT_TRUE(kit->CreateAlias(Alias("a", "now")).ok());
  ASSERT_TRUE(kit->CreateAlias({{"shop", "b"}, "now"}).ok());
  EXPECT_EQ(kit.Describe("now").schema.name, "a");
  EXPECT_EQ(kit.Describe("now", "shop").schema.name, "b");
  EXPECT_EQ(kit->DescribeAlias({{"shop", ""}, "now"})->name.database, "shop");
}

}  // namespace
}  // namespace redkite::proxy
