// The collection that the filter tests use. Tests only.
#pragma once

#include <string>
#include <utility>

#include "plan/filter_plan.h"
#include "types/schema.h"

namespace redkite::plan {

inline CollectionSchema FilterTestSchema(bool dynamic = true) {
  CollectionSchema schema;
  schema.name = "c";
  schema.enable_dynamic_field = dynamic;
  int64_t id = 100;
  auto add = [&](const char* name, DataType type, bool nullable) -> FieldSchema& {
    FieldSchema field;
    field.id = FieldId(id++);
    field.name = name;
    field.type = type;
    field.nullable = nullable;
    schema.fields.push_back(field);
    return schema.fields.back();
  };
  add("id", DataType::kInt64, false).is_primary = true;                // 100
  add("b", DataType::kBool, true);                                     // 101
  add("i8", DataType::kInt8, true);                                    // 102
  add("i16", DataType::kInt16, false);                                 // 103
  add("i32", DataType::kInt32, true);                                  // 104
  add("i64", DataType::kInt64, true);                                  // 105
  add("f", DataType::kFloat, true);                                    // 106
  add("d", DataType::kDouble, true);                                   // 107
  add("s", DataType::kVarChar, true);                                  // 108
  add("t", DataType::kVarChar, false);                                 // 109
  add("j", DataType::kJson, true);                                     // 110
  add("arr", DataType::kArray, true).element_type = DataType::kInt64;  // 111
  add("v", DataType::kFloatVector, false).dim = 4;                     // 112
  if (dynamic) add("$meta", DataType::kJson, true).is_dynamic = true;  // 113
  const auto add_array = [&](const char* name, DataType element) {
    add(name, DataType::kArray, true).element_type = element;
    if (dynamic) std::swap(schema.fields.back(), schema.fields[schema.fields.size() - 2]);  // $meta is last
  };
  id = 120;
  add_array("ab", DataType::kBool);     // 120
  add_array("ai8", DataType::kInt8);    // 121
  add_array("ai16", DataType::kInt16);  // 122
  add_array("ai32", DataType::kInt32);  // 123
  add_array("af", DataType::kFloat);    // 124
  add_array("ad", DataType::kDouble);   // 125
  add_array("as", DataType::kVarChar);  // 126
  return schema;
}

/// The plan of a text in canonical form, or "error CODE: reason".
inline std::string CanonicalFilter(const std::string& text, const TemplateValues& templates = {}) {
  const Result<FilterPlan> plan = ParseFilter(text, FilterTestSchema(), templates);
  if (plan.ok()) return plan->ToString();
  return "error " + std::to_string(static_cast<int>(plan.status().code())) + ": " + plan.status().message();
}

}  // namespace redkite::plan
