#include "rest/body_reader.h"

#include <gtest/gtest.h>

namespace redkite::rest {
namespace {

JsonBody Parse(std::string_view text) {
  auto body = JsonBody::Parse(text);
  EXPECT_TRUE(body.ok()) << text;
  return std::move(body).value();
}

TEST(BodyReader, ReadsMembers) {
  const JsonBody body =
      Parse(R"({"t":"x","i":5,"b":true,"l":["a","b"],"o":{"k":1,"s":"v","a":[1]},"n":null})");
  BodyReader r(body.root());
  EXPECT_EQ(r.Text("t"), "x");
  EXPECT_EQ(r.NeedText("t"), "x");
  EXPECT_EQ(r.Integer("i", 1), 5);
  EXPECT_EQ(r.Integer("n", 1), 1);
  EXPECT_TRUE(r.Bool("b", false));
  EXPECT_EQ(r.Texts("l"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(r.Texts("o", true), (Params{{"k", "1"}, {"s", "v"}, {"a", "[1]"}}));
  EXPECT_TRUE(r.status().ok()) << r.status().ToString();
}

TEST(BodyReader, NamesMatchInAnyCase) {
  const JsonBody body = Parse(R"({"AutoID":true,"autoid":false,"NAME":"x"})");
  BodyReader r(body.root());
  EXPECT_EQ(r.NeedText("name"), "x");
  EXPECT_TRUE(r.Bool("AutoID", false));
  EXPECT_FALSE(r.Bool("autoid", true));
}

TEST(BodyReader, NamesWhatIsMissing) {
  for (const char* text : {"{}", R"({"name":null})", R"({"name":""})"}) {
    const JsonBody body = Parse(text);
    BodyReader r(body.root());
    EXPECT_EQ(r.NeedText("name"), "");
    EXPECT_EQ(r.status().code(), Code::kRestMissingParameter) << text;
    EXPECT_EQ(
        r.status().message(),
        "missing required parameters, error: Key: 'Name' Error:Field validation for 'Name' failed on the "
        "'required' tag");
  }
  const JsonBody body = Parse(R"({"l":[],"i":null})");
  for (auto need :
       {+[](BodyReader* r) { r->NeedTexts("l"); }, +[](BodyReader* r) { r->NeedArray("l"); },
        +[](BodyReader* r) { r->NeedInteger("i"); }, +[](BodyReader* r) { r->Texts("o", true); }}) {
    BodyReader r(body.root());
    need(&r);
    EXPECT_EQ(r.status().code(), Code::kRestMissingParameter);
  }
}

TEST(BodyReader, NamesWhatIsOfTheWrongType) {
  const JsonBody body = Parse(R"({"v":{},"w":"1","x":1.5,"l":["a",1]})");
  for (auto read : {+[](BodyReader* r) { r->Text("v"); }, +[](BodyReader* r) { r->Integer("w", 0); },
                    +[](BodyReader* r) { r->Integer("x", 0); }, +[](BodyReader* r) { r->Bool("w", false); },
                    +[](BodyReader* r) { r->Texts("l"); }, +[](BodyReader* r) { r->Array("v"); },
                    +[](BodyReader* r) { r->Object("l"); }}) {
    BodyReader r(body.root());
    read(&r);
    EXPECT_EQ(r.status().code(), Code::kRestBadFormat);
    EXPECT_NE(r.status().message().find(" must be "), std::string::npos) << r.status().message();
  }
}

TEST(BodyReader, IdsMayBeText) {
  const JsonBody body =
      Parse(R"({"n":7,"t":"-9223372036854775808","x":"7a","e":"","b":"9223372036854775808"})");
  BodyReader r(body.root());
  EXPECT_EQ(r.NeedInt64("n"), 7);
  EXPECT_EQ(r.NeedInt64("t"), INT64_MIN);
  EXPECT_TRUE(r.status().ok()) << r.status().ToString();
  for (const char* wrong : {"x", "e", "b"}) {
    BodyReader other(body.root());
    other.NeedInt64(wrong);
    EXPECT_EQ(other.status().code(), Code::kRestBadFormat) << wrong;
  }
  BodyReader other(body.root());
  other.NeedInt64("none");
  EXPECT_EQ(other.status().code(), Code::kRestMissingParameter);
}

TEST(BodyReader, TheFirstErrorStays) {
  const JsonBody body = Parse(R"({"a":1})");
  BodyReader r(body.root());
  r.NeedText("b");
  r.Text("a");
  EXPECT_EQ(r.status().code(), Code::kRestMissingParameter);
}

TEST(BodyReader, WantsAnObject) {
  const JsonBody body = Parse("[]");
  EXPECT_EQ(BodyReader(body.root()).status().code(), Code::kRestBadFormat);
}

}  // namespace
}  // namespace redkite::rest
