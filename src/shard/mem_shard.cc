#include "shard/mem_shard.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <utility>

#include "base/half.h"
#include "exec/aggregator.h"
#include "exec/filter/eval_filter.h"
#include "types/absent_value.h"

namespace redkite::shard {
namespace {

using Key = std::pair<int64_t, std::string>;

Key KeyAt(const ColumnView& column, size_t row) {
  if (column.type == DataType::kVarChar) return {0, std::string(column.TextAt(row))};
  return {column.At<int64_t>(row), {}};
}

/// An element of a vector, or a bit of one, as a number.
double ElementAt(DataType type, const std::byte* vector, int i) {
  float wide;
  uint16_t half;
  switch (type) {
    case DataType::kFloatVector:
      std::memcpy(&wide, vector + 4 * i, 4);
      return wide;
    case DataType::kFloat16Vector:
    case DataType::kBFloat16Vector:
      std::memcpy(&half, vector + 2 * i, 2);
      return type == DataType::kFloat16Vector ? FloatOfHalf(half) : FloatOfBFloat16(half);
    case DataType::kInt8Vector:
      return static_cast<int8_t>(vector[i]);
    default:
      return (std::to_integer<int>(vector[i / 8]) >> (i % 8)) & 1;
  }
}

float DistanceOf(const VectorQuery& query, const std::byte* a, const std::byte* b) {
  double dot = 0, squares = 0, aa = 0, bb = 0;
  for (int i = 0; i < query.dim; ++i) {
    const double x = ElementAt(query.type, a, i), y = ElementAt(query.type, b, i);
    dot += x * y;
    squares += (x - y) * (x - y);
    aa += x * x;
    bb += y * y;
  }
  switch (query.metric) {
    case Metric::kL2:
    case Metric::kHamming:
      return static_cast<float>(squares);
    case Metric::kIp:
      return static_cast<float>(-dot);
    case Metric::kCosine:
      return aa == 0 || bb == 0 ? 0 : static_cast<float>(-dot / std::sqrt(aa * bb));
    case Metric::kJaccard:
      return aa + bb == 0 ? 1 : static_cast<float>(squares / (aa + bb - dot));
    case Metric::kSubstructure:
      return dot == aa ? 0 : 1;
    case Metric::kSuperstructure:
      return dot == bb ? 0 : 1;
  }
  return 0;
}

}  // namespace

// ---- writes

void MemShard::Append(std::shared_ptr<WriteRecord> record, WriteDone done) {
  Status refused;
  Timestamp newer = 0;
  {
    MutexLock lock(mutex_);
    ++append_count_;
    refused = std::exchange(next_append_error_, Status::Ok());
    if (closed_) {
      refused = Status(Code::kCollectionNotFound, "collection not found[collection=" + schema_->name + "]");
    } else if (refused.ok() && HasOldKeyLocked(*record)) {
      refused = Status::Invalid("primary key exists already");
    } else if (refused.ok() && record->made_at && NewestOfLocked(*record) > *record->made_at) {
      newer = NewestOfLocked(*record);
      refused = OutdatedWrite(schema_->name);
    } else if (refused.ok() || next_append_happens_) {
      auto ts = oracle_->Next();
      if (!ts.ok()) {
        refused = ts.status();
      } else if (refused.ok()) {
        waiting_.push_back({std::move(record), *ts, std::move(done)});
      } else {
        ApplyLocked(record.get(), *ts);
      }
    }
    if (refused.ok() && manual_) return;
  }
  if (!refused.ok()) return done(refused, newer);
  Apply();
}

Timestamp MemShard::NewestOfLocked(const WriteRecord& record) {
  const FieldId primary = schema_->primary().id;
  std::set<Key> keys;
  const auto add = [&keys](const ColumnView& column) {
    for (size_t row = 0; row < column.row_count; ++row) keys.insert(KeyAt(column, row));
  };
  add(record.delete_keys.view());
  Timestamp newest = 0;
  for (size_t row = 0; row < rows_.size(); ++row) {
    if (keys.contains(KeyLocked(row))) newest = std::max({newest, rows_[row].ts, rows_[row].deleted_ts});
  }
  newest = std::max(newest, truncated_ts_);
  for (const Waiting& write : waiting_) {
    const std::set<Key> mine = std::exchange(keys, {});
    add(write.record->delete_keys.view());
    write.record->ForEachRows(
        [&](PartitionId, const segment::PreparedRows& rows) { add(rows.rows.Find(primary)->view()); });
    if (std::any_of(mine.begin(), mine.end(), [&](const Key& key) { return keys.contains(key); }))
      newest = write.ts;
    keys = mine;
  }
  return newest;
}

bool MemShard::HasOldKeyLocked(const WriteRecord& record) {
  if (!record.unique.checked || !record.rows || record.delete_keys.row_count() > 0) return false;
  const FieldId primary = schema_->primary().id;
  std::set<Key> present;
  for (size_t row = 0; row < rows_.size(); ++row) {
    if (rows_[row].deleted_ts == 0 && rows_[row].ts >= record.unique.expired_before)
      present.insert(KeyLocked(row));
  }
  const auto adds_old = [&](const WriteRecord& write) {
    bool old = false;
    write.ForEachRows([&](PartitionId, const segment::PreparedRows& rows) {
      const ColumnView keys = rows.rows.Find(primary)->view();
      for (size_t row = 0; row < keys.row_count; ++row) old = !present.insert(KeyAt(keys, row)).second || old;
    });
    return old;
  };
  for (const Waiting& write : waiting_) {
    if (write.record->rows) (void)adds_old(*write.record);
  }
  return adds_old(record);
}

size_t MemShard::Apply(size_t count) {
  size_t applied = 0;
  for (; applied < count; ++applied) {
    Waiting write;
    {
      MutexLock lock(mutex_);
      if (waiting_.empty()) break;
      write = std::move(waiting_.front());
      waiting_.pop_front();
      ApplyLocked(write.record.get(), write.ts);
    }
    write.done(Status::Ok(), write.ts);
  }
  return applied;
}

void MemShard::ApplyLocked(WriteRecord* record, Timestamp ts) {
  AdoptSchemaLocked(record->schema);
  if (record->truncates) {
    rows_.clear();
    columns_.clear();
    memory_ = {};
    truncated_ts_ = ts;
  }
  const ColumnView keys = record->delete_keys.view();
  const Timestamp newest = record->delete_up_to == 0 ? ts - 1 : std::min(record->delete_up_to, ts - 1);
  std::set<Key> gone;
  for (size_t i = 0; i < keys.row_count; ++i) gone.insert(KeyAt(keys, i));
  for (size_t r = 0; r < rows_.size(); ++r) {
    Row& row = rows_[r];
    // A delete that adds no rows may be restricted to one partition.
    const bool elsewhere =
        !record->rows && record->partition != PartitionId(0) && row.partition != record->partition;
    if (elsewhere || row.ts > newest || row.deleted_ts != 0) continue;
    if (gone.contains(KeyLocked(r))) row.deleted_ts = ts;
  }
  const auto append = [&](PartitionId partition, segment::PreparedRows& rows) REQUIRES(mutex_) {
    AddRowsLocked(rows.rows);
    rows_.resize(rows_.size() + rows.rows.row_count, {partition, ts, 0});
    memory_.Absorb(std::move(rows.memory));
  };
  if (record->rows) append(record->partition, *record->rows);
  for (const PartitionRows& part : record->more) append(part.partition, *part.rows);
  applied_ts_ = std::max(applied_ts_, ts);
}

void MemShard::SetSchema(std::shared_ptr<const CollectionSchema> schema) {
  MutexLock lock(mutex_);
  AdoptSchemaLocked(std::move(schema));
}

// Every field has a column from the moment on at which it is added.
void MemShard::AdoptSchemaLocked(std::shared_ptr<const CollectionSchema> schema) {
  if (!schema || schema->version <= schema_->version) return;
  schema_ = std::move(schema);
  for (const FieldSchema& field : schema_->fields) {
    auto [it, is_new] = columns_.try_emplace(field.id, field.id, field.type, field.dim);
    for (size_t r = 0; is_new && r < rows_.size(); ++r) AppendAbsent(field, &it->second);
  }
}

void MemShard::AddRowsLocked(const RowBatch& batch) {
  for (const Column& column : batch.columns) {
    auto [it, is_new] = columns_.try_emplace(column.field(), column.field(), column.type(), column.dim());
    // Rows from before the field was added have none of it.
    for (size_t r = 0; is_new && r < rows_.size(); ++r) it->second.AppendNull();
    it->second.AppendAll(column.view());
  }
  for (auto& [id, column] : columns_) {
    const FieldSchema* field = schema_->Find(id);
    while (column.row_count() < rows_.size() + batch.row_count) {
      if (field == nullptr) {
        column.AppendNull();
      } else {
        AppendAbsent(*field, &column);
      }
    }
  }
}

// ---- reads

Key MemShard::KeyLocked(size_t row) { return KeyAt(columns_.at(schema_->primary().id).view(), row); }

std::optional<ColumnView> MemShard::ColumnLocked(FieldId field) {
  const auto it = columns_.find(field);
  return it == columns_.end() ? std::nullopt : std::optional<ColumnView>(it->second.view());
}

Status MemShard::EnterReadLocked(const plan::RowSelection& rows, const CancelToken* cancel) {
  last_read_ = {rows.filter.ToString(), rows.keys.has_value(), rows.partitions, rows.output_fields,
                rows.read_ts};
  RK_RETURN_IF_ERROR(std::exchange(next_read_error_, Status::Ok()));
  if (rows.read_ts < truncated_ts_)
    return Status::Invalid("the state at timestamp " + std::to_string(rows.read_ts) + " is no longer kept");
  return cancel == nullptr ? Status::Ok() : cancel->Check();
}

Result<std::vector<size_t>> MemShard::SelectLocked(const plan::RowSelection& selection) {
  ExcludeBitset exclude(rows_.size());
  exec::FilterInput input;
  input.row_count = rows_.size();
  input.column = [this](FieldId field) REQUIRES(mutex_) { return ColumnLocked(field); };
  if (!rows_.empty()) RK_RETURN_IF_ERROR(exec::EvalFilter(selection.filter, input, &exclude));
  std::vector<size_t> selected;
  if (selection.ignore_growing) return selected;  // nothing here is ever sealed
  for (size_t r = 0; r < rows_.size(); ++r) {
    const Row& row = rows_[r];
    const bool is_there = row.ts <= selection.read_ts && row.ts >= selection.expired_before &&
                          (row.deleted_ts == 0 || row.deleted_ts > selection.read_ts);
    const bool in_partition =
        selection.partitions.empty() || std::find(selection.partitions.begin(), selection.partitions.end(),
                                                  row.partition) != selection.partitions.end();
    if (is_there && in_partition && !exclude.Test(r)) selected.push_back(r);
  }
  return selected;
}

Result<std::vector<Column>> MemShard::FetchLocked(const plan::RowSelection& selection,
                                                  const std::vector<size_t>& rows) {
  std::vector<Column> out;
  int64_t bytes = 0;
  for (const FieldId id : selection.output_fields) {
    const FieldSchema* field = selection.schema->Find(id);
    Column column(id, field->type, field->dim);
    const auto it = columns_.find(id);
    for (const size_t row : rows) {
      if (it == columns_.end()) {
        column.AppendNull();
      } else {
        column.AppendFrom(it->second.view(), row);
      }
    }
    bytes += static_cast<int64_t>(column.view().data_bytes());
    if (bytes > selection.output_bytes_max) {
      return Status(Code::kParameterTooLarge, "the answer exceeds the maximum output size of " +
                                                  std::to_string(selection.output_bytes_max) +
                                                  " bytes: parameter too large");
    }
    out.push_back(std::move(column));
  }
  return out;
}

namespace {

// A row of values, each null or comparable with those of its column.
using Cells = std::vector<exec::Cell>;

// Leaves what limit and offset leave.
template <class T>
void Cut(const plan::QueryPlan& plan, std::vector<T>* rows) {
  const size_t skipped = std::min(rows->size(), static_cast<size_t>(plan.offset));
  rows->erase(rows->begin(), rows->begin() + static_cast<ptrdiff_t>(skipped));
  if (plan.limit >= 0 && rows->size() > static_cast<size_t>(plan.limit)) {
    rows->resize(static_cast<size_t>(plan.limit));
  }
}

}  // namespace

void MemShard::OrderLocked(const plan::QueryPlan& plan, std::vector<size_t>* rows) {
  for (auto order = plan.order.rbegin(); order != plan.order.rend(); ++order) {
    const auto column = ColumnLocked(order->field);
    if (!column) continue;
    std::stable_sort(rows->begin(), rows->end(), [&](size_t a, size_t b) {
      return exec::CompareInDirection(exec::Cell::At(&*column, a), exec::Cell::At(&*column, b),
                                      order->direction) < 0;
    });
  }
}

Result<std::vector<Column>> MemShard::GroupLocked(const plan::QueryPlan& plan,
                                                  const std::vector<size_t>& rows) {
  const plan::GroupPlan& wanted = *plan.groups;
  const auto less = [](const Cells& a, const Cells& b) {
    return std::lexicographical_compare(
        a.begin(), a.end(), b.begin(), b.end(),
        [](const exec::Cell& x, const exec::Cell& y) { return exec::CompareInDirection(x, y, {}) < 0; });
  };
  std::map<Cells, std::vector<uint32_t>, decltype(less)> groups(less);
  if (wanted.keys.empty()) groups[{}];
  for (const size_t row : rows) {
    Cells keys;
    for (const FieldId key : wanted.keys) {
      const auto column = ColumnLocked(key);
      keys.push_back(exec::Cell::At(column ? &*column : nullptr, row));
    }
    groups[std::move(keys)].push_back(static_cast<uint32_t>(row));
  }
  if (static_cast<int64_t>(groups.size()) > wanted.count_max) {
    return Status(Code::kParameterTooLarge, "too many groups (limits.groups): parameter too large");
  }
  std::vector<Column> columns;
  for (const FieldId key : wanted.keys) columns.emplace_back(key, schema_->Find(key)->type, 0);
  std::vector<Cells> answer;
  for (const auto& [keys, members] : groups) answer.push_back(keys);
  for (const plan::Aggregate& aggregate : wanted.aggregates) {
    const FieldSchema* field = schema_->Find(aggregate.field);
    const DataType type = field == nullptr ? DataType::kNone : field->type;
    const auto column = ColumnLocked(aggregate.field);
    columns.emplace_back(FieldId(), *plan::TypeOfAggregate(aggregate.op, type), 0);
    auto row = answer.begin();
    for (const auto& [keys, members] : groups) {
      exec::Aggregator one(aggregate.op, type);
      one.Resize(1);
      one.Add(column ? &*column : nullptr, {members, std::vector<uint32_t>(members.size())});
      (row++)->push_back(one.ValueOf(0));
    }
  }
  std::stable_sort(answer.begin(), answer.end(), [&](const Cells& a, const Cells& b) {
    for (const plan::GroupOrder& order : wanted.order) {
      const int compared = exec::CompareInDirection(a[order.column], b[order.column], order.direction);
      if (compared != 0) return compared < 0;
    }
    return false;
  });
  Cut(plan, &answer);
  for (const Cells& row : answer) {
    for (size_t c = 0; c < row.size(); ++c) row[c].AppendTo(&columns[c]);
  }
  return columns;
}

Result<QueryRows> MemShard::Query(const plan::QueryPlan& plan, const CancelToken* cancel) {
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterReadLocked(plan.rows, cancel));
  RK_ASSIGN_OR_RETURN(const std::vector<size_t> selected, SelectLocked(plan.rows));
  QueryRows out;
  out.snapshot_ts = applied_ts_;
  if (plan.count_only) {
    out.count = static_cast<int64_t>(selected.size());
    return out;
  }
  if (plan.groups) {
    RK_ASSIGN_OR_RETURN(out.columns, GroupLocked(plan, selected));
    out.count = out.columns.empty() ? 0 : static_cast<int64_t>(out.columns[0].row_count());
    return out;
  }
  std::map<Key, size_t> newest;  // of rows that share a key; the later one of the same moment
  for (const size_t row : selected) {
    auto [it, is_new] = newest.try_emplace(KeyLocked(row), row);
    if (!is_new && rows_[row].ts >= rows_[it->second].ts) it->second = row;
  }
  std::vector<size_t> rows;
  for (const auto& [key, row] : newest) rows.push_back(row);
  OrderLocked(plan, &rows);
  Cut(plan, &rows);
  out.count = static_cast<int64_t>(rows.size());
  RK_ASSIGN_OR_RETURN(out.columns, FetchLocked(plan.rows, rows));
  return out;
}

namespace {

// plan::SearchPlan::whole_ties: how many of the sorted hits are answered.
size_t EndBetweenDistances(const std::vector<std::pair<float, size_t>>& hits, size_t k) {
  if (hits.size() <= k) return hits.size();
  const float last = hits[k].first;
  size_t begin = k, end = k;
  while (begin > 0 && hits[begin - 1].first == last) --begin;
  while (end < hits.size() && hits[end].first == last) ++end;
  return begin > 0 ? begin : end;
}

}  // namespace

Result<SearchRows> MemShard::Search(const plan::SearchPlan& plan, const CancelToken* cancel) {
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(EnterReadLocked(plan.rows, cancel));
  const VectorQuery& query = plan.query;
  const FieldSchema* field = plan.rows.schema->Find(query.field);
  if (field == nullptr || field->type != DataType::kFloatVector) {
    return Status::Unimplemented("a search in memory of other than float vectors is not implemented");
  }
  RK_ASSIGN_OR_RETURN(const std::vector<size_t> selected, SelectLocked(plan.rows));
  SearchRows out;
  out.snapshot_ts = applied_ts_;
  std::vector<size_t> rows;
  for (size_t q = 0; q < query.count; ++q) {
    std::map<Key, std::pair<float, size_t>> best;  // of rows that share a key
    for (const size_t row : selected) {
      const ColumnView vectors = columns_.at(query.field).view();
      if (!vectors.IsValid(row)) continue;
      const size_t bytes = ValueBytes(query.type, query.dim);
      const float distance = DistanceOf(query, query.Vector(q), vectors.data + row * bytes);
      if (distance < query.from_distance || !(distance < query.below_distance)) continue;
      auto [it, is_new] = best.try_emplace(KeyLocked(row), distance, row);
      if (!is_new && distance < it->second.first) it->second = {distance, row};
    }
    std::vector<std::pair<float, size_t>> hits;  // in the order of their keys
    for (const auto& [key, hit] : best) hits.push_back(hit);
    std::stable_sort(hits.begin(), hits.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    hits.resize(plan.whole_ties ? EndBetweenDistances(hits, query.k)
                                : std::min<size_t>(hits.size(), query.k));
    const size_t first = std::min<size_t>(plan.offset, hits.size());
    out.hit_counts.push_back(static_cast<int64_t>(hits.size() - first));
    for (size_t i = first; i < hits.size(); ++i) {
      out.distances.push_back(hits[i].first);
      rows.push_back(hits[i].second);
    }
  }
  RK_ASSIGN_OR_RETURN(out.columns, FetchLocked(plan.rows, rows));
  return out;
}

ShardStats MemShard::Stats() const {
  MutexLock lock(mutex_);
  ShardStats stats;
  stats.row_count = static_cast<int64_t>(rows_.size());
  for (const auto& [field, column] : columns_)
    stats.growing_bytes += static_cast<int64_t>(column.memory_bytes());
  stats.segment_count = rows_.empty() ? 0 : 1;
  return stats;
}

std::vector<SegmentStats> MemShard::Segments() const {
  MutexLock lock(mutex_);
  std::map<PartitionId, int64_t> rows;
  for (const Row& row : rows_) ++rows[row.partition];
  std::vector<SegmentStats> out;
  for (const auto& [partition, count] : rows)
    out.push_back({SegmentId(partition.value()), partition, true, count, 0, {}});
  return out;
}

// ---- controls

void MemShard::SetManual(bool manual) {
  MutexLock lock(mutex_);
  manual_ = manual;
}

void MemShard::FailNextAppend(Status error, bool happens) {
  MutexLock lock(mutex_);
  next_append_error_ = std::move(error);
  next_append_happens_ = happens;
}

void MemShard::FailNextRead(Status error) {
  MutexLock lock(mutex_);
  next_read_error_ = std::move(error);
}

void MemShard::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
}

size_t MemShard::append_count() const {
  MutexLock lock(mutex_);
  return append_count_;
}

SeenRead MemShard::last_read() const {
  MutexLock lock(mutex_);
  return last_read_;
}

}  // namespace redkite::shard
