#include "types/default_value.h"

#include "base/check.h"

namespace redkite {

void AppendDefault(const DefaultValue& value, Column* column) {
  switch (column->type()) {
    case DataType::kBool:
      return column->Append<uint8_t>(value.integer != 0 ? 1 : 0);
    case DataType::kInt8:
      return column->Append<int8_t>(static_cast<int8_t>(value.integer));
    case DataType::kInt16:
      return column->Append<int16_t>(static_cast<int16_t>(value.integer));
    case DataType::kInt32:
      return column->Append<int32_t>(static_cast<int32_t>(value.integer));
    case DataType::kInt64:
    case DataType::kTimestamptz:
      return column->Append<int64_t>(value.integer);
    case DataType::kFloat:
      return column->Append<float>(static_cast<float>(value.real));
    case DataType::kDouble:
      return column->Append<double>(value.real);
    case DataType::kVarChar:
    case DataType::kGeometry:
      return column->AppendText(value.text);
    default:
      CHECK(false);  // refused when the collection was created
  }
}

}  // namespace redkite
