#include "rest/reads/query_reader.h"

#include <memory>
#include <string>
#include <utility>

#include "rest/body_reader.h"
#include "rest/reads/read_members.h"
#include "rest/rows/field_reader.h"

namespace redkite::rest {
namespace {

using Kind = JsonValue::Kind;

constexpr int64_t kDefaultLimit = 100;
// As many as a list of a template's values may have.
constexpr size_t kKeysMax = 1 << 20;

std::vector<std::string> OutputFields(BodyReader* body) {
  std::vector<std::string> names = body->Texts("outputFields");
  if (names.empty()) names.emplace_back("*");
  return names;
}

// Texts as the RPC has them ("field:desc"), or objects of a field and its direction.
void AddOrder(BodyReader* body, Params* params) {
  std::string list;
  body->Array("orderByFields").EachItem([&](const JsonValue& item) {
    std::string order = item.is(Kind::kText) ? std::string(item.text()) : std::string();
    if (item.is(Kind::kObject)) {
      BodyReader object(item);
      order = object.Text("field");
      if (order.empty()) order = object.NeedText("fieldName");
      std::string direction = object.Text("order");
      if (direction.empty()) direction = object.Text("direction");
      if (!direction.empty()) order += ":" + direction;
      body->Fail(object.status());
    } else if (!item.is(Kind::kText)) {
      body->WrongType("orderByFields", "an array of strings", item);
    }
    list += (list.empty() ? "" : ",") + order;
    return body->status().ok();
  });
  if (!list.empty()) params->emplace_back("order_by_fields", list);
}

void ReadTarget(BodyReader* body, QueryRequest* request) {
  request->name = body->NeedCollection();
  request->partitions = body->Texts("partitionNames");
  request->output_fields = OutputFields(body);
  request->read_point = ReadConsistency(body);
  NoteUnsupported(body, &request->unsupported);
}

/// A filter for rows by their keys. The keys are a template's values, so none of them is read as a filter.
struct KeyFilter {
  std::string filter;
  TemplateValues templates;
};

Result<KeyFilter> FilterByKeys(BodyReader* body, const CollectionSchema& schema) {
  const JsonValue id = body->Value("id");
  if (id.empty()) body->MissingMember("id");
  RK_RETURN_IF_ERROR(body->status());
  auto list = std::make_shared<TemplateArray>();
  RK_ASSIGN_OR_RETURN(list->values, ReadKeys(id, schema.primary()));
  if (list->values.row_count() > kKeysMax) {
    return Status(Code::kParameterTooLarge,
                  "more than " + std::to_string(kKeysMax) + " keys in id: parameter too large");
  }
  KeyFilter out;
  out.filter = schema.primary().name + " in {ids}";
  out.templates["ids"].value = std::shared_ptr<const TemplateArray>(std::move(list));
  return out;
}

}  // namespace

Result<Column> ReadKeys(const JsonValue& list, const FieldSchema& primary) {
  FieldSchema key;  // without what else the field has
  key.type = primary.type;
  FieldReader reader(key);
  Status status;
  const auto append = [&](const JsonValue& item) {
    status = reader.Append(item);
    return status.ok();
  };
  if (list.is(Kind::kArray))
    list.EachItem(append);
  else
    append(list);
  if (status.ok()) return reader.Take().column;
  return Status(Code::kRestBadKey, std::string(CodeText(Code::kRestBadKey)) + ", error: " + status.message());
}

Result<QueryRequest> ReadQuery(const JsonValue& body) {
  BodyReader reader(body);
  QueryRequest request;
  ReadTarget(&reader, &request);
  request.filter = reader.Text("filter");
  request.templates = ReadTemplates(&reader);
  AddOrder(&reader, &request.params);
  bool counts = false;
  for (const std::string& name : request.output_fields) counts = counts || name == "count(*)";
  const int64_t limit = reader.Integer("limit", kDefaultLimit);
  if (!counts && limit > 0) {
    request.params.emplace_back("limit", std::to_string(limit));
    AddNumber(&reader, "offset", "offset", 0, &request.params);
  }
  RK_RETURN_IF_ERROR(reader.status());
  return request;
}

Result<QueryRequest> ReadGet(const JsonValue& body, const CollectionSchema& schema) {
  BodyReader reader(body);
  QueryRequest request;
  ReadTarget(&reader, &request);
  RK_ASSIGN_OR_RETURN(KeyFilter keys, FilterByKeys(&reader, schema));
  request.filter = std::move(keys.filter);
  request.templates = std::move(keys.templates);
  return request;
}

Result<DeleteRequest> ReadDelete(const JsonValue& body) {
  BodyReader reader(body);
  DeleteRequest request;
  request.name = reader.NeedCollection();
  request.partition = reader.Text("partitionName");
  request.filter = reader.NeedText("filter");
  request.templates = ReadTemplates(&reader);
  RK_RETURN_IF_ERROR(reader.status());
  return request;
}

Result<DeleteRequest> ReadFirstDelete(const JsonValue& body, const CollectionSchema& schema) {
  BodyReader reader(body);
  if (reader.Value("id").empty()) return ReadDelete(body);
  DeleteRequest request;
  request.name = reader.NeedCollection();
  RK_ASSIGN_OR_RETURN(KeyFilter keys, FilterByKeys(&reader, schema));
  request.filter = std::move(keys.filter);
  request.templates = std::move(keys.templates);
  return request;
}

}  // namespace redkite::rest
