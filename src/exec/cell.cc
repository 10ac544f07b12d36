#include "exec/cell.h"

#include <bit>
#include <functional>

namespace redkite::exec {
namespace {

template <class T>
int CompareNumbers(T a, T b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

}  // namespace

Cell Cell::At(const ColumnView* column, size_t row) {
  if (column == nullptr || !column->IsValid(row)) return Cell();
  switch (column->type) {
    case DataType::kBool:
      return Of(int64_t{column->At<uint8_t>(row) != 0});
    case DataType::kInt8:
      return Of(int64_t{column->At<int8_t>(row)});
    case DataType::kInt16:
      return Of(int64_t{column->At<int16_t>(row)});
    case DataType::kInt32:
      return Of(int64_t{column->At<int32_t>(row)});
    case DataType::kInt64:
    case DataType::kTimestamptz:
      return Of(column->At<int64_t>(row));
    case DataType::kFloat:
      return Of(double{column->At<float>(row)});
    case DataType::kDouble:
      return Of(column->At<double>(row));
    default:
      CHECK(column->type == DataType::kVarChar);
      return Of(column->TextAt(row));
  }
}

int Cell::Compare(const Cell& other) const {
  DCHECK(kind_ == other.kind_ && !is_null());
  switch (kind_) {
    case Kind::kInteger:
      return CompareNumbers(integer_, other.integer_);
    case Kind::kReal:
      return CompareNumbers(real_, other.real_);
    default:
      return text_.compare(other.text_);
  }
}

uint64_t Cell::Hash() const {
  if (kind_ == Kind::kText) return std::hash<std::string_view>()(text_);
  uint64_t h = is_null() ? 0x9e3779b97f4a7c15 : static_cast<uint64_t>(integer_);
  if (kind_ == Kind::kReal) h = std::bit_cast<uint64_t>(real_ + 0.0);  // one zero
  // The last step of splitmix64: neighbouring numbers get far apart.
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9;
  h = (h ^ (h >> 27)) * 0x94d049bb133111eb;
  return h ^ (h >> 31);
}

void Cell::AppendTo(Column* column) const {
  if (is_null()) return column->AppendNull();
  switch (column->type()) {
    case DataType::kBool:
      return column->Append<uint8_t>(integer_ != 0);
    case DataType::kInt8:
      return column->Append<int8_t>(static_cast<int8_t>(integer_));
    case DataType::kInt16:
      return column->Append<int16_t>(static_cast<int16_t>(integer_));
    case DataType::kInt32:
      return column->Append<int32_t>(static_cast<int32_t>(integer_));
    case DataType::kInt64:
    case DataType::kTimestamptz:
      return column->Append<int64_t>(integer_);
    case DataType::kFloat:
      return column->Append<float>(static_cast<float>(real_));
    case DataType::kDouble:
      return column->Append<double>(real_);
    default:
      return column->AppendText(text_);
  }
}

int CompareInDirection(const Cell& a, const Cell& b, const plan::Direction& direction) {
  if (a.is_null() || b.is_null()) {
    if (a.is_null() && b.is_null()) return 0;
    return a.is_null() == direction.nulls_first ? -1 : 1;
  }
  const int order = a.Compare(b);
  return direction.descending ? -order : order;
}

}  // namespace redkite::exec
