// TemplateReader: `expr_template_values` of a request, read by hand from the received bytes: lists of numbers
// are one copy. The input is untrusted: depth is bounded, and so is what the values may take in memory
// compared with their bytes.
//
// What it leaves to the binder of filters: which kind of value fits where, and what stands in JSON elements.
// Private to the room. Thread safety: one thread; one per request.
#pragma once

#include <string_view>

#include "base/status.h"
#include "types/template_value.h"

namespace redkite::wire {

class TemplateReader {
 public:
  /// One entry of the map; the value of a name that comes again replaces the earlier one.
  void Add(std::string_view entry);
  /// False when an entry was malformed.
  bool ok() const { return ok_; }
  /// All of them; kParameterTooLarge when they are more than fits.
  Result<TemplateValues> Take();

 private:
  bool ReadValue(std::string_view message, TemplateValue* value);
  bool ReadArray(std::string_view message, int depth, TemplateArray* array);
  bool ReadElements(uint32_t member, std::string_view message, int depth, TemplateArray* array);
  /// False when there is no room for so many more.
  bool Spend(size_t elements);

  TemplateValues values_;
  size_t room_ = kElementsMax;
  bool ok_ = true;
  bool too_large_ = false;

  static constexpr size_t kElementsMax = 1 << 20;
};

}  // namespace redkite::wire
