// ParseNaiveJson: JSON (RFC 8259) to a tree, by plain recursion, as the oracle of what reads JSON faster. For
// fuzzers and tests only. Thread safety: pure functions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "types/json_text.h"

namespace redkite {

struct NaiveJson {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool truth = false;
  std::string text;  // of a number as it stands, of a string without its escapes
  struct Member;
  std::vector<Member> members;  // of an array with empty keys
};
struct NaiveJson::Member {
  std::string key;
  NaiveJson value;
};

/// What a text uses that readers may refuse although the grammar allows it.
struct JsonTraits {
  int depth = 0;
  bool long_number = false;     // more than 15 digits, or an exponent
  bool lone_surrogate = false;  // \ud800 without its other half
};

class NaiveJsonParser {
 public:
  static constexpr int kMaxDepth = 500;
  explicit NaiveJsonParser(std::string_view text) : rest_(text) {}
  /// Nothing unless the whole text is one value in valid UTF-8.
  std::optional<NaiveJson> Parse() {
    NaiveJson value;
    if (!IsValidUtf8(rest_) || !Value(&value, 1)) return std::nullopt;
    Blanks();
    if (!rest_.empty()) return std::nullopt;
    return value;
  }
  const JsonTraits& traits() const { return traits_; }

 private:
  bool Take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void Blanks() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_[0]) != std::string_view::npos)
      rest_.remove_prefix(1);
  }
  bool Value(NaiveJson* out, int depth) {
    if (depth > traits_.depth) traits_.depth = depth;
    if (depth > kMaxDepth) return false;
    Blanks();
    if (Take("null")) return true;
    if (rest_.starts_with("true") || rest_.starts_with("false")) {
      out->kind = NaiveJson::Kind::kBool;
      out->truth = Take("true");
      return out->truth || Take("false");
    }
    if (Take("\"")) {
      out->kind = NaiveJson::Kind::kString;
      return String(&out->text);
    }
    if (Take("[")) return List(out, depth, ']');
    if (Take("{")) return List(out, depth, '}');
    out->kind = NaiveJson::Kind::kNumber;
    return Number(&out->text);
  }
  bool List(NaiveJson* out, int depth, char end) {
    out->kind = end == ']' ? NaiveJson::Kind::kArray : NaiveJson::Kind::kObject;
    const std::string_view closing(&end, 1);
    Blanks();
    if (Take(closing)) return true;
    do {
      auto& [key, value] = out->members.emplace_back();
      if (end == '}') {
        Blanks();
        if (!Take("\"") || !String(&key)) return false;
        Blanks();
        if (!Take(":")) return false;
      }
      if (!Value(&value, depth + 1)) return false;
      Blanks();
    } while (Take(","));
    return Take(closing);
  }
  size_t Digits(std::string* out) {
    size_t count = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; ++count, rest_.remove_prefix(1))
      out->push_back(rest_[0]);
    return count;
  }
  bool Number(std::string* out) {
    if (Take("-")) out->push_back('-');
    const bool zero = rest_.starts_with("0");
    const size_t whole = Digits(out);
    if (whole == 0 || (zero && whole > 1)) return false;
    size_t fraction = 0;
    if (Take(".")) {
      out->push_back('.');
      if ((fraction = Digits(out)) == 0) return false;
    }
    bool exponent = false;
    if (Take("e") || Take("E")) {
      exponent = true;
      out->push_back('e');
      if (Take("-"))
        out->push_back('-');
      else if (Take("+"))
        out->push_back('+');
      if (Digits(out) == 0) return false;
    }
    if (whole + fraction > 15 || exponent) traits_.long_number = true;
    return true;
  }
  bool Hex(uint32_t* out) {
    if (rest_.size() < 4) return false;
    *out = 0;
    for (int i = 0; i < 4; ++i, rest_.remove_prefix(1)) {
      const size_t digit =
          std::string_view("0123456789abcdef")
              .find(static_cast<char>(rest_[0] | ('A' <= rest_[0] && rest_[0] <= 'F' ? 32 : 0)));
      if (digit == std::string_view::npos) return false;
      *out = *out * 16 + static_cast<uint32_t>(digit);
    }
    return true;
  }
  static void PutUtf8(uint32_t c, std::string* out) {
    const auto put = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
    if (c < 0x80) return put(c);
    if (c < 0x800) return put(0xC0 | c >> 6), put(0x80 | (c & 63));
    if (c < 0x10000) return put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
    put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
  }
  bool Escape(std::string* out) {
    constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    if (rest_.empty()) return false;
    const char c = rest_[0];
    rest_.remove_prefix(1);
    if (const size_t at = kFrom.find(c); at != std::string_view::npos) return out->push_back(kTo[at]), true;
    uint32_t code = 0;
    if (c != 'u' || !Hex(&code)) return false;
    if (code >= 0xD800 && code < 0xE000) {
      uint32_t low = 0;
      const std::string_view before = rest_;
      if (code < 0xDC00 && Take("\\u") && Hex(&low) && low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      } else {
        traits_.lone_surrogate = true;
        rest_ = before;
      }
    }
    PutUtf8(code, out);
    return true;
  }
  bool String(std::string* out) {
    while (!rest_.empty()) {
      const char c = rest_[0];
      if (static_cast<unsigned char>(c) < 0x20) return false;
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c != '\\')
        out->push_back(c);
      else if (!Escape(out))
        return false;
    }
    return false;
  }

  std::string_view rest_;
  JsonTraits traits_;
};

}  // namespace redkite
