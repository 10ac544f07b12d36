// Rows with a struct array and a model of them, for tests. Tests only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "types/array_value.h"
#include "types/column.h"
#include "types/schema.h"

namespace redkite::exec {

struct ModelElement {
  int32_t n = 0;
  std::string t;
  float v[2] = {};
};
using ModelElements = std::optional<std::vector<ModelElement>>;  // nothing: null

/// `id` (key) and the nullable `s` of `n` Int32, `t` VarChar and `v` FloatVector.
struct StructRows {
  static constexpr FieldId kKey{100}, kStruct{101}, kNumber{102}, kText{103}, kVector{104};

  static std::shared_ptr<const CollectionSchema> Schema() {
    auto schema = std::make_shared<CollectionSchema>();
    StructSchema of;
    of.id = kStruct;
    of.name = "s";
    of.nullable = true;
    schema->structs = {of};
    const auto add = [&](FieldId id, std::string name, DataType type, DataType element) -> FieldSchema& {
      FieldSchema& field = schema->fields.emplace_back();
      field.id = id;
      field.name = std::move(name);
      field.type = type;
      field.element_type = element;
      field.max_capacity = 8;
      if (id != kKey) field.struct_id = kStruct;
      field.nullable = id != kKey;
      return field;
    };
    add(kKey, "id", DataType::kInt64, DataType::kNone).is_primary = true;
    add(kNumber, "s[n]", DataType::kArray, DataType::kInt32);
    add(kText, "s[t]", DataType::kArray, DataType::kVarChar).max_length = 8;
    add(kVector, "s[v]", DataType::kArrayOfVector, DataType::kFloatVector).dim = 2;
    return schema;
  }

  StructRows() {
    rows.columns.emplace_back(kKey, DataType::kInt64, 0);
    rows.columns.emplace_back(kNumber, DataType::kArray, 0);
    rows.columns.emplace_back(kText, DataType::kArray, 0);
    rows.columns.emplace_back(kVector, DataType::kArrayOfVector, 2);
  }
  void Add(const ModelElements& elements, int64_t key) {
    model.push_back(elements);
    rows.columns[0].Append<int64_t>(key);
    ++rows.row_count;
    if (!elements) {
      for (size_t c = 1; c < rows.columns.size(); ++c) rows.columns[c].AppendNull();
      return;
    }
    ArrayBuilder numbers(DataType::kInt32), texts(DataType::kVarChar);
    std::string vectors;
    for (const ModelElement& e : *elements) {
      numbers.Append(e.n);
      texts.AppendText(e.t);
      vectors.append(reinterpret_cast<const char*>(e.v), sizeof e.v);
    }
    rows.columns[1].AppendText(numbers.Finish());
    rows.columns[2].AppendText(texts.Finish());
    rows.columns[3].AppendText(vectors);
  }
  void AddRandom(Random* random, size_t count, int64_t first_key = 0) {
    for (size_t i = 0; i < count; ++i) {
      const int64_t key = first_key + static_cast<int64_t>(i);
      if (random->Below(8) == 0) {
        Add(std::nullopt, key);
        continue;
      }
      std::vector<ModelElement> elements(random->Below(6));
      for (ModelElement& e : elements) {
        e.n = static_cast<int32_t>(random->Below(10));
        e.t = std::string(random->Below(3), 'a');
        for (float& x : e.v) x = static_cast<float>(random->Below(64)) / 8;
      }
      Add(elements, key);
    }
  }

  RowBatch rows;
  std::vector<ModelElements> model;
};

}  // namespace redkite::exec
