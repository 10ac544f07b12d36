#include <gtest/gtest.h>

#include "access/access_control.h"
#include "access/access_fixture.h"

namespace redkite::access {
namespace {

bool Says(const Status& status, std::string_view part) {
  return status.message().find(part) != std::string::npos;
}

void Fill(AccessKit& kit) {
  kit.MakeUser("ann");
  kit.MakeUser("bob", "another");
  kit.MakeRole("readers");
  kit.GiveRole("ann", "readers");
  kit.GiveRole("ann", "admin");
  CHECK(kit->CreatePrivilegeGroup("mine").ok());
  CHECK(kit->OperatePrivilegeGroup({"mine", {"Search"}, PrivilegeGroupChange::kAdd}).ok());
  CHECK(kit.Grant("readers", "mine", "shop", "words").ok());
  CHECK(kit.Grant("public", "Query", "shop", "words").ok());
}

TEST(AccessBackup, ComesBack) {
  AccessKit from, to;
  Fill(from);
  const RbacMeta meta = from->BackupRbac();
  EXPECT_EQ(meta.users.size(), 2u);
  EXPECT_EQ(meta.roles, (std::vector<RoleDescription>{{"readers", "", {}}}));
  EXPECT_EQ(meta.grants.size(), 2u);
  ASSERT_TRUE(to->RestoreRbac(meta).ok());
  EXPECT_EQ(to->SelectUser({std::nullopt, true}), from->SelectUser({std::nullopt, true}));
  EXPECT_EQ(to->SelectGrant({"readers", std::nullopt, "", "*"}).value(),
            from->SelectGrant({"readers", std::nullopt, "", "*"}).value());
  EXPECT_EQ(to->ListPrivilegeGroups(), from->ListPrivilegeGroups());
  EXPECT_TRUE(to.Allows("bob", Privilege::kQuery, "shop", "words"));
  EXPECT_TRUE(VerifyPassword(to->snapshot()->FindUser("bob")->password_hash, "another"));
  EXPECT_GT(to->snapshot()->FindUser("bob")->generation, 0u);
  to.Restart();
  EXPECT_EQ(to->ListUsers().size(), 3u);
}

TEST(AccessBackup, IsRestoredWholeOrNotAtAll) {
  AccessKit from;
  Fill(from);
  const RbacMeta good = from->BackupRbac();
  const auto refused = [&](const std::function<void(RbacMeta*)>& spoil) {
    AccessKit to;
    RbacMeta meta = good;
    spoil(&meta);
    const auto before = to->snapshot();
    const Status status = to->RestoreRbac(meta);
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(to->snapshot(), before);
    return status;
  };
  EXPECT_TRUE(Says(refused([](RbacMeta* m) { *m = {}; }), "empty RBAC meta"));
  EXPECT_TRUE(
      Says(refused([](RbacMeta* m) { m->users.push_back(m->users[0]); }), "user [ann] already exists"));
  EXPECT_TRUE(Says(refused([](RbacMeta* m) { m->users[1].name = "root"; }), "user [root] already exists"));
  EXPECT_TRUE(Says(refused([](RbacMeta* m) {
                     m->roles.push_back({"admin", "", {}});
                   }),
                   "role [admin] already exists"));
  EXPECT_TRUE(Says(refused([](RbacMeta* m) {
                     m->groups.push_back({"Search", {}});
                   }),
                   "privilege group [Search] already exists"));
  EXPECT_TRUE(
      Says(refused([](RbacMeta* m) { m->users[0].roles.push_back("none"); }), "role [none] does not exist"));
  EXPECT_TRUE(
      Says(refused([](RbacMeta* m) { m->grants[0].privilege = "none"; }), "privilege [none] does not exist"));
  EXPECT_TRUE(Says(refused([](RbacMeta* m) { m->grants[0].role = "none"; }), "not found the role"));
  EXPECT_TRUE(Says(refused([](RbacMeta* m) { m->grants[0].role = "admin"; }), "default role"));
  EXPECT_TRUE(
      Says(refused([](RbacMeta* m) { m->grants[0].object_type = "x"; }), "not found the object type"));
  EXPECT_TRUE(Says(refused([](RbacMeta* m) { m->grants[0].object_name = "a b"; }), "Invalid object name"));
  EXPECT_TRUE(Says(refused([](RbacMeta* m) { m->users[0].password_hash = Secret("$2a$04$bcrypt"); }),
                   "no Argon2id hash"));
  EXPECT_TRUE(Says(refused([](RbacMeta* m) { m->groups[0].privileges.push_back("CreateDatabase"); }),
                   "privileges are not the same privilege level"));
  EXPECT_TRUE(Says(refused([](RbacMeta* m) {
                     for (int i = 0; i < 20; ++i) m->roles.push_back({"r" + std::to_string(i), "", {}});
                   }),
                   "than there is room for"));
}

TEST(AccessBackup, RefusesWhatExists) {
  AccessKit kit;
  Fill(kit);
  EXPECT_TRUE(Says(kit->RestoreRbac(kit->BackupRbac()), "role [readers] already exists"));
}

}  // namespace
}  // namespace redkite::access
