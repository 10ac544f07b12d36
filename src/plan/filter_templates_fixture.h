// Template values for the tests and fuzzers of filters. Thread safety: pure functions.
#pragma once

#include <cmath>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

#include "types/template_value.h"

namespace redkite::plan {

inline TemplateArray ArrayOf(std::initializer_list<bool> values) {
  TemplateArray array;
  array.values = Column(FieldId(), DataType::kBool, 0);
  for (const bool v : values) array.values.Append<uint8_t>(v);
  return array;
}
inline TemplateArray ArrayOf(std::initializer_list<int64_t> values) {
  TemplateArray array;
  array.values = Column(FieldId(), DataType::kInt64, 0);
  for (const int64_t v : values) array.values.Append<int64_t>(v);
  return array;
}
inline TemplateArray ArrayOf(std::initializer_list<double> values) {
  TemplateArray array;
  array.values = Column(FieldId(), DataType::kDouble, 0);
  for (const double v : values) array.values.Append<double>(v);
  return array;
}
/// VarChar, or JSON: one encoded value each.
inline TemplateArray ArrayOf(std::initializer_list<std::string_view> values,
                             DataType type = DataType::kVarChar) {
  TemplateArray array;
  array.values = Column(FieldId(), type, 0);
  for (const std::string_view v : values) array.values.AppendText(v);
  return array;
}
template <class... Arrays>
TemplateArray ArrayOfArrays(Arrays... arrays) {
  TemplateArray array;
  (array.arrays.push_back(std::move(arrays)), ...);
  return array;
}
inline TemplateValue Given(TemplateArray array) {
  return {std::make_shared<const TemplateArray>(std::move(array))};
}

/// One of each kind; what FilterMaker uses.
inline const TemplateValues& FuzzTemplates() {
  static const auto* const values = new TemplateValues{
      {"t", {true}},
      {"x", {int64_t{5}}},
      {"r", {0.5}},
      {"nan", {std::nan("")}},
      {"s", {std::string("ap%")}},
      {"bools", Given(ArrayOf({true}))},
      {"ints", Given(ArrayOf({int64_t{1}, int64_t{-2}, int64_t{5}, int64_t{1}}))},
      {"list", Given(ArrayOf({1.5, 2.0, -0.0, std::nan("")}))},
      {"texts", Given(ArrayOf({std::string_view("apple"), std::string_view("é"), std::string_view("")}))},
      {"json", Given(ArrayOf({"1", "2.5", "\"apple\"", "true", "[1, [2.0]]"}, DataType::kJson))},
      {"scalars", Given(ArrayOf({"1", "2.5", "\"x\\u0041\"", "true"}, DataType::kJson))},
      {"nested", Given(ArrayOfArrays(ArrayOf({int64_t{1}, int64_t{2}}), ArrayOfArrays(ArrayOf({true}))))},
      {"none", Given(TemplateArray())},
  };
  return *values;
}

}  // namespace redkite::plan
