// What Unicode says of characters, as far as words are concerned: a table made once from ICU. Private to the
// room. Thread safety: pure functions; the first call makes the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace redkite::text {

/// Classes of UAX #29, "Word Boundaries"; the numbers are those of ICU.
enum class WordBreak : uint8_t {
  kOther = 0,
  kALetter = 1,
  kFormat = 2,
  kKatakana = 3,
  kMidLetter = 4,
  kMidNum = 5,
  kNumeric = 6,
  kExtendNumLet = 7,
  kExtend = 9,
  kMidNumLet = 11,
  kHebrewLetter = 14,
  kSingleQuote = 15,
  kDoubleQuote = 16,
  kZwj = 21,
};

struct CharacterClass {
  uint8_t bits = 0;
  WordBreak word_break() const { return static_cast<WordBreak>(bits & 31); }
  bool is_alphanumeric() const { return (bits & 32) != 0; }
  bool is_white() const { return (bits & 64) != 0; }
};

/// By code point.
class CharacterTable {
 public:
  static const CharacterTable& Get();
  CharacterClass Of(int32_t character) const { return {table_[static_cast<size_t>(character)]}; }

 private:
  CharacterTable();
  const uint8_t* table_;
};

/// The character at `*at`, which moves behind it; U+FFFD for a byte that is none.
int32_t NextCharacter(std::string_view text, size_t* at);
void AppendCharacter(int32_t character, std::string* out);
size_t CountCharacters(std::string_view text);

/// Whether a named class of char_group has the character; false for an unknown name.
bool IsOfClass(std::string_view name, int32_t character);
bool IsClassName(std::string_view name);

// Changes of a word; `scratch` is used meanwhile.
void LowerWord(std::string* word, std::string* scratch);
/// Letters with marks and the like become those of ASCII that are read so.
void FoldWord(std::string* word, std::string* scratch);
/// Digits of other scripts become those of ASCII.
void FoldDigits(std::string* word, std::string* scratch);
bool IsHan(int32_t character);
bool IsPunctuation(int32_t character);

}  // namespace redkite::text
