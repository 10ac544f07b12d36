#include "access/password.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "access/access_fixture.h"

namespace redkite::access {
namespace {

TEST(Password, HashesVerify) {
  const std::string hash = HashPassword(Secret("correct horse"), kCheapCost).value();
  EXPECT_TRUE(VerifyPassword(hash, "correct horse"));
  EXPECT_FALSE(VerifyPassword(hash, "correct horsf"));
  EXPECT_FALSE(VerifyPassword(hash, ""));
  EXPECT_FALSE(VerifyPassword("", ""));
  EXPECT_FALSE(VerifyPassword("$argon2id$", "x"));
  EXPECT_FALSE(VerifyPassword(std::string(1000, '$'), "x"));
  EXPECT_NE(hash, HashPassword(Secret("correct horse"), kCheapCost).value()) << "salts differ";
}

TEST(Password, DefaultCostIsWhatThePageSays) {
  const std::string hash = HashPassword(Secret("Milvus"), PasswordCost()).value();
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hash;
  EXPECT_TRUE(VerifyPassword(hash, "Milvus"));
}

TEST(Password, UnmatchedHashIsRunAndNeverMatches) {
  const std::string hash = UnmatchedHash(kCheapCost);
  EXPECT_TRUE(CheckPasswordHash(hash).ok());
  // The library reads it, and sees the cost of a real one: it does not fail early.
  const std::string standard = UnmatchedHash(PasswordCost());
  EXPECT_EQ(crypto_pwhash_str_needs_rehash(standard.c_str(), 2, size_t{19} << 20), 0);
  EXPECT_EQ(crypto_pwhash_str_needs_rehash("$argon2id$v=19$m=19456", 2, size_t{19} << 20), -1);
  for (const char* password : {"", "Milvus", "AAAAAA"}) EXPECT_FALSE(VerifyPassword(hash, password));
}

TEST(Password, HashesFromOutsideAreChecked) {
  const std::string hash = HashPassword(Secret("secret"), kCheapCost).value();
  EXPECT_TRUE(CheckPasswordHash(hash).ok()) << hash;
  EXPECT_FALSE(CheckPasswordHash("").ok());
  EXPECT_FALSE(CheckPasswordHash("$2a$04$abcdefghijklmnopqrstuv").ok());
  EXPECT_FALSE(CheckPasswordHash(hash + "A").ok());
  EXPECT_FALSE(CheckPasswordHash(hash.substr(1)).ok());
  std::string bad = hash;
  bad.back() = '!';
  EXPECT_FALSE(CheckPasswordHash(bad).ok());
  const PasswordCost huge{2, size_t{4} << 30}, slow{100, 19 << 20};
  EXPECT_FALSE(CheckPasswordHash(UnmatchedHash(huge)).ok());
  EXPECT_FALSE(CheckPasswordHash(UnmatchedHash(slow)).ok());
}

}  // namespace
}  // namespace redkite::access
