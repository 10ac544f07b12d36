#include <gtest/gtest.h>

#include "access/access_control.h"
#include "access/access_fixture.h"

namespace redkite::access {
namespace {

bool Says(const Status& status, std::string_view part) {
  return status.message().find(part) != std::string::npos;
}

TEST(AccessRoles, AreMadeAlteredAndDropped) {
  AccessKit kit;
  ASSERT_TRUE(kit->CreateRole({"readers", "read"}).ok());
  EXPECT_TRUE(Says(kit->CreateRole({"readers", ""}), "role [name:\"readers\"] already exists"));
  EXPECT_TRUE(Says(kit->CreateRole({"public", ""}), "already exists"));
  EXPECT_FALSE(kit->CreateRole({"1r", ""}).ok());
  ASSERT_TRUE(kit->AlterRole({"readers", "read words"}).ok());
  EXPECT_EQ(kit->SelectRole({"readers", true}),
            (std::vector<RoleDescription>{{"readers", "read words", {}}}));
  EXPECT_TRUE(Says(kit->AlterRole({"nobody", ""}), "not found the role"));
  EXPECT_EQ(kit->AlterRole({"admin", ""}).code(), Code::kNotPermitted);
  ASSERT_TRUE(kit->DropRole({"readers", false}).ok());
  EXPECT_TRUE(kit->SelectRole({"readers", false}).empty());
  EXPECT_TRUE(Says(kit->DropRole({"readers", false}),
                   "not found the role, maybe the role isn't existed or internal system error"));
  for (const char* role : {"admin", "public"}) {
    const Status refused = kit->DropRole({role, true});
    EXPECT_EQ(refused.code(), Code::kNotPermitted);
    EXPECT_TRUE(
        Says(refused, std::string("the role[") + role + "] is a default role, which can't be dropped"));
  }
}

TEST(AccessRoles, HaveALimitThatCountsTheBuiltInOnes) {
  AccessKit kit;
  for (int i = 0; i < 8; ++i) kit.MakeRole("r" + std::to_string(i));
  const Status full = kit->CreateRole({"more", ""});
  EXPECT_TRUE(Says(full, "unable to create role because the number of roles has reached the limit"));
  ASSERT_TRUE(
      kit->OperatePrivilegeV2({"public", "Search", "shop", "", PrivilegeChange::kGrant}, "root").ok());
  ASSERT_TRUE(kit->DropRole({"r0", false}).ok());
  EXPECT_TRUE(kit->CreateRole({"more", ""}).ok()) << "a record of public counts once";
}

TEST(AccessRoles, WithGrantsNeedForce) {
  AccessKit kit;
  kit.MakeUser("ann");
  kit.MakeRole("readers");
  kit.GiveRole("ann", "readers");
  ASSERT_TRUE(kit.Grant("readers", "Search", "shop", "words").ok());
  EXPECT_TRUE(Says(kit->DropRole({"readers", false}),
                   "fail to drop the role that it has privileges. Use REVOKE API to revoke privileges"));
  ASSERT_TRUE(kit->DropRole({"readers", true}).ok());
  EXPECT_TRUE(kit->SelectUser({"ann", true})[0].roles.empty());
  EXPECT_FALSE(kit.Allows("ann", Privilege::kSearch, "shop", "words"));
  kit.MakeRole("readers");
  EXPECT_FALSE(kit.Allows("ann", Privilege::kSearch, "shop", "words")) << "the name comes back empty";
}

TEST(AccessRoles, AreGivenAndTaken) {
  AccessKit kit;
  kit.MakeUser("ann");
  kit.MakeRole("b");
  kit.MakeRole("a");
  for (const char* role : {"b", "a", "b"}) kit.GiveRole("ann", role);
  EXPECT_EQ(kit->SelectUser({"ann", true})[0].roles, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(kit->snapshot()->HoldsRole("ann", "a"));
  EXPECT_TRUE(kit->snapshot()->HoldsRole("ann", "public"));
  EXPECT_FALSE(kit->snapshot()->HoldsRole("ann", "admin"));
  EXPECT_FALSE(kit->snapshot()->HoldsRole("nobody", "public"));
  EXPECT_EQ(kit->SelectRole({"a", true})[0].users, std::vector<std::string>{"ann"});
  EXPECT_TRUE(kit->SelectRole({"a", false})[0].users.empty());
  EXPECT_TRUE(kit->OperateUserRole({"ann", "a", UserRoleChange::kRemove}).ok());
  EXPECT_TRUE(kit->OperateUserRole({"ann", "a", UserRoleChange::kRemove}).ok());
  EXPECT_FALSE(kit->snapshot()->HoldsRole("ann", "a"));
  EXPECT_TRUE(Says(kit->OperateUserRole({"nobody", "a", UserRoleChange::kAdd}), "not found the user"));
  EXPECT_TRUE(Says(kit->OperateUserRole({"ann", "none", UserRoleChange::kAdd}), "not found the role"));
  EXPECT_FALSE(kit->OperateUserRole({"ann", "", UserRoleChange::kAdd}).ok());
}

TEST(AccessRoles, AdminMayDoEverything) {
  AccessKit kit;
  kit.MakeUser("ann");
  EXPECT_FALSE(kit->snapshot()->MayDoEverything("ann"));
  kit.GiveRole("ann", "admin");
  EXPECT_TRUE(kit->snapshot()->MayDoEverything("ann"));
  EXPECT_TRUE(kit.Allows("ann", Privilege::kRestoreRBAC, "*", "*"));
}

TEST(AccessRoles, AreListedWithTheBuiltInOnes) {
  AccessKit kit;
  kit.MakeRole("r");
  std::vector<std::string> names;
  for (const RoleDescription& role : kit->SelectRole({std::nullopt, false})) names.push_back(role.name);
  EXPECT_EQ(names, (std::vector<std::string>{"admin", "public", "r"}));
}

}  // namespace
}  // namespace redkite::access
