#include "rest/reads/search_reader.h"

#include <string>
#include <utility>
#include <vector>

#include "rest/body_reader.h"
#include "rest/json_writer.h"
#include "rest/reads/query_reader.h"
#include "rest/reads/read_members.h"
#include "rest/rows/vector_reader.h"

namespace redkite::rest {
namespace {

using Kind = JsonValue::Kind;

constexpr int64_t kDefaultLimit = 100;
constexpr int kTextPlaceholder = 21;

/// The queries of a search, one after another.
class QueriesReader {
 public:
  explicit QueriesReader(const FieldSchema* field) : field_(field) {}

  Status Add(const JsonValue& query) {
    if (count_ == 0) ChooseForm(query);
    const size_t before = out_.bytes.size();
    const Status added = Append(query);
    if (!added.ok()) return BadFormat("query vector " + std::to_string(count_) + ": " + added.message());
    const size_t length = out_.bytes.size() - before;
    if (count_++ == 0) out_.value_bytes = length;
    out_.uniform = out_.uniform && length == out_.value_bytes;
    if (out_.has_own_lengths()) out_.offsets.push_back(out_.bytes.size());
    return Status::Ok();
  }

  QueryVectors Take() {
    out_.count = count_;
    if (!out_.uniform) out_.value_bytes = 0;
    if (!out_.uniform && !out_.has_own_lengths()) out_.bytes.clear();
    return std::move(out_);
  }

 private:
  // kUnknown: of no field, so they are counted.
  enum class Form { kUnknown, kVectors, kLists, kTexts };

  // The first query tells the form of all.
  void ChooseForm(const JsonValue& query) {
    if (field_ == nullptr) return;
    const DataType type = field_->vector_type();
    form_ = Form::kVectors;
    if (query.is(Kind::kText) && !HasTextForm(type)) form_ = Form::kTexts;
    if (field_->type == DataType::kArrayOfVector && query.is(Kind::kArray)) {
      // Of a list, and where there is none, the first vector.
      JsonValue first;
      query.EachItem([&](const JsonValue& item) { return first = item, false; });
      if (!first.is_number()) form_ = Form::kLists;
    }
    out_.placeholder_type = form_ == Form::kTexts ? kTextPlaceholder : static_cast<int>(type);
    if (form_ == Form::kLists) out_.placeholder_type += kListPlaceholder;
    if (out_.has_own_lengths()) out_.offsets.push_back(0);
  }

  Status Append(const JsonValue& query) {
    switch (form_) {
      case Form::kUnknown:
        return Status::Ok();
      case Form::kVectors:
        return AppendVector(field_->vector_type(), field_->dim, query, &out_.bytes);
      case Form::kTexts:
        if (!query.is(Kind::kText)) return {Code::kParameterInvalid, "not a text, as others are"};
        out_.bytes.append(query.text());
        return Status::Ok();
      case Form::kLists:
        break;
    }
    if (!query.is(Kind::kArray)) return {Code::kParameterInvalid, "not a list of vectors, as others are"};
    Status status;
    query.EachItem([&](const JsonValue& item) {
      status = AppendVector(field_->vector_type(), field_->dim, item, &out_.bytes);
      return status.ok();
    });
    return status;
  }

  const FieldSchema* const field_;
  Form form_ = Form::kUnknown;
  size_t count_ = 0;
  QueryVectors out_;
};

// The field that is searched; nullptr where the body does not say.
const FieldSchema* FieldOf(const CollectionSchema& schema, const std::string& name) {
  const FieldSchema* only = nullptr;
  size_t count = 0;
  for (const FieldSchema& field : schema.fields) {
    if (!IsVector(field.type) || (!name.empty() && field.name != name)) continue;
    only = &field;
    ++count;
  }
  return count == 1 ? only : nullptr;
}

/// Parameters of a search: members of `searchParams` and those of its `params`, which mean the same.
class ParamsReader {
 public:
  Status Read(const JsonValue& object) {
    const JsonValue inner = object.Find("params");
    if (!inner.empty() && !inner.is(Kind::kObject))
      return Status::Invalid("searchParams.params must be an object, got " + std::string(inner.KindName()));
    RK_RETURN_IF_ERROR(Merge(inner));
    return Merge(object);
  }

  /// Each one by itself, and all of them as the JSON that clients of the RPC send.
  void Put(Params* params) const {
    std::string json;
    JsonWriter writer(&json);
    writer.BeginObject();
    for (const Entry& entry : entries_) {
      writer.Key(entry.key).Raw(entry.value.Json());
      params->emplace_back(entry.key, ValueText(entry.value));
    }
    writer.EndObject();
    params->emplace_back("params", std::move(json));
  }

 private:
  struct Entry {
    std::string key;
    JsonValue value;
  };
  // More than there are.
  static constexpr size_t kEntriesMax = 256;

  static std::string NameOf(std::string_view key) {
    if (key == "metricType") return "metric_type";
    if (key == "ignoreGrowing") return "ignore_growing";
    return std::string(key);
  }

  Status Merge(const JsonValue& object) {
    Status status;
    object.EachMember([&](std::string_view key, const JsonValue& value) {
      if (key != "params" && !value.is(Kind::kNull)) status = Add(NameOf(key), value);
      return status.ok();
    });
    return status;
  }

  Status Add(std::string key, const JsonValue& value) {
    for (const Entry& entry : entries_) {
      if (entry.key != key) continue;
      const bool same = value.is_number() && entry.value.is_number() ? value.real() == entry.value.real()
                                                                     : value.Json() == entry.value.Json();
      return same ? Status::Ok() : Status::Invalid("ambiguous parameter: " + key);
    }
    if (entries_.size() == kEntriesMax) {
      return {Code::kParameterTooLarge, "searchParams has more than " + std::to_string(kEntriesMax) +
                                            " parameters: parameter too large"};
    }
    entries_.push_back({std::move(key), value});
    return Status::Ok();
  }

  std::vector<Entry> entries_;
};

// What stands for parameters of the RPC.
Status ReadParams(BodyReader* body, const JsonValue& search_params, SearchRequest* request) {
  Params& params = request->params;
  if (const std::string field = body->Text("annsField"); !field.empty())
    params.emplace_back("anns_field", field);
  params.emplace_back("topk", std::to_string(body->Integer("limit", kDefaultLimit)));
  AddNumber(body, "offset", "offset", 0, &params);
  if (const std::string field = body->Text("groupingField"); !field.empty())
    params.emplace_back("group_by_field", field);
  AddNumber(body, "groupSize", "group_size", 0, &params);
  if (body->Bool("strictGroupSize", false)) params.emplace_back("strict_group_size", "true");
  RK_RETURN_IF_ERROR(body->status());
  ParamsReader reader;
  RK_RETURN_IF_ERROR(reader.Read(search_params));
  reader.Put(&params);
  return Status::Ok();
}

Status ReadQueries(const JsonValue& data, const FieldSchema* field, SearchRequest* request) {
  QueriesReader queries(field);
  Status status;
  data.EachItem([&](const JsonValue& query) {
    status = queries.Add(query);
    return status.ok();
  });
  RK_RETURN_IF_ERROR(status);
  request->queries = queries.Take();
  request->nq = static_cast<int64_t>(request->queries.count);
  return Status::Ok();
}

// What all forms of a search share.
SearchRequest ReadTarget(BodyReader* body) {
  SearchRequest request;
  request.name = body->NeedCollection();
  request.partitions = body->Texts("partitionNames");
  request.filter = body->Text("filter");
  request.output_fields = body->Texts("outputFields");
  request.read_point = ReadConsistency(body);
  request.templates = ReadTemplates(body);
  NoteUnsupported(body, &request.unsupported);
  return request;
}

bool IsNone(const JsonValue& value) { return value.empty() || (value.is(Kind::kArray) && value.size() == 0); }

}  // namespace

Result<SearchRequest> ReadSearch(const JsonValue& body, const CollectionSchema& schema) {
  BodyReader reader(body);
  SearchRequest request = ReadTarget(&reader);
  const JsonValue data = reader.Array("data"), ids = reader.Array("ids");
  RK_RETURN_IF_ERROR(reader.status());
  if (!IsNone(data) && !IsNone(ids)) return Status::Invalid("data and ids are mutually exclusive");
  if (IsNone(data) && IsNone(ids)) return MissingParameter("data");
  RK_RETURN_IF_ERROR(ReadParams(&reader, reader.Object("searchParams"), &request));
  if (!IsNone(ids)) {
    request.by_ids = true;
    auto keys = ReadKeys(ids, schema.primary());
    if (!keys.ok()) return BadFormat(keys.status().message());
    request.ids = std::move(*keys);
    request.nq = static_cast<int64_t>(request.ids.row_count());
    return request;
  }
  RK_RETURN_IF_ERROR(ReadQueries(data, FieldOf(schema, reader.Text("annsField")), &request));
  return request;
}

Result<SearchRequest> ReadFirstSearch(const JsonValue& body, const CollectionSchema& schema) {
  BodyReader reader(body);
  SearchRequest request = ReadTarget(&reader);
  const JsonValue vector = reader.Value("vector");
  if (IsNone(vector)) reader.MissingMember("vector");
  RK_RETURN_IF_ERROR(reader.status());
  RK_RETURN_IF_ERROR(ReadParams(&reader, reader.Object("params"), &request));
  QueriesReader queries(FieldOf(schema, reader.Text("annsField")));
  RK_RETURN_IF_ERROR(queries.Add(vector));
  request.queries = queries.Take();
  request.nq = 1;
  return request;
}

Status CheckHybridSearch(const JsonValue& body) {
  BodyReader reader(body);
  ReadTarget(&reader);
  reader.Integer("limit", kDefaultLimit);
  reader.Integer("offset", 0);
  reader.Object("rerank");
  Status status;
  reader.NeedArray("search").EachItem([&](const JsonValue& item) {
    BodyReader part(item);
    part.NeedArray("data");
    part.Text("annsField");
    part.Text("filter");
    status = part.status();
    return status.ok();
  });
  return reader.status().ok() ? status : reader.status();
}

}  // namespace redkite::rest
