#include <gtest/gtest.h>

#include "proxy/proxy_test_kit.h"

namespace redkite::proxy {
namespace {

TEST(ProxyCompactionsTest, ByNameOrByIdWithinBounds) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("c").ok());
  CompactionRequest request;
  request.name.collection = "c";
  request.target_mib = 64;
  const auto started = kit->StartCompaction(request);
  ASSERT_TRUE(started.ok());
  EXPECT_EQ(started->id, 9);
  ASSERT_EQ(kit.backend().compactions.size(), 1u);
  EXPECT_EQ(kit.backend().compactions[0].target_mib, 64);
  EXPECT_TRUE(kit->StartCompaction({{}, kit.Meta("c")->id, false, 0, {}, {}}).ok());
  request.target_mib = -1;
  EXPECT_EQ(kit->StartCompaction(request).status().code(), Code::kParameterInvalid);
  request.target_mib = INT64_MAX;  // as the client's optimize() sends it
  ASSERT_TRUE(kit->StartCompaction(request).ok());
  EXPECT_EQ(kit.backend().compactions.back().target_mib, 0);
  request.target_mib = 0;
  request.clustering = true;
  EXPECT_EQ(kit->StartCompaction(request).status().code(), Code::kUnimplemented);
  EXPECT_EQ(kit->StartCompaction({{"", "none"}, {}, false, 0, {}, {}}).status().code(),
            Code::kCollectionNotFound);
  EXPECT_EQ(kit.backend().compactions.size(), 3u);
}

TEST(ProxyCompactionsTest, PlansOfACompactionOrACollection) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("c").ok());
  CompactionPlan plan;
  plan.id = 5;
  plan.trigger = 4;
  plan.collection = kit.Meta("c")->id;
  kit.backend().plans = {plan};
  EXPECT_EQ(kit->CompactionPlans(4).size(), 1u);
  EXPECT_TRUE(kit->CompactionPlans(3).empty());
  EXPECT_TRUE(kit->CompactionPlans(0).empty());
  EXPECT_EQ(kit->CompactionPlans({4, {}, {}})->size(), 1u);
  EXPECT_EQ(kit->CompactionPlans({0, {"", "c"}, {}})->size(), 1u);
  EXPECT_EQ(kit->CompactionPlans({0, {}, plan.collection})->size(), 1u);
  EXPECT_EQ(kit->CompactionPlans({0, {"", "none"}, {}}).status().code(), Code::kCollectionNotFound);
}

}  // namespace
}  // namespace redkite::proxy
