#include <gtest/gtest.h>

#include "access/access_control.h"
#include "access/access_fixture.h"

namespace redkite::access {
namespace {

bool HasPassword(AccessKit& kit, std::string_view user, std::string_view password) {
  const auto current = kit->snapshot();
  return VerifyPassword(current->FindUser(user)->password_hash, password);
}

UpdateCredentialRequest Update(const char* user, const char* old_password, const char* password) {
  return {user, Secret(old_password), Secret(password), std::nullopt};
}

TEST(AccessUsers, AreMadeListedAndDropped) {
  AccessKit kit;
  ASSERT_TRUE(kit->CreateCredential({"ann", Secret("password"), "first"}).ok());
  EXPECT_TRUE(HasPassword(kit, "ann", "password"));
  EXPECT_EQ(kit->ListUsers(), (std::vector<std::string>{"ann", "root"}));
  const Status again = kit->CreateCredential({"ann", Secret("password"), ""});
  EXPECT_EQ(again.message(), "user already exists: ann: invalid parameter");
  EXPECT_FALSE(kit->CreateCredential({"root", Secret("password"), ""}).ok());
  EXPECT_FALSE(kit->CreateCredential({"bob", Secret("short"), ""}).ok());
  EXPECT_FALSE(kit->CreateCredential({"1bob", Secret("password"), ""}).ok());
  EXPECT_FALSE(kit->CreateCredential({"bob", Secret("password"), std::string(1025, 'x')}).ok());
  EXPECT_TRUE(kit->DeleteCredential("ann").ok());
  EXPECT_TRUE(kit->DeleteCredential("ann").ok()) << "one that is not there";
  EXPECT_EQ(kit->DeleteCredential("root").code(), Code::kNotPermitted);
  EXPECT_EQ(kit->ListUsers(), std::vector<std::string>{"root"});
}

TEST(AccessUsers, HaveALimit) {
  AccessKit kit({.users_max = 3});
  kit.MakeUser("a");
  kit.MakeUser("b");
  const Status full = kit->CreateCredential({"c", Secret("password"), ""});
  EXPECT_EQ(full.code(), Code::kQuotaExceeded);
  EXPECT_NE(full.message().find("the number of users has reached the limit"), std::string::npos);
}

TEST(AccessUsers, PasswordsChangeWithTheOldOne) {
  AccessKit kit;
  kit.MakeUser("ann");
  const uint64_t generation = kit->snapshot()->FindUser("ann")->generation;
  const Status wrong = kit->UpdateCredential(Update("ann", "wrong1", "changed"), false);
  EXPECT_EQ(wrong.code(), Code::kNotAuthenticated);
  EXPECT_EQ(wrong.message(), "old password not correct for ann: not authenticated");
  EXPECT_EQ(kit->UpdateCredential(Update("ann", "", "changed"), false).code(), Code::kNotAuthenticated);
  EXPECT_EQ(kit->UpdateCredential(Update("nobody", "password", "changed"), false).message(),
            "old password not correct for nobody: not authenticated");
  EXPECT_FALSE(kit->UpdateCredential(Update("ann", "password", "short"), false).ok());
  EXPECT_FALSE(kit->UpdateCredential(Update("ann", "password", ""), false).ok());
  EXPECT_EQ(kit->snapshot()->FindUser("ann")->generation, generation);
  ASSERT_TRUE(kit->UpdateCredential(Update("ann", "password", "changed"), false).ok());
  EXPECT_TRUE(HasPassword(kit, "ann", "changed"));
  EXPECT_FALSE(HasPassword(kit, "ann", "password"));
  EXPECT_GT(kit->snapshot()->FindUser("ann")->generation, generation);
}

TEST(AccessUsers, SuperusersMayLeaveTheOldPasswordOut) {
  AccessKit kit;
  kit.MakeUser("ann");
  ASSERT_TRUE(kit->UpdateCredential(Update("ann", "", "changed"), true).ok());
  EXPECT_TRUE(HasPassword(kit, "ann", "changed"));
  EXPECT_EQ(kit->UpdateCredential(Update("ann", "wrong1", "another"), true).code(), Code::kNotAuthenticated)
      << "one that is given counts";
  EXPECT_FALSE(kit->UpdateCredential(Update("nobody", "", "changed"), true).ok());
}

TEST(AccessUsers, DescriptionsChangeAlone) {
  AccessKit kit;
  kit.MakeUser("ann");
  const UserRecord before = *kit->snapshot()->FindUser("ann");
  EXPECT_FALSE(kit->UpdateCredential(Update("ann", "", ""), false).ok());
  UpdateCredentialRequest request = Update("ann", "", "");
  request.description = "reads";
  ASSERT_TRUE(kit->UpdateCredential(request, false).ok());
  const UserRecord after = *kit->snapshot()->FindUser("ann");
  EXPECT_EQ(after.description, "reads");
  EXPECT_EQ(after.password_hash, before.password_hash);
  EXPECT_EQ(after.generation, before.generation);
  request.user = "nobody";
  EXPECT_FALSE(kit->UpdateCredential(request, false).ok());
}

TEST(AccessUsers, GenerationsDifferAfterADropAndARestart) {
  AccessKit kit;
  kit.MakeUser("ann");
  const uint64_t first = kit->snapshot()->FindUser("ann")->generation;
  ASSERT_TRUE(kit->DeleteCredential("ann").ok());
  kit.Restart();
  kit.MakeUser("ann");
  EXPECT_GT(kit->snapshot()->FindUser("ann")->generation, first);
}

TEST(AccessUsers, RootGetsItsPasswordOnce) {
  AccessKit kit;
  EXPECT_EQ(kit->UpdateCredential(Update("root", "guess1", "changed"), false).code(),
            Code::kNotAuthenticated);
  ASSERT_TRUE(kit->UpdateCredential(Update("root", "Milvus", "changed"), false).ok());
  EXPECT_TRUE(kit->root_has_password());
  EXPECT_EQ(kit->UpdateCredential(Update("root", "Milvus", "another"), false).code(),
            Code::kNotAuthenticated);
  EXPECT_EQ(kit->SetRootPassword(Secret("x")).code(), Code::kParameterInvalid);
  ASSERT_TRUE(kit->SetRootPassword(Secret("started")).ok());
  EXPECT_TRUE(HasPassword(kit, "root", "started"));
  kit.Restart();
  EXPECT_TRUE(kit->root_has_password());
  kit.MakeUser("ann");
  EXPECT_EQ(kit->UpdateCredential(Update("ann", "Milvus", "changed"), false).code(), Code::kNotAuthenticated)
      << "of root alone";
}

TEST(AccessUsers, AreDescribed) {
  AccessKit kit;
  kit.MakeUser("ann");
  kit.GiveRole("ann", "admin");
  EXPECT_EQ(kit->SelectUser({"ann", true}), (std::vector<UserDescription>{{"ann", "", {"admin"}}}));
  EXPECT_EQ(kit->SelectUser({"ann", false}), (std::vector<UserDescription>{{"ann", "", {}}}));
  EXPECT_TRUE(kit->SelectUser({"nobody", true}).empty());
  EXPECT_EQ(kit->SelectUser({std::nullopt, true}).size(), 2u);
}

}  // namespace
}  // namespace redkite::access
