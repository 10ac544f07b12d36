#include "proxy/array_rules.h"

#include <cmath>
#include <type_traits>

#include "proxy/insert_rules.h"
#include "proxy/vector_rules.h"
#include "types/array_value.h"
#include "types/integer_range.h"

namespace redkite::proxy {
namespace {

bool IsNarrow(DataType element) { return element == DataType::kInt8 || element == DataType::kInt16; }

std::string PlaceOf(const FieldSchema& field, size_t row) {
  return "array field " + field.name + ", row number: " + std::to_string(row);
}

Status CheckElementType(const FieldSchema& field, DataType given) {
  const bool carried = given == DataType::kInt32 && IsNarrow(field.element_type);
  if (given == field.element_type || carried) return Status::Ok();
  return Status::Invalid("the element type of array field " + field.name +
                         " doesn't match its schema: invalid parameter[expected=" +
                         std::string(DataTypeName(field.element_type)) +
                         "][actual=" + std::string(DataTypeName(given)) + "]");
}

Status CheckElements(const FieldSchema& field, size_t row, const ArrayValue& array) {
  const auto capacity = static_cast<size_t>(field.max_capacity);
  if (array.size() > capacity) return ArrayTooLong(PlaceOf(field, row), array.size(), capacity);
  Status status;
  array.ForEach([&](auto v) {
    using T = decltype(v);
    if (!status.ok()) return;
    if constexpr (std::is_same_v<T, std::string_view>) {
      status = CheckText(field, row, v);
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(v)) status = NotFinite(v).WithContext(PlaceOf(field, row));
    }
  });
  return status;
}

template <class T>
Status AppendNarrowed(DataType element, const ArrayValue& array, ArrayBuilder* builder) {
  for (size_t i = 0; i < array.size(); ++i) {
    const auto v = array.At<int32_t>(i);
    RK_RETURN_IF_ERROR(CheckIntegerFits(element, i, v));
    builder->Append(static_cast<T>(v));
  }
  return Status::Ok();
}

/// Int32 as the wire carries it becomes the Int8 or Int16 of the field.
class Narrowing {
 public:
  explicit Narrowing(const FieldSchema& field)
      : field_(field), builder_(field.element_type), column_(field.id, DataType::kArray, 0) {}
  void AppendNull() { column_.AppendNull(); }
  Status Append(size_t row, const ArrayValue& array) {
    const Status fits = field_.element_type == DataType::kInt8
                            ? AppendNarrowed<int8_t>(field_.element_type, array, &builder_)
                            : AppendNarrowed<int16_t>(field_.element_type, array, &builder_);
    if (!fits.ok()) return fits.WithContext(PlaceOf(field_, row));
    column_.AppendText(builder_.Finish());
    return Status::Ok();
  }
  Column Take() { return std::move(column_); }

 private:
  const FieldSchema& field_;
  ArrayBuilder builder_;
  Column column_;
};

}  // namespace

Result<Column> TakeArrays(const FieldSchema& field, DataType given, Column column) {
  if (given == DataType::kNone) given = field.element_type;
  RK_RETURN_IF_ERROR(CheckElementType(field, given));
  const bool narrows = given != field.element_type;
  Narrowing narrowed(field);
  const ColumnView view = column.view();
  for (size_t row = 0; row < view.row_count; ++row) {
    if (!view.IsValid(row)) {
      if (narrows) narrowed.AppendNull();
      continue;
    }
    const auto array = ArrayValue::Parse(given, view.TextAt(row));
    if (!array) return Status::Invalid(PlaceOf(field, row) + ": not an array of its element type");
    RK_RETURN_IF_ERROR(CheckElements(field, row, *array));
    if (narrows) RK_RETURN_IF_ERROR(narrowed.Append(row, *array));
  }
  if (!narrows) return column;
  return narrowed.Take();
}

}  // namespace redkite::proxy
