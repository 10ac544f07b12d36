#include "text/characters.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace redkite::text {
namespace {

constexpr int32_t kReplacement = 0xFFFD;

bool IsAscii(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Rebuilds the word, character by character.
template <class Change>
void Rewrite(std::string* word, std::string* scratch, Change change) {
  scratch->clear();
  for (size_t at = 0; at < word->size();) change(NextCharacter(*word, &at), scratch);
  word->swap(*scratch);
}

struct Folded {
  int32_t character;
  const char* text;
};
// What has no decomposition; ascending.
constexpr Folded kFolded[] = {
    {0xC6, "AE"},  {0xD0, "D"},    {0xD8, "O"},    {0xDE, "TH"},   {0xDF, "ss"},   {0xE6, "ae"},
    {0xF0, "d"},   {0xF8, "o"},    {0xFE, "th"},   {0x110, "D"},   {0x111, "d"},   {0x126, "H"},
    {0x127, "h"},  {0x131, "i"},   {0x138, "q"},   {0x141, "L"},   {0x142, "l"},   {0x14A, "N"},
    {0x14B, "n"},  {0x152, "OE"},  {0x153, "oe"},  {0x166, "T"},   {0x167, "t"},   {0x180, "b"},
    {0x189, "D"},  {0x197, "I"},   {0x19A, "l"},   {0x1B5, "Z"},   {0x1B6, "z"},   {0x1E4, "G"},
    {0x1E5, "g"},  {0x23A, "A"},   {0x243, "B"},   {0x259, "a"},   {0x1E9E, "SS"}, {0x2010, "-"},
    {0x2011, "-"}, {0x2012, "-"},  {0x2013, "-"},  {0x2014, "-"},  {0x2018, "'"},  {0x2019, "'"},
    {0x201A, "'"}, {0x201C, "\""}, {0x201D, "\""}, {0x201E, "\""}, {0x2032, "'"},  {0x2033, "\""},
    {0x2039, "'"}, {0x203A, "'"},
};

/// Marks of Latin letters that stand for themselves.
bool IsLooseMark(int32_t c) { return c >= 0x300 && c <= 0x36F; }

void AppendFolded(int32_t c, std::string* out) {
  if (c < 0x80) return out->push_back(static_cast<char>(c));
  if (IsLooseMark(c)) return;
  const auto* known = std::lower_bound(std::begin(kFolded), std::end(kFolded), c,
                                       [](const Folded& f, int32_t value) { return f.character < value; });
  if (known != std::end(kFolded) && known->character == c) {
    *out += known->text;
    return;
  }
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* nfkd = unorm2_getNFKDInstance(&error);
  UChar parts[32];
  const int32_t size = U_SUCCESS(error) ? unorm2_getDecomposition(nfkd, c, parts, 32, &error) : -1;
  char ascii[32];
  int32_t length = 0;
  bool all = U_SUCCESS(error) && size > 0;
  for (int32_t i = 0; all && i < size; ++i) {
    if (parts[i] < 0x80)
      ascii[length++] = static_cast<char>(parts[i]);
    else
      all = IsLooseMark(parts[i]);
  }
  if (all && length > 0)
    out->append(ascii, static_cast<size_t>(length));
  else
    AppendCharacter(c, out);
}

constexpr std::string_view kClasses[] = {"whitespace",   "letter",      "digit",
                                         "punctuation",  "symbol",      "ascii_whitespace",
                                         "ascii_letter", "ascii_digit", "ascii_punctuation"};

}  // namespace

CharacterTable::CharacterTable() {
  constexpr int32_t kCount = 0x110000;
  auto* table = new uint8_t[kCount];  // for good: many threads may use it to the end
  for (int32_t c = 0; c < kCount; ++c) {
    unsigned bits = static_cast<unsigned>(u_getIntPropertyValue(c, UCHAR_WORD_BREAK)) & 31;
    const bool number = (U_GET_GC_MASK(c) & (U_GC_ND_MASK | U_GC_NL_MASK | U_GC_NO_MASK)) != 0;
    if (number || u_hasBinaryProperty(c, UCHAR_ALPHABETIC)) bits |= 32;
    if (u_isUWhiteSpace(c)) bits |= 64;
    table[c] = static_cast<uint8_t>(bits);
  }
  // Colons part words, as in CLDR: "title:kite" is two.
  for (const int32_t colon : {0x3A, 0xFE55, 0xFF1A}) table[colon] = 0;
  table_ = table;
}

const CharacterTable& CharacterTable::Get() {
  static const CharacterTable table;
  return table;
}

int32_t NextCharacter(std::string_view text, size_t* at) {
  const auto first = static_cast<unsigned char>(text[*at]);
  if (first < 0x80) {
    ++*at;
    return first;
  }
  UChar32 c = 0;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  U8_NEXT(bytes, *at, text.size(), c);
  return c < 0 ? kReplacement : c;
}

void AppendCharacter(int32_t c, std::string* out) {
  char bytes[U8_MAX_LENGTH];
  int32_t size = 0;
  if (c < 0 || c > 0x10FFFF || U_IS_SURROGATE(c)) c = kReplacement;
  U8_APPEND_UNSAFE(bytes, size, c);
  out->append(bytes, static_cast<size_t>(size));
}

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool IsPunctuation(int32_t c) { return u_ispunct(c) != 0; }

bool IsHan(int32_t c) {
  UErrorCode error = U_ZERO_ERROR;
  return uscript_getScript(c, &error) == USCRIPT_HAN;
}

bool IsClassName(std::string_view name) {
  return std::find(std::begin(kClasses), std::end(kClasses), name) != std::end(kClasses);
}

bool IsOfClass(std::string_view name, int32_t c) {
  constexpr std::string_view kAscii = "ascii_";
  if (name.starts_with(kAscii)) return c < 0x80 && IsOfClass(name.substr(kAscii.size()), c);
  if (name == "whitespace") return u_isUWhiteSpace(c) != 0;
  if (name == "letter") return u_isalpha(c) != 0;
  if (name == "digit") return u_isdigit(c) != 0;
  if (name == "punctuation") return u_ispunct(c) != 0 || (c < 0x80 && (U_GET_GC_MASK(c) & U_GC_S_MASK) != 0);
  return name == "symbol" && (U_GET_GC_MASK(c) & U_GC_S_MASK) != 0;
}

void LowerWord(std::string* word, std::string* scratch) {
  if (IsAscii(*word)) {
    for (char& c : *word) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return;
  }
  Rewrite(word, scratch, [](int32_t c, std::string* out) { AppendCharacter(u_tolower(c), out); });
}

void FoldWord(std::string* word, std::string* scratch) {
  if (!IsAscii(*word)) Rewrite(word, scratch, AppendFolded);
}

void FoldDigits(std::string* word, std::string* scratch) {
  if (IsAscii(*word)) return;
  Rewrite(word, scratch, [](int32_t c, std::string* out) {
    const int32_t digit = u_charType(c) == U_DECIMAL_DIGIT_NUMBER ? u_charDigitValue(c) : -1;
    AppendCharacter(digit >= 0 ? '0' + digit : c, out);
  });
}

}  // namespace redkite::text
