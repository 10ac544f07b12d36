#include "server/rest/openapi/route_docs.h"

#include <set>

#include "server/rest/openapi/type_notation.h"
#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

TEST(RouteDocs, EachRouteHasOneRow) {
  std::set<std::string_view> rows, routes, groups;
  for (const RouteDoc& doc : AllRouteDocs()) EXPECT_TRUE(rows.insert(doc.path).second) << doc.path;
  for (const RestRoute& route : RestService::Routes()) {
    if (route.first_interface) continue;  // clients have its pages from Milvus
    EXPECT_TRUE(rows.contains(route.path)) << route.path;
    routes.insert(route.path);
    groups.insert(route.path.substr(0, route.path.find('/')));
  }
  // A group without any route is one that this build does not have.
  for (const RouteDoc& doc : AllRouteDocs()) {
    if (groups.contains(doc.group())) {
      EXPECT_TRUE(routes.contains(doc.path)) << doc.path;
    }
  }
  EXPECT_EQ(RouteDocs().size(), routes.size());
}

TEST(RouteDocs, WhatIsNotBuiltIsMarked) {
  RestKit kit;
  for (const RouteDoc& doc : RouteDocs())
    EXPECT_EQ(doc.built, kit.CodeOf(std::string(doc.path), doc.built ? "{}" : std::string(doc.example)) != 10)
        << doc.path;
}

// The body without one member is refused for that member.
TEST(RouteDocs, RequiredMembersAreRequired) {
  RestKit kit;
  for (const RouteDoc& doc : RouteDocs()) {
    if (!doc.built) continue;
    const auto example = rest::JsonBody::Parse(doc.example);
    ASSERT_TRUE(example.ok()) << doc.path;
    for (const MemberDoc& missing : doc.body) {
      std::string body;
      rest::JsonWriter writer(&body);
      writer.BeginObject();
      example->root().EachMember([&](std::string_view key, const rest::JsonValue& value) {
        if (key != missing.name) writer.Key(key).Raw(value.Json());
        return true;
      });
      writer.EndObject();
      if (missing.required) {
        EXPECT_EQ(kit.CodeOf(std::string(doc.path), body), 1802) << doc.path << body;
      }
    }
  }
}

TEST(RouteDocs, TypesAndExamples) {
  const auto check = [](std::string_view where, const MemberDoc& member) {
    const auto type = ParseType(member.type);
    ASSERT_TRUE(type.has_value()) << where << member.name << member.type;
    const TypeTree* inner = &*type;
    while (!inner->parts.empty()) inner = &inner->parts[0];
    if (inner->kind == TypeTree::Kind::kName) {
      EXPECT_NE(FindObjectDoc(inner->word), nullptr) << where << inner->word;
    }
    EXPECT_FALSE(member.text.empty()) << where << member.name;
  };
  for (const ObjectDoc& object : ObjectDocs()) {
    EXPECT_EQ(FindObjectDoc(object.name), &object);
    for (const MemberDoc& member : object.members) check(object.name, member);
  }
  for (const RouteDoc& doc : AllRouteDocs()) {
    for (const MemberDoc& member : doc.body) check(doc.path, member);
    for (const MemberDoc& member : doc.beside) check(doc.path, member);
    check(doc.path, {"data", doc.data, "-"});
    EXPECT_TRUE(doc.summary.ends_with('.')) << doc.path;
    EXPECT_EQ(doc.example.find('\''), std::string_view::npos) << "breaks the shell's quotes: " << doc.path;
    const auto example = rest::JsonBody::Parse(doc.example);
    ASSERT_TRUE(example.ok()) << doc.path;
    example->root().EachMember([&](std::string_view key, const rest::JsonValue&) {
      bool known = false;
      for (const MemberDoc& member : doc.body) known = known || member.name == key;
      EXPECT_TRUE(known) << doc.path << key;
      return true;
    });
    for (const MemberDoc& member : doc.body) {
      if (member.required) {
        EXPECT_FALSE(example->root().Find(member.name).empty()) << doc.path << member.name;
      }
    }
  }
}

}  // namespace
}  // namespace redkite::server
