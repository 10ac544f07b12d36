// Predicates on Array columns and their elements. What stands behind the end of an array is unknown.
// Elements of a fixed length are gathered into a run of values, so that the kernels of columns serve them,
// too. Thread safety: free functions are pure; the classes are one thread's.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "exec/filter/json_predicate.h"
#include "exec/filter/row_mask.h"
#include "types/array_value.h"

namespace redkite::exec {

inline bool IsFixedLength(const plan::ColumnRef& ref) { return !IsVariableLength(ref.type); }

/// The text element that `ref` names.
inline std::optional<std::string_view> ElementText(const plan::ColumnRef& ref, std::string_view array) {
  const ArrayValue value = ArrayValue::OfStored(ref.type, array);
  const auto element = static_cast<size_t>(ref.element);
  return element < value.size() ? std::optional(value.TextAt(element)) : std::nullopt;
}

/// The text of a column, or of an element of its arrays; nothing where there is none.
inline std::optional<std::string_view> TextOf(const plan::ColumnRef& ref, const ColumnView& column,
                                              size_t row) {
  if (!column.IsValid(row)) return std::nullopt;
  return ref.is_element() ? ElementText(ref, column.TextAt(row)) : std::optional(column.TextAt(row));
}

/// One element of each array of a block, as a column. Memory: that of the block, taken once.
class GatheredElements {
 public:
  /// `ref` is an element of a fixed length; only rows in `active` have a value. Valid until the next call.
  BlockValues Gather(const plan::ColumnRef& ref, const BlockValues& arrays, const RowBits& active);

 private:
  struct Values {
    uint64_t words[kFilterBlockRows];
    RowBits valid;
  };
  std::unique_ptr<Values> values_;
};

/// array_contains*, with what it needs between rows.
class ArrayContains {
 public:
  Truth Of(const plan::ArrayContainsExpr& contains, const ArrayValue& array);

 private:
  template <class T>
  bool HasAll(const plan::ValueSet& constants, const ArrayValue& array);
  /// Whether the element is the first of this row that equals its constant.
  bool IsNew(size_t place);

  std::vector<uint32_t> seen_;  // by place of the constant: the last row that had it
  uint32_t row_ = 0;
};

/// array_contains* of one integer for a whole block, without a branch per element: a wrong guess costs more
/// than a few comparisons. False: it is something else, and `out` is unspecified.
bool ArrayContainsInteger(const plan::ArrayContainsExpr& contains, const BlockValues& arrays,
                          const RowBits& active, RowMask* out);

bool ArrayEquals(const plan::ArrayEqualsExpr& equals, std::string_view array);

}  // namespace redkite::exec
