// Lexer: filter text to tokens, one at a time and without recursion. Strings are unescaped, numbers are
// converted; a malformed one becomes a kError token that says why. Behind `=~` and `!~` a string keeps its
// backslashes, which are the pattern's. Thread safety: one per parse. The text must outlive the lexer and its
// tokens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace redkite::plan {

enum class TokenKind : uint8_t {
  kEnd,
  kError,
  kIdentifier,  // also function names; text is the name
  kMeta,        // $meta
  kDollar,      // $ alone
  kNull,
  kTemplate,  // {name}; text is the name
  kBool,
  kInteger,  // int_value; 2^63 arrives as kIntegerMinMagnitude
  kIntegerMinMagnitude,
  kFloat,
  kString,  // string_value
  kAnd,
  kOr,
  kNot,  // not, NOT, !
  kIn,
  kLike,
  kExists,
  kIsNull,
  kIsNotNull,
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kComma,
  kAssign,
  kLt,
  kLe,
  kGt,
  kGe,
  kEq,
  kNe,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kPower,
  kAmpersand,
  kPipe,
  kCaret,
  kTilde,
  kShiftLeft,
  kShiftRight,
  kRegexMatch,     // =~
  kRegexNotMatch,  // !~
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  bool bool_value = false;
  bool bare_word = false;  // a not that was written as a word
  uint32_t position = 0;   // byte offset in the text
  int64_t int_value = 0;
  double float_value = 0;
  std::string_view text;     // the token as written; for kTemplate the name
  std::string string_value;  // kString: unescaped; kError: the reason
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Token Next();

 private:
  void SkipBlanks();
  Token Word();
  Token Number();
  Token Radix(size_t begin, int base);
  /// What a backslash does: an escape sequence; kept, with the character behind it; nothing special.
  enum class Backslash { kEscapes, kKept, kPlain };
  Token String(size_t begin, Backslash backslash);
  Token Template();
  Token Symbol();
  Token Make(TokenKind kind, size_t begin) const;
  Token Error(size_t begin, std::string reason) const;
  /// Reads one escape after the backslash at at_ and appends what it means.
  bool Escape(std::string* out);
  bool HexDigits(int count, uint32_t* value);
  char Peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  std::string_view text_;
  size_t at_ = 0;
  bool pattern_next_ = false;  // the last token was =~ or !~
};

/// "line 1:7 " of a byte offset; columns count characters from 0.
std::string PositionText(std::string_view text, size_t position);

}  // namespace redkite::plan
