#include "proxy/properties.h"

#include <gtest/gtest.h>

namespace redkite::proxy {
namespace {

TEST(PropertiesTest, Values) {
  EXPECT_TRUE(*ParseFlag("k", "True"));
  EXPECT_FALSE(*ParseFlag("k", "0"));
  EXPECT_FALSE(ParseFlag("k", "yes").ok());
  EXPECT_EQ(*ParseCount("k", "12"), 12);
  EXPECT_FALSE(ParseCount("k", "-1").ok());
  EXPECT_FALSE(ParseCount("k", "").ok());
  for (const char* ttl : {"-1", "0", "3155760000"}) {
    EXPECT_TRUE(CheckCollectionProperties({{"collection.ttl.seconds", ttl}}).ok()) << ttl;
  }
  for (const char* ttl : {"-2", "3155760001", "", "1.5", "9999999999999999999999"}) {
    EXPECT_FALSE(CheckCollectionProperties({{"collection.ttl.seconds", ttl}}).ok()) << ttl;
  }
  for (const char* seconds : {"0", "60", "3155760000"})
    EXPECT_TRUE(CheckCollectionProperties({{"collection.retention.seconds", seconds}}).ok()) << seconds;
  for (const char* seconds : {"-1", "3155760001", "", "1h"})
    EXPECT_FALSE(CheckCollectionProperties({{"collection.retention.seconds", seconds}}).ok()) << seconds;
  EXPECT_TRUE(CheckCollectionProperties({{"nobody.knows", "this"}}).ok());
  EXPECT_FALSE(CheckCollectionProperties({{"warmup.scalarIndex", ""}}).ok());
  EXPECT_TRUE(CheckDatabaseProperties({{"database.max.collections", "5"}, {"x", "y"}}).ok());
  EXPECT_FALSE(CheckDatabaseProperties({{"database.force.deny.writing", "perhaps"}}).ok());
  EXPECT_FALSE(CheckDescription(std::string(1025, 'x'), Limits()).ok());
}

TEST(PropertiesTest, Apply) {
  Params params{{"a", "1"}, {"b", "2"}};
  ApplyProperties({{{"b", "3"}, {"c", "4"}, {"c", "5"}}, {}}, &params);
  EXPECT_EQ(params, (Params{{"a", "1"}, {"b", "3"}, {"c", "5"}}));
  ApplyProperties({{}, {"a", "none"}}, &params);
  EXPECT_EQ(params, (Params{{"b", "3"}, {"c", "5"}}));
  EXPECT_TRUE(Touches({{{"mmap.enabled", "true"}}, {}}, IsMmapKey));
  EXPECT_TRUE(Touches({{}, {"warmup"}}, IsWarmupKey));
  EXPECT_FALSE(Touches({{{"a", "b"}}, {"c"}}, IsMmapKey));
}

}  // namespace
}  // namespace redkite::proxy
