// MemShard: the ShardClient in memory and nothing else: a list of rows and brute force, simple enough to be
// right by reading it. The twin of Shard for tests of what stands on it, with faults. The same calls give the
// same answers. Thread safety: see ShardClient; the controls may be called from any thread. `done` runs in
// the thread that applies: the appending one, or the caller of Apply. Not for speed: every read looks at
// every row.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "shard/shard_client.h"
#include "types/timestamp_oracle.h"

namespace redkite::shard {

/// A read as it came.
struct SeenRead {
  std::string filter;  // plan::FilterPlan::ToString
  bool by_key = false;
  std::vector<PartitionId> partitions;
  std::vector<FieldId> output_fields;
  Timestamp read_ts = 0;
};

class MemShard final : public ShardClient {
 public:
  MemShard(std::shared_ptr<const CollectionSchema> schema, TimestampOracle* oracle)
      : oracle_(oracle), schema_(std::move(schema)) {}

  void Append(std::shared_ptr<WriteRecord> record, WriteDone done) override;
  Result<SearchRows> Search(const plan::SearchPlan& plan, const CancelToken* cancel) override;
  Result<QueryRows> Query(const plan::QueryPlan& plan, const CancelToken* cancel) override;
  void SetSchema(std::shared_ptr<const CollectionSchema> schema) override;
  ShardStats Stats() const override;
  /// One growing segment for each partition that has rows.
  std::vector<SegmentStats> Segments() const override;

  /// From now on writes wait for Apply, as if the log were slow.
  void SetManual(bool manual);
  /// Applies up to `count` waiting writes, oldest first; returns how many.
  size_t Apply(size_t count = SIZE_MAX);
  /// The next write is answered with `error`; with `happens` it is applied all the same (unknown outcome).
  void FailNextAppend(Status error, bool happens = false);
  /// The next read is answered with `error`.
  void FailNextRead(Status error);
  /// Refuses further writes, as a dropped collection does; reads go on.
  void Close();
  size_t append_count() const;
  SeenRead last_read() const;

 private:
  struct Row {
    PartitionId partition;
    Timestamp ts = 0;
    Timestamp deleted_ts = 0;  // 0: never
  };
  struct Waiting {
    std::shared_ptr<WriteRecord> record;
    Timestamp ts = 0;
    WriteDone done;
  };
  void ApplyLocked(WriteRecord* record, Timestamp ts) REQUIRES(mutex_);
  /// Of a write that touched one of the keys that `record` replaces; 0: there is none.
  Timestamp NewestOfLocked(const WriteRecord& record) REQUIRES(mutex_);
  bool HasOldKeyLocked(const WriteRecord& record) REQUIRES(mutex_);
  void AdoptSchemaLocked(std::shared_ptr<const CollectionSchema> schema) REQUIRES(mutex_);
  void AddRowsLocked(const RowBatch& batch) REQUIRES(mutex_);
  Status EnterReadLocked(const plan::RowSelection& rows, const CancelToken* cancel) REQUIRES(mutex_);
  /// Every row that the read may see, in the order in which they came.
  Result<std::vector<size_t>> SelectLocked(const plan::RowSelection& selection) REQUIRES(mutex_);
  Result<std::vector<Column>> FetchLocked(const plan::RowSelection& selection,
                                          const std::vector<size_t>& rows) REQUIRES(mutex_);
  /// plan.groups over the rows; plan.order of rows that come in the order of their keys.
  Result<std::vector<Column>> GroupLocked(const plan::QueryPlan& plan, const std::vector<size_t>& rows)
      REQUIRES(mutex_);
  void OrderLocked(const plan::QueryPlan& plan, std::vector<size_t>* rows) REQUIRES(mutex_);
  /// Nothing where no row has a value.
  std::optional<ColumnView> ColumnLocked(FieldId field) REQUIRES(mutex_);
  /// Of the key of `row`, comparable with another row's.
  std::pair<int64_t, std::string> KeyLocked(size_t row) REQUIRES(mutex_);

  TimestampOracle* const oracle_;
  mutable Mutex mutex_;
  std::shared_ptr<const CollectionSchema> schema_ GUARDED_BY(mutex_);
  Timestamp truncated_ts_ GUARDED_BY(mutex_) = 0;
  bool manual_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
  std::deque<Waiting> waiting_ GUARDED_BY(mutex_);
  std::vector<Row> rows_ GUARDED_BY(mutex_);
  std::map<FieldId, Column> columns_ GUARDED_BY(mutex_);  // each has a value for every row
  MemoryReservation memory_ GUARDED_BY(mutex_);
  Timestamp applied_ts_ GUARDED_BY(mutex_) = 0;
  size_t append_count_ GUARDED_BY(mutex_) = 0;
  Status next_append_error_ GUARDED_BY(mutex_);
  bool next_append_happens_ GUARDED_BY(mutex_) = false;
  Status next_read_error_ GUARDED_BY(mutex_);
  SeenRead last_read_ GUARDED_BY(mutex_);
};

}  // namespace redkite::shard
