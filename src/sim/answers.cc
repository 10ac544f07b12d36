#include "sim/answers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "types/array_value.h"

namespace redkite::sim {
namespace {

FieldSchema Field(const char* name, DataType type, Params params = {}) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  field.type_params = std::move(params);
  return field;
}

const Column* FindColumn(const std::vector<OutputColumn>& columns, const std::string& name) {
  for (const OutputColumn& c : columns) {
    if (c.name == name) return &c.column;
  }
  return nullptr;
}

int64_t KeyAt(const ColumnView& keys, size_t row) {
  if (keys.type != DataType::kVarChar) return keys.At<int64_t>(row);
  const std::string_view text = keys.TextAt(row);
  int64_t key = -1;
  if (text.size() > 1) std::from_chars(text.data() + 1, text.data() + text.size(), key);
  return key;
}

constexpr const char* kVersionFields[kGroupCount] = {"plain_ver", "nullable_ver", "vector_ver"};

std::string NameOf(const SeenRow& row) {
  std::string text = "key " + std::to_string(row.key) + " version " + std::to_string(row.version);
  for (const int64_t version : row.groups) {
    if (version != row.version) text += " with fields of " + std::to_string(version);
  }
  return text;
}

SeenRow SeenOf(int64_t key, const RowVersion& row) {
  return {key, row.version, {row.VersionOf(kPlain), row.VersionOf(kNullable), row.VersionOf(kVector)}};
}

template <class T>
std::string ListOf(DataType element, const RowContent& content) {
  ArrayBuilder list(element);
  for (int i = 0; i < content.list_length; ++i) list.Append(static_cast<T>(content.list_first - i));
  return std::string(list.Finish());
}

bool IsRightList(const ColumnView& lists, size_t r, const RowContent& content) {
  if (!content.has_list) return !lists.IsValid(r);
  return lists.IsValid(r) && lists.TextAt(r) == ListOf<int8_t>(DataType::kInt8, content);
}

// A row's columns, as far as the answer has them, against what the row was written with.
std::string CheckContent(const std::vector<OutputColumn>& columns, size_t r, int dim, const SeenRow& row) {
  const RowContent content = ContentOf(row.key, {row.version, 0, 0, row.groups});
  const Column* tag = FindColumn(columns, "tag");
  const Column* n = FindColumn(columns, "n");
  const Column* opt = FindColumn(columns, "opt");
  const Column* list = FindColumn(columns, "list");
  const Column* vec = FindColumn(columns, "vec");
  if (tag != nullptr && tag->view().TextAt(r) != TagText(content.tag)) return "wrong tag in " + NameOf(row);
  if (n != nullptr && n->view().At<int64_t>(r) != content.n) return "wrong n in " + NameOf(row);
  if (opt != nullptr) {
    const ColumnView view = opt->view();
    const bool right =
        view.IsValid(r) ? content.has_opt && view.At<int64_t>(r) == content.opt : !content.has_opt;
    if (!right) return "wrong opt in " + NameOf(row);
  }
  if (list != nullptr && !IsRightList(list->view(), r, content)) return "wrong list in " + NameOf(row);
  if (vec != nullptr &&
      !std::equal(content.vec.begin(), content.vec.begin() + dim, vec->view().VectorAt(r))) {
    return "wrong vector in " + NameOf(row);
  }
  return "";
}

struct Candidate {
  double distance = 0;
  int64_t key = 0;
};

// The nearest row of each key among those that pass, best first.
std::vector<Candidate> Nearest(const Shape& shape, const SearchAsk& ask, const Vector& query,
                               const Rows& rows) {
  std::vector<Candidate> all;
  for (const auto& [key, versions] : rows) {
    bool any = false;
    double best = 0;
    for (const RowVersion& v : versions) {
      if (!ask.filter.Matches(key, v)) continue;
      const double d = DistanceOf(ask.metric, shape.dim, query, ContentOf(key, v.VersionOf(kVector)).vec);
      best = any ? std::min(best, d) : d;
      any = true;
    }
    if (any && (!ask.below || best < *ask.below)) all.push_back({best, key});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Candidate& a, const Candidate& b) { return a.distance < b.distance; });
  return all;
}

bool Same(double a, double b) { return std::abs(a - b) <= 1e-4 * std::max(1.0, std::abs(b)); }

struct Hits {
  Vector query{};
  std::vector<SeenRow> rows;
  std::vector<double> distances;
};

// The hits of one query: rows that are there, once, with their distance, in order, as many as there are.
std::string CheckHits(const Shape& shape, const SearchAsk& ask, const Hits& answer, const Rows& rows,
                      Recall* recall) {
  const auto& [query, hits, distances] = answer;
  const std::vector<Candidate> expected = Nearest(shape, ask, query, rows);
  const size_t count = std::min(expected.size(), static_cast<size_t>(ask.limit));
  // A walk through a graph may pass over a row of a range; else there are as many hits as rows.
  const bool fewer_is_right = ask.through_graph && ask.below && hits.size() < count;
  if (hits.size() != count && !fewer_is_right) {
    return std::to_string(hits.size()) + " hits, expected " + std::to_string(count);
  }
  std::set<int64_t> keys;
  for (size_t i = 0; i < hits.size(); ++i) {
    const SeenRow& hit = hits[i];
    if (!keys.insert(hit.key).second) return NameOf(hit) + " twice among the hits";
    const auto it = rows.find(hit.key);
    if (it == rows.end()) return "hit that is not there: " + NameOf(hit);
    const auto row = std::find_if(it->second.begin(), it->second.end(),
                                  [&](const RowVersion& v) { return SeenOf(hit.key, v) == hit; });
    if (row == it->second.end()) return "hit that is not there: " + NameOf(hit);
    if (!ask.filter.Matches(hit.key, *row)) return "hit that the filter excludes: " + NameOf(hit);
    const double own = DistanceOf(ask.metric, shape.dim, query, ContentOf(hit.key, hit.groups[kVector]).vec);
    if (!Same(distances[i], own)) return "wrong score of " + NameOf(hit);
    if (i > 0 && distances[i] < distances[i - 1] - 1e-4) return "hits out of order at " + NameOf(hit);
    const bool best = Same(distances[i], expected[i].distance);
    if (!ask.through_graph && !best) {
      return "not the nearest: " + NameOf(hit) + " at place " + std::to_string(i) + " with " +
             std::to_string(distances[i]) + ", expected key " + std::to_string(expected[i].key) + " with " +
             std::to_string(expected[i].distance);
    }
    ++recall->wanted;
    if (distances[i] <= expected[count - 1].distance + 1e-4) ++recall->found;
  }
  return "";
}

}  // namespace

CreateCollectionRequest MakeCreate(const Shape& shape) {
  CreateCollectionRequest request;
  request.name = shape.name;
  FieldSchema key = shape.text_keys ? Field("id", DataType::kVarChar, {{"max_length", "32"}})
                                    : Field("id", DataType::kInt64);
  key.is_primary = true;
  FieldSchema opt = Field("opt", DataType::kInt64);
  opt.nullable = true;
  FieldSchema list = Field("list", DataType::kArray, {{"max_capacity", "8"}});
  list.element_type = DataType::kInt8;
  list.nullable = true;
  request.schema.fields = {key,
                           Field("ver", DataType::kInt64),
                           Field("tag", DataType::kVarChar, {{"max_length", "16"}}),
                           Field("n", DataType::kInt64),
                           opt,
                           list,
                           Field("vec", DataType::kFloatVector, {{"dim", std::to_string(shape.dim)}})};
  for (size_t group = 0; group < kGroupCount; ++group) {
    request.schema.fields.push_back(Field(kVersionFields[group], DataType::kInt64));
    request.schema.fields.back().nullable = group == kNullable;
  }
  return request;
}

InsertRequest MakeInsert(const Shape& shape, const Mutation& mutation) {
  Column id(FieldId(), shape.text_keys ? DataType::kVarChar : DataType::kInt64, 0);
  Column ver(FieldId(), DataType::kInt64, 0), tag(FieldId(), DataType::kVarChar, 0);
  Column n(FieldId(), DataType::kInt64, 0), opt(FieldId(), DataType::kInt64, 0);
  Column list(FieldId(), DataType::kArray, 0), vec(FieldId(), DataType::kFloatVector, shape.dim);
  for (const int64_t key : mutation.keys) {
    const RowContent row = ContentOf(key, mutation.version);
    if (shape.text_keys) {
      id.AppendText(KeyText(key));
    } else {
      id.Append<int64_t>(key);
    }
    ver.Append<int64_t>(mutation.version);
    tag.AppendText(TagText(row.tag));
    n.Append<int64_t>(row.n);
    if (row.has_opt) {
      opt.Append<int64_t>(row.opt);
    } else {
      opt.AppendNull();
    }
    if (!row.has_list) {
      list.AppendNull();
    } else {
      list.AppendText(ListOf<int32_t>(DataType::kInt32, row));
    }
    vec.AppendVector(row.vec.data());
  }
  InsertRequest request;
  request.name = shape.name;
  request.upsert = mutation.kind == MutationKind::kUpsert;
  request.row_count = mutation.keys.size();
  request.partial_update = mutation.is_partial();
  for (size_t group = 0; group < kGroupCount; ++group) {
    if (!mutation.Brings(static_cast<Group>(group))) continue;
    Column copy(FieldId(), DataType::kInt64, 0);
    copy.AppendAll(ver.view());
    request.columns.push_back({kVersionFields[group], false, std::move(copy), group == kNullable});
  }
  request.columns.push_back({"id", false, std::move(id)});
  request.columns.push_back({"ver", false, std::move(ver)});
  if (mutation.Brings(kPlain)) {
    request.columns.push_back({"tag", false, std::move(tag)});
    request.columns.push_back({"n", false, std::move(n)});
  }
  if (mutation.Brings(kNullable)) {
    request.columns.push_back({"opt", false, std::move(opt), true});
    request.columns.push_back({"list", false, std::move(list), true, DataType::kInt32});
  }
  if (mutation.Brings(kVector)) request.columns.push_back({"vec", false, std::move(vec)});
  return request;
}

SearchRequest MakeSearch(const Shape& shape, const SearchAsk& ask) {
  SearchRequest request;
  request.name = shape.name;
  if (ask.filter.kind != RowFilter::kAll) request.filter = ask.filter.Text();
  request.params = {{"topk", std::to_string(ask.limit)}};
  std::string members;
  if (ask.ef > 0) members = "\"ef\": " + std::to_string(ask.ef);
  if (ask.below) {
    const double radius = LargerScoreIsBetter(ask.metric) ? -*ask.below : *ask.below;
    members += (members.empty() ? "\"radius\": " : ", \"radius\": ") + std::to_string(radius);
  }
  if (!members.empty()) request.params.emplace_back("params", "{" + members + "}");
  const size_t bytes = static_cast<size_t>(shape.dim) * sizeof(float);
  request.queries = {static_cast<int>(DataType::kFloatVector), ask.queries.size(), bytes, true, ""};
  for (const Vector& q : ask.queries) {
    request.queries.bytes.append(reinterpret_cast<const char*>(q.data()), bytes);
  }
  request.output_fields = {"ver", "tag", "n", "opt", "list"};
  request.output_fields.insert(request.output_fields.end(), std::begin(kVersionFields),
                               std::end(kVersionFields));
  return request;
}

namespace {

// Of groups that the answer does not tell: that of the row.
GroupVersions GroupsAt(const std::vector<OutputColumn>& columns, size_t r, int64_t version) {
  GroupVersions groups;
  for (size_t group = 0; group < kGroupCount; ++group) {
    const Column* told = FindColumn(columns, kVersionFields[group]);
    groups[group] = told == nullptr           ? version
                    : told->view().IsValid(r) ? told->view().At<int64_t>(r)
                                              : kNoVersion;
  }
  return groups;
}

}  // namespace

std::string ReadRows(const Shape& shape, const std::vector<OutputColumn>& columns, const Column* ids,
                     std::vector<SeenRow>* rows) {
  if (ids == nullptr) ids = FindColumn(columns, "id");
  const Column* versions = FindColumn(columns, "ver");
  if (ids == nullptr || versions == nullptr) return "answer without the columns that were asked for";
  const ColumnView keys = ids->view();
  for (const OutputColumn& c : columns) {
    if (c.column.row_count() != keys.row_count) return "columns of different length: " + c.name;
  }
  for (size_t r = 0; r < keys.row_count; ++r) {
    rows->push_back({KeyAt(keys, r), versions->view().At<int64_t>(r), {}});
    rows->back().groups = GroupsAt(columns, r, rows->back().version);
    if (std::string wrong = CheckContent(columns, r, shape.dim, rows->back()); !wrong.empty()) return wrong;
  }
  return "";
}

std::vector<SeenRow> ExpectedRows(const Rows& rows, const RowFilter& filter) {
  std::vector<SeenRow> expected;
  for (const auto& [key, versions] : rows) {
    for (auto v = versions.rbegin(); v != versions.rend(); ++v) {
      if (!filter.Matches(key, *v)) continue;
      expected.push_back(SeenOf(key, *v));
      break;
    }
  }
  return expected;
}

size_t ExpectedCount(const Rows& rows, const RowFilter& filter) {
  size_t count = 0;
  for (const auto& [key, versions] : rows) {
    for (const RowVersion& v : versions) count += filter.Matches(key, v);
  }
  return count;
}

std::string CompareRows(const std::vector<SeenRow>& seen, const std::vector<SeenRow>& expected) {
  size_t i = 0;
  while (i < seen.size() && i < expected.size() && seen[i] == expected[i]) ++i;
  if (i == seen.size() && i == expected.size()) return "";
  std::string text = std::to_string(seen.size()) + " rows, expected " + std::to_string(expected.size());
  text += "; first difference: " + (i < seen.size() ? NameOf(seen[i]) : std::string("nothing"));
  return text + ", expected " + (i < expected.size() ? NameOf(expected[i]) : std::string("nothing"));
}

std::string CheckSearch(const Shape& shape, const SearchAsk& ask, const SearchResult& result,
                        const Rows& rows, Recall* recall) {
  if (result.hit_counts.size() != ask.queries.size()) return "hits for another number of queries";
  std::vector<SeenRow> seen;
  if (std::string wrong = ReadRows(shape, result.columns, &result.ids, &seen); !wrong.empty()) return wrong;
  size_t at = 0;
  for (size_t q = 0; q < ask.queries.size(); ++q) {
    const auto count = static_cast<size_t>(result.hit_counts[q]);
    if (at + count > seen.size() || at + count > result.scores.size()) return "hit counts do not add up";
    Hits hits{ask.queries[q], {}, {}};
    for (size_t i = at; i < at + count; ++i) {
      const double score = result.scores[i];
      hits.rows.push_back(seen[i]);
      hits.distances.push_back(LargerScoreIsBetter(ask.metric) ? -score : score);
    }
    at += count;
    std::string wrong = CheckHits(shape, ask, hits, rows, recall);
    if (!wrong.empty()) return "query " + std::to_string(q) + ": " + wrong;
  }
  return at == seen.size() ? "" : "more hits than their counts say";
}

}  // namespace redkite::sim
