#include "plan/lexer.h"

#include <charconv>
#include <cmath>
#include <utility>

namespace redkite::plan {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c); }

int DigitValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

void AppendUtf8(uint32_t c, std::string* out) {
  if (c < 0x80) {
    out->push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (c >> 6)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (c >> 12)));
    out->push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xF0 | (c >> 18)));
    out->push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

struct Keyword {
  std::string_view lower;
  std::string_view upper;
  TokenKind kind;
};
constexpr Keyword kKeywords[] = {
    {"and", "AND", TokenKind::kAnd},    {"or", "OR", TokenKind::kOr},
    {"not", "NOT", TokenKind::kNot},    {"in", "IN", TokenKind::kIn},
    {"like", "LIKE", TokenKind::kLike}, {"exists", "EXISTS", TokenKind::kExists},
    {"null", "NULL", TokenKind::kNull},
};

}  // namespace

std::string PositionText(std::string_view text, size_t position) {
  size_t line = 1;
  size_t column = 0;
  for (size_t i = 0; i < position && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 0;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      ++column;
    }
  }
  return "line " + std::to_string(line) + ":" + std::to_string(column) + " ";
}

Token Lexer::Make(TokenKind kind, size_t begin) const {
  Token token;
  token.kind = kind;
  token.position = static_cast<uint32_t>(begin);
  token.text = text_.substr(begin, at_ - begin);
  return token;
}

Token Lexer::Error(size_t begin, std::string reason) const {
  Token token = Make(TokenKind::kError, begin);
  token.string_value = std::move(reason);
  return token;
}

void Lexer::SkipBlanks() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
    ++at_;
}

Token Lexer::Next() {
  const bool is_pattern = std::exchange(pattern_next_, false);
  SkipBlanks();
  const size_t begin = at_;
  if (at_ >= text_.size()) return Make(TokenKind::kEnd, begin);
  const char c = text_[at_];
  if ((c == 'r' || c == 'R') && (Peek(1) == '"' || Peek(1) == '\'')) {
    ++at_;
    return String(begin, Backslash::kPlain);
  }
  if (IsWordStart(c)) return Word();
  if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
  if (c == '"' || c == '\'') return String(begin, is_pattern ? Backslash::kKept : Backslash::kEscapes);
  if (c == '{') return Template();
  return Symbol();
}

Token Lexer::Word() {
  const size_t begin = at_;
  while (IsWordPart(Peek())) ++at_;
  const std::string_view word = text_.substr(begin, at_ - begin);
  for (const Keyword& keyword : kKeywords) {
    if (word == keyword.lower || word == keyword.upper) {
      Token token = Make(keyword.kind, begin);
      token.bare_word = true;
      return token;
    }
  }
  if (word == "true" || word == "True" || word == "TRUE" || word == "false" || word == "False" ||
      word == "FALSE") {
    Token token = Make(TokenKind::kBool, begin);
    token.bool_value = word[0] == 't' || word[0] == 'T';
    return token;
  }
  if (word == "is" || word == "IS") {
    // One token with exactly one blank between the words.
    const std::string_view rest = text_.substr(at_);
    const bool lower = word == "is";
    for (const auto& [tail, kind] :
         {std::pair<std::string_view, TokenKind>{lower ? " null" : " NULL", TokenKind::kIsNull},
          {lower ? " not null" : " NOT NULL", TokenKind::kIsNotNull}}) {
      if (rest.starts_with(tail) && (rest.size() == tail.size() || !IsWordPart(rest[tail.size()]))) {
        at_ += tail.size();
        return Make(kind, begin);
      }
    }
  }
  return Make(TokenKind::kIdentifier, begin);
}

Token Lexer::Radix(size_t begin, int base) {
  uint64_t value = 0;
  bool overflow = false;
  size_t digits = 0;
  for (; DigitValue(Peek()) < base; ++at_, ++digits) {
    overflow |= value > (UINT64_MAX >> (base == 16 ? 4 : base == 8 ? 3 : 1));
    value = value * static_cast<uint64_t>(base) + static_cast<uint64_t>(DigitValue(Peek()));
  }
  if ((digits == 0 && base != 8) || IsWordPart(Peek()) || Peek() == '.') {
    while (IsWordPart(Peek()) || Peek() == '.') ++at_;
    return Error(begin, "invalid number");
  }
  if (overflow || value > (uint64_t{1} << 63)) return Error(begin, "integer is out of range of int64");
  Token token =
      Make(value == (uint64_t{1} << 63) ? TokenKind::kIntegerMinMagnitude : TokenKind::kInteger, begin);
  token.int_value = static_cast<int64_t>(value);
  return token;
}

Token Lexer::Number() {
  const size_t begin = at_;
  const bool hex = Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X');
  if (Peek() == '0' && (Peek(1) == 'b' || Peek(1) == 'B')) {
    at_ += 2;
    return Radix(begin, 2);
  }
  size_t end = at_ + (hex ? 2 : 0);
  const size_t mantissa = end;
  bool is_float = false;
  for (; end < text_.size(); ++end) {
    const char c = text_[end];
    if (c == '.')
      is_float = true;
    else if (hex ? DigitValue(c) >= 16 : !IsDigit(c))
      break;
  }
  const char exponent = hex ? 'p' : 'e';
  if (end < text_.size() && (text_[end] | 0x20) == exponent) {
    size_t digits = end + 1;
    if (digits < text_.size() && (text_[digits] == '+' || text_[digits] == '-')) ++digits;
    if (digits < text_.size() && IsDigit(text_[digits])) {
      is_float = true;
      for (end = digits; end < text_.size() && IsDigit(text_[end]);) ++end;
    }
  }
  if (!is_float) {
    if (hex) at_ += 2;
    if (hex) return Radix(begin, 16);
    if (Peek() == '0' && IsDigit(Peek(1))) return Radix(begin, 8);
    uint64_t value = 0;
    const auto parsed = std::from_chars(text_.data() + begin, text_.data() + end, value);
    at_ = end;
    if (IsWordPart(Peek())) return Error(begin, "invalid number");
    if (parsed.ec != std::errc() || value > (uint64_t{1} << 63))
      return Error(begin, "integer is out of range of int64");
    Token token =
        Make(value == (uint64_t{1} << 63) ? TokenKind::kIntegerMinMagnitude : TokenKind::kInteger, begin);
    token.int_value = static_cast<int64_t>(value);
    return token;
  }
  double value = 0;
  const auto format = hex ? std::chars_format::hex : std::chars_format::general;
  const auto parsed = std::from_chars(text_.data() + mantissa, text_.data() + end, value, format);
  at_ = end;
  if (parsed.ec == std::errc::result_out_of_range) return Error(begin, "number is out of range of double");
  if (parsed.ec != std::errc() || parsed.ptr != text_.data() + end || IsWordPart(Peek())) {
    return Error(begin, "invalid number");
  }
  Token token = Make(TokenKind::kFloat, begin);
  token.float_value = value;
  return token;
}

bool Lexer::HexDigits(int count, uint32_t* value) {
  *value = 0;
  for (int i = 0; i < count; ++i, ++at_) {
    if (DigitValue(Peek()) >= 16) return false;
    *value = *value * 16 + static_cast<uint32_t>(DigitValue(Peek()));
  }
  return true;
}

bool Lexer::Escape(std::string* out) {
  static constexpr std::string_view kFrom = "abfnrtv\\'\"?";
  static constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\'\"?";
  const char c = Peek();
  if (at_ >= text_.size()) return false;
  ++at_;
  if (const size_t i = kFrom.find(c); i != kFrom.npos) {
    out->push_back(kTo[i]);
    return true;
  }
  uint32_t value = 0;
  if (c == 'x') {
    if (!HexDigits(2, &value)) return false;
    out->push_back(static_cast<char>(value));
    return true;
  }
  if (c >= '0' && c <= '3') {
    value = static_cast<uint32_t>(c - '0');
    for (int i = 0; i < 2; ++i, ++at_) {
      if (Peek() < '0' || Peek() > '7') return false;
      value = value * 8 + static_cast<uint32_t>(Peek() - '0');
    }
    out->push_back(static_cast<char>(value));
    return true;
  }
  if (c != 'u' && c != 'U') return false;
  if (!HexDigits(c == 'u' ? 4 : 8, &value)) return false;
  if (value >= 0xD800 && value < 0xDC00 && Peek() == '\\' && Peek(1) == 'u') {
    uint32_t low = 0;
    at_ += 2;
    if (!HexDigits(4, &low) || low < 0xDC00 || low > 0xDFFF) return false;
    value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return false;
  AppendUtf8(value, out);
  return true;
}

Token Lexer::String(size_t begin, Backslash backslash) {
  const char quote = text_[at_++];
  std::string value;
  while (at_ < text_.size() && text_[at_] != quote) {
    // Plain runs are taken at once. In a raw string a backslash is a character like any other.
    const char stops[] = {quote, '\\'};
    const std::string_view stopping(stops, backslash == Backslash::kPlain ? 1 : 2);
    const size_t run = std::min(text_.find_first_of(stopping, at_), text_.size());
    value.append(text_.substr(at_, run - at_));
    at_ = run;
    if (at_ >= text_.size() || text_[at_] == quote) break;
    if (backslash == Backslash::kKept) {
      value.append(text_.substr(at_, 2));
      at_ = std::min(at_ + 2, text_.size());
      continue;
    }
    const size_t escape = at_++;
    if (!Escape(&value)) {
      return Error(escape, "invalid escape sequence in string");
    }
  }
  if (at_ >= text_.size()) return Error(begin, "string is not closed");
  ++at_;
  Token token = Make(TokenKind::kString, begin);
  token.string_value = std::move(value);
  return token;
}

Token Lexer::Template() {
  const size_t begin = at_++;
  SkipBlanks();
  const size_t name = at_;
  if (IsWordStart(Peek())) {
    while (IsWordPart(Peek())) ++at_;
  }
  const size_t name_end = at_;
  SkipBlanks();
  if (name == name_end || Peek() != '}') return Error(begin, "invalid template variable");
  ++at_;
  Token token = Make(TokenKind::kTemplate, begin);
  token.text = text_.substr(name, name_end - name);
  return token;
}

Token Lexer::Symbol() {
  struct Entry {
    std::string_view text;
    TokenKind kind;
  };
  static constexpr Entry kSymbols[] = {
      {"&&", TokenKind::kAnd},        {"||", TokenKind::kOr},
      {"<<", TokenKind::kShiftLeft},  {">>", TokenKind::kShiftRight},
      {"<=", TokenKind::kLe},         {">=", TokenKind::kGe},
      {"==", TokenKind::kEq},         {"!=", TokenKind::kNe},
      {"=~", TokenKind::kRegexMatch}, {"!~", TokenKind::kRegexNotMatch},
      {"**", TokenKind::kPower},      {"!", TokenKind::kNot},
      {"(", TokenKind::kLeftParen},   {")", TokenKind::kRightParen},
      {"[", TokenKind::kLeftBracket}, {"]", TokenKind::kRightBracket},
      {",", TokenKind::kComma},       {"<", TokenKind::kLt},
      {">", TokenKind::kGt},          {"=", TokenKind::kAssign},
      {"+", TokenKind::kPlus},        {"-", TokenKind::kMinus},
      {"*", TokenKind::kStar},        {"/", TokenKind::kSlash},
      {"%", TokenKind::kPercent},     {"&", TokenKind::kAmpersand},
      {"|", TokenKind::kPipe},        {"^", TokenKind::kCaret},
      {"~", TokenKind::kTilde},
  };
  const size_t begin = at_;
  const std::string_view rest = text_.substr(at_);
  if (rest[0] == '$') {
    const bool meta = rest.starts_with("$meta") && (rest.size() == 5 || !IsWordPart(rest[5]));
    at_ += meta ? 5 : 1;
    return Make(meta ? TokenKind::kMeta : TokenKind::kDollar, begin);
  }
  for (const Entry& entry : kSymbols) {
    if (rest.starts_with(entry.text)) {
      at_ += entry.text.size();
      pattern_next_ = entry.kind == TokenKind::kRegexMatch || entry.kind == TokenKind::kRegexNotMatch;
      return Make(entry.kind, begin);
    }
  }
  do ++at_;
  while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xC0) == 0x80);
  return Error(begin, "token recognition error");
}

}  // namespace redkite::plan
