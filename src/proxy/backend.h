// Backend: what the proxy needs of whoever owns shards and background jobs (the engine on one node).
// Thread safety: all methods may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "meta/catalog.h"
#include "shard/shard_client.h"
#include "types/collection_requests.h"

namespace redkite::proxy {

struct IndexBuildState {
  int64_t total_rows = 0;
  int64_t indexed_rows = 0;
  bool building = false;
  std::string failure;
};

class Backend {
 public:
  virtual ~Backend() = default;
  /// Makes the shard, then calls `commit`, which puts the collection into the catalog: whoever finds it there
  /// finds its shard. When either fails nothing of it stays, and the error is returned.
  virtual Status CreateShard(const meta::CollectionPtr& collection,
                             const std::function<Status()>& commit) = 0;
  /// After the collection has left the catalog: its files go away.
  virtual void DropShard(CollectionId collection) = 0;
  /// kServiceUnavailable, naming the reason, when the collection's data could not be opened.
  virtual Result<std::shared_ptr<shard::ShardClient>> FindShard(CollectionId collection) = 0;
  /// Memory is short: begins to flush what holds most of it. Does not block.
  virtual void MakeRoom() = 0;
  /// Begins to flush; returns the segments that will be durable as files when it is done.
  virtual Result<std::vector<SegmentId>> StartFlush(CollectionId collection) = 0;
  /// Whether none of `segments` is still to be flushed.
  virtual bool IsFlushed(CollectionId collection, const std::vector<SegmentId>& segments) = 0;
  /// Whether no row of a timestamp up to `ts` is still to be flushed.
  virtual bool IsFlushedUpTo(CollectionId collection, Timestamp ts) = 0;
  /// After the partition has left the catalog: its rows and files go away.
  virtual void DropPartition(CollectionId collection, PartitionId partition) = 0;
  /// The catalog's index definitions changed: builds what is missing.
  virtual void IndexesChanged(CollectionId collection) = 0;
  virtual Status RemoveIndex(CollectionId collection, IndexId index) = 0;
  virtual IndexBuildState IndexState(CollectionId collection, const meta::IndexMeta& index) = 0;
  /// Begins to merge the collection's stored segments.
  virtual Result<CompactionStart> StartCompaction(CollectionId collection,
                                                  const CompactionRequest& request) = 0;
  /// Of one compaction; of the collection when `id` is 0. What is long ago, or before the start, is
  /// forgotten.
  virtual std::vector<CompactionPlan> CompactionPlans(int64_t id, CollectionId collection) = 0;
};

}  // namespace redkite::proxy
