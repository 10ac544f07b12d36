#include "rest/rows/vector_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "base/half.h"
#include "rest/rows/base64.h"
#include "types/sparse_vector.h"

namespace redkite::rest {
namespace {

using Kind = JsonValue::Kind;

// Without the words that every invalid parameter has: the caller has its own.
Status Wrong(std::string what) { return {Code::kParameterInvalid, std::move(what)}; }

Status WrongKind(DataType type, std::string_view expected, const JsonValue& value) {
  return Wrong("a " + std::string(DataTypeName(type)) + " is " + std::string(expected) + ", got " +
               std::string(value.KindName()));
}

Status WrongDim(size_t given, size_t expected) {
  return Wrong("the dim (" + std::to_string(given) + ") is not equal to schema dim (" +
               std::to_string(expected) + ")");
}

Status AppendFloats(DataType type, int dim, const JsonValue& value, std::string* bytes) {
  const size_t before = bytes->size(), expected = static_cast<size_t>(dim);
  bytes->resize(before + expected * sizeof(float));
  const auto count = value.CopyFloats(bytes->data() + before, expected);
  if (!count) return WrongKind(type, "an array of finite numbers", value);
  return *count == expected ? Status::Ok() : WrongDim(*count, expected);
}

// Halves are made of the floats in place: each takes the half of its bytes.
Status AppendHalves(DataType type, int dim, const JsonValue& value, std::string* bytes) {
  const size_t before = bytes->size();
  RK_RETURN_IF_ERROR(AppendFloats(type, dim, value, bytes));
  char* const at = bytes->data() + before;
  for (size_t i = 0; i < static_cast<size_t>(dim); ++i) {
    float number;
    std::memcpy(&number, at + i * sizeof number, sizeof number);
    const uint16_t half = type == DataType::kFloat16Vector ? HalfOfFloat(number) : BFloat16OfFloat(number);
    std::memcpy(at + i * sizeof half, &half, sizeof half);
  }
  bytes->resize(before + static_cast<size_t>(dim) * sizeof(uint16_t));
  return Status::Ok();
}

// Integers of a byte each.
Status AppendBytes(DataType type, size_t expected, const JsonValue& value, std::string* bytes) {
  const bool is_signed = type == DataType::kInt8Vector;
  const int64_t least = is_signed ? -128 : 0, most = is_signed ? 127 : 255;
  const size_t before = bytes->size();
  JsonValue wrong;
  value.EachItem([&](const JsonValue& item) {
    if (!item.is(Kind::kInteger) || item.integer() < least || item.integer() > most) wrong = item;
    bytes->push_back(static_cast<char>(item.integer()));
    return wrong.is(Kind::kAbsent);
  });
  if (!wrong.is(Kind::kAbsent) || !value.is(Kind::kArray)) {
    return Wrong("a " + std::string(DataTypeName(type)) + " is a base64 text or an array of integers from " +
                 std::to_string(least) + " to " + std::to_string(most) + ", got " +
                 (wrong.is_number() ? wrong.Json()
                                    : std::string((value.is(Kind::kArray) ? wrong : value).KindName())));
  }
  const size_t bits = type == DataType::kBinaryVector ? 8 : 1;
  const size_t given = bytes->size() - before;
  return given == expected ? Status::Ok() : WrongDim(given * bits, expected * bits);
}

Status AppendText(DataType type, int dim, std::string_view text, std::string* bytes) {
  const size_t before = bytes->size();
  if (!AppendFromBase64(text, bytes)) return Wrong("the text of the vector is not base64");
  const size_t given = bytes->size() - before, expected = ValueBytes(type, dim);
  if (given == expected) return Status::Ok();
  return Wrong("the vector has " + std::to_string(given) + " bytes, a " + std::string(DataTypeName(type)) +
               " of schema dim (" + std::to_string(dim) + ") has " + std::to_string(expected));
}

using Pair = std::pair<uint32_t, float>;

// A member of {"index": value}.
Status AddPair(std::string_view index, const JsonValue& value, std::vector<Pair>* pairs) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(index.data(), index.data() + index.size(), number);
  if (index.empty() || error != std::errc() || end != index.data() + index.size() || number > kSparseIndexMax)
    return Wrong("invalid index in sparse float vector: " + std::string(index.substr(0, 64)));
  const auto weight = static_cast<float>(value.real());
  if (!value.is_number() || !std::isfinite(weight))
    return Wrong("the values of a sparse float vector are finite numbers");
  pairs->emplace_back(static_cast<uint32_t>(number), weight);
  return Status::Ok();
}

// {"indices": [...], "values": [...]}.
Status AddLists(const JsonValue& indices, const JsonValue& values, std::vector<Pair>* pairs) {
  const auto count = values.CopyFloats(nullptr, 0);
  if (!count || *count != indices.size())
    return Wrong("a sparse float vector has as many indices as values, which are finite numbers");
  std::string weights(*count * sizeof(float), '\0');
  values.CopyFloats(weights.data(), *count);
  pairs->reserve(*count);
  const bool all = indices.EachItem([&](const JsonValue& item) {
    const int64_t index = item.is(Kind::kInteger) ? item.integer() : -1;
    if (index < 0 || index > kSparseIndexMax) return false;
    float weight;
    std::memcpy(&weight, weights.data() + pairs->size() * sizeof weight, sizeof weight);
    pairs->emplace_back(static_cast<uint32_t>(index), weight);
    return true;
  });
  return all ? Status::Ok()
             : Wrong("invalid index in sparse float vector, number " + std::to_string(pairs->size()));
}

Status AppendSparse(const JsonValue& value, std::string* bytes) {
  if (!value.is(Kind::kObject)) return WrongKind(DataType::kSparseFloatVector, "an object", value);
  std::vector<Pair> pairs;
  const JsonValue indices = value.Find("indices"), values = value.Find("values");
  Status status;
  if (indices.is(Kind::kArray) && values.is(Kind::kArray)) {
    status = AddLists(indices, values, &pairs);
  } else {
    value.EachMember([&](std::string_view key, const JsonValue& member) {
      status = AddPair(key, member, &pairs);
      return status.ok();
    });
  }
  RK_RETURN_IF_ERROR(status);
  std::sort(pairs.begin(), pairs.end());
  const size_t before = bytes->size();
  for (const auto& [index, weight] : pairs) {
    bytes->append(reinterpret_cast<const char*>(&index), sizeof index);
    bytes->append(reinterpret_cast<const char*>(&weight), sizeof weight);
  }
  return CheckSparseRow(std::string_view(*bytes).substr(before));
}

}  // namespace

bool HasTextForm(DataType type) {
  return type == DataType::kBinaryVector || type == DataType::kFloat16Vector ||
         type == DataType::kBFloat16Vector || type == DataType::kInt8Vector;
}

Status AppendVector(DataType type, int dim, const JsonValue& value, std::string* bytes) {
  if (value.is(Kind::kText) && HasTextForm(type)) return AppendText(type, dim, value.text(), bytes);
  switch (type) {
    case DataType::kFloatVector:
      return AppendFloats(type, dim, value, bytes);
    case DataType::kFloat16Vector:
    case DataType::kBFloat16Vector:
      return AppendHalves(type, dim, value, bytes);
    case DataType::kBinaryVector:
    case DataType::kInt8Vector:
      return AppendBytes(type, ValueBytes(type, dim), value, bytes);
    case DataType::kSparseFloatVector:
      return AppendSparse(value, bytes);
    default:
      return Wrong("not a vector: " + std::string(DataTypeName(type)));
  }
}

}  // namespace redkite::rest
