// GrowingSegment: the rows of one partition that are in the log and in memory, but not in files yet.
// Appended batches become immutable blocks; small neighbours are merged like the digits of a binary counter,
// so that a stream of single rows leaves O(log n) blocks. Thread safety: one writer (the shard's apply
// thread); readers use the snapshots.
#pragma once

#include <memory>

#include "segment/segment_snapshot.h"

namespace redkite::segment {

class GrowingSegment {
 public:
  /// Blocks up to these sizes are merged with their neighbours.
  static constexpr size_t kMergeRowsMax = 65536;
  static constexpr size_t kMergeBytesMax = size_t{4} << 20;

  GrowingSegment(SegmentId id, PartitionId partition, FieldId pk_field) : pk_field_(pk_field) {
    current_.id = id;
    current_.partition = partition;
    current_.growing = true;
  }
  SegmentId id() const { return current_.id; }
  PartitionId partition() const { return current_.partition; }
  size_t row_count() const { return current_.row_count; }
  size_t memory_bytes() const { return current_.memory_bytes(); }
  /// Rows that would not fit the 32-bit row offset are the caller's to refuse.
  void Append(PreparedRows rows, Timestamp ts);
  void Delete(std::span<const DeleteEntry> entries);
  const SegmentSnapshot& current() const { return current_; }
  std::shared_ptr<const SegmentSnapshot> Snapshot() const {
    return std::make_shared<const SegmentSnapshot>(current_);
  }

 private:
  const FieldId pk_field_;
  SegmentSnapshot current_;
  MemoryReservation memory_;
};

}  // namespace redkite::segment
