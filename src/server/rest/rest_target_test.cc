#include "server/rest/rest_target.h"

#include <gtest/gtest.h>

namespace redkite::server {
namespace {

using wire::Method;
using Texts = std::vector<std::string>;

AccessTarget Read(Method method, const std::string& body, const std::string& header = "") {
  RestCall call;
  call.http = std::make_shared<HttpRequest>();
  if (!header.empty()) call.http->headers.Add("db-name", header);
  call.body.emplace(rest::JsonBody::Parse(body).value());
  return RestTarget(call, RuleOf(method));
}

TEST(RestTarget, NamesAsTheRouteReadsThem) {
  const AccessTarget search =
      Read(Method::kSearch, R"({"dbName":"d","CollectionName":"x","collectionName":"c"})", "h");
  EXPECT_EQ(search.database, "d");
  EXPECT_EQ(search.names, Texts{"c"});
  EXPECT_EQ(Read(Method::kSearch, R"({"COLLECTIONNAME":"c"})", "h").database, "h");
  EXPECT_EQ(Read(Method::kSearch, R"({"COLLECTIONNAME":"c"})").names, Texts{"c"});
  EXPECT_EQ(Read(Method::kDropAlias, R"({"aliasName":"a"})").names, Texts{"a"});
  EXPECT_EQ(Read(Method::kUpdateCredential, R"({"userName":"u"})").names, Texts{"u"});
  EXPECT_EQ(Read(Method::kSelectGrant, R"({"roleName":"r"})").names, Texts{"r"});
  EXPECT_EQ(Read(Method::kGetCompactionState, R"({"jobID":5})").compactions, std::vector<int64_t>{5});
  const AccessTarget rename = Read(Method::kRenameCollection, R"({"collectionName":"c","newDbName":"e"})");
  EXPECT_EQ(rename.names, Texts{"c"});
  EXPECT_EQ(rename.second_database, "e");
}

TEST(RestTarget, WhatIsNoNameIsLeftOut) {
  EXPECT_TRUE(Read(Method::kSearch, R"({"collectionName":1})").names.empty());
  EXPECT_TRUE(Read(Method::kSearch, "[]").names.empty());
}

}  // namespace
}  // namespace redkite::server
