#include "exec/filter/json_value.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>

#include "plan/element_set.h"

namespace redkite::exec {
namespace {

constexpr auto kEndsWord = [] {
  std::array<bool, 256> ends{};
  for (char c : {',', ']', '}', ' ', '\n', '\t', '\r'}) ends[static_cast<unsigned char>(c)] = true;
  return ends;
}();

/// The high bit of each byte of `eight` that equals `c` (and maybe of bytes above such a one).
uint64_t BytesEqual(uint64_t eight, char c) {
  constexpr uint64_t kOnes = 0x0101010101010101u;
  const uint64_t x = eight ^ (kOnes * static_cast<unsigned char>(c));
  return (x - kOnes) & ~x & (kOnes << 7);
}

/// The number that up to eight digits at `at` write, of which eight bytes can be read; and how many they are.
/// SIMD within a register: pairs, then fours, then all eight are joined by one multiplication each.
std::pair<uint64_t, size_t> TakeDigits(const char* at) {
  uint64_t x;
  std::memcpy(&x, at, 8);
  x ^= 0x3030303030303030u;
  const uint64_t stops = (((x & 0x7F7F7F7F7F7F7F7Fu) + 0x7676767676767676u) | x) & 0x8080808080808080u;
  const auto count = static_cast<size_t>(std::countr_zero(stops)) / 8;  // 8 for none
  if (count == 0) return {0, 0};
  x <<= 64 - 8 * count;  // zeros before the first digit
  x = (x & 0x0F0F0F0F0F0F0F0Fu) * 2561 >> 8;
  x = (x & 0x00FF00FF00FF00FFu) * 6553601 >> 16;
  return {(x & 0x0000FFFF0000FFFFu) * 42949672960001u >> 32, count};
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  void SkipBlanks() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }
  char Peek() const { return at_ < end_ ? *at_ : '\0'; }
  /// Skips blanks, then takes `c` if it is there.
  bool Take(char c) {
    SkipBlanks();
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  bool String(std::string_view* text, bool* escaped);
  bool SkipValue();
  bool EnterKey(const std::string& key);
  bool EnterIndex(int64_t index);
  JsonValue Value();
  /// The value at this place, and moves behind it.
  bool TakeValue(JsonValue* value);
  /// The parts of the array at this place, in one pass whatever its depth.
  void ArrayKey(std::string* scratch, std::string* key);
  std::string_view Rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }

 private:
  /// The usual number: up to seven digits, then perhaps a dot and up to seven more. False: look closer.
  bool ShortNumber(JsonValue* value);
  JsonValue Number();

  const char* at_;
  const char* end_;
};

/// Takes a string, the quote included.
bool Scanner::String(std::string_view* text, bool* escaped) {
  if (!Take('"')) return false;
  const char* begin = at_;
  *escaped = false;
  while (at_ < end_) {
    if (end_ - at_ >= 8) {
      // Eight bytes at once up to the next quote or backslash.
      uint64_t eight;
      std::memcpy(&eight, at_, 8);
      const uint64_t stops = BytesEqual(eight, '"') | BytesEqual(eight, '\\');
      if (stops == 0) {
        at_ += 8;
        continue;
      }
      if constexpr (std::endian::native == std::endian::little) at_ += std::countr_zero(stops) / 8;
    }
    if (*at_ == '"') {
      *text = {begin, static_cast<size_t>(at_ - begin)};
      ++at_;
      return true;
    }
    if (*at_ == '\\') {
      *escaped = true;
      if (++at_ >= end_) return false;
    }
    ++at_;
  }
  return false;
}

bool Scanner::SkipValue() {
  SkipBlanks();
  std::string_view text;
  bool escaped;
  size_t depth = 0;
  do {
    switch (Peek()) {
      case '"':
        if (!String(&text, &escaped)) return false;
        break;
      case '{':
      case '[':
        ++depth;
        ++at_;
        break;
      case '}':
      case ']':
        if (depth == 0) return false;
        --depth;
        ++at_;
        break;
      case '\0':
        if (at_ >= end_) return false;
        [[fallthrough]];
      default:
        if (depth == 0 && (Peek() == ',' || Peek() == ':')) return false;
        if (depth > 0) {
          ++at_;
          break;
        }
        // A number or a word ends at the next separator.
        while (at_ < end_ && !kEndsWord[static_cast<unsigned char>(*at_)]) ++at_;
    }
  } while (depth > 0);
  return true;
}

bool Scanner::EnterKey(const std::string& key) {
  if (!Take('{')) return false;
  if (Take('}')) return false;
  std::string scratch;
  do {
    JsonValue name;
    SkipBlanks();
    if (!String(&name.text, &name.escaped) || !Take(':')) return false;
    if (JsonText(name, &scratch) == key) return true;
    if (!SkipValue()) return false;
  } while (Take(','));
  return false;
}

bool Scanner::EnterIndex(int64_t index) {
  if (!Take('[')) return false;
  if (Take(']')) return false;
  for (; index > 0; --index) {
    if (!SkipValue() || !Take(',')) return false;
  }
  SkipBlanks();
  return true;
}

bool Scanner::ShortNumber(JsonValue* value) {
  if constexpr (std::endian::native != std::endian::little) return false;
  if (at_ == end_) return false;
  constexpr std::ptrdiff_t kBytesRead = 1 + 8 + 8;  // at most
  char padded[kBytesRead];
  const char* at = at_;
  if (end_ - at_ < kBytesRead) {
    std::memset(padded, ' ', sizeof padded);
    std::memcpy(padded, at_, static_cast<size_t>(end_ - at_));
    at = padded;
  }
  const bool negative = *at == '-';
  at += negative;
  const auto [whole, digits] = TakeDigits(at);
  if (digits == 0 || digits == 8) return false;
  at += digits;
  if (kEndsWord[static_cast<unsigned char>(*at)]) {
    value->kind = JsonKind::kInt;
    value->int_value = negative ? -static_cast<int64_t>(whole) : static_cast<int64_t>(whole);
    value->double_value = static_cast<double>(value->int_value);
    return true;
  }
  if (*at != '.') return false;
  const auto [part, part_digits] = TakeDigits(at + 1);
  if (part_digits == 0 || part_digits == 8 || !kEndsWord[static_cast<unsigned char>(at[1 + part_digits])])
    return false;
  // Exact: both are whole numbers below 2^53, so that the quotient is the nearest double (W. Clinger, "How to
  // read floating point numbers accurately", 1990).
  static constexpr double kPowers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
  const double power = kPowers[part_digits];
  const double number = (static_cast<double>(whole) * power + static_cast<double>(part)) / power;
  value->kind = JsonKind::kDouble;
  value->double_value = negative ? -number : number;
  return true;
}

JsonValue Scanner::Number() {
  JsonValue usual;
  if (ShortNumber(&usual)) return usual;
  const char* begin = at_;
  bool integer = true;
  for (; at_ < end_; ++at_) {
    const char c = *at_;
    if (c == '.' || c == 'e' || c == 'E')
      integer = false;
    else if (!(c >= '0' && c <= '9') && c != '-' && c != '+')
      break;
  }
  JsonValue value;
  if (integer) {
    const auto as_int = std::from_chars(begin, at_, value.int_value);
    if (as_int.ptr != at_) return {};
    if (as_int.ec == std::errc()) {
      value.kind = JsonKind::kInt;
      value.double_value = static_cast<double>(value.int_value);
      return value;
    }
  }
  const auto as_double = std::from_chars(begin, at_, value.double_value);
  if (as_double.ec != std::errc() || as_double.ptr != at_) return {};
  const bool huge = integer && value.double_value > 0 && value.double_value <= 18446744073709551616.0;
  value.kind = huge ? JsonKind::kUint : JsonKind::kDouble;
  return value;
}

JsonValue Scanner::Value() {
  SkipBlanks();
  JsonValue value;
  const std::string_view rest(at_, static_cast<size_t>(end_ - at_));
  switch (Peek()) {
    case '"':
      if (String(&value.text, &value.escaped)) value.kind = JsonKind::kString;
      return value;
    case '{':
      value.kind = JsonKind::kObject;
      ++at_;
      value.empty_object = Take('}');
      return value;
    case '[':
      value.kind = JsonKind::kArray;
      value.text = rest;
      return value;
    case 't':
    case 'f':
      value.bool_value = Peek() == 't';
      if (rest.starts_with(value.bool_value ? "true" : "false")) value.kind = JsonKind::kBool;
      return value;
    case 'n':
      if (rest.starts_with("null")) value.kind = JsonKind::kNull;
      return value;
    default:
      return Number();
  }
}

bool Scanner::TakeValue(JsonValue* value) {
  SkipBlanks();
  const char* begin = at_;
  *value = Value();
  if (value->kind == JsonKind::kString) return true;
  at_ = begin;
  return SkipValue();
}

JsonPart PartOf(const JsonValue& value, std::string* scratch) {
  JsonPart part;
  switch (value.kind) {
    case JsonKind::kBool:
      part.kind = JsonPart::Kind::kBool;
      part.truth = value.bool_value;
      break;
    case JsonKind::kInt:
      part.kind = JsonPart::Kind::kInt;
      part.integer = value.int_value;
      break;
    case JsonKind::kUint:
    case JsonKind::kDouble:
      part.kind = JsonPart::Kind::kDouble;
      part.real = value.double_value;
      break;
    case JsonKind::kString:
      part.kind = JsonPart::Kind::kText;
      part.text = JsonText(value, scratch);
      break;
    default:
      break;
  }
  return part;
}

void Scanner::ArrayKey(std::string* scratch, std::string* key) {
  JsonPart bracket;
  JsonValue value;
  size_t depth = 0;
  do {
    SkipBlanks();
    switch (Peek()) {
      case '[':
      case ']':
        bracket.kind = Peek() == '[' ? JsonPart::Kind::kBeginArray : JsonPart::Kind::kEndArray;
        depth += Peek() == '[' ? 1 : -1;
        plan::AppendElementPart(bracket, key);
        ++at_;
        break;
      case ',':
        ++at_;
        break;
      default:
        if (!TakeValue(&value)) return plan::AppendElementPart({}, key);  // broken: equals nothing
        plan::AppendElementPart(PartOf(value, scratch), key);
    }
  } while (depth > 0);
}

int HexValue(std::string_view text, size_t at) {
  int value = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const char c = i < text.size() ? text[i] : 'x';
    const int digit = c >= '0' && c <= '9'                 ? c - '0'
                      : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                           : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void AppendUtf8(int c, std::string* out) {
  auto put = [out](int byte) { out->push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | (c >> 6));
  } else {
    if (c < 0x10000) {
      put(0xE0 | (c >> 12));
    } else {
      put(0xF0 | (c >> 18));
      put(0x80 | ((c >> 12) & 0x3F));
    }
    put(0x80 | ((c >> 6) & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

}  // namespace

JsonValue FindJson(std::string_view json, const std::vector<plan::JsonStep>& path) {
  Scanner scanner(json);
  for (const plan::JsonStep& step : path) {
    scanner.SkipBlanks();
    const bool found = scanner.Peek() == '[' && step.index >= 0 ? scanner.EnterIndex(step.index)
                                                                : scanner.EnterKey(step.key);
    if (!found) return {};
  }
  return scanner.Value();
}

bool JsonElements::Next(JsonValue* element) {
  Scanner scanner(rest_);
  if (!scanner.Take(before_)) return false;
  if (before_ == '[' && scanner.Take(']')) {
    rest_ = {};
    return false;
  }
  before_ = ',';
  const bool found = scanner.TakeValue(element);
  rest_ = scanner.Rest();
  return found;
}

int64_t CountJsonElements(const JsonValue& array) {
  Scanner scanner(array.text);
  if (!scanner.Take('[') || scanner.Take(']')) return 0;
  int64_t count = 0;
  do {
    if (!scanner.SkipValue()) return count;
    ++count;
  } while (scanner.Take(','));
  return count;
}

void AppendElementKey(const JsonValue& value, std::string* scratch, std::string* key) {
  if (value.kind == JsonKind::kArray) return Scanner(value.text).ArrayKey(scratch, key);
  plan::AppendElementPart(PartOf(value, scratch), key);
}

std::string_view JsonText(const JsonValue& value, std::string* scratch) {
  if (!value.escaped) return value.text;
  const std::string_view text = value.text;
  scratch->clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      scratch->push_back(text[i]);
      continue;
    }
    const char c = text[++i];
    static constexpr std::string_view kFrom = "bfnrt";
    static constexpr std::string_view kTo = "\b\f\n\r\t";
    if (const size_t k = kFrom.find(c); k != kFrom.npos) {
      scratch->push_back(kTo[k]);
      continue;
    }
    int code = c == 'u' ? HexValue(text, i + 1) : -1;
    if (code < 0) {
      scratch->push_back(c);
      continue;
    }
    i += 4;
    const bool paired = code >= 0xD800 && code < 0xDC00 && text.substr(i + 1).starts_with("\\u");
    const int low = paired ? HexValue(text, i + 3) : -1;
    if (low >= 0xDC00 && low < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      i += 6;
    }
    AppendUtf8(code, scratch);
  }
  return *scratch;
}

}  // namespace redkite::exec
