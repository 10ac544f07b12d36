#include "wire/insert_codec.h"

#include <vector>

#include "types/json_text.h"
#include "wire/field_data.h"
#include "wire/message_convert.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"
#include "wire/template_codec.h"

namespace redkite::wire {

namespace {

// More than any schema has; each costs memory however small it is.
constexpr size_t kColumnsMax = 1024;

// A FieldPartialUpdateOp.
bool AddFieldOp(std::string_view message, InsertRequest* request) {
  int op = 0;
  std::string_view field;
  PbReader r(message);
  while (r.Next()) {
    if (r.tag() == PbLen(1)) field = r.bytes();
    if (r.tag() == PbVarint(2)) op = r.int32();
  }
  const bool known = op >= 0 && op <= static_cast<int>(FieldOp::kArrayRemove);
  if (!r.ok() || !IsValidUtf8(field)) return false;
  request->partial_update = true;
  if (!known && request->unsupported.empty())
    request->unsupported.push_back("field op " + std::to_string(op));
  request->field_ops.emplace_back(field, known ? static_cast<FieldOp>(op) : FieldOp::kReplace);
  return true;
}

// InsertRequest and UpsertRequest have the same numbers up to 8; behind it they differ.
bool CollectRows(std::string_view bytes, InsertRequest* request, std::vector<std::string_view>* fields) {
  bool ok = true;
  std::string_view database, collection, partition;
  PbReader r(bytes);
  while (fields->size() <= kColumnsMax && request->field_ops.size() <= kColumnsMax && r.Next()) {
    switch (r.tag()) {
      case PbLen(2):
        database = r.bytes();
        break;
      case PbLen(3):
        collection = r.bytes();
        break;
      case PbLen(4):
        partition = r.bytes();
        break;
      case PbLen(5):
        fields->push_back(r.bytes());
        break;
      case PbVarint(7):
        request->row_count = static_cast<uint32_t>(r.value());
        break;
      case PbVarint(8):
        request->schema_timestamp = r.value();
        break;
      case PbVarint(9):
        if (request->upsert) request->partial_update = r.boolean() || !request->field_ops.empty();
        break;
      case PbLen(9):
        if (!request->upsert && !r.bytes().empty()) request->unsupported.emplace_back("namespace");
        break;
      case PbLen(10):
        if (request->upsert && !r.bytes().empty()) request->unsupported.emplace_back("namespace");
        break;
      case PbLen(11):
        if (request->upsert) ok = AddFieldOp(r.bytes(), request) && ok;
        break;
      default:
        break;
    }
  }
  request->name = {std::string(database), std::string(collection)};
  request->partition = std::string(partition);
  return ok && r.ok() && IsValidUtf8(database) && IsValidUtf8(collection) && IsValidUtf8(partition);
}

Status TooManyColumns() {
  return {Code::kParameterTooLarge,
          "more than " + std::to_string(kColumnsMax) + " columns or field ops: parameter too large"};
}

Result<InsertRequest> DecodeRows(std::string_view bytes, bool upsert) {
  InsertRequest request;
  request.upsert = upsert;
  std::vector<std::string_view> fields;
  if (!CollectRows(bytes, &request, &fields))
    return MalformedRequest(upsert ? "UpsertRequest" : "InsertRequest");
  if (fields.size() > kColumnsMax || request.field_ops.size() > kColumnsMax) return TooManyColumns();
  request.columns.reserve(fields.size());
  uint64_t null_bytes_left = kNullBytesMax;
  for (const std::string_view field : fields) {
    RK_RETURN_IF_ERROR(AppendFieldData(field, request.row_count, &null_bytes_left, &request.columns));
    if (request.columns.size() > kColumnsMax) return TooManyColumns();
  }
  return request;
}

}  // namespace

Result<InsertRequest> DecodeInsert(std::string_view bytes) { return DecodeRows(bytes, false); }

Result<InsertRequest> DecodeUpsert(std::string_view bytes) { return DecodeRows(bytes, true); }

Result<DeleteRequest> DecodeDelete(std::string_view bytes) {
  std::string_view database, collection, partition, filter;
  TemplateReader templates;
  bool valid = true;
  const auto text = [&valid](std::string_view value, std::string_view* out) {
    valid = valid && IsValidUtf8(value);
    *out = value;
  };
  PbReader r(bytes);
  while (valid && r.Next()) {
    switch (r.tag()) {
      case PbLen(2):
        text(r.bytes(), &database);
        break;
      case PbLen(3):
        text(r.bytes(), &collection);
        break;
      case PbLen(4):
        text(r.bytes(), &partition);
        break;
      case PbLen(5):
        text(r.bytes(), &filter);
        break;
      case PbLen(8):
        templates.Add(r.bytes());
        break;
      default:
        break;
    }
  }
  if (!valid || !r.ok() || !templates.ok()) return MalformedRequest("DeleteRequest");
  DeleteRequest request{
      {std::string(database), std::string(collection)}, std::string(partition), std::string(filter), {}};
  RK_ASSIGN_OR_RETURN(request.templates, templates.Take());
  return request;
}

std::string EncodeMutation(const MutationResult& result) {
  const ColumnView ids = result.ids.view();
  size_t succeeded_bytes = 0;
  for (int64_t i = 0; i < result.succeeded_rows; ++i)
    succeeded_bytes += PbVarintSize(static_cast<uint64_t>(i));
  std::string out;
  out.reserve(64 + IdsBytes(ids) + succeeded_bytes);
  PbWriter w(&out);
  w.LenHeader(1, 0);
  if (ids.row_count > 0) {
    w.LenHeader(2, IdsBytes(ids));
    PutIds(ids, &out);
  }
  if (succeeded_bytes > 0) {
    w.LenHeader(3, succeeded_bytes);
    for (int64_t i = 0; i < result.succeeded_rows; ++i) w.PackedVarint(static_cast<uint64_t>(i));
  }
  w.VarintIfSet(6, static_cast<uint64_t>(result.insert_count));
  w.VarintIfSet(7, static_cast<uint64_t>(result.delete_count));
  w.VarintIfSet(8, static_cast<uint64_t>(result.upsert_count));
  w.VarintIfSet(9, result.timestamp);
  return out;
}

}  // namespace redkite::wire
