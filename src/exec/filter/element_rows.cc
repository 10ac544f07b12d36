#include "exec/filter/element_rows.h"

#include <utility>

#include "exec/filter/eval_filter.h"
#include "types/array_value.h"

namespace redkite::exec {
namespace {

Status Unequal(FieldId field) {
  return Status::Corrupt("the sub-fields of a struct array differ in the number of elements, field " +
                         std::to_string(field.value()));
}

}  // namespace

size_t CountElements(const plan::ColumnRef& ref, const ColumnView& column, size_t row) {
  if (!column.IsValid(row)) return 0;
  const std::string_view bytes = column.TextAt(row);
  if (ref.type == DataType::kArray) return ArrayValue::OfStored(ref.element_type, bytes).size();
  const size_t width = ValueBytes(ref.element_type, column.dim);
  return width == 0 ? 0 : bytes.size() / width;
}

Result<ColumnView> ElementRows::SpreadTexts(const plan::ColumnRef& ref, const ColumnView& arrays,
                                            BlockRows rows) {
  Column& texts = texts_.emplace_back(ref.field, DataType::kVarChar, 0);
  texts.Reserve(End(rows.count - 1));
  for (size_t row = 0; row < rows.count; ++row) {
    const bool present = arrays.IsValid(rows.begin + row);
    const ArrayValue array = ArrayValue::OfStored(
        DataType::kVarChar, present ? arrays.TextAt(rows.begin + row) : std::string_view());
    if (array.size() != End(row) - Begin(row)) return Unequal(ref.field);
    for (size_t i = 0; i < array.size(); ++i) texts.AppendText(array.TextAt(i));
  }
  return texts.view();
}

Result<ColumnView> ElementRows::Spread(const plan::ColumnRef& ref, const ColumnView& arrays, BlockRows rows) {
  if (ref.element_type == DataType::kVarChar) return SpreadTexts(ref, arrays, rows);
  const size_t width = ValueBytes(ref.element_type, 0);
  // Each offset is looked at once: behind a map that broke it may be another one the next time.
  const uint64_t first = arrays.offsets[rows.begin];
  if (first % width != 0) return Unequal(ref.field);
  for (size_t row = 0; row < rows.count; ++row) {
    if (arrays.offsets[rows.begin + row + 1] != first + End(row) * width) return Unequal(ref.field);
  }
  ColumnView elements;
  elements.type = ref.element_type;
  elements.row_count = End(rows.count - 1);
  elements.data = arrays.data + first;
  return elements;
}

Status ElementRows::Run(const plan::ElementPredicate& predicate, const Columns& columns, BlockRows rows,
                        const CancelToken* cancel, FilterStats* stats) {
  ends_.assign(rows.count, 0);
  texts_.clear();
  texts_.reserve(predicate.read.size());
  const auto counted = columns(predicate.counted.field);
  if (!counted || rows.count == 0) {
    excluded_ = ExcludeBitset();
    return Status::Ok();
  }
  size_t total = 0;
  for (size_t row = 0; row < rows.count; ++row)
    ends_[row] = total += CountElements(predicate.counted, *counted, rows.begin + row);
  std::vector<std::pair<FieldId, ColumnView>> spread;
  for (const plan::ColumnRef& ref : predicate.read) {
    const auto arrays = columns(ref.field);
    if (!arrays) continue;
    RK_ASSIGN_OR_RETURN(const ColumnView elements, Spread(ref, *arrays, rows));
    spread.emplace_back(ref.field, elements);
  }
  FilterInput input;
  input.row_count = total;
  input.column = [&spread](FieldId field) -> std::optional<ColumnView> {
    for (const auto& [id, view] : spread) {
      if (id == field) return view;
    }
    return std::nullopt;
  };
  input.cancel = cancel;
  excluded_ = ExcludeBitset(total);
  return EvalFilter(*predicate.filter, input, &excluded_, stats);
}

size_t ElementRows::CountPassing(size_t row) const {
  size_t passing = 0;
  for (size_t element = Begin(row); element < End(row); ++element) passing += Passes(element) ? 1 : 0;
  return passing;
}

}  // namespace redkite::exec
