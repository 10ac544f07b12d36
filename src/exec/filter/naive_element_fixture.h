// One element of a struct array as the only row of its sub-fields, for the oracle of predicates over
// elements. For tests only. Thread safety: pure functions.
#pragma once

#include <type_traits>
#include <vector>

#include "exec/filter/element_rows.h"
#include "types/array_value.h"

namespace redkite::exec {

struct ElementPlace {
  size_t row;
  size_t element;
};

/// A column for each sub-field that the predicate looks at.
inline std::vector<Column> ElementAlone(const plan::ElementPredicate& predicate,
                                        const ElementRows::Columns& columns, ElementPlace place) {
  std::vector<Column> values;
  for (const plan::ColumnRef& ref : predicate.read) {
    Column& value = values.emplace_back(ref.field, ref.element_type, 0);
    const ArrayValue array = *ArrayValue::Parse(ref.element_type, columns(ref.field)->TextAt(place.row));
    size_t at = 0;
    array.ForEach([&](auto v) {
      if (at++ != place.element) return;
      if constexpr (std::is_same_v<decltype(v), std::string_view>)
        value.AppendText(v);
      else if constexpr (std::is_same_v<decltype(v), bool>)
        value.Append<uint8_t>(v ? 1 : 0);
      else
        value.Append(v);
    });
  }
  return values;
}

}  // namespace redkite::exec
