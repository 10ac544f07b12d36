#include <gtest/gtest.h>

#include "access/access_control.h"
#include "access/access_fixture.h"
#include "access/api_key.h"

namespace redkite::access {
namespace {

TEST(AccessApiKeys, AreMadeListedAndDropped) {
  AccessKit kit;
  kit.MakeUser("ann");
  kit.MakeUser("bob");
  const Secret key = kit->CreateApiKey("ann", "ci", 0).value();
  const auto parts = ParseApiKey(key.Reveal());
  ASSERT_TRUE(parts.has_value());
  ASSERT_TRUE(kit->CreateApiKey("bob", "", kit.clock.WallMs() + 1).ok());
  const auto keys = kit->ListApiKeys("ann");
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0], (ApiKeyInfo{std::string(parts->id), "ci", "ann", kit.clock.WallMs(), 0}));
  EXPECT_EQ(kit->ListApiKeys("").size(), 2u);
  const ApiKeyRecord* record = kit->snapshot()->FindApiKey(parts->id);
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->digest.find(parts->secret.substr(0, 8)), std::string::npos) << "not kept as it is";
  ASSERT_TRUE(kit->DropApiKey(parts->id).ok());
  EXPECT_TRUE(kit->ListApiKeys("ann").empty());
  EXPECT_TRUE(kit->DropApiKey(parts->id).ok());
}

TEST(AccessApiKeys, GoWithTheirUser) {
  AccessKit kit;
  kit.MakeUser("ann");
  ASSERT_TRUE(kit->CreateApiKey("ann", "ci", 0).ok());
  ASSERT_TRUE(kit->DeleteCredential("ann").ok());
  kit.MakeUser("ann");
  EXPECT_TRUE(kit->ListApiKeys("").empty());
}

TEST(AccessApiKeys, AreRefused) {
  AccessKit kit({.api_keys_max = 1});
  kit.MakeUser("ann");
  EXPECT_FALSE(kit->CreateApiKey("nobody", "", 0).ok());
  EXPECT_FALSE(kit->CreateApiKey("ann", "", kit.clock.WallMs()).ok()) << "expired before it is made";
  EXPECT_FALSE(kit->CreateApiKey("ann", std::string(256, 'n'), 0).ok());
  EXPECT_TRUE(kit->CreateApiKey("ann", "", 0).ok());
  EXPECT_EQ(kit->CreateApiKey("ann", "", 0).status().code(), Code::kQuotaExceeded);
}

}  // namespace
}  // namespace redkite::access
