#include "proxy/name_rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "meta/catalog.h"
#include "proxy/default_rules.h"
#include "proxy/fields/text_rules.h"
#include "proxy/placement/key_fields.h"
#include "proxy/rules/struct_rules.h"
#include "types/array_value.h"

namespace redkite::proxy {
namespace {

bool IsLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool IsNameStart(char c) { return c == '_' || IsLetter(c); }
bool IsNameRest(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }
bool RestIsPlain(std::string_view name) {
  return std::all_of(name.begin() + 1, name.end(), [](char c) { return IsNameRest(c); });
}

Status BadFieldName(std::string_view name, std::string_view why) {
  const std::string text(name);
  return {Code::kFieldInvalidName, "Invalid field name: " + text + ". " + std::string(why) +
                                       ": field name invalid[field=" + text + "]"};
}

// Words of the filter language and names of system columns, in lower case.
bool IsKeyword(std::string_view name) {
  static constexpr std::array<std::string_view, 24> kWords = {"like",
                                                              "exists",
                                                              "and",
                                                              "or",
                                                              "not",
                                                              "in",
                                                              "true",
                                                              "false",
                                                              "null",
                                                              "is",
                                                              "json_contains",
                                                              "json_contains_all",
                                                              "json_contains_any",
                                                              "array_contains",
                                                              "array_contains_all",
                                                              "array_contains_any",
                                                              "array_length",
                                                              "text_match",
                                                              "phrase_match",
                                                              "random_sample",
                                                              "text_match_fuzzy",
                                                              "st_isvalid",
                                                              "match_any",
                                                              "match_all"};
  std::string lower(name), upper(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  if (name == "True" || name == "False") return true;
  return (name == lower || name == upper) && std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

bool IsReserved(std::string_view name) {
  return name == "RowID" || name == "Timestamp" || name == "__virtual_pk__" || name == "$namespace_id";
}

std::optional<int64_t> ParseInt(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Status CheckDim(const Limits& limits, FieldSchema* field) {
  const std::string* text = FindParam(field->type_params, "dim");
  if (text == nullptr) {
    return Status::Invalid("dimension is not defined in field type params of field " + field->name +
                           ", check type param `dim` for vector field");
  }
  const bool bits = field->vector_type() == DataType::kBinaryVector;
  // Distances of Int8 vectors are summed in 32 bits.
  constexpr int kInt8DimMax = 32768;
  const int dim_max = bits                                            ? limits.binary_dim_max
                      : field->vector_type() == DataType::kInt8Vector ? std::min(limits.dim_max, kInt8DimMax)
                                                                      : limits.dim_max;
  const std::string range = std::to_string(limits.dim_min) + " ~ " + std::to_string(dim_max);
  const auto dim = ParseInt(*text);
  if (!dim || *dim < limits.dim_min) {
    return Status::Invalid("invalid dimension: " + *text + ". should be in range " + range);
  }
  const std::string prefix = "invalid dimension: " + *text + " of field " + field->name + ". " +
                             (bits ? "binary" : "float") + " vector dimension should be ";
  if (*dim > dim_max) return Status::Invalid(prefix + "in range " + range);
  if (bits && *dim % 8 != 0) return Status::Invalid(prefix + "multiple of 8");
  field->dim = static_cast<int>(*dim);
  return Status::Ok();
}

Status CheckMaxLength(const Limits& limits, const std::string& collection, FieldSchema* field) {
  const std::string* text = FindParam(field->type_params, "max_length");
  if (text == nullptr) {
    return Status::Missing("type param(max_length) should be specified for the field(" + field->name +
                           ") of collection " + collection);
  }
  const auto length = ParseInt(*text);
  if (!length || *length < 1 || *length > limits.varchar_length_max) {
    return Status::Invalid("the maximum length specified for the field(" + field->name +
                           ") should be in (0, " + std::to_string(limits.varchar_length_max) + "], but got " +
                           *text + " instead");
  }
  field->max_length = static_cast<int>(*length);
  return Status::Ok();
}

Status CheckElements(const Limits& limits, const std::string& collection, FieldSchema* field) {
  if (field->type == DataType::kArray && !IsArrayElement(field->element_type)) {
    return Status::Invalid("element type " + std::string(DataTypeName(field->element_type)) +
                           " is not supported, array field " + field->name);
  }
  const std::string* text = FindParam(field->type_params, "max_capacity");
  if (text == nullptr) {
    return Status::Missing("type param(max_capacity) should be specified for array field " + field->name +
                           " of collection " + collection);
  }
  RK_ASSIGN_OR_RETURN(field->max_capacity, ParseMaxCapacity(*text));
  if (field->type == DataType::kArrayOfVector) return CheckDim(limits, field);
  return field->element_type == DataType::kVarChar ? CheckMaxLength(limits, collection, field) : Status::Ok();
}

Status CheckFieldType(const Limits& limits, const std::string& collection, FieldSchema* field) {
  constexpr int kStringType = 20;
  if (static_cast<int>(field->type) == kStringType) {
    return Status::Invalid(
        "string data type not supported yet, please use VarChar type instead, field name = " + field->name);
  }
  if (DataTypeName(field->type) == "None") {
    return Status::Invalid("data type " + std::to_string(static_cast<int>(field->type)) + " of field " +
                           field->name + " is not valid");
  }
  if (field->type == DataType::kSparseFloatVector && FindParam(field->type_params, "dim") != nullptr) {
    return Status::Invalid("dim should not be specified for sparse vector field " + field->name);
  }
  if (!IsStorable(field->type)) {
    return Status::Unimplemented("data type " + std::string(DataTypeName(field->type)) + " of field " +
                                 field->name + " is not implemented");
  }
  if (field->auto_id && !field->is_primary) {
    return Status::Invalid("only primary field can speficy AutoID with true, field name = " + field->name);
  }
  if (field->is_primary && field->nullable) {
    return Status::Invalid("primary field not support null, field name = " + field->name);
  }
  if (IsDenseVector(field->type)) RK_RETURN_IF_ERROR(CheckDim(limits, field));
  if (field->type == DataType::kVarChar) RK_RETURN_IF_ERROR(CheckMaxLength(limits, collection, field));
  if (field->type == DataType::kText) field->max_length = kTextBytesMax;
  RK_RETURN_IF_ERROR(CheckAnalyzer(*field));
  if (field->type == DataType::kArrayOfVector && field->struct_id.value() == 0) {
    return Status::Invalid("array of vector can only be in the struct array field, field name = " +
                           field->name);
  }
  if (field->type == DataType::kArray || field->type == DataType::kArrayOfVector) {
    RK_RETURN_IF_ERROR(CheckElements(limits, collection, field));
  } else {
    field->element_type = DataType::kNone;  // means nothing there
  }
  return CheckDefaultValue(*field);
}

Status CheckPrimary(const CollectionSchema& schema) {
  const FieldSchema* primary = nullptr;
  for (const FieldSchema& field : schema.fields) {
    if (!field.is_primary) continue;
    if (primary != nullptr) {
      return Status::Invalid("there are more than one primary key, field name = " + primary->name + ", " +
                             field.name);
    }
    primary = &field;
  }
  if (primary == nullptr) return Status::Missing("primary key is not specified");
  if (primary->type != DataType::kInt64 && primary->type != DataType::kVarChar) {
    return Status::Invalid("the data type of primary key should be Int64 or VarChar");
  }
  return Status::Ok();
}

Status CheckCounts(const Limits& limits, const CollectionSchema& schema) {
  const auto vectors = std::count_if(schema.fields.begin(), schema.fields.end(),
                                     [](const FieldSchema& f) { return IsVector(f.type); });
  if (static_cast<int>(schema.fields.size()) > limits.field_count_max) {
    return Status::Invalid("maximum field's number should be limited to " +
                           std::to_string(limits.field_count_max));
  }
  if (vectors > limits.vector_field_count_max) {
    return Status::Invalid("maximum vector field's number should be limited to " +
                           std::to_string(limits.vector_field_count_max));
  }
  if (vectors == 0) return Status::Invalid("schema does not contain vector field");
  return Status::Ok();
}

// `word` is what is named: "name" or "alias".
Status CheckCollectionWord(const std::string& word, std::string_view name, const Limits& limits) {
  const std::string what = "collection " + word;
  if (name.empty()) return Status::Invalid(what + " should not be empty");
  const std::string prefix = "Invalid " + what + ": " + std::string(name) + ".  ";
  if (static_cast<int>(name.size()) > limits.name_length_max) {
    return Status::Invalid(prefix + "the length of a " + what + " must be less than " +
                           std::to_string(limits.name_length_max) + " characters");
  }
  if (!IsNameStart(name[0])) {
    return Status::Invalid(prefix + "the first character of a " + what + " must be an underscore or letter");
  }
  if (!RestIsPlain(name)) {
    return Status::Invalid(prefix + what + " can only contain numbers, letters and underscores");
  }
  return Status::Ok();
}

}  // namespace

Status CollectionNotFound(const CollectionName& name) {
  constexpr size_t shown_bytes = 1024;  // what is longer is no name anyway
  const std::string_view database =
      name.database.empty() ? meta::kDefaultDatabaseName : std::string_view(name.database);
  return {Code::kCollectionNotFound,
          "collection not found[database=" + std::string(database.substr(0, shown_bytes)) +
              "][collection=" + name.collection.substr(0, shown_bytes) + "]"};
}

Status CheckCollectionName(std::string_view name, const Limits& limits) {
  return CheckCollectionWord("name", name, limits);
}

Status CheckAliasName(std::string_view name, const Limits& limits) {
  return CheckCollectionWord("alias", name, limits);
}

Status CheckDatabaseName(std::string_view name, const Limits& limits) {
  std::string why;
  if (name.empty()) {
    why = "database name couldn't be empty";
  } else if (static_cast<int>(name.size()) > limits.name_length_max) {
    why = "the length of a database name must be less than " + std::to_string(limits.name_length_max) +
          " characters";
  } else if (!IsNameStart(name[0])) {
    why = "the first character of a database name must be an underscore or letter";
  } else if (!RestIsPlain(name)) {
    why = "database name can only contain numbers, letters and underscores";
  } else {
    return Status::Ok();
  }
  return {Code::kDatabaseInvalidName, why + ": invalid database name[database=" + std::string(name) + "]"};
}

Status CheckPartitionName(std::string_view name, const Limits& limits) {
  const std::string prefix = "Invalid partition name: " + std::string(name) + ". ";
  if (name.empty()) return Status::Invalid(prefix + "Partition name should not be empty.");
  if (static_cast<int>(name.size()) > limits.name_length_max) {
    return Status::Invalid(prefix + "The length of a partition name must be less than " +
                           std::to_string(limits.name_length_max) + " characters.");
  }
  if (!IsNameRest(name[0])) {
    return Status::Invalid(prefix +
                           "The first character of a partition name must be an underscore or letter.");
  }
  for (char c : name) {
    if (!IsNameRest(c) && c != '-') {
      return Status::Invalid(prefix + "Partition name can only contain numbers, letters and underscores.");
    }
  }
  return Status::Ok();
}

Status CheckResourceGroupName(std::string_view name, const Limits& limits) {
  if (name.empty()) return Status::Invalid("resource group name couldn't be empty");
  const std::string prefix = "Invalid resource group name " + std::string(name) + ". ";
  if (static_cast<int>(name.size()) > limits.name_length_max) {
    return Status::Invalid(prefix + "The length of a resource group name must be less than " +
                           std::to_string(limits.name_length_max) + " characters.");
  }
  if (!IsNameStart(name[0])) {
    return Status::Invalid(prefix +
                           "The first character of a resource group name must be an underscore or letter.");
  }
  if (RestIsPlain(name)) return Status::Ok();
  return Status::Invalid(prefix + "Resource group name can only contain numbers, letters and underscores.");
}

Status CheckFieldName(std::string_view name, const Limits& limits) {
  if (name.empty()) {
    return {Code::kFieldInvalidName, "field name should not be empty: field name invalid[field=]"};
  }
  if (static_cast<int>(name.size()) > limits.name_length_max) {
    return BadFieldName(name, "The length of a field name must be less than " +
                                  std::to_string(limits.name_length_max) + " characters.");
  }
  if (!IsNameStart(name[0])) {
    return BadFieldName(name, "The first character of a field name must be an underscore or letter.");
  }
  if (!RestIsPlain(name)) {
    return BadFieldName(name, "Field name can only contain numbers, letters, and underscores.");
  }
  if (IsKeyword(name) || IsReserved(name))
    return BadFieldName(name, std::string(name) + " is keyword in milvus.");
  return Status::Ok();
}

Status CheckIndexName(std::string_view name, const Limits& limits) {
  const std::string prefix = "Invalid index name: " + std::string(name) + ". ";
  if (static_cast<int>(name.size()) > limits.name_length_max) {
    return Status::Invalid(prefix + "The length of a index name must be less than " +
                           std::to_string(limits.name_length_max) + " characters");
  }
  if (!name.empty() && !IsNameStart(name[0])) {
    return Status::Invalid(prefix + "The first character of a index name must be an underscore or letter");
  }
  for (char c : name) {
    if (!IsNameRest(c) && c != '[' && c != ']') {
      return Status::Invalid(prefix +
                             "Index name can only contain numbers, letters, underscores and brackets");
    }
  }
  return Status::Ok();
}

Result<int> ParseMaxCapacity(const std::string& text) {
  const auto capacity = ParseInt(text);
  if (capacity && *capacity >= 1 && *capacity <= static_cast<int64_t>(kArrayCapacityMax))
    return static_cast<int>(*capacity);
  return Status::Invalid("the maximum capacity specified for a Array should be in (0, " +
                         std::to_string(kArrayCapacityMax) + "], but got " + text);
}

namespace {

// Of the fields, and where the sub-fields of a struct array begin, of that.
void AssignIds(CollectionSchema* schema) {
  int64_t next_id = kFirstUserFieldId.value();
  std::map<FieldId, FieldId> ids;  // of struct arrays: those of the request
  for (FieldSchema& field : schema->fields) {
    if (field.struct_id.value() != 0) {
      const auto [it, is_first] = ids.try_emplace(field.struct_id, next_id);
      if (is_first) ++next_id;
      field.struct_id = it->second;
    }
    field.id = FieldId(next_id++);
  }
  for (StructSchema& of : schema->structs) of.id = ids.at(of.id);
}

}  // namespace

Status CompleteSchema(const Limits& limits, CollectionSchema* schema) {
  RK_RETURN_IF_ERROR(CheckCounts(limits, *schema));
  for (const FieldSchema& field : schema->fields) {
    if (field.struct_id.value() == 0) RK_RETURN_IF_ERROR(CheckFieldName(field.name, limits));
  }
  RK_RETURN_IF_ERROR(CheckStructs(limits, *schema));
  RK_RETURN_IF_ERROR(CheckPrimary(*schema));
  for (FieldSchema& field : schema->fields) {
    if (field.is_primary && schema->auto_id) field.auto_id = true;
    RK_RETURN_IF_ERROR(CheckFieldType(limits, schema->name, &field));
    if (field.is_primary) schema->auto_id = field.auto_id;
    if (const StructSchema* of = schema->FindStruct(field.struct_id)) field.nullable = of->nullable;
    field.is_dynamic = false;
  }
  RK_RETURN_IF_ERROR(CheckCapacities(*schema));
  AssignIds(schema);
  RK_RETURN_IF_ERROR(CheckKeyFields(*schema));
  int64_t id_max = 0;
  if (schema->enable_dynamic_field) AddDynamicFieldTo(schema, &id_max);
  return Status::Ok();
}

namespace {

void KeepMaxId(const CollectionSchema& schema, int64_t* id_max) {
  for (const FieldSchema& f : schema.fields) *id_max = std::max(*id_max, f.id.value());
  for (const StructSchema& s : schema.structs) *id_max = std::max(*id_max, s.id.value());
}

FieldId TakeFieldId(const CollectionSchema& schema, int64_t* id_max) {
  KeepMaxId(schema, id_max);
  return FieldId(++*id_max);
}

}  // namespace

void AddDynamicFieldTo(CollectionSchema* schema, int64_t* id_max) {
  FieldSchema dynamic;
  dynamic.id = TakeFieldId(*schema, id_max);
  dynamic.name = kDynamicFieldName;
  dynamic.type = DataType::kJson;
  dynamic.is_dynamic = true;
  schema->enable_dynamic_field = true;
  schema->fields.push_back(std::move(dynamic));
}

Status AddFieldTo(const Limits& limits, FieldSchema field, CollectionSchema* schema, int64_t* id_max) {
  RK_RETURN_IF_ERROR(CheckFieldName(field.name, limits));
  const std::string name = ", field name = " + field.name;
  if (field.is_primary) return Status::Invalid("not support to add primary key field" + name);
  if (field.is_partition_key) return Status::Invalid("not support to add partition key field" + name);
  if (field.is_clustering_key) return Status::Invalid("not support to add clustering key field" + name);
  if (field.auto_id) return Status::Invalid("only primary field can speficy AutoID with true" + name);
  if (schema->Find(field.name) != nullptr || schema->FindStruct(field.name) != nullptr)
    return Status::Invalid("duplicated field name " + field.name + " found");
  if (!field.nullable && !field.default_value.given()) {
    return Status::Invalid("added field must be nullable or have a default value, please check it" + name);
  }
  RK_RETURN_IF_ERROR(CheckFieldType(limits, schema->name, &field));
  field.id = TakeFieldId(*schema, id_max);
  const auto end = schema->fields.end() - (schema->dynamic_field() != nullptr ? 1 : 0);
  schema->fields.insert(end, std::move(field));
  CollectionSchema declared = *schema;
  std::erase_if(declared.fields, [](const FieldSchema& f) { return f.is_dynamic; });
  return CheckCounts(limits, declared);
}

Status DropFieldFrom(FieldId id, CollectionSchema* schema, int64_t* id_max) {
  const FieldSchema* field = schema->Find(id);
  if (field == nullptr)
    return {Code::kFieldNotFound, "field not found[field=" + std::to_string(id.value()) + "]"};
  const auto vectors = std::count_if(schema->fields.begin(), schema->fields.end(),
                                     [](const FieldSchema& f) { return IsVector(f.type); });
  std::string what;
  if (field->is_primary) what = "primary key field";
  if (field->is_dynamic) what = "dynamic field";
  if (field->is_partition_key) what = "partition key field";
  if (field->is_clustering_key) what = "clustering key field";
  if (field->struct_id.value() != 0) what = "field of a struct array";
  if (IsVector(field->type) && vectors == 1) what = "only vector field";
  if (!what.empty()) return Status::Invalid("cannot drop the " + what + ": " + field->name);
  KeepMaxId(*schema, id_max);
  std::erase_if(schema->fields, [id](const FieldSchema& f) { return f.id == id; });
  return Status::Ok();
}

}  // namespace redkite::proxy
