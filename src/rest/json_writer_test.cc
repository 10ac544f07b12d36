#include "rest/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace redkite::rest {
namespace {

TEST(JsonWriter, PutsCommasBetweenValuesAlone) {
  std::string out;
  JsonWriter w(&out);
  w.BeginObject().Key("a").BeginArray().Integer(1).Null().BeginObject().EndObject().Bool(true).EndArray();
  w.Key("b").Text("x").Key("c").Raw("[0]").EndObject();
  EXPECT_EQ(out, R"({"a":[1,null,{},true],"b":"x","c":[0]})");
}

TEST(JsonWriter, EscapesTexts) {
  std::string out;
  JsonWriter(&out).Text("\"\\\n\x01\x7f/ä");
  EXPECT_EQ(out, "\"\\\"\\\\\\n\\u0001\x7f/ä\"");
}

TEST(JsonWriter, ReplacesBytesThatAreNoText) {
  std::string out;
  JsonWriter(&out).Text("a\xff\xc3");
  EXPECT_EQ(out, "\"a\\ufffd\\ufffd\"");
}

TEST(JsonWriter, WritesNumbersThatReadBackAsThemselves) {
  std::string out;
  JsonWriter w(&out);
  w.BeginArray()
      .Real(0.1f)
      .Real(0.1)
      .Real(1e300)
      .Real(std::nan(""))
      .Real(-std::numeric_limits<float>::infinity());
  w.Integer(INT64_MIN).EndArray();
  EXPECT_EQ(out, "[0.1,0.1,1e+300,null,null,-9223372036854775808]");
}

TEST(JsonWriter, WritesInt64AsTextWhereAsked) {
  std::string out;
  JsonWriter w(&out, true);
  w.BeginArray().Int64(9007199254740993).Integer(1).EndArray();
  EXPECT_EQ(out, R"(["9007199254740993",1])");
}

TEST(JsonWriter, TakesMembersThatAreJson) {
  std::string out;
  JsonWriter(&out)
      .BeginObject()
      .RawMembers("")
      .RawMembers("\"a\":1,\"b\":2")
      .RawMembers("")
      .Key("c")
      .Bool(true)
      .EndObject();
  EXPECT_EQ(out, R"({"a":1,"b":2,"c":true})");
}

}  // namespace
}  // namespace redkite::rest
