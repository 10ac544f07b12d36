#include "server/transport/address_counts.h"

#include <gtest/gtest.h>

namespace redkite::server {
namespace {

TEST(AddressCounts, AnAddressHasAsManyAsItMay) {
  AddressCounts counts(2);
  EXPECT_TRUE(counts.Enter("10.0.0.1:1"));
  EXPECT_TRUE(counts.Enter("10.0.0.1:2"));
  EXPECT_FALSE(counts.Enter("10.0.0.1:3"));
  EXPECT_TRUE(counts.Enter("10.0.0.2:3"));
  counts.Leave("10.0.0.1:1");
  EXPECT_TRUE(counts.Enter("10.0.0.1:4"));
  EXPECT_FALSE(counts.Enter("10.0.0.1:5"));
  counts.Leave("10.0.0.9:1");  // unknown
  EXPECT_TRUE(counts.Enter("10.0.0.9:1"));
}

TEST(AddressCounts, ZeroLimitsNothing) {
  AddressCounts counts(0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(counts.Enter("10.0.0.1:1"));
  counts.Leave("10.0.0.1:1");
}

TEST(AddressCounts, ANetworkOfIpv6IsOneClient) {
  EXPECT_EQ(AddressCounts::KeyOf("[2001:db8:1:2::1]:5"), AddressCounts::KeyOf("[2001:db8:1:2:ffff::7]:9"));
  EXPECT_NE(AddressCounts::KeyOf("[2001:db8:1:2::1]:5"), AddressCounts::KeyOf("[2001:db8:1:3::1]:5"));
  EXPECT_EQ(AddressCounts::KeyOf("[::ffff:10.0.0.1]:5"), "10.0.0.1");
  EXPECT_EQ(AddressCounts::KeyOf("10.0.0.1:5"), "10.0.0.1");
  EXPECT_EQ(AddressCounts::KeyOf("unknown"), "unknown");
  EXPECT_EQ(AddressCounts::KeyOf(""), "");
  EXPECT_EQ(AddressCounts::KeyOf("[:5"), "[");
}

}  // namespace
}  // namespace redkite::server
