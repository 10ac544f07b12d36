#include "wire/array_data.h"

#include <string>
#include <type_traits>

#include "types/array_value.h"
#include "wire/field_members.h"
#include "wire/pb_reader.h"
#include "wire/status_map.h"

namespace redkite::wire {
namespace {

DataType ElementOf(uint32_t member) {
  for (const DataType type : {DataType::kBool, DataType::kInt32, DataType::kInt64, DataType::kFloat,
                              DataType::kDouble, DataType::kVarChar}) {
    if (CarrierOf(type).member == member) return type;
  }
  return DataType::kNone;
}

/// Turns rows into array values one by one; the first row with elements says what all others must have.
class ArrayReader {
 public:
  ArrayReader(std::string_view field, Column* column) : field_(field), column_(column) {}
  DataType element() const { return element_; }

  Status Append(std::string_view scalar_field) {
    MemberValues row;
    if (!row.CollectScalars(scalar_field)) return MalformedRequest("FieldData");
    if (row.member == kNoMember) {
      column_->AppendText({});
      return Status::Ok();
    }
    RK_RETURN_IF_ERROR(CheckElement(ElementOf(row.member)));
    const size_t length = row.values->count();
    if (length > kArrayCapacityMax) return ArrayTooLong("array field " + field_, length, kArrayCapacityMax);
    elements_.Clear();
    RK_RETURN_IF_ERROR(AppendPacked(*row.values, &elements_));
    AppendElements();
    return Status::Ok();
  }

 private:
  Status CheckElement(DataType type) {
    if (type == DataType::kNone)
      return Status::Invalid("elements of array field " + field_ + " are of a type that arrays do not hold");
    if (element_ == DataType::kNone) {
      element_ = type;
      elements_ = Column(FieldId(), type, 0);
    }
    if (element_ == type) return Status::Ok();
    return {Code::kParameterInvalid, "rows of array field " + field_ +
                                         " have different element types: invalid parameter[expected=need " +
                                         std::string(CarrierOf(element_).array_name) + "][actual=got " +
                                         std::string(CarrierOf(type).array_name) + "]"};
  }
  void AppendElements() {
    const ColumnView view = elements_.view();
    if (view.offsets == nullptr) {
      column_->AppendText({reinterpret_cast<const char*>(view.data), view.data_bytes()});
      return;
    }
    for (size_t i = 0; i < view.row_count; ++i) texts_.AppendText(view.TextAt(i));
    column_->AppendText(texts_.Finish());
  }

  const std::string field_;
  Column* const column_;
  DataType element_ = DataType::kNone;
  Column elements_;  // of the row at hand
  ArrayBuilder texts_{DataType::kVarChar};
};

ArrayValue ValueAt(const ColumnView& arrays, size_t row, DataType element) {
  return ArrayValue::Parse(element, arrays.TextAt(row)).value_or(ArrayValue());
}

// The values of a BoolArray, IntArray …: of numbers without tag and length, of texts with those of each.
size_t ValuesBytes(const ArrayValue& array) {
  size_t bytes = 0;
  array.ForEach([&](auto v) {
    using T = decltype(v);
    if constexpr (std::is_same_v<T, std::string_view>)
      bytes += PbLenFieldSize(1, v.size());
    else if constexpr (std::is_same_v<T, bool> || std::is_floating_point_v<T>)
      bytes += sizeof v;
    else
      bytes += PbVarintSize(static_cast<uint64_t>(static_cast<int64_t>(v)));
  });
  return bytes;
}

void PutValues(const ArrayValue& array, PbWriter* w) {
  array.ForEach([&](auto v) {
    using T = decltype(v);
    if constexpr (std::is_same_v<T, std::string_view>)
      w->Bytes(1, v);
    else if constexpr (std::is_floating_point_v<T>)
      w->Raw(&v, sizeof v);
    else
      w->PackedVarint(static_cast<uint64_t>(static_cast<int64_t>(v)));
  });
}

// The sizes of a row's nested messages, from the inside out.
struct RowSizes {
  size_t values;
  size_t message;  // BoolArray, IntArray …
  size_t scalar_field;
};
RowSizes SizesOf(const ArrayValue& array, DataType element) {
  RowSizes sizes{};
  sizes.values = ValuesBytes(array);
  const bool packed = element != DataType::kVarChar && sizes.values > 0;
  sizes.message = packed ? PbLenFieldSize(1, sizes.values) : sizes.values;
  sizes.scalar_field = PbLenFieldSize(CarrierOf(element).member, sizes.message);
  return sizes;
}

}  // namespace

Result<DataType> AppendArrays(std::string_view field, const PackedValues& rows, Column* column) {
  column->Reserve(rows.count(), rows.text_bytes());
  ArrayReader reader(field, column);
  for (PbReader r(rows.encoded()); r.Next();) {
    if (r.tag() == PbLen(1)) RK_RETURN_IF_ERROR(reader.Append(r.bytes()));
  }
  return reader.element();
}

size_t ArrayDataBytes(const ColumnView& arrays, DataType element) {
  size_t bytes = 1 + PbVarintSize(static_cast<uint64_t>(element));
  for (size_t row = 0; row < arrays.row_count; ++row)
    bytes += PbLenFieldSize(1, SizesOf(ValueAt(arrays, row, element), element).scalar_field);
  return bytes;
}

void PutArrayData(const ColumnView& arrays, DataType element, PbWriter* w) {
  for (size_t row = 0; row < arrays.row_count; ++row) {
    const ArrayValue array = ValueAt(arrays, row, element);
    const RowSizes sizes = SizesOf(array, element);
    w->LenHeader(1, sizes.scalar_field);
    w->LenHeader(CarrierOf(element).member, sizes.message);
    if (sizes.message > sizes.values) w->LenHeader(1, sizes.values);
    PutValues(array, w);
  }
  w->Varint(2, static_cast<uint64_t>(element));
}

}  // namespace redkite::wire
