#include "server/rest/openapi/type_notation.h"

#include <gtest/gtest.h>

#include "rest/json_value.h"

namespace redkite::server {
namespace {

std::string Schema(std::string_view notation, bool required = false) {
  const auto type = ParseType(notation);
  EXPECT_TRUE(type.has_value()) << notation;
  std::string out;
  rest::JsonWriter writer(&out);
  if (type) WriteTypeSchema(*type, required, &writer);
  return out;
}

TEST(TypeNotation, Schemas) {
  EXPECT_EQ(Schema("string"), R"({"type":"string"})");
  EXPECT_EQ(Schema("string", true), R"({"type":"string","minLength":1})");
  EXPECT_EQ(Schema("[string]", true), R"({"type":"array","minItems":1,"items":{"type":"string"}})");
  EXPECT_EQ(Schema("{#Field}"),
            R"({"type":"object","additionalProperties":{"$ref":"#/components/schemas/Field"}})");
  EXPECT_EQ(Schema("=a,b"), R"({"type":"string","enum":["a","b"]})");
  EXPECT_EQ(Schema("integer|[[=x]]"),
            R"({"anyOf":[{"type":"integer"},{"type":"array","items":{"type":"array","items":)"
            R"({"type":"string","enum":["x"]}}}]})");
}

TEST(TypeNotation, WrongOnes) {
  for (const char* wrong : {"", "text", "[string", "string]", "{}", "#", "=", "string|", "[string]integer"})
    EXPECT_FALSE(ParseType(wrong).has_value()) << wrong;
}

TEST(TypeNotation, WordsHaveSchemasThatAreJson) {
  for (const WordDoc& word : WordDocs()) {
    EXPECT_TRUE(rest::JsonBody::Parse(word.schema).ok()) << word.word;
    EXPECT_FALSE(word.text.empty()) << word.word;
    EXPECT_EQ(Schema(word.word), word.schema);
  }
  EXPECT_EQ(FindWord("none"), nullptr);
}

}  // namespace
}  // namespace redkite::server
