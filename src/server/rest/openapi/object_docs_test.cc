#include <gtest/gtest.h>

#include <set>

#include "rest/schema_reader.h"
#include "server/rest/openapi/route_docs.h"
#include "server/rest/openapi/type_notation.h"

namespace redkite::server {
namespace {

TEST(ObjectDocs, NamesAndMembersComeOnce) {
  std::set<std::string_view> names;
  for (const ObjectDoc& object : ObjectDocs()) {
    EXPECT_TRUE(names.insert(object.name).second) << object.name;
    EXPECT_TRUE(object.text.ends_with('.')) << object.name;
    std::set<std::string_view> members;
    for (const MemberDoc& member : object.members)
      EXPECT_TRUE(members.insert(member.name).second) << object.name << member.name;
  }
}

TEST(ObjectDocs, TypesOfFieldsAreThoseThatTheReaderKnows) {
  for (const MemberDoc& member : FindObjectDoc("Field")->members) {
    if (member.name != "dataType" && member.name != "elementDataType") continue;
    for (const std::string_view type : TextsOf(*ParseType(member.type)))
      EXPECT_TRUE(rest::ParseDataType(type).ok()) << type;
  }
}

}  // namespace
}  // namespace redkite::server
