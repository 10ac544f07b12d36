#include "types/collection_properties.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

TEST(CollectionProperties, ExpiredBefore) {
  constexpr Timestamp kNow = MakeTimestamp(1'000'000, 5);
  const auto at = [&](const char* ttl) { return ExpiredBefore({{"collection.ttl.seconds", ttl}}, kNow); };
  EXPECT_EQ(ExpiredBefore({}, kNow), 0u);
  EXPECT_EQ(at("-1"), 0u);
  EXPECT_EQ(at("0"), 0u);
  EXPECT_EQ(at("text"), 0u);
  EXPECT_EQ(at("10"), MakeTimestamp(990'000));
  EXPECT_EQ(at("3155760000"), 0u) << "before the epoch";
}

TEST(CollectionProperties, Retention) {
  const auto of = [](const char* text) { return RetentionMs({{"collection.retention.seconds", text}}); };
  EXPECT_FALSE(RetentionMs({}).has_value());
  EXPECT_FALSE(of("-1").has_value());
  EXPECT_FALSE(of("1.5").has_value());
  EXPECT_EQ(of("0"), 0);
  EXPECT_EQ(of("60"), 60'000);
}

TEST(CollectionProperties, AutoCompaction) {
  const auto of = [](const char* text) {
    return IsAutoCompacted({{"collection.autocompaction.enabled", text}});
  };
  EXPECT_TRUE(IsAutoCompacted({}));
  EXPECT_TRUE(of("true"));
  EXPECT_FALSE(of("False"));
  EXPECT_TRUE(of("perhaps"));
}

}  // namespace
}  // namespace redkite
