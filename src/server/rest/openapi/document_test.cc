#include "server/rest/openapi/document.h"

#include <gtest/gtest.h>

#include <set>

#include "rest/json_value.h"
#include "server/rest/openapi/route_docs.h"
#include "server/rest/rest_service.h"

namespace redkite::server {
namespace {

using rest::JsonValue;

JsonValue At(JsonValue value, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) value = value.Find(key);
  return value;
}

// Every "$ref" below.
void GatherReferences(const JsonValue& value, std::set<std::string>* found) {
  value.EachItem([&](const JsonValue& item) {
    GatherReferences(item, found);
    return true;
  });
  value.EachMember([&](std::string_view key, const JsonValue& member) {
    if (key == "$ref") found->emplace(member.text());
    GatherReferences(member, found);
    return true;
  });
}

TEST(OpenApiDocument, HasAnOperationForEachRoute) {
  const auto document = rest::JsonBody::Parse(OpenApiDocument());
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root().Find("openapi").text(), "3.1.0");
  const JsonValue paths = document->root().Find("paths");
  size_t documented = 0;
  for (const RestRoute& route : RestService::Routes()) {
    if (route.first_interface) continue;
    ++documented;
    const JsonValue post = At(paths, {"/v2/vectordb/" + std::string(route.path), "post"});
    EXPECT_FALSE(post.Find("operationId").text().empty()) << route.path;
    for (const char* status : {"200", "401", "403", "404", "408", "413"})
      EXPECT_FALSE(At(post, {"responses", status}).empty()) << route.path << status;
  }
  EXPECT_EQ(paths.size(), documented);
}

TEST(OpenApiDocument, ReferencesLeadSomewhereAndEachComponentIsUsed) {
  const auto document = rest::JsonBody::Parse(OpenApiDocument());
  ASSERT_TRUE(document.ok());
  std::set<std::string> found;
  GatherReferences(document->root(), &found);
  std::set<std::string> there;
  document->root().Find("components").EachMember([&](std::string_view kind, const JsonValue& parts) {
    parts.EachMember([&](std::string_view name, const JsonValue&) {
      if (kind != "securitySchemes")
        there.insert("#/components/" + std::string(kind) + "/" + std::string(name));
      return true;
    });
    return true;
  });
  for (const std::string& reference : found) EXPECT_TRUE(there.contains(reference)) << reference;
}

TEST(OpenApiDocument, OneOperation) {
  const auto document = rest::JsonBody::Parse(OpenApiDocument());
  ASSERT_TRUE(document.ok());
  const JsonValue post = At(document->root(), {"paths", "/v2/vectordb/aliases/create", "post"});
  EXPECT_EQ(At(post, {"requestBody", "content", "application/json", "schema", "required"}).Json(),
            R"(["collectionName","aliasName"])");
  EXPECT_EQ(post.Find("operationId").text(), "aliases_create");
  EXPECT_TRUE(post.Find("x-redkite-status").empty());
  const JsonValue unbuilt = At(document->root(), {"paths", "/v2/vectordb/jobs/import/create", "post"});
  EXPECT_EQ(unbuilt.Find("x-redkite-status").text(), "not-implemented");
}

}  // namespace
}  // namespace redkite::server
