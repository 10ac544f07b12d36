#include "access/crypto.h"

#include <gtest/gtest.h>

#include "access/access_fixture.h"

namespace redkite::access {
namespace {

// The digest of "abc" as other implementations of BLAKE2b-256 give it.
TEST(Crypto, PlainDigestIsBlake2b) {
  EXPECT_EQ(ToHex(PlainDigest("abc")), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Crypto, KeyedDigestDependsOnEachPart) {
  CountingSecretSource source;
  const DigestKey key = MakeDigestKey(&source), other = MakeDigestKey(&source);
  EXPECT_NE(key, other);
  const Digest digest = KeyedDigest(key, "ann", "secret");
  EXPECT_EQ(digest, KeyedDigest(key, "ann", "secret"));
  EXPECT_NE(digest, KeyedDigest(other, "ann", "secret"));
  EXPECT_NE(digest, KeyedDigest(key, "anns", "ecret"));
  EXPECT_NE(digest, KeyedDigest(key, "ann", "secreT"));
}

TEST(Crypto, ComparesWholeTexts) {
  EXPECT_TRUE(EqualInConstantTime("", ""));
  EXPECT_TRUE(EqualInConstantTime({}, {}));
  EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualInConstantTime("abc", "ab"));
}

TEST(Crypto, SystemGivesDifferentBytes) {
  SystemSecretSource source;
  EXPECT_NE(MakeDigestKey(&source), MakeDigestKey(&source));
  EXPECT_EQ(BytesOf(PlainDigest("x")).size(), kDigestBytes);
}

}  // namespace
}  // namespace redkite::access
