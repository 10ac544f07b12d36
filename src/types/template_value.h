// TemplateValue: what a client gives for `{name}` in a filter, as it came; the binder of filters knows what
// fits where. Thread safety: plain data; copies share their arrays.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "types/column.h"

namespace redkite {

struct TemplateArray {
  /// Bool, Int64, Double, VarChar, or JSON: one encoded value each. Without a type when the elements are
  /// arrays, or when there are none.
  Column values;
  std::vector<TemplateArray> arrays;
};

struct TemplateValue {
  /// Nothing: a value of a kind that filters do not know.
  std::variant<std::monostate, bool, int64_t, double, std::string, std::shared_ptr<const TemplateArray>>
      value;
};

/// By the name without braces.
using TemplateValues = std::unordered_map<std::string, TemplateValue>;

}  // namespace redkite
