// DataType: the field types, with the numbers of the wire and of the files.
#pragma once

#include <cstddef>
#include <string_view>

namespace redkite {

enum class DataType : int {
  kNone = 0,
  kBool = 1,
  kInt8 = 2,
  kInt16 = 3,
  kInt32 = 4,
  kInt64 = 5,
  kFloat = 10,
  kDouble = 11,
  kVarChar = 21,
  kArray = 22,
  kJson = 23,
  kGeometry = 24,
  kText = 25,
  kTimestamptz = 26,
  kBinaryVector = 100,
  kFloatVector = 101,
  kFloat16Vector = 102,
  kBFloat16Vector = 103,
  kSparseFloatVector = 104,
  kInt8Vector = 105,
  kArrayOfVector = 106,  // dense vectors, any number of them in a row; inside a struct array alone
};

/// "Int64", "VarChar", "FloatVector" …, as Milvus prints them; "None" for a number without a name.
std::string_view DataTypeName(DataType type);
/// Types that this build can store.
bool IsStorable(DataType type);
constexpr bool IsVector(DataType type) {
  return static_cast<int>(type) >= 100 && static_cast<int>(type) < 200;
}
/// Vectors of `dim` numbers or bits each, one in a row.
constexpr bool IsDenseVector(DataType type) {
  return IsVector(type) && type != DataType::kSparseFloatVector && type != DataType::kArrayOfVector;
}
constexpr bool IsInteger(DataType type) {
  return type == DataType::kInt8 || type == DataType::kInt16 || type == DataType::kInt32 ||
         type == DataType::kInt64;
}
constexpr bool IsFloating(DataType type) { return type == DataType::kFloat || type == DataType::kDouble; }
constexpr bool IsNumeric(DataType type) { return IsInteger(type) || IsFloating(type); }
/// Values of different length: VarChar, JSON, Array, SparseFloatVector, ArrayOfVector, Text and Geometry.
constexpr bool IsVariableLength(DataType type) {
  return type == DataType::kVarChar || type == DataType::kJson || type == DataType::kArray ||
         type == DataType::kSparseFloatVector || type == DataType::kArrayOfVector ||
         type == DataType::kText || type == DataType::kGeometry;
}
/// Bytes of one value of a fixed-length type (`dim` for vectors); 0 for variable length.
size_t ValueBytes(DataType type, int dim);

}  // namespace redkite
