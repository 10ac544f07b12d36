#include "proxy/search_by_ids.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

namespace redkite::proxy {
namespace {

constexpr size_t kMissingListed = 10;

std::string KeyText(const ColumnView& keys, size_t row) {
  return keys.type == DataType::kVarChar ? std::string(keys.TextAt(row))
                                         : std::to_string(keys.At<int64_t>(row));
}

plan::QueryPlan PlanFetch(const ColumnView& ids, const FieldSchema& field, const plan::RowSelection& rows) {
  const FieldSchema& primary = rows.schema->primary();
  plan::QueryPlan plan;
  plan.rows.schema = rows.schema;
  SelectKeys(ids, &plan.rows);
  plan.rows.partitions = rows.partitions;
  plan.rows.output_fields = {primary.id, field.id};
  plan.rows.output_bytes_max = rows.output_bytes_max;
  plan.rows.read_ts = rows.read_ts;
  plan.rows.travels = rows.travels;
  plan.rows.expired_before = rows.expired_before;
  if (rows.expiry) plan.rows.ExcludeExpired(*rows.expiry);
  return plan;
}

Status Missing(const std::string& what, const std::vector<std::string>& keys) {
  std::string list;
  for (size_t i = 0; i < std::min(keys.size(), kMissingListed); ++i) list += (i > 0 ? ", " : "") + keys[i];
  if (keys.size() > kMissingListed) list += ", ... " + std::to_string(keys.size()) + " in all";
  return Status::Invalid(what + ": [" + list + "]");
}

}  // namespace

void SelectKeys(const ColumnView& ids, plan::RowSelection* rows) {
  const FieldSchema& primary = rows->schema->primary();
  auto keys = std::make_shared<plan::ValueSet>();
  for (size_t i = 0; i < ids.row_count; ++i) {
    if (ids.type == DataType::kVarChar) {
      keys->AddText(std::string(ids.TextAt(i)));
    } else {
      keys->AddInt(ids.At<int64_t>(i));
    }
  }
  keys->Seal();
  plan::ColumnRef key;
  key.field = primary.id;
  key.type = primary.type;
  rows->filter = plan::FilterPlan(plan::Expr{plan::InExpr{std::move(key), std::move(keys)}});
  rows->keys = plan::FindKeyEquality(rows->filter, primary.id);
}

Status CheckDistinctIds(const ColumnView& ids) {
  std::set<std::string> seen;
  for (size_t i = 0; i < ids.row_count; ++i) {
    if (!seen.insert(KeyText(ids, i)).second) {
      return Status::Invalid("duplicate IDs found in search request: " + KeyText(ids, i));
    }
  }
  return Status::Ok();
}

Result<QueryVectors> FetchVectorsOfIds(const ColumnView& ids, const FieldSchema& field,
                                       const plan::RowSelection& rows, shard::ShardClient& shard,
                                       const CancelToken* cancel) {
  const FieldSchema& primary = rows.schema->primary();
  if (ids.row_count == 0) return Status::Invalid("no IDs in the request");
  if (ids.type != primary.type) {
    return Status::Invalid("IDs of the request are " + std::string(DataTypeName(ids.type)) +
                           ", primary key " + primary.name + " is " +
                           std::string(DataTypeName(primary.type)));
  }
  // Few bytes of a request repeat a key often.
  const size_t vector_bytes = std::max<size_t>(sizeof(uint64_t), ValueBytes(field.type, field.dim));
  if (ids.row_count > static_cast<size_t>(rows.output_bytes_max) / vector_bytes) {
    return Status(Code::kParameterTooLarge, "the vectors of " + std::to_string(ids.row_count) +
                                                " IDs exceed the maximum output size of " +
                                                std::to_string(rows.output_bytes_max) +
                                                " bytes (limits.output_size): parameter too large");
  }
  RK_ASSIGN_OR_RETURN(const shard::QueryRows found, shard.Query(PlanFetch(ids, field, rows), cancel));
  const ColumnView keys = found.columns[0].view();
  const ColumnView vectors = found.columns[1].view();
  std::map<std::string, size_t> row_of;
  std::vector<std::string> without;
  for (size_t row = 0; row < keys.row_count; ++row) {
    row_of[KeyText(keys, row)] = row;
    if (!vectors.IsValid(row)) without.push_back(KeyText(keys, row));
  }
  if (!without.empty()) return Missing("rows of the request have no vector, IDs", without);
  QueryVectors out;
  out.placeholder_type = static_cast<int>(field.type);
  out.count = ids.row_count;
  out.value_bytes = ValueBytes(field.type, field.dim);
  out.bytes.reserve(out.count * out.value_bytes);
  const bool sparse = field.type == DataType::kSparseFloatVector;
  if (sparse) out.offsets.push_back(0);
  const auto* data = reinterpret_cast<const char*>(vectors.data);
  for (size_t i = 0; i < ids.row_count; ++i) {
    const auto row = row_of.find(KeyText(ids, i));
    if (row == row_of.end()) {
      without.push_back(KeyText(ids, i));
    } else if (sparse) {
      out.bytes.append(vectors.TextAt(row->second));
      out.offsets.push_back(out.bytes.size());
    } else {
      out.bytes.append(data + row->second * out.value_bytes, out.value_bytes);
    }
  }
  if (!without.empty())
    return Missing("some of the provided primary key IDs do not exist, missing IDs", without);
  return out;
}

}  // namespace redkite::proxy
