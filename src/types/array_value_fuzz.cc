// Any bytes as an array of any element type: what is let through is read within its bounds, and its elements
// make the same bytes again. The input's first byte says which type.
#include <type_traits>

#include "base/testing/fuzz_input.h"
#include "base/testing/fuzz_target.h"
#include "types/array_value.h"

namespace redkite {
namespace {

void Run(std::string_view bytes) {
  constexpr DataType kElements[] = {DataType::kBool,   DataType::kInt8,   DataType::kInt16,
                                    DataType::kInt32,  DataType::kInt64,  DataType::kFloat,
                                    DataType::kDouble, DataType::kVarChar};
  fuzz::FuzzInput input(bytes);
  const DataType element = input.OneOf(kElements);
  const std::string value(input.Rest());
  // Bytes that a damaged map made of others: nothing beyond them is read.
  const ArrayValue stored = ArrayValue::OfStored(element, value);
  size_t held = 0;
  std::string texts;
  stored.ForEach([&](auto v) {
    ++held;
    if constexpr (std::is_same_v<decltype(v), std::string_view>) texts += v;
  });
  CHECK(held == stored.size() && texts.size() <= value.size() * (held + 1));
  const auto array = ArrayValue::Parse(element, value);
  if (!array) return;
  CHECK(stored.size() == array->size());
  ArrayBuilder builder(element);
  size_t seen = 0;
  array->ForEach([&](auto v) {
    ++seen;
    if constexpr (std::is_same_v<decltype(v), std::string_view>)
      builder.AppendText(v);
    else if constexpr (std::is_same_v<decltype(v), bool>)
      builder.Append<uint8_t>(v ? 1 : 0);
    else
      builder.Append(v);
  });
  CHECK(seen == array->size());
  CHECK(builder.Finish() == value);
}

fuzz::Inputs Seeds() {
  using namespace std::string_literals;
  return {"\0\1\0"s, "\4\1\2\3\4\5\6\7\10"s, "\7\3\0\0\0\1\0\0\0\1\0\0\0\4\0\0\0abcd"s, "\7"s};
}

}  // namespace
}  // namespace redkite

FUZZ_TARGET(array_value_fuzz, redkite::Run, redkite::Seeds, 20000)
