#include "wire/schema_codec.h"

#include "proto/schema.pb.h"
#include "types/type_params.h"
#include "wire/message_convert.h"

namespace redkite::wire {

namespace pbs = ::milvus::proto::schema;

namespace {

Result<DefaultValue> DefaultOf(const pbs::FieldSchema& m) {
  const pbs::ValueField& value = m.default_value();
  switch (value.data_case()) {
    case pbs::ValueField::DATA_NOT_SET:
      return DefaultValue();
    case pbs::ValueField::kBoolData:
      return DefaultValue::Bool(value.bool_data());
    case pbs::ValueField::kIntData:
      return DefaultValue::Int(value.int_data());
    case pbs::ValueField::kLongData:
      return DefaultValue::Long(value.long_data());
    case pbs::ValueField::kFloatData:
      return DefaultValue::Float(value.float_data());
    case pbs::ValueField::kDoubleData:
      return DefaultValue::Double(value.double_data());
    case pbs::ValueField::kStringData:
      return DefaultValue::Text(value.string_data());
    case pbs::ValueField::kTimestamptzData:
      if (m.data_type() == pbs::Timestamptz) return DefaultValue::Long(value.timestamptz_data());
      [[fallthrough]];
    default:
      return Status::Invalid("type not support default_value, type:" +
                             std::string(DataTypeName(static_cast<DataType>(m.data_type()))) +
                             ", name:" + m.name());
  }
}

Result<FieldSchema> FieldOf(const pbs::FieldSchema& m) {
  FieldSchema field;
  field.name = m.name();
  field.description = m.description();
  field.type = static_cast<DataType>(m.data_type());
  field.is_primary = m.is_primary_key();
  field.auto_id = m.autoid();
  field.is_dynamic = m.is_dynamic();
  field.nullable = m.nullable();
  field.is_partition_key = m.is_partition_key();
  field.is_clustering_key = m.is_clustering_key();
  field.element_type = static_cast<DataType>(m.element_type());
  field.type_params = ParamsOf(m.type_params());
  RK_RETURN_IF_ERROR(ReadTypeParams(&field));
  RK_ASSIGN_OR_RETURN(field.default_value, DefaultOf(m));
  return field;
}

Status NotDynamic(const pbs::FieldSchema& m) {
  if (!m.is_dynamic()) return Status::Ok();
  return Status::Invalid("cannot explicitly set a field as a dynamic field: " + m.name());
}

// Its id is its place until it gets one.
Status AddStruct(const pbs::StructArrayFieldSchema& m, CollectionSchema* schema) {
  StructSchema of;
  of.id = FieldId(static_cast<int64_t>(schema->structs.size()) + 1);
  of.name = m.name();
  of.description = m.description();
  of.nullable = m.nullable();
  of.type_params = ParamsOf(m.type_params());
  for (const auto& f : m.fields()) {
    RK_RETURN_IF_ERROR(NotDynamic(f));
    RK_ASSIGN_OR_RETURN(FieldSchema field, FieldOf(f));
    field.name = SubFieldName(of.name, field.name);
    field.struct_id = of.id;
    schema->fields.push_back(std::move(field));
  }
  schema->structs.push_back(std::move(of));
  return Status::Ok();
}

void NoteUnsupported(const pbs::CollectionSchema& m, std::vector<std::string>* unsupported) {
  if (m.functions_size() > 0) unsupported->push_back("functions");
  if (m.enable_namespace()) unsupported->push_back("namespaces");
  if (!m.external_source().empty()) unsupported->push_back("external collections");
  for (const auto& field : m.fields()) {
    if (!field.external_field().empty()) unsupported->push_back("external field " + field.name());
  }
}

}  // namespace

Result<DecodedSchema> DecodeSchema(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(auto m, Parse<pbs::CollectionSchema>(bytes, "CollectionSchema"));
  DecodedSchema decoded;
  CollectionSchema& schema = decoded.schema;
  schema.name = m.name();
  schema.description = std::move(*m.mutable_description());
  schema.auto_id = m.autoid();
  schema.enable_dynamic_field = m.enable_dynamic_field();
  schema.fields.reserve(static_cast<size_t>(m.fields_size()));
  for (const auto& f : m.fields()) {
    RK_RETURN_IF_ERROR(NotDynamic(f));
    RK_ASSIGN_OR_RETURN(FieldSchema field, FieldOf(f));
    schema.fields.push_back(std::move(field));
  }
  for (const auto& s : m.struct_array_fields()) RK_RETURN_IF_ERROR(AddStruct(s, &schema));
  decoded.properties = ParamsOf(m.properties());
  NoteUnsupported(m, &decoded.unsupported);
  return decoded;
}

Result<FieldSchema> AddedField(const pbs::FieldSchema& m, std::vector<std::string>* unsupported) {
  RK_RETURN_IF_ERROR(NotDynamic(m));
  if (!m.external_field().empty()) unsupported->push_back("external field " + m.name());
  if (m.is_function_output()) unsupported->push_back("function output field " + m.name());
  return FieldOf(m);
}

namespace {

void PutDefault(const DefaultValue& value, pbs::FieldSchema* out) {
  if (!value.given()) return;
  pbs::ValueField* m = out->mutable_default_value();
  using enum DefaultValue::Kind;
  if (value.kind == kBool) m->set_bool_data(value.integer != 0);
  if (value.kind == kInt) m->set_int_data(static_cast<int32_t>(value.integer));
  if (value.kind == kLong) m->set_long_data(value.integer);
  if (value.kind == kFloat) m->set_float_data(static_cast<float>(value.real));
  if (value.kind == kDouble) m->set_double_data(value.real);
  if (value.kind == kText) m->set_string_data(value.text);
}

void PutField(const FieldSchema& field, pbs::FieldSchema* out) {
  out->set_fieldid(field.id.value());
  out->set_name(field.name);
  out->set_description(field.description);
  out->set_data_type(static_cast<pbs::DataType>(static_cast<int>(field.type)));
  out->set_element_type(static_cast<pbs::DataType>(static_cast<int>(field.element_type)));
  out->set_is_primary_key(field.is_primary);
  out->set_autoid(field.auto_id);
  out->set_nullable(field.nullable);
  out->set_is_partition_key(field.is_partition_key);
  out->set_is_clustering_key(field.is_clustering_key);
  PutParams(field.type_params, out->mutable_type_params());
  auto add_missing = [&](const char* key, int value) {
    if (value == 0 || FindParam(field.type_params, key) != nullptr) return;
    PutParams({{key, std::to_string(value)}}, out->mutable_type_params());
  };
  add_missing("dim", field.dim);
  if (field.type != DataType::kText) add_missing("max_length", field.max_length);  // that of all texts
  add_missing("max_capacity", field.max_capacity);
  PutDefault(field.default_value, out);
}

}  // namespace

void PutSchema(const CollectionSchema& schema, pbs::CollectionSchema* out) {
  out->set_name(schema.name);
  out->set_description(schema.description);
  out->set_autoid(schema.auto_id);
  out->set_enable_dynamic_field(schema.enable_dynamic_field);
  out->set_version(static_cast<int32_t>(schema.version));
  for (const FieldSchema& field : schema.fields) {
    if (!field.is_dynamic && field.struct_id.value() == 0) PutField(field, out->add_fields());
  }
  for (const StructSchema& of : schema.structs) {
    auto* m = out->add_struct_array_fields();
    m->set_fieldid(of.id.value());
    m->set_name(of.name);
    m->set_description(of.description);
    m->set_nullable(of.nullable);
    PutParams(of.type_params, m->mutable_type_params());
    for (const FieldSchema* field : schema.SubFields(of.id)) {
      PutField(*field, m->add_fields());
      m->mutable_fields(m->fields_size() - 1)->set_name(std::string(field->sub_name()));
    }
  }
}

}  // namespace redkite::wire
