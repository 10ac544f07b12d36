#include <algorithm>

#include "shard/shard.h"

namespace redkite::shard {

namespace {

constexpr int64_t kSettleCheckMs = 10;  // between looks at whether the reader has gone

Status CheckUndamaged(const ShardSnapshot& snapshot, const plan::RowSelection& rows) {
  for (const DamagedSegment& damaged : snapshot.damaged) {
    if (rows.Reads(damaged.partition) && damaged.min_ts <= rows.read_ts) return damaged.error;
  }
  return Status::Ok();
}

// Offset and limit count elements there; the rows that are found have at least as many.
Result<std::vector<exec::RowRef>> QueryElements(const plan::QueryPlan& plan, const exec::Segments& segments,
                                                const CancelToken* cancel, QueryRows* out) {
  std::vector<exec::RowRef> rows;
  RK_RETURN_IF_ERROR(exec::QuerySegments(plan, segments, cancel, &out->stats, &rows));
  // Each is a number in the answer. Those of a page are few, all there are may be too many for it.
  const size_t room = static_cast<size_t>(plan.rows.output_bytes_max) / sizeof(int64_t);
  const size_t most = plan.limit < 0 ? room + 1 : static_cast<size_t>(plan.limit + plan.offset);
  RK_ASSIGN_OR_RETURN(auto elements, exec::ListElements(plan.rows, segments, rows, most, cancel));
  if (plan.limit < 0) {
    size_t listed = 0;
    for (const auto& of_row : elements) listed += of_row.size();
    if (listed > room) return exec::OutputTooLarge(plan.rows);
  }
  auto skip = static_cast<size_t>(plan.offset);
  size_t left = plan.limit < 0 ? SIZE_MAX : static_cast<size_t>(plan.limit);
  std::vector<exec::RowRef> kept;
  for (size_t i = 0; i < elements.size() && left > 0; ++i) {
    std::vector<int64_t>& of_row = elements[i];
    const size_t skipped = std::min(skip, of_row.size());
    skip -= skipped;
    of_row.erase(of_row.begin(), of_row.begin() + static_cast<ptrdiff_t>(skipped));
    if (of_row.size() > left) of_row.resize(left);
    left -= of_row.size();
    if (of_row.empty()) continue;
    kept.push_back(rows[i]);
    out->elements.push_back(std::move(of_row));
  }
  return kept;
}

}  // namespace

void Shard::Finished(uint64_t writes) {
  MutexLock lock(queue_mutex_);
  finished_ += writes;
  finished_changed_.NotifyAll();
}

Status Shard::Settle(Timestamp read_ts, const CancelToken* cancel) {
  // Writes are applied in the order of their timestamps.
  if (snapshot()->applied_ts >= read_ts) return Status::Ok();
  uint64_t before = 0;
  {
    MutexLock lock(append_mutex_);
    if (seams_.oracle->last() < read_ts) RK_RETURN_IF_ERROR(seams_.oracle->Next().status());
    // A reader that is ahead of the clock does not move it.
    if (WallMsOf(read_ts) <= WallMsOf(seams_.oracle->last())) seams_.oracle->Observe(read_ts);
    before = appended_;
  }
  for (bool finished = false;;) {
    // With this thread when all others wait like it. Once more at the end: one that failed is counted at
    // once, also when some that the log took before it are still to be applied.
    DrainQueue();
    if (finished) return Status::Ok();
    MutexLock lock(queue_mutex_);
    finished = finished_ >= before;
    if (finished) continue;
    if (queue_.empty()) finished_changed_.WaitFor(queue_mutex_, kSettleCheckMs);
    if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
  }
}

Result<std::shared_ptr<const ShardSnapshot>> Shard::SnapshotAt(const plan::RowSelection& rows,
                                                               const CancelToken* cancel) {
  const Timestamp settled = rows.read_ts != kMaxTimestamp ? rows.read_ts : rows.not_before;
  if (settled != 0) RK_RETURN_IF_ERROR(Settle(settled, cancel));
  auto snapshot = this->snapshot();
  Timestamp oldest = snapshot->history_from;
  if (rows.travels) oldest = std::max(oldest, snapshot->expiry_from);
  if (rows.read_ts >= oldest) {
    RK_RETURN_IF_ERROR(CheckUndamaged(*snapshot, rows));
    return snapshot;
  }
  return Status::Invalid("the state at timestamp " + std::to_string(rows.read_ts) +
                         " is no longer kept, the oldest that is: " + std::to_string(oldest) +
                         " (see collection.retention.seconds and retention.window)");
}

// What was read while a map faulted is thrown away. The second try does without what was damaged, or says so.
Result<SearchRows> Shard::Search(const plan::SearchPlan& plan, const CancelToken* cancel) {
  HandleMapFaults();
  auto rows = SearchOnce(plan, cancel);
  if (!HasNewMapFaults()) return rows;
  HandleMapFaults();
  return SearchOnce(plan, cancel);
}

Result<QueryRows> Shard::Query(const plan::QueryPlan& plan, const CancelToken* cancel) {
  HandleMapFaults();
  auto rows = QueryOnce(plan, cancel);
  if (!HasNewMapFaults()) return rows;
  HandleMapFaults();
  return QueryOnce(plan, cancel);
}

Result<SearchRows> Shard::SearchOnce(const plan::SearchPlan& plan, const CancelToken* cancel) {
  RK_RETURN_IF_ERROR(ReadDeferred(plan.rows, true, cancel));
  RK_ASSIGN_OR_RETURN(const auto snapshot, SnapshotAt(plan.rows, cancel));
  SearchRows out;
  out.snapshot_ts = snapshot->applied_ts;
  std::vector<std::vector<exec::ScoredRow>> hits;
  RK_RETURN_IF_ERROR(
      exec::SearchSegments(plan, snapshot->segments, {cancel, &out.stats, seams_.executor}, &hits));
  NoteScan(*snapshot, out.stats.growing_distances);
  std::vector<exec::RowRef> rows;
  for (const auto& of_query : hits) {
    const size_t skipped = std::min<size_t>(plan.offset, of_query.size());
    out.hit_counts.push_back(static_cast<int64_t>(of_query.size() - skipped));
    for (size_t i = skipped; i < of_query.size(); ++i) {
      rows.push_back(of_query[i].ref);
      out.distances.push_back(of_query[i].distance);
      if (plan.query.of_elements()) out.elements.push_back(of_query[i].element);
    }
  }
  RK_ASSIGN_OR_RETURN(out.columns, exec::FetchColumns(plan.rows, snapshot->segments, rows));
  return out;
}

void Shard::NoteScan(const ShardSnapshot& snapshot, int64_t distances) {
  if (distances == 0 || !options_.scan_due) return;
  const int64_t scanned = scanned_.fetch_add(distances, std::memory_order_relaxed) + distances;
  if (scanned < options_.scan.rows * options_.scan.per_row) return;
  int64_t rows = 0;
  for (const auto& segment : snapshot.segments) {
    if (segment->growing) rows += static_cast<int64_t>(segment->row_count);
  }
  if (rows < options_.scan.rows || scanned < rows * options_.scan.per_row) return;
  scanned_.store(0, std::memory_order_relaxed);  // asks once
  options_.scan_due();
}

Result<QueryRows> Shard::QueryOnce(const plan::QueryPlan& plan, const CancelToken* cancel) {
  RK_RETURN_IF_ERROR(ReadDeferred(plan.rows, false, cancel));
  RK_ASSIGN_OR_RETURN(const auto snapshot, SnapshotAt(plan.rows, cancel));
  QueryRows out;
  // What it waited for may have failed in the log, and then no snapshot is that new: its timestamp was given
  // to nothing that the read could have seen.
  out.snapshot_ts = std::max(snapshot->applied_ts, plan.rows.not_before);
  if (plan.count_only) {
    RK_ASSIGN_OR_RETURN(out.count, exec::CountRows(plan.rows, snapshot->segments, cancel, &out.stats));
    return out;
  }
  if (plan.groups) {
    RK_ASSIGN_OR_RETURN(out.columns, exec::GroupRows(plan, snapshot->segments, cancel, &out.stats));
    out.count = out.columns.empty() ? 0 : static_cast<int64_t>(out.columns[0].row_count());
    return out;
  }
  std::vector<exec::RowRef> rows;
  if (plan.rows.filter.elements() != nullptr) {
    RK_ASSIGN_OR_RETURN(rows, QueryElements(plan, snapshot->segments, cancel, &out));
  } else {
    RK_RETURN_IF_ERROR(exec::QuerySegments(plan, snapshot->segments, cancel, &out.stats, &rows));
  }
  out.count = static_cast<int64_t>(rows.size());
  RK_ASSIGN_OR_RETURN(out.columns, exec::FetchColumns(plan.rows, snapshot->segments, rows));
  return out;
}

ShardStats Shard::Stats() const {
  const auto snapshot = this->snapshot();
  ShardStats stats;
  for (const auto& segment : snapshot->segments) {
    const auto rows = static_cast<int64_t>(segment->row_count);
    stats.row_count += rows;
    if (!segment->growing) stats.sealed_row_count += rows;
    stats.growing_bytes += static_cast<int64_t>(segment->memory_bytes());
    ++stats.segment_count;
  }
  for (const DamagedSegment& damaged : snapshot->damaged) {
    stats.row_count += static_cast<int64_t>(damaged.row_count);
    stats.sealed_row_count += static_cast<int64_t>(damaged.row_count);
    ++stats.segment_count;
  }
  return stats;
}

std::vector<SegmentStats> Shard::Segments() const {
  const auto snapshot = this->snapshot();
  std::vector<SegmentStats> out;
  for (const auto& segment : snapshot->segments) {
    SegmentStats stats{segment->id,
                       segment->partition,
                       segment->growing,
                       static_cast<int64_t>(segment->row_count),
                       static_cast<int64_t>(segment->memory_bytes()),
                       {}};
    for (const segment::FieldIndex& index : segment->indexes) stats.indexes.push_back(index.id);
    if (segment->deferred) {
      for (const auto& [field, index] : segment->deferred->indexes) stats.indexes.push_back(index);
    }
    out.push_back(std::move(stats));
  }
  return out;
}

}  // namespace redkite::shard
