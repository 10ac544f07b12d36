#include "proxy/insert_rules.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "proxy/array_rules.h"
#include "proxy/default_rules.h"
#include "proxy/fields/text_rules.h"
#include "proxy/fields/time_rules.h"
#include "proxy/rules/struct_rules.h"
#include "proxy/vector_rules.h"
#include "types/absent_value.h"
#include "types/json_text.h"
#include "types/sparse_vector.h"

namespace redkite::proxy {
namespace {

template <class T>
Status CheckFinite(std::span<const T> values) {
  for (const T v : values) {
    if (std::isfinite(v)) [[likely]]
      continue;
    return NotFinite(v);
  }
  return Status::Ok();
}

Status CheckTexts(const FieldSchema& field, const ColumnView& column) {
  for (size_t r = 0; r < column.row_count; ++r) RK_RETURN_IF_ERROR(CheckText(field, r, column.TextAt(r)));
  return Status::Ok();
}

Status CheckJsonTexts(const FieldSchema& field, const ColumnView& column, const Limits& limits) {
  for (size_t r = 0; r < column.row_count; ++r) {
    if (!column.IsValid(r)) continue;
    const std::string_view text = column.TextAt(r);
    if (text.size() > limits.json_bytes_max) {
      return Status::Invalid("the JSON field " + field.name + "'s length exceeds max length, row number: " +
                             std::to_string(r) + ", length: " + std::to_string(text.size()) +
                             ", max length: " + std::to_string(limits.json_bytes_max));
    }
    Status well_formed = field.is_dynamic ? CheckJsonObject(text) : CheckJson(text);
    if (!well_formed.ok()) {
      return Status::Invalid("JSON field " + field.name + ", row number: " + std::to_string(r) + ": " +
                             well_formed.message());
    }
  }
  return Status::Ok();
}

Status CheckSparseRows(const FieldSchema& field, const ColumnView& column) {
  for (size_t r = 0; r < column.row_count; ++r) {
    const Status row = CheckSparseRow(column.TextAt(r));
    if (row.ok()) [[likely]]
      continue;
    return Status::Invalid(row.message() + ", field " + field.name + ", row number: " + std::to_string(r));
  }
  return Status::Ok();
}

// Keys of a dynamic row must not hide declared fields. A partial update may repeat those of a row that is
// older than the field.
Status CheckDynamicKeys(const CollectionSchema& schema, const ColumnView& column, bool partial) {
  for (size_t r = 0; r < column.row_count; ++r) {
    auto members = FlattenJsonObject(column.TextAt(r));
    if (!members.ok()) return members.status();
    for (const auto& [key, value] : *members) {
      if (key == kDynamicFieldName) {
        return Status::Invalid("cannot set dynamic field: key " + key + " is reserved");
      }
      if (!partial && (schema.Find(key) != nullptr || schema.FindStruct(key) != nullptr)) {
        return Status::Invalid("dynamic field name cannot include the static field name: " + key);
      }
    }
  }
  return Status::Ok();
}

Status CheckValues(const CollectionSchema& schema, const FieldSchema& field, const Column& column,
                   const Limits& limits, bool partial) {
  const ColumnView view = column.view();
  switch (field.type) {
    case DataType::kFloat:
      return CheckFinite(view.Values<float>());
    case DataType::kDouble:
      return CheckFinite(view.Values<double>());
    case DataType::kFloatVector:
    case DataType::kFloat16Vector:
    case DataType::kBFloat16Vector:
      return CheckFiniteVectors(field.type, {view.data, view.data_bytes()});
    case DataType::kSparseFloatVector:
      return CheckSparseRows(field, view);
    case DataType::kVarChar:
    case DataType::kText:
      return CheckTexts(field, view);
    case DataType::kJson:
      RK_RETURN_IF_ERROR(CheckJsonTexts(field, view, limits));
      return field.is_dynamic ? CheckDynamicKeys(schema, view, partial) : Status::Ok();
    default:
      return Status::Ok();
  }
}

Status CheckShape(const FieldSchema& field, const InputColumn& input, uint64_t row_count) {
  const Column& column = input.column;
  if (input.type() != field.type) {
    return Status::Invalid(
        "the data type of field " + field.name + " doesn't match its schema: invalid parameter[expected=" +
        std::string(DataTypeName(field.type)) + "][actual=" + std::string(DataTypeName(input.type())) + "]");
  }
  if (IsVector(field.type) && field.type != DataType::kArrayOfVector && column.dim() != field.dim) {
    return Status::Invalid("the dim (" + std::to_string(column.dim()) + ") of field data(" + field.name +
                           ") is not equal to schema dim (" + std::to_string(field.dim) + ")");
  }
  if (column.row_count() != row_count) {
    return Status::Invalid("the num_rows (" + std::to_string(column.row_count()) + ") of field (" +
                           field.name + ") is not equal to passed num_rows (" + std::to_string(row_count) +
                           ")");
  }
  const bool may_lack_values = field.nullable || field.default_value.given();
  if (may_lack_values && !field.is_dynamic && !input.has_valid_data) {
    return {Code::kParameterInvalid,
            "the length of valid_data of field(" + field.name +
                ") is wrong: invalid parameter[expected=" + std::to_string(row_count) + "][actual=0]"};
  }
  if (column.has_nulls() && !may_lack_values) {
    const ColumnView view = column.view();
    for (size_t r = 0; r < row_count; ++r) {
      if (!view.IsValid(r)) {
        return {Code::kParameterInvalid,
                "the length of valid_data of field(" + field.name +
                    ") is wrong, it is not nullable and row " + std::to_string(r) +
                    " has no value: invalid parameter[expected=0][actual=" + std::to_string(row_count) + "]"};
      }
    }
  }
  return Status::Ok();
}

bool IsSubField(const FieldSchema& field) { return field.struct_id.value() != 0; }

InputColumn* FindInput(std::vector<InputColumn>* columns, const FieldSchema& field) {
  for (InputColumn& c : *columns) {
    if (field.is_dynamic ? c.is_dynamic || c.name == kDynamicFieldName
                         : !c.is_dynamic && c.of_struct == IsSubField(field) && c.name == field.name) {
      return &c;
    }
  }
  return nullptr;
}

Status CheckNames(const CollectionSchema& schema, const std::vector<InputColumn>& columns) {
  std::unordered_set<std::string_view> seen;
  for (const InputColumn& c : columns) {
    if (c.is_dynamic || c.name == kDynamicFieldName) {
      if (!schema.enable_dynamic_field) {
        return Status::Invalid("without dynamic schema enabled, the field name cannot be set to $meta");
      }
    } else if (const FieldSchema* f = schema.Find(c.name); f == nullptr || IsSubField(*f) != c.of_struct) {
      return Status::Invalid("field " + c.name + " not exist in collection " + schema.name);
    }
    if (!seen.insert(c.is_dynamic ? kDynamicFieldName : std::string_view(c.name)).second) {
      return Status::Invalid("duplicated field " + c.name + " in the inserted data");
    }
  }
  return CheckWholeStructs(schema, columns);
}

// A client that has no vector to send may leave the dimension out too.
bool IsAllNull(const FieldSchema& field, const InputColumn& input) {
  const Column& column = input.column;
  return field.nullable && IsDenseVector(field.type) && column.type() == field.type && column.dim() == 0 &&
         input.has_valid_data;
}

Column AbsentColumn(const FieldSchema& field, uint64_t row_count) {
  if (field.default_value.given()) return DefaultColumn(field, row_count);
  Column column(field.id, field.type, field.dim);
  column.Reserve(row_count, field.is_dynamic ? 2 * row_count : 0);
  for (uint64_t r = 0; r < row_count; ++r) AppendAbsent(field, &column);
  return column;
}

// Every field is there or may be absent, and what we fill has a bound: a request can claim more rows than it
// has.
Status CheckPresence(const CollectionSchema& schema, const Limits& limits, InsertRequest* request) {
  int64_t row_bytes = 0;
  for (const FieldSchema& field : schema.fields) {
    if (field.is_primary) continue;
    const InputColumn* input = FindInput(&request->columns, field);
    if (input == nullptr && !MayBeAbsent(field)) return NoDataOf(field);
    const bool filled = input == nullptr || IsAllNull(field, *input) ||
                        (input->column.has_nulls() && field.default_value.given());
    if (filled) row_bytes += FilledRowBytes(field);
  }
  return CheckFilled(limits, static_cast<int64_t>(request->row_count), row_bytes);
}

Status NoOpOnStruct(const std::string& quoted) {
  return Status::Invalid("op ARRAY_APPEND and ARRAY_REMOVE are not supported on field " + quoted +
                         " of a struct array, whose fields have the same number of elements in a row");
}

Status CheckFieldOps(const CollectionSchema& schema, InsertRequest* request) {
  std::unordered_set<std::string_view> seen;
  for (const auto& [name, op] : request->field_ops) {
    const FieldSchema* field = schema.Find(name);
    const std::string quoted = "\"" + name + "\"";
    if (field == nullptr && schema.FindStruct(name) != nullptr) {
      if (op != FieldOp::kReplace) return NoOpOnStruct(quoted);
      if (!seen.insert(name).second) return Status::Invalid("duplicated field " + quoted + " in field_ops");
      continue;
    }
    if (field == nullptr || field->is_dynamic) {
      return Status::Invalid("field " + quoted + " of field_ops not exist in collection " + schema.name);
    }
    if (!seen.insert(name).second) return Status::Invalid("duplicated field " + quoted + " in field_ops");
    if (FindInput(&request->columns, *field) == nullptr) {
      return Status::Invalid("field " + quoted + " of field_ops has no corresponding fieldData pass in");
    }
    if (op != FieldOp::kReplace && IsSubField(*field)) return NoOpOnStruct(quoted);
    if (op == FieldOp::kReplace || field->type == DataType::kArray) continue;
    std::string why = op == FieldOp::kArrayAppend ? "op ARRAY_APPEND" : "op ARRAY_REMOVE";
    why += " requires Array field, but field " + quoted + " is ";
    why += DataTypeName(field->type);
    return Status::Invalid(why);
  }
  return Status::Ok();
}

Status CheckDistinctKeys(const Column& keys) {
  const ColumnView view = keys.view();
  bool repeated = false;
  if (view.type == DataType::kVarChar) {
    std::unordered_set<std::string_view> seen;
    for (size_t r = 0; r < view.row_count; ++r) repeated = !seen.insert(view.TextAt(r)).second || repeated;
  } else {
    std::unordered_set<int64_t> seen;
    for (int64_t key : view.Values<int64_t>()) repeated = !seen.insert(key).second || repeated;
  }
  return repeated ? Status::Invalid("duplicate primary keys are not allowed in the same batch")
                  : Status::Ok();
}

Result<Column> TakeColumn(const CollectionSchema& schema, const FieldSchema& field, const Limits& limits,
                          const TimeZone& zone, InsertRequest* request) {
  InputColumn* input = FindInput(&request->columns, field);
  if (input == nullptr) {
    if (MayBeAbsent(field)) return AbsentColumn(field, request->row_count);
    return NoDataOf(field);
  }
  if (IsAllNull(field, *input)) return AbsentColumn(field, request->row_count);
  RK_RETURN_IF_ERROR(CheckShape(field, *input, request->row_count));
  RK_RETURN_IF_ERROR(CheckValues(schema, field, input->column, limits, request->partial_update));
  Column column = std::move(input->column);
  if (field.type == DataType::kArray) {
    RK_ASSIGN_OR_RETURN(column, TakeArrays(field, input->element_type, std::move(column)));
  }
  if (field.type == DataType::kArrayOfVector) {
    RK_ASSIGN_OR_RETURN(column, TakeVectorLists(field, input->element_type, std::move(column)));
  }
  if (field.type == DataType::kTimestamptz) {
    RK_ASSIGN_OR_RETURN(column, TakeInstants(field, column.view(), zone));
  }
  if (field.type == DataType::kGeometry) {
    RK_ASSIGN_OR_RETURN(column, TakeShapes(field, column.view()));
  }
  if (field.default_value.given()) column = WithDefaults(field, std::move(column));
  column.set_field(field.id);
  return column;
}

// The key column of the request: absent for plain inserts with auto id.
Result<std::optional<Column>> TakeKeys(const CollectionSchema& schema, const Limits& limits,
                                       InsertRequest* request) {
  const FieldSchema& primary = schema.primary();
  const bool given = FindInput(&request->columns, primary) != nullptr;
  if (request->upsert) {
    if (!given) return Status::Invalid("must assign pk when upsert, primary field: " + primary.name);
  } else if (primary.auto_id) {
    if (!given) return std::optional<Column>();
    if (!request->keeps_given_keys) {
      return Status::Invalid(
          "can not assign primary field data when auto id enabled and allow_insert_auto_id is false");
    }
  }
  RK_ASSIGN_OR_RETURN(Column keys, TakeColumn(schema, primary, limits, TimeZone::Utc(), request));
  if (request->upsert) RK_RETURN_IF_ERROR(CheckDistinctKeys(keys));
  return std::optional<Column>(std::move(keys));
}

}  // namespace

Status NoDataOf(const FieldSchema& field) {
  return Status::Invalid("fieldSchema(" + field.name + ") has no corresponding fieldData pass in");
}

bool MayBeAbsent(const FieldSchema& field) {
  return field.is_dynamic || field.nullable || field.default_value.given();
}

Status CheckFilled(const Limits& limits, int64_t rows, int64_t row_bytes) {
  if (row_bytes == 0 || rows <= limits.filled_bytes_max / row_bytes) return Status::Ok();
  return {Code::kParameterTooLarge, std::to_string(rows) + " rows with " + std::to_string(row_bytes) +
                                        " bytes each of nulls and default values exceed " +
                                        std::to_string(limits.filled_bytes_max) +
                                        " bytes: parameter too large"};
}

Status CheckText(const FieldSchema& field, size_t row, std::string_view text) {
  const auto limit = static_cast<size_t>(field.max_length);
  if (text.size() > limit) {
    return Status::Invalid(
        "length of varchar field " + field.name + " exceeds max length, row number: " + std::to_string(row) +
        ", length: " + std::to_string(text.size()) + ", max length: " + std::to_string(limit));
  }
  if (!IsValidUtf8(text)) {
    return Status::Invalid("varchar field " + field.name +
                           " is not valid UTF-8, row number: " + std::to_string(row));
  }
  return Status::Ok();
}

Result<InsertRows> CheckInsertRows(const CollectionSchema& schema, const Limits& limits,
                                   InsertRequest request, const TimeZone& zone) {
  if (request.row_count == 0) return Status::Invalid("num_rows should be greater than 0");
  RK_RETURN_IF_ERROR(CheckNames(schema, request.columns));
  RK_RETURN_IF_ERROR(CheckPresence(schema, limits, &request));
  const FieldSchema& primary = schema.primary();
  InsertRows out;
  out.rows.row_count = request.row_count;
  RK_ASSIGN_OR_RETURN(auto keys, TakeKeys(schema, limits, &request));
  for (const FieldSchema& field : schema.fields) {
    if (field.id != primary.id) {
      RK_ASSIGN_OR_RETURN(Column column, TakeColumn(schema, field, limits, zone, &request));
      out.rows.columns.push_back(std::move(column));
      continue;
    }
    if (!keys) continue;
    if (request.upsert) {
      out.given_keys = Column(field.id, field.type, 0);
      out.given_keys.AppendAll(keys->view());
      if (primary.auto_id) continue;
    }
    out.rows.columns.push_back(std::move(*keys));
  }
  RK_RETURN_IF_ERROR(CheckElementCounts(schema, out.rows));
  return out;
}

Result<InsertRows> CheckPartialRows(const CollectionSchema& schema, const Limits& limits,
                                    InsertRequest request, const TimeZone& zone) {
  if (request.row_count == 0) return Status::Invalid("num_rows should be greater than 0");
  RK_RETURN_IF_ERROR(CheckNames(schema, request.columns));
  RK_RETURN_IF_ERROR(CheckFieldOps(schema, &request));
  int64_t row_bytes = 0;
  for (const FieldSchema& field : schema.fields) {
    const InputColumn* input = FindInput(&request.columns, field);
    if (input != nullptr && input->column.has_nulls() && field.default_value.given())
      row_bytes += FilledRowBytes(field);
  }
  RK_RETURN_IF_ERROR(CheckFilled(limits, static_cast<int64_t>(request.row_count), row_bytes));
  InsertRows out;
  out.rows.row_count = request.row_count;
  RK_ASSIGN_OR_RETURN(auto keys, TakeKeys(schema, limits, &request));
  out.given_keys = std::move(*keys);
  for (const FieldSchema& field : schema.fields) {
    if (field.is_primary || FindInput(&request.columns, field) == nullptr) continue;
    RK_ASSIGN_OR_RETURN(Column column, TakeColumn(schema, field, limits, zone, &request));
    out.rows.columns.push_back(std::move(column));
  }
  RK_RETURN_IF_ERROR(CheckElementCounts(schema, out.rows));
  return out;
}

void AddGeneratedKeys(const CollectionSchema& schema, int64_t first, RowBatch* rows) {
  const FieldSchema& primary = schema.primary();
  Column keys(primary.id, primary.type, 0);
  for (size_t r = 0; r < rows->row_count; ++r) {
    const int64_t key = first + static_cast<int64_t>(r);
    if (primary.type == DataType::kVarChar) {
      keys.AppendText(std::to_string(key));
    } else {
      keys.Append<int64_t>(key);
    }
  }
  PlaceKeys(schema, std::move(keys), rows);
}

void PlaceKeys(const CollectionSchema& schema, Column keys, RowBatch* rows) {
  size_t place = 0;
  while (place < schema.fields.size() && !schema.fields[place].is_primary) ++place;
  rows->columns.insert(rows->columns.begin() + static_cast<ptrdiff_t>(std::min(place, rows->columns.size())),
                       std::move(keys));
}

}  // namespace redkite::proxy
