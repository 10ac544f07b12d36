// Value: what a row or a filter holds, as the differential test sees it: a tree with numbers in three kinds.
// Random ones, and their texts as JSON. Nothing of it comes from the rooms under test. Tests only; one
// thread.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace redkite::exec::differential {

struct Value {
  enum class Kind { kNull, kBool, kInt, kBeyond, kReal, kText, kArray, kObject };
  Kind kind = Kind::kNull;
  bool truth = false;
  int64_t integer = 0;
  uint64_t beyond = 0;  // an integer that only an unsigned one holds
  double real = 0;
  std::string text = {};
  std::vector<std::pair<std::string, Value>> members = {};  // of an array with empty keys

  bool is_number() const { return kind == Kind::kInt || kind == Kind::kBeyond || kind == Kind::kReal; }
  double AsReal() const {
    if (kind == Kind::kInt) return static_cast<double>(integer);
    return kind == Kind::kBeyond ? static_cast<double>(beyond) : real;
  }
  static Value Bool(bool v) {
    Value out{Kind::kBool};
    out.truth = v;
    return out;
  }
  static Value Int(int64_t v) {
    Value out{Kind::kInt};
    out.integer = v;
    return out;
  }
  static Value Beyond(uint64_t v) {
    Value out{Kind::kBeyond};
    out.beyond = v;
    return out;
  }
  static Value Real(double v) {
    Value out{Kind::kReal};
    out.real = v;
    return out;
  }
  static Value Text(std::string v) {
    Value out{Kind::kText};
    out.text = std::move(v);
    return out;
  }
  static Value Array(const std::vector<Value>& elements) {
    Value out{Kind::kArray};
    for (const Value& element : elements) out.members.emplace_back("", element);
    return out;
  }
};

/// The shortest text that gives the number again, and that no one takes for an integer.
inline std::string RealText(double v) {
  char buffer[40];
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, v).ptr);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

inline float NearestFloat(double v) {
  const double limit = static_cast<double>(std::numeric_limits<float>::max());
  if (std::abs(v) > limit) return std::copysign(std::numeric_limits<float>::infinity(), v > 0 ? 1.0F : -1.0F);
  return static_cast<float>(v);
}

/// Values that are often equal to one another, and those at the borders of their types.
class ValueMaker {
 public:
  explicit ValueMaker(Random* random) : random_(random) {}

  bool OneIn(uint64_t n) { return random_->Below(n) == 0; }
  uint64_t Below(uint64_t n) { return random_->Below(n); }
  template <class T, size_t N>
  const T& OneOf(const T (&choices)[N]) {
    return choices[Below(N)];
  }

  int64_t Integer() {
    static constexpr int64_t kBorders[] = {0,
                                           1,
                                           -1,
                                           126,
                                           127,
                                           128,
                                           -127,
                                           -128,
                                           -129,
                                           32767,
                                           -32768,
                                           INT32_MAX,
                                           INT32_MIN,
                                           int64_t{INT32_MAX} + 1,
                                           INT64_MAX,
                                           INT64_MIN,
                                           INT64_MAX - 1,
                                           INT64_MIN + 1,
                                           int64_t{1} << 53,
                                           (int64_t{1} << 53) + 1,
                                           -(int64_t{1} << 53) - 1};
    switch (Below(8)) {
      case 0:
        return OneOf(kBorders);
      case 1:
        return static_cast<int64_t>(random_->Next() >> Below(64));
      default:
        return static_cast<int64_t>(Below(12)) - 4;
    }
  }
  double Real() {
    static constexpr double kBorders[] = {0.0,
                                          -0.0,
                                          0.1,
                                          0.5,
                                          1.0,
                                          -1.5,
                                          1e300,
                                          -1e300,
                                          5e-324,
                                          3.4e38,
                                          9007199254740992.0,
                                          9007199254740994.0,
                                          0x1p63,
                                          -0x1p63,
                                          0x1p64,
                                          1e308,
                                          16777217.0};
    switch (Below(8)) {
      case 0:
        return OneOf(kBorders);
      case 1:
        return static_cast<double>(static_cast<int64_t>(random_->Next() >> Below(64))) / 1024;
      default:
        return (static_cast<double>(Below(24)) - 8) / 4;
    }
  }
  std::string Text() {
    static constexpr const char* kPieces[] = {"a",
                                              "a",
                                              "b",
                                              "ab",
                                              "A",
                                              "%",
                                              "_",
                                              "\\",
                                              "'",
                                              "\"",
                                              "\n",
                                              "\xc3\xa9",
                                              "\xe6\x97\xa5",
                                              "\xf0\x9f\x98\x80",
                                              "e\xcc\x81",
                                              "0",
                                              "\t",
                                              " "};
    std::string text = {};
    for (uint64_t n = Below(4); n > 0; --n) text += OneOf(kPieces);
    if (OneIn(40)) text += std::string(Below(300), 'a');
    return text;
  }
  /// A key of an object.
  std::string Key() {
    static constexpr const char* kKeys[] = {"a", "a", "b",    "b",   "0",           "1",
                                            "k", "",  "x\"y", "d.e", "\xc3\xa9 'q'"};
    return OneOf(kKeys);
  }
  Value Json(int depth) {
    switch (Below(depth > 0 ? 14 : 9)) {
      case 0:
        return Value();
      case 1:
        return Value::Bool(OneIn(2));
      case 2:
      case 3:
        return Value::Int(Integer());
      case 4:
        return OneIn(6) ? Value::Beyond((uint64_t{1} << 63) + Below(3) * 1025) : Value::Real(Real());
      case 5:
        return Value::Real(static_cast<double>(Below(5)));
      case 6:
      case 7:
      case 8:
        return Value::Text(Text());
      case 9:
      case 10: {
        Value array{Value::Kind::kArray};
        for (uint64_t n = Below(5); n > 0; --n) array.members.emplace_back("", Json(depth - 1));
        return array;
      }
      default:
        return Object(depth);
    }
  }
  Value Object(int depth) {
    Value object{Value::Kind::kObject};
    for (uint64_t n = Below(5); n > 0; --n) {
      std::string key = Key();
      bool known = false;
      for (const auto& [name, member] : object.members) known |= name == key;
      if (!known) object.members.emplace_back(std::move(key), Json(depth - 1));
    }
    return object;
  }

 private:
  Random* const random_;
};

/// One of the texts that stand for the value: blanks and escapes by chance.
class JsonPrinter {
 public:
  /// Without `random` the plainest text.
  explicit JsonPrinter(Random* random) : random_(random) {}
  std::string Print(const Value& value) {
    Put(value);
    return std::move(out_);
  }

 private:
  bool Chance(uint64_t n) { return random_ != nullptr && random_->Below(n) == 0; }
  void Blank() {
    if (Chance(8)) out_ += random_->Below(2) == 0 ? " " : "\n\t";
  }
  void PutText(const std::string& text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out_ += '"';
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out_ += {'\\', c};
      } else if (byte < 0x20 || (byte < 0x80 && Chance(12))) {
        out_ += std::string("\\u00") + kHex[byte >> 4] + kHex[byte & 15];
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }
  void Put(const Value& value) {
    Blank();
    switch (value.kind) {
      case Value::Kind::kNull:
        out_ += "null";
        break;
      case Value::Kind::kBool:
        out_ += value.truth ? "true" : "false";
        break;
      case Value::Kind::kInt:
        out_ += std::to_string(value.integer);
        break;
      case Value::Kind::kBeyond:
        out_ += std::to_string(value.beyond);
        break;
      case Value::Kind::kReal:
        out_ += RealText(value.real);
        break;
      case Value::Kind::kText:
        PutText(value.text);
        break;
      default: {
        const bool array = value.kind == Value::Kind::kArray;
        out_ += array ? '[' : '{';
        for (size_t i = 0; i < value.members.size(); ++i) {
          if (i > 0) out_ += ',';
          Blank();
          if (!array) {
            PutText(value.members[i].first);
            Blank();
            out_ += ':';
          }
          Put(value.members[i].second);
        }
        Blank();
        out_ += array ? ']' : '}';
      }
    }
    Blank();
  }

  Random* const random_;
  std::string out_;
};

}  // namespace redkite::exec::differential
