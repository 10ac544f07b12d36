#include "access/authenticator.h"

#include <gtest/gtest.h>

#include "access/access_fixture.h"

namespace redkite::access {
namespace {

constexpr std::string_view kWrongLogin = "auth check failure, please check username and password are correct";
constexpr std::string_view kWrongKey = "auth check failure, please check api key is correct";

class AuthenticatorTest : public testing::Test {
 protected:
  AuthenticatorTest() {
    kit_.MakeUser("ann", "password");
    kit_.MakeUser("bob", "another");
  }
  // Refused at once with this text; empty: not decided, or let in.
  std::string Refusal(std::string_view token, std::string_view address = "a") {
    const auto found = auth_.LookUp(token, address);
    return found.has_value() && !found->ok() ? found->status().message() : "";
  }
  bool Remembers(std::string_view token, std::string_view address = "a") {
    const auto found = auth_.LookUp(token, address);
    return found.has_value() && found->ok();
  }
  AccessKit kit_;
  HeldExecutor executor_;
  Authenticator auth_{{kit_.control.get(), &kit_.clock, &kit_.secrets, &executor_}, Authenticator::Options()};
};

TEST_F(AuthenticatorTest, VerifiesOnceAndRemembers) {
  EXPECT_EQ(auth_.LookUp("ann:password", "a"), std::nullopt);
  const auto identity = auth_.Verify("ann:password", "a");
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->user, "ann");
  EXPECT_TRUE(identity->api_key_id.empty());
  ASSERT_TRUE(Remembers("ann:password"));
  EXPECT_EQ(*auth_.LookUp("ann:password", "b")->operator->(), *identity);
  EXPECT_EQ(auth_.LookUp("ann:passworD", "a"), std::nullopt);
  EXPECT_EQ(auth_.LookUp("bob:password", "a"), std::nullopt);
  EXPECT_TRUE(auth_.IsCurrent(*identity));
}

TEST_F(AuthenticatorTest, WrongPasswordsAndUnknownUsersAnswerTheSame) {
  for (const char* token : {"ann:wrong", "nobody:password", "root:Milvus", "root:x"}) {
    EXPECT_EQ(auth_.LookUp(token, "a"), std::nullopt) << token;
    const auto refused = auth_.Verify(token, "a");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.status().code(), Code::kNotAuthenticated);
    EXPECT_EQ(refused.status().message(), kWrongLogin) << token;
  }
}

TEST_F(AuthenticatorTest, ImpossibleTokensAreRefusedAtOnce) {
  EXPECT_EQ(Refusal(""), "invalid token format");
  const std::string long_name(33, 'u'), name(32, 'u'), huge(1 << 20, 'k');
  const std::string long_password(73, 'p'), password(72, 'p');
  for (const std::string_view token : {":", "ann:", ":password"})
    EXPECT_EQ(Refusal(token), kWrongLogin) << token;
  EXPECT_EQ(Refusal(long_name + ":" + password), kWrongLogin);
  EXPECT_EQ(Refusal(name + ":" + long_password), kWrongLogin);
  EXPECT_EQ(Refusal(name + ":" + huge), kWrongLogin);
  EXPECT_EQ(Refusal(name + ":" + password), "") << "this one could be";
  EXPECT_EQ(Refusal(huge), kWrongKey);
  EXPECT_EQ(MissingAuthorization().message(), "missing authorization in header");
}

TEST_F(AuthenticatorTest, PasswordsMayHaveColons) {
  ASSERT_TRUE(kit_->CreateCredential({"cat", Secret("a:b:c:d"), ""}).ok());
  EXPECT_TRUE(auth_.Verify("cat:a:b:c:d", "a").ok());
}

TEST_F(AuthenticatorTest, ChangesCountAtOnce) {
  const Identity identity = auth_.Verify("ann:password", "a").value();
  ASSERT_TRUE(kit_->UpdateCredential({"ann", Secret("password"), Secret("changed"), {}}, false).ok());
  EXPECT_FALSE(Remembers("ann:password"));
  EXPECT_FALSE(auth_.IsCurrent(identity));
  EXPECT_FALSE(auth_.Verify("ann:password", "a").ok());
  const Identity changed = auth_.Verify("ann:changed", "a").value();
  ASSERT_TRUE(kit_->DeleteCredential("ann").ok());
  EXPECT_FALSE(Remembers("ann:changed"));
  EXPECT_FALSE(auth_.IsCurrent(changed));
  kit_.MakeUser("ann", "changed");
  EXPECT_FALSE(Remembers("ann:changed")) << "another user of that name";
  kit_.GiveRole("bob", "admin");
  ASSERT_TRUE(auth_.Verify("bob:another", "a").ok());
  ASSERT_TRUE(kit_->OperateUserRole({"bob", "admin", UserRoleChange::kRemove}).ok());
  EXPECT_TRUE(Remembers("bob:another")) << "roles are looked up with each check";
}

TEST_F(AuthenticatorTest, ApiKeys) {
  const Secret key = kit_->CreateApiKey("ann", "ci", kit_.clock.WallMs() + 1000).value();
  const std::string token(key.Reveal());
  ASSERT_TRUE(Remembers(token));
  const Identity identity = auth_.LookUp(token, "a")->value();
  EXPECT_EQ(identity.user, "ann");
  EXPECT_EQ(identity.api_key_id.size(), 16u);
  EXPECT_TRUE(auth_.IsCurrent(identity));
  std::string wrong = token;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_EQ(Refusal(wrong), kWrongKey);
  std::string other_id = token;
  other_id[3] = other_id[3] == '0' ? '1' : '0';
  EXPECT_EQ(Refusal(other_id), kWrongKey);
  EXPECT_EQ(Refusal("rk_x"), kWrongKey);
  kit_.clock.AdvanceMs(999);
  EXPECT_TRUE(Remembers(token));
  kit_.clock.AdvanceMs(1);
  EXPECT_EQ(Refusal(token), kWrongKey);
  EXPECT_FALSE(auth_.IsCurrent(identity));
  const Secret lasting = kit_->CreateApiKey("ann", "ci", 0).value();
  const Identity lasts = auth_.LookUp(lasting.Reveal(), "a")->value();
  ASSERT_TRUE(kit_->DropApiKey(lasts.api_key_id).ok());
  EXPECT_EQ(Refusal(lasting.Reveal()), kWrongKey);
  EXPECT_FALSE(auth_.IsCurrent(lasts));
}

TEST_F(AuthenticatorTest, FailuresAreSlowedDownAndCostNothing) {
  ASSERT_TRUE(auth_.Verify("bob:another", "a").ok());
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(auth_.Verify("ann:wrong", "a").ok());
  EXPECT_EQ(Refusal("ann:wrong"), "too many failed logins, try again later");
  EXPECT_EQ(Refusal("ann:password"), "too many failed logins, try again later");
  EXPECT_FALSE(auth_.Verify("ann:password", "a").ok()) << "nor for what waited meanwhile";
  EXPECT_EQ(Refusal("ann:password", "b"), "") << "from elsewhere";
  ASSERT_TRUE(auth_.Verify("ann:password", "b").ok());
  EXPECT_TRUE(Remembers("ann:password", "a")) << "what is remembered is let in";
  EXPECT_TRUE(Remembers("bob:another", "a"));
  kit_.clock.AdvanceMs(500);
  EXPECT_EQ(Refusal("ann:wrong"), "");
}

TEST_F(AuthenticatorTest, VerificationsAreBounded) {
  std::vector<bool> answers;
  const auto begin = [&](const char* token) {
    return auth_.TryBeginVerify(Secret(token), "a",
                                [&](const Result<Identity>& r) { answers.push_back(r.ok()); });
  };
  EXPECT_TRUE(begin("ann:password"));
  EXPECT_TRUE(begin("bob:wrong"));
  for (int i = 0; i < 64; ++i) EXPECT_TRUE(begin("ann:password"));
  EXPECT_FALSE(begin("ann:password"));
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(executor_.waiting(), 2u);
  executor_.RunAll();
  ASSERT_EQ(answers.size(), 66u);
  EXPECT_TRUE(answers[0]);
  EXPECT_FALSE(answers[1]);
  EXPECT_EQ(TooManyLogins().message(), "too many logins at once: rate limit exceeded");
}

}  // namespace
}  // namespace redkite::access
