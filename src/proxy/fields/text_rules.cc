#include "proxy/fields/text_rules.h"

#include "geo/geometry.h"
#include "text/analyzer.h"
#include "types/collection_properties.h"

namespace redkite::proxy {
namespace {

Status CheckAnalyzerFlag(const FieldSchema& field, const std::string& key) {
  const std::string* text = FindParam(field.type_params, key);
  if (text == nullptr || ParsePropertyFlag(*text)) return Status::Ok();
  return Status::Invalid("invalid " + key + " value of field " + field.name + ": " + *text +
                         ", expected: true, false");
}

bool IsSet(const FieldSchema& field, const std::string& key) {
  const std::string* text = FindParam(field.type_params, key);
  return text != nullptr && ParsePropertyFlag(*text).value_or(false);
}

}  // namespace

Status CheckAnalyzer(const FieldSchema& field) {
  const bool is_text = field.type == DataType::kVarChar || field.type == DataType::kText;
  for (const std::string key : {"enable_match", "enable_analyzer", "analyzer_params"}) {
    if (is_text || FindParam(field.type_params, key) == nullptr) continue;
    return Status::Invalid(key + " is only for VarChar and Text fields, field " + field.name + " is " +
                           std::string(DataTypeName(field.type)));
  }
  if (FindParam(field.type_params, "multi_analyzer_params") != nullptr)
    return Status::Unimplemented("multi_analyzer_params of field " + field.name + " is not implemented");
  if (!is_text) return Status::Ok();
  RK_RETURN_IF_ERROR(CheckAnalyzerFlag(field, "enable_match"));
  RK_RETURN_IF_ERROR(CheckAnalyzerFlag(field, "enable_analyzer"));
  if (IsSet(field, "enable_match") && !IsSet(field, "enable_analyzer")) {
    return Status::Invalid("field " + field.name +
                           " which has enable_match or is input of BM25 function must also enable_analyzer");
  }
  const std::string* params = FindParam(field.type_params, "analyzer_params");
  if (params == nullptr) return Status::Ok();
  const Status made = text::Analyzer::Make(*params).status();
  return made.ok() ? Status::Ok() : made.WithContext("field " + field.name);
}

Result<Column> TakeShapes(const FieldSchema& field, const ColumnView& texts) {
  Column column(field.id, DataType::kGeometry, 0);
  column.Reserve(texts.row_count, texts.data_bytes());
  for (size_t row = 0; row < texts.row_count; ++row) {
    if (!texts.IsValid(row)) {
      column.AppendNull();
      continue;
    }
    const auto shape = geo::WkbOfWkt(texts.TextAt(row));
    if (!shape.ok()) {
      return Status::Invalid("geometry field " + field.name + ", row number: " + std::to_string(row) + ": " +
                             shape.status().message());
    }
    column.AppendText(*shape);
  }
  return column;
}

Status TakeDefaultShapes(CollectionSchema* schema) {
  for (FieldSchema& field : schema->fields) {
    if (field.type != DataType::kGeometry || field.default_value.kind != DefaultValue::Kind::kText) continue;
    auto shape = geo::WkbOfWkt(field.default_value.text);
    if (!shape.ok())
      return Status::Invalid(shape.status().message() + ", default value of field " + field.name);
    field.default_value.text = std::move(*shape);
  }
  return Status::Ok();
}

void ShowDefaultShapes(CollectionSchema* schema) {
  for (FieldSchema& field : schema->fields) {
    if (field.type != DataType::kGeometry || !field.default_value.given()) continue;
    auto wkt = geo::WktOfWkb(field.default_value.text);
    field.default_value.text = wkt.ok() ? std::move(*wkt) : std::string();
  }
}

Status ShowShapes(std::vector<OutputColumn>* columns) {
  for (OutputColumn& out : *columns) {
    if (out.column.type() != DataType::kGeometry) continue;
    const ColumnView view = out.column.view();
    Column texts(out.column.field(), DataType::kVarChar, 0);
    texts.Reserve(view.row_count, view.data_bytes());
    for (size_t row = 0; row < view.row_count; ++row) {
      if (!view.IsValid(row)) {
        texts.AppendNull();
        continue;
      }
      const auto wkt = geo::WktOfWkb(view.TextAt(row));
      if (!wkt.ok()) return wkt.status().WithContext("field " + out.name);
      texts.AppendText(*wkt);
    }
    out.column = std::move(texts);
    out.stands_for = DataType::kGeometry;
  }
  return Status::Ok();
}

}  // namespace redkite::proxy
