#include "exec/filter/json_cell.h"

#include <bit>

namespace redkite::exec {
namespace {

// What a cell's kind holds beside a JsonKind.
constexpr uint8_t kFlag = 0x80;  // a string with escapes, an object without members

constexpr uint8_t KindOf(JsonKind kind, bool flag = false) {
  return static_cast<uint8_t>(static_cast<uint8_t>(kind) | (flag ? kFlag : 0));
}

}  // namespace

uint32_t KindBitOf(JsonCell cell) { return KindBit(static_cast<JsonKind>(cell.kind & ~kFlag)); }

JsonCell PackJson(const JsonValue& value, std::string_view json) {
  const auto place = [&] { return static_cast<uint64_t>(value.text.data() - json.data()); };
  switch (value.kind) {
    case JsonKind::kBool:
      return {KindOf(value.kind), value.bool_value};
    case JsonKind::kInt:
      return {KindOf(value.kind), std::bit_cast<uint64_t>(value.int_value)};
    case JsonKind::kUint:
    case JsonKind::kDouble:
      return {KindOf(value.kind), std::bit_cast<uint64_t>(value.double_value)};
    case JsonKind::kString:
      return {KindOf(value.kind, value.escaped), place() << 32 | value.text.size()};
    case JsonKind::kArray:
      return {KindOf(value.kind), place()};
    case JsonKind::kObject:
      return {KindOf(value.kind, value.empty_object), 0};
    default:
      return {KindOf(value.kind), 0};
  }
}

JsonValue UnpackJson(JsonCell cell, const ColumnView& column, size_t row) {
  JsonValue value;
  const auto kind = static_cast<JsonKind>(cell.kind & ~kFlag);
  const bool flag = (cell.kind & kFlag) != 0;
  switch (kind) {
    case JsonKind::kBool:
      value.bool_value = cell.value != 0;
      break;
    case JsonKind::kInt:
      value.int_value = std::bit_cast<int64_t>(cell.value);
      value.double_value = static_cast<double>(value.int_value);
      break;
    case JsonKind::kUint:
    case JsonKind::kDouble:
      value.double_value = std::bit_cast<double>(cell.value);
      break;
    case JsonKind::kString: {
      const std::string_view json = column.TextAt(row);
      const uint64_t begin = cell.value >> 32, size = cell.value & 0xFFFFFFFF;
      // A mapped file that became shorter reads as zeros (io/map_guard.h).
      if (begin + size > json.size()) return value;
      value.text = json.substr(begin, size);
      value.escaped = flag;
      break;
    }
    case JsonKind::kArray: {
      const std::string_view json = column.TextAt(row);
      if (cell.value > json.size()) return value;
      value.text = json.substr(cell.value);
      break;
    }
    case JsonKind::kObject:
      value.empty_object = flag;
      break;
    default:
      break;
  }
  value.kind = kind;
  return value;
}

}  // namespace redkite::exec
