#include "wire/field_data.h"

#include <algorithm>
#include <limits>

#include "types/json_text.h"
#include "types/sparse_vector.h"
#include "wire/array_data.h"
#include "wire/field_members.h"
#include "wire/packed_values.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"
#include "wire/status_map.h"
#include "wire/structs/vector_lists.h"

namespace redkite::wire {
namespace {

// A FieldData taken apart; nothing of its payload is decoded yet, because its type may stand behind it.
struct RawField : MemberValues {
  int type = 0;
  std::string_view name;
  bool is_dynamic = false;
  std::string valid_data;  // one byte per row, 0 or 1
  int64_t dim = 0;
  std::vector<std::string_view> lists;    // bodies of a VectorArray
  std::vector<std::string_view> structs;  // bodies of a StructArrayField
};

// The type of a struct array on the wire: here its sub-fields are columns.
constexpr int kArrayOfStruct = 200;
// More than any struct array has; each costs memory however small it is.
constexpr size_t kSubFieldsMax = 1024;

// Another body of a member that is a message: one that comes again is merged.
void KeepBody(uint32_t member, std::string_view body, RawField* field,
              std::vector<std::string_view>* bodies) {
  if (field->member != member) bodies->clear();
  field->Switch(member);
  if (!body.empty()) bodies->push_back(body);  // an empty one costs more memory than it takes on the wire
}

bool CollectVectors(std::string_view message, RawField* field) {
  if (field->member < kVectorMember || field->member == kStructMember) {
    field->Switch(kVectorMember);
    field->dim = 0;
  }
  PbReader r(message);
  while (r.Next()) {
    const uint32_t number = r.tag() >> 3;
    if (r.tag() == PbVarint(1)) field->dim = r.int64();
    if ((r.tag() & 7) != 2 || number < 2 || number > 8) continue;
    if (kVectorMember + number == kVectorArrayMember) {
      KeepBody(kVectorArrayMember, r.bytes(), field, &field->lists);
      continue;
    }
    if (!field->Collect(kVectorMember + number, r.bytes())) return false;
  }
  return r.ok();
}

bool CollectValid(std::string_view packed, std::string* valid) {
  const char* p = packed.data();
  const char* end = p + packed.size();
  for (uint64_t value = 0; p != end;) {
    if (!ReadPbVarint(&p, end, &value)) return false;
    valid->push_back(value != 0 ? 1 : 0);
  }
  return true;
}

bool Collect(std::string_view bytes, RawField* field) {
  PbReader r(bytes);
  bool ok = true;
  while (ok && r.Next()) {
    switch (r.tag()) {
      case PbVarint(1):
        field->type = r.int32();
        break;
      case PbLen(2):
        field->name = r.bytes();
        break;
      case PbLen(3):
        ok = field->CollectScalars(r.bytes());
        break;
      case PbLen(4):
        ok = CollectVectors(r.bytes(), field);
        break;
      case PbVarint(6):
        field->is_dynamic = r.boolean();
        break;
      case PbLen(7):
        ok = CollectValid(r.bytes(), &field->valid_data);
        break;
      case PbVarint(7):
        field->valid_data.push_back(r.boolean() ? 1 : 0);
        break;
      case PbLen(8):
        KeepBody(kStructMember, r.bytes(), field, &field->structs);
        break;
      default:
        break;
    }
  }
  return ok && r.ok() && IsValidUtf8(field->name);
}

/// Clients may give the vectors of these types as floats; they are rounded.
bool IsNarrowed(const RawField& field) {
  const auto type = static_cast<DataType>(field.type);
  return field.member == kFloatVectorMember &&
         (type == DataType::kFloat16Vector || type == DataType::kBFloat16Vector);
}

std::string Expected(std::string_view expected, std::string_view actual) {
  return ": invalid parameter[expected=" + std::string(expected) + "][actual=" + std::string(actual) + "]";
}

Status CheckType(const RawField& field) {
  const std::string name(field.name);
  const auto type = static_cast<DataType>(field.type);
  if (field.type == 20) {
    return Status::Invalid("string data type not supported yet, please use VarChar type instead, field (" +
                           name + ")");
  }
  if (!IsStorable(type)) {
    const std::string_view known = DataTypeName(type);
    const std::string type_name = known == "None" ? std::to_string(field.type) : std::string(known);
    return Status::Invalid("data type " + type_name + " of field (" + name + ") is not supported");
  }
  const Carrier carrier = CarrierOf(type);
  const bool empty_vector = field.member == kVectorMember && IsVector(type);
  if (field.member == carrier.member || field.member == kNoMember || empty_vector || IsNarrowed(field)) {
    return Status::Ok();
  }
  std::string_view actual = "another array";
  for (int other = 1; other <= 105; ++other) {
    const Carrier c = CarrierOf(static_cast<DataType>(other));
    if (c.member == field.member && c.member != kNoMember) actual = c.array_name;
  }
  return {Code::kParameterInvalid,
          "data of field (" + name + ") with type " + std::string(DataTypeName(type)) +
              " is of another type" +
              Expected("need " + std::string(carrier.array_name), "got " + std::string(actual))};
}

// Rows of the payload, once the dimension of a vector is known to be sane.
Result<uint64_t> PayloadRows(const RawField& field, uint64_t row_count) {
  const auto type = static_cast<DataType>(field.type);
  // Elements; for vectors that come as they are stored, bytes.
  const uint64_t values = field.values ? field.values->count() : field.bytes.size();
  if (!IsDenseVector(type)) return values;
  // Where no row has a vector there may be no dimension.
  const bool all_null = !field.valid_data.empty() && field.valid_data.find(1) == std::string::npos;
  if (values == 0 && field.dim == 0 && (row_count == 0 || all_null)) return uint64_t{0};
  if (field.dim <= 0 || field.dim > std::numeric_limits<int>::max()) {
    return Status::Invalid("the dim (" + std::to_string(field.dim) + ") of field data(" +
                           std::string(field.name) + ") should be greater than 0");
  }
  if (type == DataType::kBinaryVector && field.dim % 8 != 0) {
    return Status::Invalid("the dim (" + std::to_string(field.dim) + ") of field data(" +
                           std::string(field.name) + ") should be multiple of 8");
  }
  const bool floats = type == DataType::kFloatVector || IsNarrowed(field);
  const uint64_t per_row =
      floats ? static_cast<uint64_t>(field.dim) : ValueBytes(type, static_cast<int>(field.dim));
  if (values % per_row != 0) {
    const std::string_view name = CarrierOf(type).array_name;
    return Status::Invalid("the length(" + std::to_string(values) + ") of " +
                           std::string(name.substr(0, name.find(' '))) + " data should divide the dim(" +
                           std::to_string(field.dim) + "), field (" + std::string(field.name) + ")");
  }
  return values / per_row;
}

Status CheckRows(const RawField& field, uint64_t payload_rows, uint64_t row_count,
                 uint64_t* null_bytes_left) {
  const std::string name(field.name);
  if (field.valid_data.empty()) {
    if (payload_rows == row_count) return Status::Ok();
    return Status::Invalid("the num_rows (" + std::to_string(payload_rows) + ") of field (" + name +
                           ") is not equal to passed num_rows (" + std::to_string(row_count) + ")");
  }
  if (field.valid_data.size() != row_count) {
    return {Code::kParameterInvalid,
            "the length of valid_data of field(" + name + ") is wrong" +
                Expected(std::to_string(row_count), std::to_string(field.valid_data.size()))};
  }
  const auto valid = static_cast<uint64_t>(std::count(field.valid_data.begin(), field.valid_data.end(), 1));
  if (payload_rows != valid) {
    return {Code::kParameterInvalid, "the length of field is wrong, field (" + name + ")" +
                                         Expected(std::to_string(valid), std::to_string(payload_rows))};
  }
  const auto type = static_cast<DataType>(field.type);
  const uint64_t nulls = row_count - valid;
  // A null scalar is little more than what was sent for it; a vector may be a thousand times as much.
  const bool is_vector = IsDenseVector(type);
  const uint64_t null_bytes = std::max<uint64_t>(8, ValueBytes(type, static_cast<int>(field.dim)));
  if (nulls > (is_vector ? *null_bytes_left : kNullBytesMax) / null_bytes) {
    return {Code::kParameterTooLarge, "field (" + name + ") with " + std::to_string(nulls) + " nulls of " +
                                          std::to_string(null_bytes) + " bytes each: the nulls of one " +
                                          (is_vector ? "request" : "column") + " exceed " +
                                          std::to_string(kNullBytesMax) + " bytes: parameter too large"};
  }
  if (is_vector) *null_bytes_left -= nulls * null_bytes;
  return Status::Ok();
}

// Every text is valid when all of them together are and none starts inside a character.
Status CheckTexts(const RawField& field, const Column& column) {
  const ColumnView view = column.view();
  const std::string_view all(reinterpret_cast<const char*>(view.data), view.data_bytes());
  bool valid = IsValidUtf8(all);
  for (size_t row = 0; valid && row < view.row_count; ++row) {
    const uint64_t at = view.offsets[row];
    valid = at == all.size() || (static_cast<unsigned char>(all[at]) & 0xc0) != 0x80;
  }
  if (valid) return Status::Ok();
  size_t row = 0;
  while (row + 1 < view.row_count && IsValidUtf8(view.TextAt(row))) ++row;
  return Status::Invalid("field (" + std::string(field.name) + ") has invalid UTF-8 in row " +
                         std::to_string(row));
}

Column WithNulls(const Column& compact, const std::string& valid) {
  Column full(compact.field(), compact.type(), compact.dim());
  const ColumnView from = compact.view();
  full.Reserve(valid.size(), IsVariableLength(compact.type()) ? from.data_bytes() : 0);
  size_t next = 0;
  for (const char present : valid) {
    if (present != 0)
      full.AppendFrom(from, next++);
    else
      full.AppendNull();
  }
  return full;
}

// The texts of these types are read where the schema is known.
DataType HeldAs(DataType type) {
  return type == DataType::kTimestamptz || type == DataType::kGeometry ? DataType::kVarChar : type;
}

// The payload, which has rows, into the column of `out`.
Status AppendPayload(const RawField& field, uint64_t rows, InputColumn* out) {
  Column* const column = &out->column;
  const DataType type = column->type();
  if (type == DataType::kArray) {
    RK_ASSIGN_OR_RETURN(out->element_type, AppendArrays(field.name, *field.values, column));
  } else if (type == DataType::kFloatVector) {
    AppendPackedVectors(*field.values, column);
  } else if (IsNarrowed(field)) {
    AppendNarrowed(*field.values, column);
  } else if (IsDenseVector(type)) {
    column->AppendRaw(field.bytes.data(), rows);
  } else {
    return AppendPacked(*field.values, column);
  }
  return Status::Ok();
}

}  // namespace

namespace {

// Lists of vectors: how many rows they are is known when they are read.
Result<InputColumn> TakeLists(const RawField& field, uint64_t row_count, uint64_t* null_bytes_left) {
  RK_ASSIGN_OR_RETURN(DecodedLists lists, DecodeVectorLists(field.name, field.lists));
  const uint64_t rows = lists.column.row_count();
  RK_RETURN_IF_ERROR(CheckRows(field, rows, row_count, null_bytes_left));
  InputColumn out{std::string(field.name), field.is_dynamic, std::move(lists.column)};
  out.element_type = lists.element;
  out.has_valid_data = !field.valid_data.empty();
  if (rows < row_count) out.column = WithNulls(out.column, field.valid_data);
  return out;
}

Result<InputColumn> TakeColumn(const RawField& field, uint64_t row_count, uint64_t* null_bytes_left) {
  RK_RETURN_IF_ERROR(CheckType(field));
  if (static_cast<DataType>(field.type) == DataType::kArrayOfVector)
    return TakeLists(field, row_count, null_bytes_left);
  RK_ASSIGN_OR_RETURN(const uint64_t payload_rows, PayloadRows(field, row_count));
  RK_RETURN_IF_ERROR(CheckRows(field, payload_rows, row_count, null_bytes_left));
  const auto type = static_cast<DataType>(field.type);
  const DataType held = HeldAs(type);
  InputColumn out{std::string(field.name), field.is_dynamic,
                  Column(FieldId(), held, IsDenseVector(type) ? static_cast<int>(field.dim) : 0)};
  if (held != type) out.stands_for = type;
  if (payload_rows > 0) RK_RETURN_IF_ERROR(AppendPayload(field, payload_rows, &out));
  if (held == DataType::kVarChar || held == DataType::kText)
    RK_RETURN_IF_ERROR(CheckTexts(field, out.column));
  out.has_valid_data = !field.valid_data.empty();
  if (payload_rows < row_count) out.column = WithNulls(out.column, field.valid_data);
  return out;
}

Result<std::vector<std::string_view>> SubFieldsOf(const RawField& field) {
  std::vector<std::string_view> sub_fields;
  for (const std::string_view body : field.structs) {
    PbReader r(body);
    while (r.Next()) {
      if (r.tag() == PbLen(1)) sub_fields.push_back(r.bytes());
      if (sub_fields.size() > kSubFieldsMax) {
        return Status(Code::kParameterTooLarge, "more than " + std::to_string(kSubFieldsMax) +
                                                    " fields in struct array field " +
                                                    std::string(field.name) + ": parameter too large");
      }
    }
    if (!r.ok()) return MalformedRequest("StructArrayField");
  }
  if (sub_fields.empty())
    return Status::Invalid("struct array field (" + std::string(field.name) + ") has no fields");
  return sub_fields;
}

}  // namespace

Result<InputColumn> DecodeFieldData(std::string_view bytes, uint64_t row_count, uint64_t* null_bytes_left) {
  RawField field;
  if (!Collect(bytes, &field)) return MalformedRequest("FieldData");
  return TakeColumn(field, row_count, null_bytes_left);
}

Status AppendFieldData(std::string_view bytes, uint64_t row_count, uint64_t* null_bytes_left,
                       std::vector<InputColumn>* columns) {
  RawField field;
  if (!Collect(bytes, &field)) return MalformedRequest("FieldData");
  if (field.type != kArrayOfStruct || field.member != kStructMember) {
    RK_ASSIGN_OR_RETURN(InputColumn column, TakeColumn(field, row_count, null_bytes_left));
    columns->push_back(std::move(column));
    return Status::Ok();
  }
  RK_ASSIGN_OR_RETURN(const auto sub_fields, SubFieldsOf(field));
  for (const std::string_view sub_field : sub_fields) {
    RK_ASSIGN_OR_RETURN(InputColumn column, DecodeFieldData(sub_field, row_count, null_bytes_left));
    // Some clients send the whole name.
    if (!column.name.starts_with(std::string(field.name) + "[") || !column.name.ends_with(']'))
      column.name = SubFieldName(field.name, column.name);
    column.of_struct = true;
    columns->push_back(std::move(column));
  }
  return Status::Ok();
}

namespace {

// How a column's payload is laid out: the sizes of its nested messages, from the inside out.
struct PayloadSizes {
  uint32_t member = 0;
  DataType element = DataType::kNone;  // of an Array
  size_t packed_bytes = 0;             // of numbers, without tag and length
  size_t array_bytes = 0;              // of the array message, or of the vectors where there is none
  size_t holder_bytes = 0;             // of ScalarField or VectorField
  uint64_t dim = 0;                    // of vectors
};

size_t ValidRows(const ColumnView& view) {
  if (view.validity == nullptr) return view.row_count;
  size_t valid = 0;
  for (size_t row = 0; row < view.row_count; ++row) valid += view.IsValid(row) ? 1 : 0;
  return valid;
}

template <class T>
size_t VarintBytes(const ColumnView& view) {
  size_t bytes = 0;
  for (const T v : view.Values<T>()) bytes += PbVarintSize(static_cast<uint64_t>(static_cast<int64_t>(v)));
  return bytes;
}

size_t PackedBytes(const ColumnView& view) {
  switch (view.type) {
    case DataType::kInt8:
      return VarintBytes<int8_t>(view);
    case DataType::kInt16:
      return VarintBytes<int16_t>(view);
    case DataType::kInt32:
      return VarintBytes<int32_t>(view);
    case DataType::kInt64:
      return VarintBytes<int64_t>(view);
    default:
      return IsVector(view.type) ? ValidRows(view) * ValueBytes(view.type, view.dim) : view.data_bytes();
  }
}

PayloadSizes SizesOf(const ColumnView& view, DataType type, DataType element = DataType::kNone) {
  PayloadSizes sizes;
  sizes.element = element;
  sizes.member = CarrierOf(type).member;
  CHECK(sizes.member != kNoMember);
  sizes.dim = static_cast<uint64_t>(view.dim);
  if (view.type == DataType::kArray) {
    sizes.array_bytes = ArrayDataBytes(view, element);
  } else if (view.type == DataType::kArrayOfVector) {
    sizes.array_bytes = VectorListsBytes(view, element);
  } else if (view.type == DataType::kSparseFloatVector) {
    sizes.dim = static_cast<uint64_t>(SparseDimension(view));
    for (size_t row = 0; row < view.row_count; ++row) {
      if (view.IsValid(row)) sizes.array_bytes += PbLenFieldSize(1, view.TextAt(row).size());
    }
    if (sizes.dim != 0) sizes.array_bytes += 1 + PbVarintSize(sizes.dim);
  } else if (IsVariableLength(view.type)) {
    for (size_t row = 0; row < view.row_count; ++row)
      sizes.array_bytes += PbLenFieldSize(1, view.TextAt(row).size());
  } else {
    sizes.packed_bytes = PackedBytes(view);
    const bool in_message = !IsRawMember(sizes.member) && sizes.packed_bytes > 0;
    sizes.array_bytes = in_message ? PbLenFieldSize(1, sizes.packed_bytes) : sizes.packed_bytes;
  }
  const bool is_vector = sizes.member > kVectorMember;
  sizes.holder_bytes = PbLenFieldSize(sizes.member % kVectorMember, sizes.array_bytes);
  if (is_vector) sizes.holder_bytes += 1 + PbVarintSize(sizes.dim);
  return sizes;
}

template <class T>
void PutVarints(const ColumnView& view, PbWriter* w) {
  constexpr size_t kBlock = 4096;
  char block[kBlock + 10];
  char* p = block;
  for (const T v : view.Values<T>()) {
    p = PutPbVarint(p, static_cast<uint64_t>(static_cast<int64_t>(v)));
    if (p >= block + kBlock) {
      w->Raw(block, static_cast<size_t>(p - block));
      p = block;
    }
  }
  w->Raw(block, static_cast<size_t>(p - block));
}

void PutPacked(const ColumnView& view, PbWriter* w) {
  switch (view.type) {
    case DataType::kInt8:
      return PutVarints<int8_t>(view, w);
    case DataType::kInt16:
      return PutVarints<int16_t>(view, w);
    case DataType::kInt32:
      return PutVarints<int32_t>(view, w);
    case DataType::kInt64:
      return PutVarints<int64_t>(view, w);
    default:
      break;
  }
  if (!IsVector(view.type) || view.validity == nullptr) return w->Raw(view.data, view.data_bytes());
  const size_t bytes = ValueBytes(view.type, view.dim);
  for (size_t row = 0; row < view.row_count; ++row) {
    if (view.IsValid(row)) w->Raw(view.data + row * bytes, bytes);
  }
}

void PutArray(const ColumnView& view, const PayloadSizes& sizes, PbWriter* w) {
  if (view.type == DataType::kArray) {
    PutArrayData(view, sizes.element, w);
  } else if (view.type == DataType::kArrayOfVector) {
    PutVectorLists(view, sizes.element, w);
  } else if (view.type == DataType::kSparseFloatVector) {
    for (size_t row = 0; row < view.row_count; ++row) {
      if (view.IsValid(row)) w->Bytes(1, view.TextAt(row));
    }
    w->VarintIfSet(2, sizes.dim);
  } else if (IsVariableLength(view.type)) {
    for (size_t row = 0; row < view.row_count; ++row) w->Bytes(1, view.TextAt(row));
  } else if (sizes.packed_bytes > 0) {
    if (!IsRawMember(sizes.member)) w->LenHeader(1, sizes.packed_bytes);
    PutPacked(view, w);
  }
}

// A column of a nullable field says so even when no row is null.
bool HasValidData(const OutputColumn& column) {
  return (column.nullable || column.column.has_nulls()) && column.column.row_count() > 0;
}

// Of a StructArrayField.
size_t SubFieldsBytes(const OutputColumn& column) {
  size_t bytes = 0;
  for (const OutputColumn& sub_field : column.fields) bytes += PbLenFieldSize(1, FieldDataBytes(sub_field));
  return bytes;
}

size_t StructDataBytes(const OutputColumn& column) {
  return 1 + PbVarintSize(kArrayOfStruct) + PbLenFieldSize(2, column.name.size()) +
         PbLenFieldSize(8, SubFieldsBytes(column)) + 1 +
         PbVarintSize(static_cast<uint64_t>(column.column.field().value()));
}

void PutStructData(const OutputColumn& column, std::string* out) {
  PbWriter w(out);
  w.Varint(1, kArrayOfStruct);
  w.Bytes(2, column.name);
  w.Varint(5, static_cast<uint64_t>(column.column.field().value()));
  w.LenHeader(8, SubFieldsBytes(column));
  for (const OutputColumn& sub_field : column.fields) {
    w.LenHeader(1, FieldDataBytes(sub_field));
    PutFieldData(sub_field, out);
  }
}

}  // namespace

size_t FieldDataBytes(const OutputColumn& column) {
  if (!column.fields.empty()) return StructDataBytes(column);
  const ColumnView view = column.column.view();
  size_t bytes =
      1 + PbVarintSize(static_cast<uint64_t>(column.type())) + PbLenFieldSize(2, column.name.size());
  bytes += PbLenFieldSize(3, SizesOf(view, column.type(), column.element_type).holder_bytes);
  const uint64_t field_id = column.column.field().value();
  if (field_id != 0) bytes += 1 + PbVarintSize(field_id);
  if (column.is_dynamic) bytes += 2;
  if (HasValidData(column)) bytes += PbLenFieldSize(7, view.row_count);
  return bytes;
}

void PutFieldData(const OutputColumn& column, std::string* out) {
  if (!column.fields.empty()) return PutStructData(column, out);
  const ColumnView view = column.column.view();
  const PayloadSizes sizes = SizesOf(view, column.type(), column.element_type);
  PbWriter w(out);
  w.Varint(1, static_cast<uint64_t>(column.type()));
  w.Bytes(2, column.name);
  const bool is_vector = sizes.member > kVectorMember;
  w.LenHeader(is_vector ? 4 : 3, sizes.holder_bytes);
  if (is_vector) w.Varint(1, sizes.dim);
  w.LenHeader(sizes.member % kVectorMember, sizes.array_bytes);
  PutArray(view, sizes, &w);
  w.VarintIfSet(5, column.column.field().value());
  w.VarintIfSet(6, column.is_dynamic ? 1 : 0);
  if (!HasValidData(column)) return;
  w.LenHeader(7, view.row_count);
  for (size_t row = 0; row < view.row_count; ++row) w.PackedVarint(view.IsValid(row) ? 1 : 0);
}

size_t IdsBytes(const ColumnView& ids) {
  if (ids.row_count == 0) return 0;
  return PbLenFieldSize(1, SizesOf(ids, ids.type).array_bytes);
}

void PutIds(const ColumnView& ids, std::string* out) {
  if (ids.row_count == 0) return;
  PbWriter w(out);
  const PayloadSizes sizes = SizesOf(ids, ids.type);
  w.LenHeader(ids.type == DataType::kInt64 ? 1 : 2, sizes.array_bytes);
  PutArray(ids, sizes, &w);
}

}  // namespace redkite::wire
