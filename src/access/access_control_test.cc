#include "access/access_control.h"

#include <gtest/gtest.h>

#include "access/access_codec.h"
#include "access/access_fixture.h"

namespace redkite::access {
namespace {

TEST(AccessControl, AFreshStoreHasRootAndNothingIsWritten) {
  AccessKit kit;
  EXPECT_EQ(kit->ListUsers(), std::vector<std::string>{"root"});
  EXPECT_FALSE(kit->root_has_password());
  EXPECT_EQ(kit.kv.revision(), 0u);
  EXPECT_TRUE(kit->snapshot()->MayDoEverything("root"));
}

TEST(AccessControl, EverythingIsThereAfterARestart) {
  AccessKit kit;
  kit.MakeUser("ann");
  kit.MakeRole("readers");
  kit.GiveRole("ann", "readers");
  ASSERT_TRUE(kit.Grant("readers", "Search", "shop", "words").ok());
  ASSERT_TRUE(kit->CreatePrivilegeGroup("mine").ok());
  ASSERT_TRUE(kit->CreateApiKey("ann", "ci", 0).ok());
  const auto before = kit->snapshot();
  kit.Restart();
  const AccessState& state = kit->snapshot()->state();
  EXPECT_EQ(*state.users.at("ann"), *before->state().users.at("ann"));
  EXPECT_EQ(*state.roles.at("readers"), *before->state().roles.at("readers"));
  EXPECT_EQ(state.groups.size(), 1u);
  EXPECT_EQ(kit->ListApiKeys("").size(), 1u);
  EXPECT_TRUE(kit.Allows("ann", Privilege::kSearch, "shop", "words"));
}

TEST(AccessControl, AFailedChangeLeavesTheStateAsItWas) {
  AccessKit kit;
  kit.MakeRole("r");
  const auto before = kit->snapshot();
  kit.kv.FailNext(Status(Code::kDiskLimitExceeded, "full"));
  EXPECT_EQ(kit.Grant("r", "Search", "shop", "words").code(), Code::kDiskLimitExceeded);
  EXPECT_EQ(kit->snapshot(), before);
  EXPECT_TRUE(kit.Grant("r", "Search", "shop", "words").ok()) << "a full disk is no end";
  kit.kv.FailNext(Status::Io("broken"), meta::MemKv::Fate::kPresent);
  EXPECT_FALSE(kit->CreateRole({"other", ""}).ok());
  EXPECT_EQ(kit->SelectRole({"other", false}).size(), 0u) << "not told before it is durable";
  kit.Restart();
  EXPECT_EQ(kit->SelectRole({"other", false}).size(), 1u);
}

TEST(AccessControl, ASecondWriterIsFound) {
  AccessKit kit;
  kit.MakeRole("r");
  auto other = AccessControl::Open({&kit.kv, &kit.clock, &kit.secrets}, kit.options).value();
  ASSERT_TRUE(other->AlterRole({"r", "by the other"}).ok());
  EXPECT_EQ(kit->AlterRole({"r", "by this"}).code(), Code::kServiceUnavailable);
  EXPECT_EQ(kit->CreateRole({"s", ""}).code(), Code::kOk) << "another key is free";
}

TEST(AccessControl, AValueThatCannotBeReadIsNamed) {
  meta::MemKv kv;
  ManualClock clock;
  CountingSecretSource secrets;
  std::string value = EncodeUser({.name = "ann"});
  value[0] = 9;
  ASSERT_TRUE(kv.Commit({{}, {{"user/ann", value}}, {}}).ok());
  const auto opened = AccessControl::Open({&kv, &clock, &secrets}, {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), Code::kOperationNotSupported);
  EXPECT_EQ(opened.status().message(), "user/ann: user in the metadata store is of a newer version: 9");
}

TEST(AccessControl, AChangeThatChangesNothingWritesNothing) {
  AccessKit kit;
  kit.MakeUser("ann");
  kit.MakeRole("r");
  kit.GiveRole("ann", "r");
  ASSERT_TRUE(kit.Grant("r", "Search", "shop", "words").ok());
  const uint64_t revision = kit.kv.revision();
  kit.GiveRole("ann", "r");
  EXPECT_TRUE(kit.Grant("r", "PrivilegeSearch", "shop", "words").ok());
  EXPECT_TRUE(kit->DeleteCredential("nobody").ok());
  EXPECT_TRUE(kit->DropApiKey("0000000000000000").ok());
  EXPECT_EQ(kit.kv.revision(), revision);
}

}  // namespace
}  // namespace redkite::access
