// Schema: a collection's fields as plain data. Field ids are never reused; rename is metadata.
// Thread safety: plain data; published ones are shared as `shared_ptr<const CollectionSchema>`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "types/data_type.h"
#include "types/default_value.h"
#include "types/ids.h"

namespace redkite {

/// Key and value texts in the order in which the client sent them.
using Params = std::vector<std::pair<std::string, std::string>>;
/// The value of `key`, or nullptr.
const std::string* FindParam(const Params& params, std::string_view key);

/// The hidden JSON field that holds the keys which no field declares.
inline constexpr std::string_view kDynamicFieldName = "$meta";

struct FieldSchema {
  FieldId id;
  std::string name;
  std::string description;
  DataType type = DataType::kNone;
  bool is_primary = false;
  bool auto_id = false;
  bool is_dynamic = false;
  bool nullable = false;
  bool is_partition_key = false;
  bool is_clustering_key = false;
  int dim = 0;                              // dense vectors
  int max_length = 0;                       // VarChar, also as elements of an Array; in bytes
  DataType element_type = DataType::kNone;  // Array and ArrayOfVector
  int max_capacity = 0;                     // of these: elements at most
  FieldId struct_id;                        // of a sub-field: its struct array; else 0
  DefaultValue default_value;
  Params type_params;  // as sent, for describe
  bool operator==(const FieldSchema&) const = default;

  /// The type of one vector of a vector field: of an ArrayOfVector that of its elements.
  DataType vector_type() const { return type == DataType::kArrayOfVector ? element_type : type; }
  /// Of a sub-field its name inside the struct.
  std::string_view sub_name() const;
};

/// An array of structs. Its sub-fields are fields like others, an Array or ArrayOfVector each, named
/// "struct[sub]", with its id; in a row all of them have the same number of elements.
struct StructSchema {
  FieldId id;  // of the same space as those of fields
  std::string name;
  std::string description;
  bool nullable = false;  // and so is each sub-field
  Params type_params;     // as sent, for describe
  bool operator==(const StructSchema&) const = default;
};
/// "struct[sub]".
std::string SubFieldName(std::string_view struct_name, std::string_view sub_name);

struct CollectionSchema {
  std::string name;
  std::string description;
  bool auto_id = false;
  bool enable_dynamic_field = false;
  uint32_t version = 0;             // grows with each change
  std::vector<FieldSchema> fields;  // those of a struct array stand together; the dynamic field is last
  std::vector<StructSchema> structs;
  bool operator==(const CollectionSchema&) const = default;

  const FieldSchema* Find(std::string_view field_name) const;
  const FieldSchema* Find(FieldId id) const;
  /// The one primary key field; the schema was checked when it was created.
  const FieldSchema& primary() const;
  const FieldSchema* dynamic_field() const;
  const StructSchema* FindStruct(std::string_view struct_name) const;
  const StructSchema* FindStruct(FieldId id) const;
  /// The sub-fields of a struct array, in order.
  std::vector<const FieldSchema*> SubFields(FieldId struct_id) const;
};

}  // namespace redkite
