#include "server/rest/query_parameter.h"

#include <gtest/gtest.h>

namespace redkite::server {
namespace {

TEST(QueryParameter, IsDecoded) {
  EXPECT_EQ(QueryParameter("a=1&collectionName=c%20d+e&a=2", "collectionName"), "c d e");
  EXPECT_EQ(QueryParameter("a=1&a=2", "a"), "1");
  EXPECT_EQ(QueryParameter("%61=1", "a"), "1");
  EXPECT_EQ(QueryParameter("a=%4", "a"), "%4");
}

TEST(QueryParameter, IsEmptyWhereThereIsNone) {
  for (const char* query : {"", "a", "&&", "b=1", "=x"}) EXPECT_EQ(QueryParameter(query, "a"), "") << query;
}

}  // namespace
}  // namespace redkite::server
