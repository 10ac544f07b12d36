// ElementSet: the constants of json_contains*, ready for look-ups: one hash probe for an element of a row,
// whatever their number and kinds.
//
// Every value has a key: bytes that two values share exactly when they are equal. Numbers are equal by value
// (1 and 1.0), arrays when their elements are, in order; what no constant can be (objects, null) equals
// nothing. A key is one part, or the parts of an array from its begin to its end. Thread safety: immutable.
// Owns its keys.
#pragma once

#include <string>
#include <string_view>

#include "plan/value_set.h"
#include "types/json_text.h"

namespace redkite::plan {

void AppendElementPart(const JsonPart& part, std::string* key);
/// Takes the next part off the front of a key; false at its end. A text is borrowed from the key.
bool TakeElementPart(std::string_view* key, JsonPart* part);
/// The value as the filter language writes it; long texts are cut.
std::string ElementText(std::string_view key);

class ElementSet {
 public:
  static constexpr size_t kNone = ValueSet::kNone;

  explicit ElementSet(TextPool keys);
  size_t size() const { return keys().size(); }
  /// Whether any constant is an array; otherwise no element that is one need be looked at.
  bool has_arrays() const { return has_arrays_; }
  /// Place of the value among all, or kNone.
  size_t Find(std::string_view key) const { return values_.FindText(key); }
  /// Sorted, distinct.
  const TextPool& keys() const { return values_.texts(); }

 private:
  ValueSet values_;
  bool has_arrays_ = false;
};

}  // namespace redkite::plan
