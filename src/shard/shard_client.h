// ShardClient: what the proxy asks of a shard. Shard answers in process; in a cluster a remote one will;
// MemShard is the twin for tests. Thread safety: all methods may be called from any thread. Reads see every
// write that was answered before they began. A write that fails is not there, but where the log says that its
// outcome is unknown (wal/log.h).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/status.h"
#include "plan/read_plan.h"
#include "shard/write_record.h"

namespace redkite::shard {

/// Called once, from any thread: when the write is durable and visible (with its timestamp), or why it is
/// not. Of a write whose made_at is too old (kServiceUnavailable) the timestamp is that of the write that
/// came in between; of every other failure it is 0.
using WriteDone = std::function<void(Status, Timestamp)>;
inline bool IsOutdated(const Status& status, Timestamp ts) { return !status.ok() && ts != 0; }
Status OutdatedWrite(const std::string& collection);

/// Rows found by a search, flat over its queries. `columns` are those of plan.rows.output_fields.
struct SearchRows {
  std::vector<int64_t> hit_counts;
  std::vector<float> distances;
  std::vector<int64_t> elements;  // where elements of rows are the hits: the place of each in its row
  std::vector<Column> columns;
  Timestamp snapshot_ts = 0;
  ReadStats stats;
};

struct QueryRows {
  int64_t count = 0;                           // the rows or groups, or the answer of count(*)
  std::vector<std::vector<int64_t>> elements;  // with element_filter: those of each row that pass
  std::vector<Column> columns;
  Timestamp snapshot_ts = 0;
  ReadStats stats;
};

struct ShardStats {
  int64_t row_count = 0;  // in all segments, without a look at deletes
  int64_t sealed_row_count = 0;
  int64_t growing_bytes = 0;
  int64_t segment_count = 0;
};

struct SegmentStats {
  SegmentId id;
  PartitionId partition;
  bool growing = false;
  int64_t row_count = 0;  // without a look at deletes
  int64_t memory_bytes = 0;
  std::vector<IndexId> indexes;  // that are built
};

class ShardClient {
 public:
  virtual ~ShardClient() = default;
  /// Orders, logs and applies one mutation. With record->unique, an insert of a key that is there, or on its
  /// way, is refused (kParameterInvalid) and changes nothing. With record->made_at the answer to an outdated
  /// write comes before the call returns.
  virtual void Append(std::shared_ptr<WriteRecord> record, WriteDone done) = 0;
  /// The nearest rows of each query, one for each key, equal distances in the order of keys; of rows that are
  /// equally far at the k-th place any may be answered.
  virtual Result<SearchRows> Search(const plan::SearchPlan& plan, const CancelToken* cancel) = 0;
  /// In the order that the plan asks for and then in that of keys, of rows that share one the newest.
  /// count(*) counts rows. With groups, `columns` are those of exec::GroupRows.
  virtual Result<QueryRows> Query(const plan::QueryPlan& plan, const CancelToken* cancel) = 0;
  /// The collection's schema changed; an older one than it has changes nothing. A write that brings its
  /// schema tells it too.
  virtual void SetSchema(std::shared_ptr<const CollectionSchema> schema) = 0;
  virtual ShardStats Stats() const = 0;
  virtual std::vector<SegmentStats> Segments() const = 0;
};

}  // namespace redkite::shard
