#include "server/rest/openapi/type_notation.h"

#include <algorithm>
#include <string>

namespace redkite::server {
namespace {

using Kind = TypeTree::Kind;

constexpr WordDoc kWords[] = {
    {"string", R"({"type":"string"})", "text"},
    {"integer", R"({"type":"integer"})", "integer"},
    {"int64", R"({"type":["integer","string"],"format":"int64","pattern":"^-?[0-9]+$"})",
     "64-bit integer, or its digits as text"},
    {"key", R"({"type":["integer","string"]})", "primary key: integer or text"},
    {"number", R"({"type":"number"})", "number"},
    {"boolean", R"({"type":"boolean"})", "boolean"},
    {"scalar", R"({"type":["string","number","boolean"]})", "text, number or boolean"},
    {"any", "{}", "anything"},
    {"object", R"({"type":"object"})", "object"},
    {"empty", R"({"type":"object","maxProperties":0})", "empty object"},
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}
  std::optional<TypeTree> Whole() {
    TypeTree tree = Either();
    if (failed_ || !text_.empty()) return std::nullopt;
    return tree;
  }

 private:
  TypeTree Either() {
    TypeTree first = One();
    if (!Take('|')) return first;
    TypeTree either{Kind::kEither, {}, {std::move(first)}};
    do either.parts.push_back(One());
    while (Take('|'));
    return either;
  }
  TypeTree One() {
    if (Take('[')) return Inside(Kind::kArray, ']');
    if (Take('{')) return Inside(Kind::kMap, '}');
    if (Take('=')) return {Kind::kTexts, Run("|]}"), {}};
    if (Take('#')) return {Kind::kName, Run("|]}"), {}};
    TypeTree word{Kind::kWord, Run("|]}"), {}};
    if (FindWord(word.word) == nullptr) failed_ = true;
    return word;
  }
  TypeTree Inside(Kind kind, char end) {
    TypeTree outer{kind, {}, {Either()}};
    if (!Take(end)) failed_ = true;
    return outer;
  }
  bool Take(char c) {
    if (failed_ || !text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::string_view Run(std::string_view ends) {
    const std::string_view run = text_.substr(0, text_.find_first_of(ends));
    text_.remove_prefix(run.size());
    if (run.empty()) failed_ = true;
    return run;
  }

  std::string_view text_;
  bool failed_ = false;
};

}  // namespace

std::span<const WordDoc> WordDocs() { return kWords; }

const WordDoc* FindWord(std::string_view word) {
  for (const WordDoc& doc : kWords) {
    if (doc.word == word) return &doc;
  }
  return nullptr;
}

std::optional<TypeTree> ParseType(std::string_view notation) { return Parser(notation).Whole(); }

std::vector<std::string_view> TextsOf(const TypeTree& type) {
  std::vector<std::string_view> texts;
  std::string_view rest = type.word;
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    texts.push_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return texts;
}

void WriteTypeSchema(const TypeTree& type, bool required, rest::JsonWriter* w) {
  const std::string_view kind = type.kind == Kind::kArray ? "array" : "object";
  switch (type.kind) {
    case Kind::kWord:
      if (required && type.is_word("string")) {
        w->Raw(R"({"type":"string","minLength":1})");
      } else {
        w->Raw(FindWord(type.word)->schema);
      }
      return;
    case Kind::kName:
      w->BeginObject().Key("$ref").Text("#/components/schemas/" + std::string(type.word)).EndObject();
      return;
    case Kind::kTexts:
      w->BeginObject().Key("type").Text("string").Key("enum").BeginArray();
      for (const std::string_view text : TextsOf(type)) w->Text(text);
      w->EndArray().EndObject();
      return;
    case Kind::kArray:
    case Kind::kMap:
      w->BeginObject().Key("type").Text(kind);
      if (required && type.kind == Kind::kArray) w->Key("minItems").Integer(1);
      w->Key(type.kind == Kind::kArray ? "items" : "additionalProperties");
      WriteTypeSchema(type.parts[0], false, w);
      w->EndObject();
      return;
    case Kind::kEither:
      w->BeginObject().Key("anyOf").BeginArray();
      for (const TypeTree& part : type.parts) WriteTypeSchema(part, required, w);
      w->EndArray().EndObject();
  }
}

}  // namespace redkite::server
