// text_match, phrase_match and relations of shapes: names, arguments, and the fields that they take.
#include <gtest/gtest.h>

#include "plan/filter_plan.h"
#include "plan/filter_templates_fixture.h"
#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

CollectionSchema Schema() {
  CollectionSchema schema = FilterTestSchema();
  const auto add = [&](int64_t id, const char* name, DataType type, Params params) {
    FieldSchema field;
    field.id = FieldId(id);
    field.name = name;
    field.type = type;
    field.type_params = std::move(params);
    schema.fields.insert(schema.fields.end() - 1, field);
  };
  add(141, "words", DataType::kVarChar, {{"enable_match", "true"}, {"enable_analyzer", "true"}});
  add(142, "body", DataType::kText, {{"enable_match", "True"}, {"analyzer_params", R"({"type":"english"})"}});
  add(143, "plain", DataType::kText, {});
  add(144, "g", DataType::kGeometry, {});
  add(145, "bad", DataType::kVarChar, {{"enable_match", "true"}, {"analyzer_params", "{"}});
  return schema;
}

std::string Canonical(const std::string& text) {
  const auto plan = ParseFilter(text, Schema(), FuzzTemplates());
  return plan.ok() ? plan->ToString() : plan.status().message();
}

TEST(BindMatch, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {
      {"text_match(words, 'red kite')", "text_match(#141, \"red kite\")"},
      {"TEXT_MATCH(body, \"x\", minimum_should_match = 2)",
       "text_match(#142, \"x\", minimum_should_match=2)"},
      {"text_match(words, {s})", "text_match(#141, \"ap%\")"},
      {"phrase_match(words, 'a b')", "phrase_match(#141, \"a b\", 0)"},
      {"PHRASE_MATCH(words, 'a b', 4294967295)", "phrase_match(#141, \"a b\", 4294967295)"},
      {"not text_match(words, 'x')", "not (text_match(#141, \"x\"))"},
      {"text_match(words, 'x') and i64 > 1", "(#105 > 1 and text_match(#141, \"x\"))"},
      {"st_within(g, 'POINT(1 1)')", "st_within(#144, \"POINT(1 1)\")"},
      {"ST_DWITHIN(g, 'POINT(1 1)', 10)", "st_dwithin(#144, \"POINT(1 1)\", 10)"},
      {"st_isvalid(g)", "st_isvalid(#144)"},
      {"g is not null", "not (#144 is null)"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(Canonical(text), expected) << text;
}

TEST(BindMatch, Refusals) {
  const std::pair<const char*, const char*> kCases[] = {
      {"text_match(s, 'x')", "field \"s\" does not enable match"},
      {"phrase_match(plain, 'x')", "field \"plain\" does not enable match"},
      {"text_match(i64, 'x')", "text match is only supported on varchar and text fields, field: i64"},
      {"text_match(nothing, 'x')", "text match is only supported on varchar and text fields"},
      {"text_match(bad, 'x')", "invalid JSON"},
      {"text_match('x', words)", "the first argument of text_match must be a field"},
      {"text_match(words)", "takes at least 2 arguments"},
      {"text_match(words, 'x', 1, 2)", "takes at most 3 arguments"},
      {"text_match(words, 5)", "the query of text_match must be a string"},
      {"text_match(words, words)", "the query of text_match must be a string"},
      {"text_match(words, 'x', 2)", "the only option of text_match is minimum_should_match = N"},
      {"text_match(words, 'x', slop = 2)", "the only option of text_match"},
      {"text_match(words, 'x', minimum_should_match = 0)", "must be an integer between 1 and 1000"},
      {"text_match(words, 'x', minimum_should_match = 1001)", "must be an integer between 1 and 1000"},
      {"text_match(words, 'x', minimum_should_match = 1.5)", "must be an integer between 1 and 1000"},
      {"phrase_match(words, 'x', -1)", "the slop of phrase_match must be a constant integer"},
      {"phrase_match(words, 'x', 4294967296)", "the slop of phrase_match must be a constant integer"},
      {"phrase_match(words, 'x', {x})", "the slop of phrase_match must be a constant integer"},
      {"Text_Match(words, 'x')", "function Text_Match not found"},
      {"body == 'x'", "filter on text field is not supported yet"},
      {"body like 'x'", "filter on text field is not supported yet"},
      {"st_within(words, 'POINT(1 1)')", "spatial operation are only supported on geometry fields now"},
      {"st_within(g)", "function st_within takes 2 arguments"},
      {"st_isvalid(g, 1)", "function st_isvalid takes 1 argument"},
      {"st_within(g, 5)", "the shape of st_within must be a WKT string"},
      {"st_within(g, 'POINT(1')", "invalid WKT"},
      {"st_dwithin(g, 'LINESTRING(0 0, 1 1)', 1)", "only supports POINT geometry"},
      {"st_dwithin(g, 'POINT(0 0)', -1)", "must be a number of meters of at least 0"},
      {"st_dwithin(g, 'POINT(0 0)', 'x')", "must be a number of meters of at least 0"},
      {"g == 'POINT(0 0)'", "shapes of a geometry field are compared by the st_ functions alone"}};
  for (const auto& [text, phrase] : kCases)
    EXPECT_NE(Canonical(text).find(phrase), std::string::npos) << text << ": " << Canonical(text);
}

TEST(BindMatch, TooMany) {
  std::string words = "x";
  for (int i = 0; i < 256; ++i) words += " x";
  EXPECT_NE(Canonical("phrase_match(words, '" + words + "')").find("more than 256 words"), std::string::npos);
  EXPECT_EQ(Canonical("text_match(words, '" + words + "')").find("more than"), std::string::npos);
  std::string text = "st_isvalid(g)";
  for (int i = 0; i < 256; ++i) text += " and not st_within(g, 'POINT(1 1)')";
  EXPECT_NE(Canonical(text).find("more than 256 text matches and relations of shapes"), std::string::npos);
}

}  // namespace
}  // namespace redkite::plan
