#include "proxy/rules/struct_rules.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "proxy/name_rules.h"
#include "proxy/vector_rules.h"
#include "types/array_value.h"

namespace redkite::proxy {
namespace {

Status CheckSubField(const Limits& limits, const StructSchema& of, const FieldSchema& field) {
  RK_RETURN_IF_ERROR(CheckFieldName(field.sub_name(), limits));
  const std::string where =
      ", field name = " + std::string(field.sub_name()) + ", struct array field = " + of.name;
  if (field.is_primary) return Status::Invalid("a field in struct array cannot be primary key" + where);
  if (field.is_partition_key)
    return Status::Invalid("a field in struct array cannot be partition key" + where);
  if (field.is_clustering_key)
    return Status::Invalid("a field in struct array cannot be clustering key" + where);
  if (field.auto_id) return Status::Invalid("a field in struct array cannot have auto id" + where);
  if (field.default_value.given())
    return Status::Invalid("a field in struct array cannot have a default value" + where);
  if (field.nullable && !of.nullable)
    return Status::Invalid("a field in struct array cannot be nullable, its struct array can" + where);
  if (field.type == DataType::kArray) {
    if (IsArrayElement(field.element_type)) return Status::Ok();
    return Status::Invalid("element type " + std::string(DataTypeName(field.element_type)) +
                           " is not supported" + where);
  }
  if (field.type != DataType::kArrayOfVector) {
    return Status::Invalid("fields in struct array can only be Array or ArrayOfVector, but got " +
                           std::string(DataTypeName(field.type)) + where);
  }
  if (IsDenseVector(field.element_type)) return Status::Ok();
  return Status::Invalid("element type " + std::string(DataTypeName(field.element_type)) +
                         " of ArrayOfVector is not supported" + where);
}

Status WrongDim(const FieldSchema& field, int dim) {
  return Status::Invalid("the dim (" + std::to_string(dim) + ") of field data(" + field.name +
                         ") is not equal to schema dim (" + std::to_string(field.dim) + ")");
}

// The number of elements in a row of a sub-field.
size_t CountElements(const FieldSchema& field, const ColumnView& column, size_t row) {
  const std::string_view bytes = column.TextAt(row);
  if (field.type == DataType::kArray) return ArrayValue::OfStored(field.element_type, bytes).size();
  return bytes.size() / ValueBytes(field.element_type, field.dim);
}

Status CheckSameCounts(const FieldSchema& first, const FieldSchema& other, const RowBatch& rows) {
  const ColumnView a = rows.Find(first.id)->view(), b = rows.Find(other.id)->view();
  for (size_t row = 0; row < rows.row_count; ++row) {
    if (a.IsValid(row) != b.IsValid(row)) {
      return Status::Invalid("inconsistent valid_data of struct array, fields " + first.name + " and " +
                             other.name + ", row number: " + std::to_string(row));
    }
    const size_t left = CountElements(first, a, row), right = CountElements(other, b, row);
    if (left == right) continue;
    return Status::Invalid("inconsistent struct element count, field " + first.name + " has " +
                           std::to_string(left) + ", field " + other.name + " has " + std::to_string(right) +
                           ", row number: " + std::to_string(row));
  }
  return Status::Ok();
}

}  // namespace

Status CheckStructs(const Limits& limits, const CollectionSchema& schema) {
  std::set<std::string_view> names;
  for (const FieldSchema& field : schema.fields) {
    if (!names.insert(field.name).second)
      return Status::Invalid("duplicated field name " + field.name + " found");
  }
  for (const StructSchema& of : schema.structs) {
    RK_RETURN_IF_ERROR(CheckFieldName(of.name, limits));
    if (!names.insert(of.name).second) return Status::Invalid("duplicated field name " + of.name + " found");
    const auto fields = schema.SubFields(of.id);
    if (fields.empty()) return Status::Invalid("struct array field " + of.name + " has no sub-fields");
    for (const FieldSchema* field : fields) RK_RETURN_IF_ERROR(CheckSubField(limits, of, *field));
  }
  return Status::Ok();
}

Status CheckCapacities(const CollectionSchema& schema) {
  for (const StructSchema& of : schema.structs) {
    const auto fields = schema.SubFields(of.id);
    for (const FieldSchema* field : fields) {
      if (field->max_capacity == fields[0]->max_capacity) continue;
      return Status::Invalid(
          "all fields in a struct array field must have the same max_capacity, struct array "
          "field = " +
          of.name + ": " + std::to_string(fields[0]->max_capacity) + " and " +
          std::to_string(field->max_capacity));
    }
  }
  return Status::Ok();
}

Result<Column> TakeVectorLists(const FieldSchema& field, DataType given, Column column) {
  if (given != DataType::kNone && given != field.element_type) {
    return Status::Invalid(
        "the element type of field " + field.name + " doesn't match its schema: invalid parameter[expected=" +
        std::string(DataTypeName(field.element_type)) + "][actual=" + std::string(DataTypeName(given)) + "]");
  }
  const ColumnView view = column.view();
  const bool any = view.data_bytes() > 0;
  if (any && column.dim() != field.dim) return WrongDim(field, column.dim());
  const size_t width = ValueBytes(field.element_type, field.dim);
  const auto capacity = static_cast<size_t>(field.max_capacity);
  for (size_t row = 0; row < view.row_count; ++row) {
    const size_t bytes = view.TextAt(row).size();
    const std::string where = "array field " + field.name + ", row number: " + std::to_string(row);
    if (bytes % width != 0) return Status::Invalid(where + ": not a whole number of vectors");
    if (bytes / width > capacity) return ArrayTooLong(where, bytes / width, capacity);
  }
  RK_RETURN_IF_ERROR(CheckFiniteVectors(field.element_type, {view.data, view.data_bytes()}));
  if (column.dim() == field.dim) return column;
  Column empty(field.id, field.type, field.dim);  // a client without vectors may leave the dimension out
  for (size_t row = 0; row < view.row_count; ++row) {
    if (view.IsValid(row))
      empty.AppendText({});
    else
      empty.AppendNull();
  }
  return empty;
}

Status CheckWholeStructs(const CollectionSchema& schema, const std::vector<InputColumn>& columns) {
  for (const StructSchema& of : schema.structs) {
    const FieldSchema* absent = nullptr;
    bool any = false;
    for (const FieldSchema* field : schema.SubFields(of.id)) {
      const bool sent = std::any_of(columns.begin(), columns.end(), [field](const InputColumn& c) {
        return c.of_struct && c.name == field->name;
      });
      any = any || sent;
      if (!sent && absent == nullptr) absent = field;
    }
    if (!any || absent == nullptr) continue;
    return Status::Invalid("fieldSchema(" + absent->name +
                           ") has no corresponding fieldData pass in, struct array field " + of.name +
                           " needs all of its sub-fields");
  }
  return Status::Ok();
}

Status CheckElementCounts(const CollectionSchema& schema, const RowBatch& rows) {
  for (const StructSchema& of : schema.structs) {
    const auto fields = schema.SubFields(of.id);
    if (rows.Find(fields[0]->id) == nullptr) continue;  // of a partial update
    for (size_t i = 1; i < fields.size(); ++i)
      RK_RETURN_IF_ERROR(CheckSameCounts(*fields[0], *fields[i], rows));
  }
  return Status::Ok();
}

}  // namespace redkite::proxy
