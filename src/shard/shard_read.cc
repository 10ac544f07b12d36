#include "shard/shard.h"

namespace redkite::shard {

Status Shard::CheckHistory(const ShardSnapshot& snapshot, Timestamp read_ts) const {
  if (read_ts >= snapshot.history_from) return Status::Ok();
  return Status::Invalid("the state at timestamp " + std::to_string(read_ts) +
                         " is no longer kept, the oldest that is: " + std::to_string(snapshot.history_from));
}

Result<SearchRows> Shard::Search(const plan::SearchPlan& plan, const CancelToken* cancel) {
  const auto snapshot = this->snapshot();
  RK_RETURN_IF_ERROR(CheckHistory(*snapshot, plan.rows.read_ts));
  SearchRows out;
  out.snapshot_ts = snapshot->applied_ts;
  std::vector<std::vector<exec::ScoredRow>> hits;
  RK_RETURN_IF_ERROR(
      exec::SearchSegments(plan, snapshot->segments, {cancel, &out.stats, seams_.executor}, &hits));
  std::vector<exec::RowRef> rows;
  for (const auto& of_query : hits) {
    const size_t skipped = std::min<size_t>(plan.offset, of_query.size());
    out.hit_counts.push_back(static_cast<int64_t>(of_query.size() - skipped));
    for (size_t i = skipped; i < of_query.size(); ++i) {
      rows.push_back(of_query[i].ref);
      out.distances.push_back(of_query[i].distance);
    }
  }
  RK_ASSIGN_OR_RETURN(out.columns, exec::FetchColumns(plan.rows, snapshot->segments, rows));
  return out;
}

Result<QueryRows> Shard::Query(const plan::QueryPlan& plan, const CancelToken* cancel) {
  const auto snapshot = this->snapshot();
  RK_RETURN_IF_ERROR(CheckHistory(*snapshot, plan.rows.read_ts));
  QueryRows out;
  out.snapshot_ts = snapshot->applied_ts;
  if (plan.count_only) {
    RK_ASSIGN_OR_RETURN(out.count, exec::CountRows(plan.rows, snapshot->segments, cancel, &out.stats));
    return out;
  }
  std::vector<exec::RowRef> rows;
  RK_RETURN_IF_ERROR(exec::QuerySegments(plan, snapshot->segments, cancel, &out.stats, &rows));
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
    out.push_back(std::move(stats));
  }
  return out;
}

}  // namespace redkite::shard
