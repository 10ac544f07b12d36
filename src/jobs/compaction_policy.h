// CompactionPolicy: which sealed segments of a shard are merged next, and how old a delete must be for its
// row to go. Size-tiered: a tier holds segments whose live rows are within one power of fan_in; fan_in
// segments of one tier become one of a higher tier. So a row is rewritten at most once per tier, until its
// segment is full: from 1,000 rows to 3,000,000 four times with the default of 8. Segments with many dead
// rows are rewritten whatever their tier. Thread safety: pure functions.
#pragma once

#include <vector>

#include "shard/shard.h"

namespace redkite::jobs {

struct CompactionOptions {
  bool enabled = true;  // in the background; a request of a client is served anyway
  size_t fan_in = 8;
  uint64_t target_bytes = uint64_t{1} << 30;  // of an output; from half of it on a segment is full
  double dead_ratio = 0.2;                    // dead rows among all that make a segment be rewritten
  /// Deletes hide rows for this long before the rows go, 0: not at all; less where the hidden rows would take
  /// more than retention_ratio of the live bytes (infinite: there is no such bound) and retention_bytes.
  int64_t retention_ms = 3'600'000;
  double retention_ratio = 0.2;
  uint64_t retention_bytes = uint64_t{16} << 20;
};

/// What may go of a shard of a collection with these properties, which may set a window of their own: that
/// one has no bound. `now` is not older than any write.
segment::DropRule ChooseDropRule(Timestamp now, const std::vector<shard::SealedSize>& segments,
                                 const Params& properties, const CompactionOptions& options);
/// Rows deleted at or before this may go: reads from here on are complete.
Timestamp ChooseHorizon(Timestamp now, const std::vector<shard::SealedSize>& segments,
                        const CompactionOptions& options);

struct SegmentSize {
  SegmentId id;
  PartitionId partition;
  uint64_t rows = 0;
  uint64_t dead_rows = 0;  // of them, those that may go
  uint64_t bytes = 0;
  uint64_t live_rows() const { return rows - dead_rows; }
  uint64_t live_bytes() const {
    return rows == 0 ? 0 : bytes / rows * live_rows() + bytes % rows * live_rows() / rows;
  }
};
std::vector<SegmentSize> MeasureSegments(const std::vector<shard::SealedSize>& segments,
                                         const segment::DropRule& rule);

using CompactionGroup = std::vector<SegmentId>;  // of one partition, in the order of `segments`

/// What background compaction merges next; empty: nothing.
CompactionGroup PickCompaction(const std::vector<SegmentSize>& segments, const CompactionOptions& options);
/// What brings the segments to as few as the target allows, without any row that may go. No segment is in two
/// groups.
std::vector<CompactionGroup> PlanFullCompaction(const std::vector<SegmentSize>& segments,
                                                uint64_t target_bytes);

}  // namespace redkite::jobs
