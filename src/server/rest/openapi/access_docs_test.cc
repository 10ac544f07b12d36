#include <gtest/gtest.h>

#include <algorithm>

#include "server/rest/openapi/route_docs.h"

namespace redkite::server {
namespace {

TEST(AccessDocs, AreThoseThatClientsCall) {
  const auto of = [](std::string_view group) {
    const auto docs = AccessDocs();
    return std::count_if(docs.begin(), docs.end(), [&](const RouteDoc& d) { return d.group() == group; });
  };
  EXPECT_EQ(of("users"), 7);
  EXPECT_EQ(of("roles"), 9);
  EXPECT_EQ(of("privilege_groups"), 5);
  EXPECT_EQ(of("api_keys"), 3);
  EXPECT_EQ(AccessDocs().size(), 24u);
}

// What is granted can be taken back by the same body.
TEST(AccessDocs, GrantsAndRevocationsTakeTheSame) {
  const auto find = [](std::string_view path) {
    const auto docs = AccessDocs();
    return std::find_if(docs.begin(), docs.end(), [&](const RouteDoc& d) { return d.path == path; });
  };
  for (const auto& [grant, revoke] : {std::pair("roles/grant_privilege", "roles/revoke_privilege"),
                                      std::pair("roles/grant_privilege_v2", "roles/revoke_privilege_v2"),
                                      std::pair("users/grant_role", "users/revoke_role")}) {
    EXPECT_EQ(find(grant)->example, find(revoke)->example) << grant;
    EXPECT_EQ(find(grant)->body.size(), find(revoke)->body.size()) << grant;
  }
}

}  // namespace
}  // namespace redkite::server
