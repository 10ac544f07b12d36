#include "wire/search_codec.h"

#include <optional>

#include "types/json_text.h"
#include "wire/field_data.h"
#include "wire/message_convert.h"
#include "wire/packed_values.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"
#include "wire/template_codec.h"

namespace redkite::wire {
namespace {

// Reads the parts that search and query share; remembers whether every text was valid.
class RequestReader {
 public:
  std::string Text(std::string_view bytes) {
    ok_ = ok_ && ++texts_ <= kTextsMax && IsValidUtf8(bytes);
    return std::string(bytes);
  }
  void Pair(std::string_view message, Params* params) {
    std::string_view key, value;
    PbReader r(message);
    while (r.Next()) {
      if (r.tag() == PbLen(1)) key = r.bytes();
      if (r.tag() == PbLen(2)) value = r.bytes();
    }
    ok_ = ok_ && r.ok();
    params->emplace_back(Text(key), Text(value));
  }
  void Fail() { ok_ = false; }
  bool ok() const { return ok_; }

 private:
  static constexpr size_t kTextsMax = 64 << 10;  // output fields, partitions, parameters
  size_t texts_ = 0;
  bool ok_ = true;
};

Status SetConsistency(int level, ReadPoint* read_point) {
  RK_ASSIGN_OR_RETURN(read_point->consistency, ConsistencyOf(level));
  return Status::Ok();
}

// The values of one placeholder: first a look at their number and lengths, then one copy.
bool ReadPlaceholder(std::string_view message, QueryVectors* queries) {
  size_t total_bytes = 0;
  queries->uniform = true;
  PbReader r(message);
  while (r.Next()) {
    switch (r.tag()) {
      case PbVarint(2):
        queries->placeholder_type = r.int32();
        break;
      case PbLen(3):
        if (queries->count == 0) queries->value_bytes = r.bytes().size();
        queries->uniform = queries->uniform && r.bytes().size() == queries->value_bytes;
        total_bytes += r.bytes().size();
        ++queries->count;
        break;
      default:  // that a search is for elements, the metric of the index says too
        break;
    }
  }
  if (!r.ok()) return false;
  const bool own_lengths = queries->has_own_lengths();
  if (!queries->uniform) queries->value_bytes = 0;
  if (!queries->uniform && !own_lengths) return true;
  queries->bytes.reserve(total_bytes);
  if (own_lengths) queries->offsets.assign(1, 0);
  for (PbReader again(message); again.Next();) {
    if (again.tag() != PbLen(3)) continue;
    queries->bytes.append(again.bytes());
    if (own_lengths) queries->offsets.push_back(queries->bytes.size());
  }
  return true;
}

Status ReadPlaceholderGroup(std::string_view group, SearchRequest* request) {
  bool first = true;
  PbReader r(group);
  while (r.Next()) {
    if (r.tag() != PbLen(1)) continue;
    if (!first) return Status::Invalid("a search takes one placeholder, got more");
    first = false;
    if (!ReadPlaceholder(r.bytes(), &request->queries)) return MalformedRequest("PlaceholderValue");
  }
  if (!r.ok()) return MalformedRequest("PlaceholderGroup");
  return Status::Ok();
}

// A member of the oneof that comes again is merged; another one replaces what came before.
bool ReadIds(std::string_view message, Column* ids) {
  std::optional<PackedValues> values;
  PbReader r(message);
  while (r.Next()) {
    if (r.tag() != PbLen(1) && r.tag() != PbLen(2)) continue;
    const PackedKind kind = r.tag() == PbLen(1) ? PackedKind::kVarint : PackedKind::kText;
    if (!values || values->kind() != kind) values.emplace(kind);
    if (!values->Collect(r.bytes())) return false;
  }
  if (!r.ok()) return false;
  if (!values) return true;
  const bool texts = values->kind() == PackedKind::kText;
  *ids = Column(FieldId(), texts ? DataType::kVarChar : DataType::kInt64, 0);
  if (!AppendPacked(*values, ids).ok()) return false;
  for (size_t i = 0; texts && i < ids->row_count(); ++i) {
    if (!IsValidUtf8(ids->view().TextAt(i))) return false;
  }
  return true;
}

// The parts of a SearchRequest that are decoded once all of it was seen, because a later one may replace
// them.
struct SearchParts {
  std::string_view placeholder_group;
  std::string ids;
  TemplateReader templates;
  int consistency = 0;
};

// Features by the number of their field; empty for one that is served or harmless.
std::string_view UnsupportedFeature(uint32_t tag) {
  switch (tag) {
    case PbLen(17):
      return "sub_reqs";
    case PbLen(19):
      return "function_score";
    case PbLen(20):
      return "namespace";
    case PbLen(21):
      return "highlighter";
    case PbLen(23):
      return "search_aggregation";
    case PbLen(24):
      return "function_chains";
    default:
      return "";
  }
}

void NoteUnsupported(std::string_view feature, std::vector<std::string>* unsupported) {
  if (feature.empty() || unsupported->size() > 16 ||
      (!unsupported->empty() && unsupported->back() == feature))
    return;
  unsupported->emplace_back(feature);
}

bool CollectSearch(std::string_view bytes, SearchRequest* request, SearchParts* parts) {
  RequestReader text;
  PbReader r(bytes);
  while (text.ok() && r.Next()) {
    switch (r.tag()) {
      case PbLen(2):
        request->name.database = text.Text(r.bytes());
        break;
      case PbLen(3):
        request->name.collection = text.Text(r.bytes());
        break;
      case PbLen(4):
        request->partitions.push_back(text.Text(r.bytes()));
        break;
      case PbLen(5):
        request->filter = text.Text(r.bytes());
        break;
      case PbLen(6):
        parts->placeholder_group = r.bytes();
        request->by_ids = false;
        break;
      case PbLen(8):
        request->output_fields.push_back(text.Text(r.bytes()));
        break;
      case PbLen(9):
        text.Pair(r.bytes(), &request->params);
        break;
      case PbVarint(10):
        request->read_point.travel_ts = r.value();
        break;
      case PbVarint(11):
        request->read_point.guarantee_ts = r.value();
        break;
      case PbVarint(12):
        request->nq = r.int64();
        break;
      case PbVarint(14):
        parts->consistency = r.int32();
        break;
      case PbVarint(15):
        request->read_point.use_default = r.boolean();
        break;
      case PbLen(18):
        parts->templates.Add(r.bytes());
        break;
      case PbLen(22):
        if (!request->by_ids) parts->ids.clear();
        parts->ids += r.bytes();  // a message that comes twice is merged: its bytes stand one after another
        request->by_ids = true;
        break;
      default:
        if (r.tag() == PbLen(20) && r.bytes().empty()) break;
        NoteUnsupported(UnsupportedFeature(r.tag()), &request->unsupported);
    }
  }
  return r.ok() && text.ok() && parts->templates.ok();
}

}  // namespace

Result<SearchRequest> DecodeSearch(std::string_view bytes) {
  SearchRequest request;
  SearchParts parts;
  if (!CollectSearch(bytes, &request, &parts)) return MalformedRequest("SearchRequest");
  RK_RETURN_IF_ERROR(SetConsistency(parts.consistency, &request.read_point));
  RK_ASSIGN_OR_RETURN(request.templates, parts.templates.Take());
  int64_t count = 0;
  if (request.by_ids) {
    if (!ReadIds(parts.ids, &request.ids)) return MalformedRequest("IDs");
    count = static_cast<int64_t>(request.ids.row_count());
  } else {
    RK_RETURN_IF_ERROR(ReadPlaceholderGroup(parts.placeholder_group, &request));
    count = static_cast<int64_t>(request.queries.count);
  }
  if (request.nq == 0) request.nq = count;
  if (request.nq != count) {
    return Status::Invalid("nq (" + std::to_string(request.nq) +
                           ") is not equal to the number of query vectors (" + std::to_string(count) + ")");
  }
  return request;
}

Result<QueryRequest> DecodeQuery(std::string_view bytes) {
  QueryRequest request;
  RequestReader text;
  TemplateReader templates;
  int consistency = 0;
  PbReader r(bytes);
  while (text.ok() && r.Next()) {
    switch (r.tag()) {
      case PbLen(2):
        request.name.database = text.Text(r.bytes());
        break;
      case PbLen(3):
        request.name.collection = text.Text(r.bytes());
        break;
      case PbLen(4):
        request.filter = text.Text(r.bytes());
        break;
      case PbLen(5):
        request.output_fields.push_back(text.Text(r.bytes()));
        break;
      case PbLen(6):
        request.partitions.push_back(text.Text(r.bytes()));
        break;
      case PbVarint(7):
        request.read_point.travel_ts = r.value();
        break;
      case PbVarint(8):
        request.read_point.guarantee_ts = r.value();
        break;
      case PbLen(9):
        text.Pair(r.bytes(), &request.params);
        break;
      case PbVarint(11):
        consistency = r.int32();
        break;
      case PbVarint(12):
        request.read_point.use_default = r.boolean();
        break;
      case PbLen(13):
        templates.Add(r.bytes());
        break;
      case PbLen(14):
        if (!r.bytes().empty()) NoteUnsupported("namespace", &request.unsupported);
        break;
      default:
        break;
    }
  }
  if (!r.ok() || !text.ok() || !templates.ok()) return MalformedRequest("QueryRequest");
  RK_ASSIGN_OR_RETURN(request.templates, templates.Take());
  RK_RETURN_IF_ERROR(SetConsistency(consistency, &request.read_point));
  return request;
}

namespace {

size_t FieldsBytes(const std::vector<OutputColumn>& columns, uint32_t number, std::vector<size_t>* sizes) {
  size_t bytes = 0;
  for (const OutputColumn& column : columns) {
    sizes->push_back(FieldDataBytes(column));
    bytes += PbLenFieldSize(number, sizes->back());
  }
  return bytes;
}

size_t TextsBytes(const std::vector<std::string>& texts, uint32_t number) {
  size_t bytes = 0;
  for (const std::string& text : texts) bytes += PbLenFieldSize(number, text.size());
  return bytes;
}

void PutFields(const std::vector<OutputColumn>& columns, uint32_t number, const std::vector<size_t>& sizes,
               std::string* out) {
  PbWriter w(out);
  for (size_t i = 0; i < columns.size(); ++i) {
    w.LenHeader(number, sizes[i]);
    PutFieldData(columns[i], out);
  }
}

// Sizes of SearchResultData, the one large nested message of the reply.
struct ResultSizes {
  std::vector<size_t> fields;
  size_t ids = 0;
  size_t topks = 0;
  size_t body = 0;
};

size_t VarintFieldIfSet(uint64_t v) { return v == 0 ? 0 : 1 + PbVarintSize(v); }

// The bound is written even when it is 0.
size_t IteratorBytes(const SearchIteratorState& state) {
  return PbLenFieldSize(1, state.token.size()) + 1 + sizeof(float);
}

// A LongArray.
size_t PackedBytes(const std::vector<int64_t>& values) {
  size_t bytes = 0;
  for (const int64_t v : values) bytes += PbVarintSize(static_cast<uint64_t>(v));
  return bytes;
}
size_t IndicesBytes(const std::vector<int64_t>& values) { return PbLenFieldSize(1, PackedBytes(values)); }
void PutIndices(const std::vector<int64_t>& values, PbWriter* w) {
  w->LenHeader(1, PackedBytes(values));
  for (const int64_t v : values) w->PackedVarint(static_cast<uint64_t>(v));
}

ResultSizes SizesOf(const SearchResult& result) {
  ResultSizes sizes;
  sizes.body += VarintFieldIfSet(static_cast<uint64_t>(result.nq)) +
                VarintFieldIfSet(static_cast<uint64_t>(result.topk));
  sizes.body += FieldsBytes(result.columns, 3, &sizes.fields);
  if (!result.scores.empty()) sizes.body += PbLenFieldSize(4, result.scores.size() * sizeof(float));
  sizes.ids = IdsBytes(result.ids.view());
  if (sizes.ids > 0) sizes.body += PbLenFieldSize(5, sizes.ids);
  for (const int64_t hits : result.hit_counts) sizes.topks += PbVarintSize(static_cast<uint64_t>(hits));
  if (sizes.topks > 0) sizes.body += PbLenFieldSize(6, sizes.topks);
  sizes.body += TextsBytes(result.output_fields, 7);
  sizes.body += VarintFieldIfSet(static_cast<uint64_t>(result.searched_rows));
  if (result.iterator) sizes.body += PbLenFieldSize(11, IteratorBytes(*result.iterator));
  if (!result.primary_field_name.empty()) sizes.body += PbLenFieldSize(13, result.primary_field_name.size());
  if (!result.elements.empty()) sizes.body += PbLenFieldSize(15, IndicesBytes(result.elements));
  return sizes;
}

}  // namespace

std::string EncodeSearch(const SearchResult& result) {
  const ResultSizes sizes = SizesOf(result);
  std::string out;
  out.reserve(2 + PbLenFieldSize(2, sizes.body) + PbLenFieldSize(3, result.collection_name.size()) + 11);
  PbWriter w(&out);
  w.LenHeader(1, 0);
  w.LenHeader(2, sizes.body);
  w.VarintIfSet(1, static_cast<uint64_t>(result.nq));
  w.VarintIfSet(2, static_cast<uint64_t>(result.topk));
  PutFields(result.columns, 3, sizes.fields, &out);
  if (!result.scores.empty()) {
    w.LenHeader(4, result.scores.size() * sizeof(float));
    w.Raw(result.scores.data(), result.scores.size() * sizeof(float));
  }
  if (sizes.ids > 0) {
    w.LenHeader(5, sizes.ids);
    PutIds(result.ids.view(), &out);
  }
  if (sizes.topks > 0) {
    w.LenHeader(6, sizes.topks);
    for (const int64_t hits : result.hit_counts) w.PackedVarint(static_cast<uint64_t>(hits));
  }
  for (const std::string& name : result.output_fields) w.Bytes(7, name);
  w.VarintIfSet(9, static_cast<uint64_t>(result.searched_rows));
  if (result.iterator) {
    w.LenHeader(11, IteratorBytes(*result.iterator));
    w.Bytes(1, result.iterator->token);
    w.Float(2, result.iterator->last_bound);
  }
  w.BytesIfSet(13, result.primary_field_name);
  if (!result.elements.empty()) {
    w.LenHeader(15, IndicesBytes(result.elements));
    PutIndices(result.elements, &w);
  }
  w.BytesIfSet(3, result.collection_name);
  w.VarintIfSet(4, result.session_ts);
  return out;
}

std::string EncodeQuery(const QueryResult& result) {
  std::vector<size_t> sizes;
  const size_t bytes = FieldsBytes(result.columns, 2, &sizes) + TextsBytes(result.output_fields, 4);
  std::string out;
  out.reserve(bytes + result.collection_name.size() + result.primary_field_name.size() + 48);
  PbWriter w(&out);
  w.LenHeader(1, 0);
  PutFields(result.columns, 2, sizes, &out);
  w.BytesIfSet(3, result.collection_name);
  for (const std::string& name : result.output_fields) w.Bytes(4, name);
  w.VarintIfSet(5, result.session_ts);
  w.BytesIfSet(6, result.primary_field_name);
  for (const std::vector<int64_t>& of_row : result.elements) {
    w.LenHeader(7, PbLenFieldSize(1, IndicesBytes(of_row)));
    w.LenHeader(1, IndicesBytes(of_row));
    PutIndices(of_row, &w);
  }
  return out;
}

}  // namespace redkite::wire
