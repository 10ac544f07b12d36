#include <gtest/gtest.h>

#include "server/rest/openapi/route_docs.h"

namespace redkite::server {
namespace {

std::vector<std::string_view> Paths(std::span<const RouteDoc> docs) {
  std::vector<std::string_view> paths;
  for (const RouteDoc& doc : docs) paths.push_back(doc.path);
  return paths;
}

TEST(EntityDocs, AreThoseThatClientsCall) {
  EXPECT_EQ(Paths(EntityDocs()),
            (std::vector<std::string_view>{"entities/insert", "entities/upsert", "entities/delete",
                                           "entities/query", "entities/get", "entities/search",
                                           "entities/hybrid_search", "entities/advanced_search"}));
}

// Both paths are one operation to clients.
TEST(EntityDocs, HybridSearchHasTwoNames) {
  const RouteDoc& hybrid = EntityDocs()[6];
  const RouteDoc& advanced = EntityDocs()[7];
  EXPECT_EQ(hybrid.example, advanced.example);
  ASSERT_EQ(hybrid.body.size(), advanced.body.size());
  for (size_t i = 0; i < hybrid.body.size(); ++i)
    EXPECT_EQ(hybrid.body.begin()[i].name, advanced.body.begin()[i].name);
}

}  // namespace
}  // namespace redkite::server
