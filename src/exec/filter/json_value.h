// FindJson: the value at a path in a JSON text, found by skipping over what stands before it, without
// building a tree.
//
// Grammar: RFC 8259. What follows the value is not looked at, so a text that is broken behind it still yields
// it; one that is broken before it yields kMissing. No recursion: depth costs nothing. When an object holds a
// key twice, the first counts. Thread safety: pure function. JsonValue borrows from the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plan/expr.h"

namespace redkite::exec {

enum class JsonKind : uint8_t { kMissing, kNull, kBool, kInt, kUint, kDouble, kString, kObject, kArray };

struct JsonValue {
  JsonKind kind = JsonKind::kMissing;
  bool bool_value = false;
  bool escaped = false;       // kString: text holds backslashes
  bool empty_object = false;  // kObject
  int64_t int_value = 0;      // kInt
  double double_value = 0;    // kInt, kUint (beyond int64) and kDouble
  std::string_view text;      // kString: between the quotes; kArray: from the bracket on to the end of all
  bool is_number() const {
    return kind == JsonKind::kInt || kind == JsonKind::kUint || kind == JsonKind::kDouble;
  }
};

JsonValue FindJson(std::string_view json, const std::vector<plan::JsonStep>& path);

/// The characters of a JSON string; `scratch` is used when there are escapes.
std::string_view JsonText(const JsonValue& value, std::string* scratch);

/// The elements of an array, one after another; they end where the text is broken.
class JsonElements {
 public:
  explicit JsonElements(const JsonValue& array) : rest_(array.text) {}
  bool Next(JsonValue* element);

 private:
  std::string_view rest_;
  char before_ = '[';  // what stands before the next element
};
int64_t CountJsonElements(const JsonValue& array);
/// Appends the key of the value (plan/element_set.h). `scratch` holds unescaped text during the call.
void AppendElementKey(const JsonValue& value, std::string* scratch, std::string* key);

}  // namespace redkite::exec
