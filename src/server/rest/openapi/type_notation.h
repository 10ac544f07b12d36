// TypeTree: the short notation in which the table of routes says what type a member has, and what becomes of
// it: a JSON Schema or words. `[T]` is an array, `{T}` an object whose members are T, `A|B` either, `#Name` a
// described object, `=a,b` one of these texts; the words are those of WordDocs(). Thread safety: pure
// functions. Ownership: borrows the notation.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rest/json_writer.h"

namespace redkite::server {

struct TypeTree {
  enum class Kind { kWord, kName, kTexts, kArray, kMap, kEither };
  Kind kind = Kind::kWord;
  std::string_view word;        // of kWord, kName; of kTexts all of them, with commas
  std::vector<TypeTree> parts;  // of the others

  bool is_word(std::string_view name) const { return kind == Kind::kWord && word == name; }
};

/// Nothing where the notation is wrong or uses an unknown word.
std::optional<TypeTree> ParseType(std::string_view notation);
/// As a JSON Schema. What a client has to send is not empty either: `required`.
void WriteTypeSchema(const TypeTree& type, bool required, rest::JsonWriter* w);
/// Each of the texts of kTexts.
std::vector<std::string_view> TextsOf(const TypeTree& type);

struct WordDoc {
  std::string_view word;
  std::string_view schema;  // JSON
  std::string_view text;
};
std::span<const WordDoc> WordDocs();
const WordDoc* FindWord(std::string_view word);

}  // namespace redkite::server
