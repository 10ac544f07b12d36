#include "proxy/fields/time_rules.h"

#include <algorithm>

#include "proxy/proxy.h"
#include "types/array_value.h"
#include "types/collection_properties.h"

namespace redkite::proxy {

Result<Column> TakeInstants(const FieldSchema& field, const ColumnView& texts, const TimeZone& zone) {
  Column column(field.id, DataType::kTimestamptz, 0);
  column.Reserve(texts.row_count);
  for (size_t row = 0; row < texts.row_count; ++row) {
    if (!texts.IsValid(row)) {
      column.AppendNull();
      continue;
    }
    const auto instant = ParseInstant(texts.TextAt(row), zone);
    if (!instant.ok()) {
      return Status::Invalid(instant.status().message() + ", field " + field.name +
                             ", row number: " + std::to_string(row));
    }
    column.Append<int64_t>(*instant);
  }
  return column;
}

bool HasInstants(const CollectionSchema& schema) {
  return std::any_of(schema.fields.begin(), schema.fields.end(),
                     [](const FieldSchema& f) { return f.type == DataType::kTimestamptz; });
}

Status TakeDefaultInstants(const TimeZone& zone, CollectionSchema* schema) {
  for (FieldSchema& field : schema->fields) {
    if (field.type != DataType::kTimestamptz || field.default_value.kind != DefaultValue::Kind::kText)
      continue;
    const auto instant = ParseInstant(field.default_value.text, zone);
    if (!instant.ok())
      return Status::Invalid(instant.status().message() + ", default value of field " + field.name);
    field.default_value = DefaultValue::Long(*instant);
  }
  return Status::Ok();
}

void ShowDefaultInstants(const TimeZone& zone, CollectionSchema* schema) {
  for (FieldSchema& field : schema->fields) {
    if (field.type != DataType::kTimestamptz || !field.default_value.given()) continue;
    field.default_value = DefaultValue::Text(FormatInstant(field.default_value.integer, zone));
  }
}

namespace {

void ShowAsTexts(const TimeZone& zone, OutputColumn* out) {
  const ColumnView view = out->column.view();
  Column texts(out->column.field(), DataType::kVarChar, 0);
  texts.Reserve(view.row_count, view.row_count * 32);
  for (size_t row = 0; row < view.row_count; ++row) {
    if (view.IsValid(row))
      texts.AppendText(FormatInstant(view.At<int64_t>(row), zone));
    else
      texts.AppendNull();
  }
  out->column = std::move(texts);
  out->stands_for = DataType::kTimestamptz;
}

void ShowAsParts(const TimeZone& zone, const std::vector<TimePart>& parts, OutputColumn* out) {
  const ColumnView view = out->column.view();
  Column arrays(out->column.field(), DataType::kArray, 0);
  arrays.Reserve(view.row_count, view.row_count * parts.size() * sizeof(int64_t));
  ArrayBuilder builder(DataType::kInt64);
  std::vector<int64_t> numbers;
  for (size_t row = 0; row < view.row_count; ++row) {
    if (!view.IsValid(row)) {
      arrays.AppendNull();
      continue;
    }
    numbers.clear();
    AppendTimeParts(view.At<int64_t>(row), zone, parts, &numbers);
    for (const int64_t number : numbers) builder.Append<int64_t>(number);
    arrays.AppendText(builder.Finish());
  }
  out->column = std::move(arrays);
  out->element_type = DataType::kInt64;
}

}  // namespace

void ShowInstants(const TimeZone& zone, const std::vector<TimePart>& parts,
                  std::vector<OutputColumn>* columns) {
  for (OutputColumn& column : *columns) {
    if (column.column.type() != DataType::kTimestamptz) continue;
    if (parts.empty())
      ShowAsTexts(zone, &column);
    else
      ShowAsParts(zone, parts, &column);
  }
}

Status CheckTtlField(const CollectionSchema& schema, const Params& properties) {
  const std::string* name = FindParam(properties, kTtlFieldProperty);
  if (name == nullptr) return Status::Ok();
  const FieldSchema* field = schema.Find(*name);
  if (field == nullptr || field->type != DataType::kTimestamptz) {
    return Status::Invalid(std::string(kTtlFieldProperty) + " " + *name +
                           " is invalid, it should be the name of a Timestamptz field");
  }
  const std::string* seconds = FindParam(properties, kTtlProperty);
  if (seconds == nullptr || ParsePropertyInt(*seconds).value_or(0) <= 0) return Status::Ok();
  return Status::Invalid("collection TTL and " + std::string(kTtlFieldProperty) +
                         " cannot be set both: " + *name);
}

void ExcludeExpired(const CollectionSchema& schema, const Params& properties, int64_t now_ms,
                    plan::RowSelection* rows) {
  const std::string* name = FindParam(properties, kTtlFieldProperty);
  const FieldSchema* field = name == nullptr ? nullptr : schema.Find(*name);
  if (field == nullptr || field->type != DataType::kTimestamptz) return;
  rows->ExcludeExpired({field->id, now_ms * 1000});
}

// ---- members of Proxy

Result<TimeZonePtr> Proxy::FindTimeZone(const std::string& name) const {
  static const TimeZones utc_alone;
  return (seams_.time_zones == nullptr ? utc_alone : *seams_.time_zones).Find(name);
}

Result<TimeZonePtr> Proxy::TimeZoneOf(const meta::CollectionMeta& collection,
                                      const std::string& requested) const {
  if (!requested.empty()) return FindTimeZone(requested);
  const std::string* name = nullptr;
  if (HasInstants(collection.schema)) {
    name = FindParam(collection.properties, kTimeZoneProperty);
    if (name != nullptr) return FindTimeZone(*name);
    const auto database = seams_.catalog->GetDatabase(seams_.catalog->DatabaseName(collection.database));
    if (database.ok()) name = FindParam(database->properties, kTimeZoneProperty);
    if (name != nullptr) return FindTimeZone(*name);
  }
  return TimeZonePtr(TimeZonePtr(), &TimeZone::Utc());
}

Status Proxy::CheckTimeZoneProperty(const Params& properties) const {
  const std::string* name = FindParam(properties, kTimeZoneProperty);
  return name == nullptr ? Status::Ok() : FindTimeZone(*name).status();
}

}  // namespace redkite::proxy
