#include "wire/structs/vector_lists.h"

#include <limits>
#include <string>
#include <utility>

#include "types/array_value.h"
#include "wire/field_members.h"
#include "wire/pb_reader.h"
#include "wire/status_map.h"

namespace redkite::wire {
namespace {

constexpr DataType kElements[] = {DataType::kFloatVector, DataType::kBinaryVector, DataType::kFloat16Vector,
                                  DataType::kBFloat16Vector, DataType::kInt8Vector};

DataType ElementOf(uint32_t member) {
  for (const DataType type : kElements) {
    if (CarrierOf(type).member == member) return type;
  }
  return DataType::kNone;
}

/// A row, its vectors as they are stored.
struct Row {
  int64_t dim = 0;
  MemberValues values;
  std::string_view bytes() const { return values.values ? values.values->encoded() : values.bytes; }
};

bool ReadRow(std::string_view message, Row* row) {
  PbReader r(message);
  while (r.Next()) {
    const uint32_t number = r.tag() >> 3;
    if (r.tag() == PbVarint(1)) row->dim = r.int64();
    if ((r.tag() & 7) != 2 || number < 2 || number > 8) continue;
    if (!row->values.Collect(kVectorMember + number, r.bytes())) return false;
  }
  return r.ok();
}

std::string Named(std::string_view field) { return "array of vector field " + std::string(field); }

/// Calls `each` with every row, read; false when something is malformed or `each` says so.
template <class F>
bool ForEachRow(std::span<const std::string_view> bodies, F each) {
  for (const std::string_view body : bodies) {
    PbReader r(body);
    while (r.Next()) {
      if (r.tag() != PbLen(2)) continue;
      Row row;
      if (!ReadRow(r.bytes(), &row) || !each(row)) return false;
    }
    if (!r.ok()) return false;
  }
  return true;
}

// What the message says; where it says nothing, its first row with vectors.
int64_t DimOf(std::span<const std::string_view> bodies) {
  int64_t dim = 0;
  for (const std::string_view body : bodies) {
    for (PbReader r(body); r.Next();) {
      if (r.tag() == PbVarint(1)) dim = r.int64();
    }
  }
  if (dim != 0) return dim;
  ForEachRow(bodies, [&dim](const Row& row) {
    if (!row.bytes().empty()) dim = row.dim;
    return row.bytes().empty();
  });
  return dim;
}

class ListReader {
 public:
  ListReader(std::string_view field, int64_t dim)
      : field_(field),
        dim_(dim),
        lists_{DataType::kNone, Column(FieldId(), DataType::kArrayOfVector, Held(dim))} {}

  Status Append(const Row& row) {
    const std::string_view bytes = row.bytes();
    const bool other = row.values.member != kNoMember && ElementOf(row.values.member) == DataType::kNone;
    if (other)
      return Status::Invalid("vectors of " + Named(field_) + " are of a type that lists do not hold");
    if (!bytes.empty()) RK_RETURN_IF_ERROR(Check(row, bytes));
    lists_.column.AppendText(bytes);
    return Status::Ok();
  }
  DecodedLists Take() { return std::move(lists_); }

 private:
  // One that is out of range is refused with the first vector.
  static int Held(int64_t dim) {
    return dim > 0 && dim <= std::numeric_limits<int>::max() ? static_cast<int>(dim) : 0;
  }
  Status Check(const Row& row, std::string_view bytes) {
    const DataType type = ElementOf(row.values.member);
    DataType& element = lists_.element;
    if (element == DataType::kNone) element = type;
    if (element != type) {
      return Status::Invalid("rows of " + Named(field_) + " have different types: " +
                             std::string(DataTypeName(element)) + ", " + std::string(DataTypeName(type)));
    }
    const size_t width = ValueBytes(type, Held(dim_));
    const bool whole_bytes = type != DataType::kBinaryVector || dim_ % 8 == 0;
    if (width == 0 || !whole_bytes || (row.dim != 0 && row.dim != dim_)) {
      return Status::Invalid("the dim (" + std::to_string(row.dim) + ") of a row of " + Named(field_) +
                             " is not valid, the dim of all rows: " + std::to_string(dim_));
    }
    if (bytes.size() % width != 0) {
      return Status::Invalid("the length(" + std::to_string(bytes.size()) + ") of a row of " + Named(field_) +
                             " should divide the size of a vector(" + std::to_string(width) + ")");
    }
    if (bytes.size() / width > kArrayCapacityMax)
      return ArrayTooLong(Named(field_), bytes.size() / width, kArrayCapacityMax);
    return Status::Ok();
  }

  const std::string_view field_;
  const int64_t dim_;
  DecodedLists lists_;
};

// The sizes of a row's nested messages, from the inside out.
struct RowSizes {
  size_t member;  // FloatArray, or the bytes themselves
  size_t vector_field;
};

RowSizes SizesOf(std::string_view row, DataType element, int dim) {
  RowSizes sizes{};
  const bool packed = element == DataType::kFloatVector && !row.empty();
  sizes.member = packed ? PbLenFieldSize(1, row.size()) : row.size();
  sizes.vector_field = 1 + PbVarintSize(static_cast<uint64_t>(dim)) +
                       PbLenFieldSize(CarrierOf(element).member - kVectorMember, sizes.member);
  return sizes;
}

}  // namespace

Result<DecodedLists> DecodeVectorLists(std::string_view field, std::span<const std::string_view> bodies) {
  ListReader reader(field, DimOf(bodies));
  Status status;
  const bool well_formed = ForEachRow(bodies, [&](const Row& row) {
    status = reader.Append(row);
    return status.ok();
  });
  RK_RETURN_IF_ERROR(status);
  if (!well_formed) return MalformedRequest("VectorArray");
  return reader.Take();
}

size_t VectorListsBytes(const ColumnView& lists, DataType element) {
  size_t bytes = 1 + PbVarintSize(static_cast<uint64_t>(lists.dim));
  for (size_t row = 0; row < lists.row_count; ++row)
    bytes += PbLenFieldSize(2, SizesOf(lists.TextAt(row), element, lists.dim).vector_field);
  return bytes + 1 + PbVarintSize(static_cast<uint64_t>(element));
}

void PutVectorLists(const ColumnView& lists, DataType element, PbWriter* w) {
  w->Varint(1, static_cast<uint64_t>(lists.dim));
  for (size_t row = 0; row < lists.row_count; ++row) {
    const std::string_view bytes = lists.TextAt(row);
    const RowSizes sizes = SizesOf(bytes, element, lists.dim);
    w->LenHeader(2, sizes.vector_field);
    w->Varint(1, static_cast<uint64_t>(lists.dim));
    w->LenHeader(CarrierOf(element).member - kVectorMember, sizes.member);
    if (sizes.member > bytes.size()) w->LenHeader(1, bytes.size());
    w->Raw(bytes.data(), bytes.size());
  }
  w->Varint(3, static_cast<uint64_t>(element));
}

}  // namespace redkite::wire
