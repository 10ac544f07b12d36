#include <gtest/gtest.h>

#include "access/access_control.h"
#include "access/access_fixture.h"

namespace redkite::access {
namespace {

bool Says(const Status& status, std::string_view part) {
  return status.message().find(part) != std::string::npos;
}

Status Operate(AccessKit& kit, std::vector<std::string> privileges,
               PrivilegeGroupChange change = PrivilegeGroupChange::kAdd) {
  return kit->OperatePrivilegeGroup({"mine", std::move(privileges), change});
}

TEST(AccessGroups, AreMadeAndDropped) {
  AccessKit kit;
  ASSERT_TRUE(kit->CreatePrivilegeGroup("mine").ok());
  EXPECT_TRUE(Says(kit->CreatePrivilegeGroup("mine"), "privilege group name [mine] is defined by users"));
  for (const char* name : {"Search", "PrivilegeSearch", "ClusterAdmin", "GroupReadOnly", "All"})
    EXPECT_TRUE(Says(kit->CreatePrivilegeGroup(name), "is defined by built in privileges")) << name;
  EXPECT_EQ(kit->CreatePrivilegeGroup("1g").code(), Code::kPrivilegeGroupInvalidName);
  EXPECT_FALSE(kit->CreatePrivilegeGroup("").ok());
  EXPECT_EQ(kit->ListPrivilegeGroups().size(), 10u);
  EXPECT_EQ(kit->ListPrivilegeGroups()[0], (PrivilegeGroup{"mine", {}}));
  EXPECT_EQ(kit->ListPrivilegeGroups()[4].name, "DatabaseReadOnly");
  EXPECT_EQ(kit->ListPrivilegeGroups()[4].privileges,
            (std::vector<std::string>{"DescribeDatabase", "ShowCollections"}));
  EXPECT_TRUE(kit->DropPrivilegeGroup("mine").ok());
  EXPECT_TRUE(kit->DropPrivilegeGroup("mine").ok()) << "one that is not there";
  EXPECT_FALSE(kit->DropPrivilegeGroup("ClusterAdmin").ok());
  EXPECT_EQ(kit->ListPrivilegeGroups().size(), 9u);
}

TEST(AccessGroups, HaveMembersOfOneLevel) {
  AccessKit kit;
  EXPECT_TRUE(Says(Operate(kit, {"Search"}), "there is no privilege group name [mine] defined in system"));
  ASSERT_TRUE(kit->CreatePrivilegeGroup("mine").ok());
  EXPECT_TRUE(Says(Operate(kit, {}), "privileges is empty when alter the privilege group"));
  EXPECT_TRUE(Says(Operate(kit, {"none"}), "there is no privilege name or privilege group name [none]"));
  ASSERT_TRUE(Operate(kit, {"Search", "PrivilegeQuery"}).ok());
  EXPECT_EQ(kit->ListPrivilegeGroups()[0].privileges, (std::vector<std::string>{"Query", "Search"}));
  EXPECT_TRUE(Says(Operate(kit, {"CreateCollection"}), "privileges are not the same privilege level"));
  ASSERT_TRUE(Operate(kit, {"Query", "Insert"}, PrivilegeGroupChange::kRemove).ok());
  EXPECT_EQ(kit->ListPrivilegeGroups()[0].privileges, std::vector<std::string>{"Search"});
  ASSERT_TRUE(Operate(kit, {"CollectionReadOnly"}).ok());
  EXPECT_EQ(kit->ListPrivilegeGroups()[0].privileges.size(), 16u);
  ASSERT_TRUE(Operate(kit, {"CollectionAdmin"}, PrivilegeGroupChange::kRemove).ok());
  EXPECT_TRUE(kit->ListPrivilegeGroups()[0].privileges.empty());
  EXPECT_TRUE(Operate(kit, {"CreateCollection"}).ok()) << "an empty group takes any level";
  EXPECT_FALSE(kit->OperatePrivilegeGroup({"ClusterAdmin", {"Search"}, PrivilegeGroupChange::kAdd}).ok());
}

TEST(AccessGroups, StayWhileARoleUsesThem) {
  AccessKit kit;
  ASSERT_TRUE(kit->CreatePrivilegeGroup("mine").ok());
  kit.MakeRole("r");
  ASSERT_TRUE(kit.Grant("r", "mine", "shop", "*").ok());
  EXPECT_TRUE(Says(kit->DropPrivilegeGroup("mine"), "privilege group [mine] is used by role [r]"));
  ASSERT_TRUE(kit->OperatePrivilegeV2({"r", "mine", "shop", "*", PrivilegeChange::kRevoke}, "root").ok());
  EXPECT_TRUE(kit->DropPrivilegeGroup("mine").ok());
}

TEST(AccessGroups, HaveALimit) {
  AccessKit kit({.groups_max = 1});
  EXPECT_TRUE(kit->CreatePrivilegeGroup("a").ok());
  EXPECT_EQ(kit->CreatePrivilegeGroup("b").code(), Code::kQuotaExceeded);
}

}  // namespace
}  // namespace redkite::access
