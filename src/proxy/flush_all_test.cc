#include <gtest/gtest.h>

#include "proxy/proxy_test_kit.h"

namespace redkite::proxy {
namespace {

TEST(ProxyFlushAllTest, WhatIsFlushed) {
  ProxyKit kit;
  ASSERT_TRUE(kit->CreateDatabase({"shop", {}}).ok());
  ASSERT_TRUE(kit.Create("a").ok());
  ASSERT_TRUE(kit.Create("b").ok());
  ASSERT_TRUE(kit.Create("c", "shop").ok());
  const auto all = kit->FlushAll({});
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(kit.backend().flushes.size(), 3u);
  ASSERT_EQ(all->databases.size(), 2u);
  EXPECT_EQ(all->databases[0].database, "default");
  EXPECT_EQ(all->databases[0].collections[1].name, "b");
  EXPECT_EQ(all->databases[1].collections[0].sealing, (std::vector<SegmentId>{SegmentId(7)}));
  EXPECT_EQ(all->databases[1].collections[0].flush_ts, all->flush_ts);

  EXPECT_EQ(kit->FlushAll({"shop", {}})->databases.size(), 1u);
  EXPECT_EQ(kit->FlushAll({"", {{"default", {"b"}}}})->databases[0].collections.size(), 1u);
  EXPECT_EQ(kit->FlushAll({"none", {}}).status().code(), Code::kDatabaseNotFound);
  EXPECT_EQ(kit->FlushAll({"", {{"default", {"none"}}}}).status().code(), Code::kCollectionNotFound);
}

TEST(ProxyFlushAllTest, TheState) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("a").ok());
  EXPECT_TRUE(kit->GetFlushAllState({{}, 10})->flushed);
  kit.backend().unflushed_from = 5;
  const auto state = kit->GetFlushAllState({{}, 10});
  EXPECT_FALSE(state->flushed);
  ASSERT_EQ(state->collections.size(), 1u);
  EXPECT_EQ(state->collections[0].name, "a");
  EXPECT_FALSE(state->collections[0].flushed);
  EXPECT_TRUE(kit->GetFlushAllState({{}, 4})->flushed);
}

}  // namespace
}  // namespace redkite::proxy
