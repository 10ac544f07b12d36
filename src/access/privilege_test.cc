#include "access/privilege.h"

#include <gtest/gtest.h>

namespace redkite::access {
namespace {

TEST(Privilege, NamesComeWithAndWithoutPrefix) {
  EXPECT_EQ(FindPrivilege("Search"), Privilege::kSearch);
  EXPECT_EQ(FindPrivilege("PrivilegeSearch"), Privilege::kSearch);
  EXPECT_EQ(FindPrivilege("PrivilegePrivilegeSearch"), std::nullopt);
  EXPECT_EQ(FindPrivilege("All"), std::nullopt);
  EXPECT_EQ(FindPrivilege(""), std::nullopt);
  for (size_t i = 0; i < kPrivilegeCount; ++i) {
    const auto p = static_cast<Privilege>(i);
    EXPECT_EQ(FindPrivilege(PrivilegeName(p)), p);
  }
  EXPECT_EQ(CanonicalPrivilegeName("PrivilegeGroupClusterAdmin"), "ClusterAdmin");
  EXPECT_EQ(CanonicalPrivilegeName("PrivilegeGroupReadOnly"), "GroupReadOnly");
  EXPECT_EQ(CanonicalPrivilegeName("mine"), "mine");
}

TEST(Privilege, EachIsInOneFamilyOfGroupsAndHasItsLevel) {
  for (size_t i = 0; i < kPrivilegeCount; ++i) {
    const auto p = static_cast<Privilege>(i);
    int families = 0;
    for (const char* admin : {"ClusterAdmin", "DatabaseAdmin", "CollectionAdmin"}) {
      const BuiltinGroup* group = FindBuiltinGroup(admin);
      ASSERT_NE(group, nullptr);
      if (!group->privileges.Has(p)) continue;
      ++families;
      EXPECT_EQ(group->level, LevelOf(p)) << PrivilegeName(p);
    }
    EXPECT_EQ(families, 1) << PrivilegeName(p);
  }
}

TEST(Privilege, GroupsIncludeTheOnesBefore) {
  const auto groups = BuiltinGroups();
  ASSERT_EQ(groups.size(), 9u);
  for (size_t i = 0; i < groups.size(); ++i) {
    EXPECT_EQ((groups[i].privileges & PrivilegesOf(groups[i].level)), groups[i].privileges);
    if (i % 3 == 0) continue;
    EXPECT_EQ((groups[i].privileges & groups[i - 1].privileges), groups[i - 1].privileges);
    EXPECT_GT(groups[i].privileges.count(), groups[i - 1].privileges.count());
  }
  EXPECT_EQ(FindBuiltinGroup("CollectionReadOnly")->privileges.count(), 16u);
  EXPECT_EQ(FindBuiltinGroup("PrivilegeGroupDatabaseAdmin")->name, "DatabaseAdmin");
  EXPECT_EQ(FindBuiltinGroup("GroupReadOnly"), nullptr);
}

TEST(Privilege, LegacyGroupsAreGrantedLikePrivileges) {
  const LegacyGroup* read = FindLegacyGroup("PrivilegeGroupReadOnly");
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->type, ObjectType::kCollection);
  EXPECT_TRUE(read->privileges.Has(Privilege::kSearch));
  EXPECT_FALSE(read->privileges.Has(Privilege::kInsert));
  const LegacyGroup* admin = FindLegacyGroup("GroupAdmin");
  ASSERT_NE(admin, nullptr);
  EXPECT_EQ(admin->type, ObjectType::kGlobal);
  EXPECT_TRUE(admin->privileges.all());
  EXPECT_EQ(FindLegacyGroup("ClusterAdmin"), nullptr);
}

TEST(Privilege, LoadAndFlushBringTheirStates) {
  PrivilegeSet set;
  set.Add(Privilege::kLoad);
  EXPECT_TRUE(WithImplied(set).Has(Privilege::kGetLoadState));
  EXPECT_TRUE(WithImplied(set).Has(Privilege::kGetLoadingProgress));
  EXPECT_FALSE(WithImplied(set).Has(Privilege::kGetFlushState));
  PrivilegeSet flush;
  flush.Add(Privilege::kFlush);
  EXPECT_EQ(WithImplied(flush).count(), 2u);
  EXPECT_TRUE(WithImplied({}).none());
}

TEST(Privilege, TypesAndLevelsCoverAll) {
  const auto& types = {PrivilegesOf(ObjectType::kCollection), PrivilegesOf(ObjectType::kGlobal),
                       PrivilegesOf(ObjectType::kUser)};
  PrivilegeSet all;
  size_t count = 0;
  for (const PrivilegeSet& set : types) {
    all |= set;
    count += set.count();
  }
  EXPECT_TRUE(all.all());
  EXPECT_EQ(count, kPrivilegeCount);
  EXPECT_EQ(FindObjectType("Global"), ObjectType::kGlobal);
  EXPECT_EQ(FindObjectType("global"), std::nullopt);
  EXPECT_EQ(ObjectTypeName(ObjectType::kUser), "User");
  EXPECT_EQ(TypeOf(Privilege::kDescribeCollection), ObjectType::kGlobal);
  EXPECT_EQ(LevelOf(Privilege::kDescribeCollection), PrivilegeLevel::kCollection);
}

TEST(Privilege, DenialIsWordedAsClientsKnowIt) {
  const Status denied = PermissionDenied(Privilege::kDescribeDatabase, "ann", "shop");
  EXPECT_EQ(denied.code(), Code::kNotPermitted);
  EXPECT_EQ(denied.message(), "PrivilegeDescribeDatabase: permission deny to ann in the `shop` database");
}

}  // namespace
}  // namespace redkite::access
