// Proxy: the rules of a request. Resolves names, checks everything that may be wrong with it before anything
// changes, turns it into a plan or a record, and lets the shard do the work. Knows neither protobuf nor
// files.
//
// Errors carry Milvus's codes and key phrases (contract/errors.md) and leave everything as it was.
// Thread safety: all methods may be called from any thread; DDL blocks on the catalog's disk.
#pragma once

#include <functional>
#include <memory>

#include "base/cancel.h"
#include "base/memory_ledger.h"
#include "proxy/backend.h"
#include "types/limits.h"
#include "types/requests.h"
#include "types/timestamp_oracle.h"

namespace redkite::proxy {

struct CommonReadParams;

class Proxy {
 public:
  struct Seams {
    meta::Catalog* catalog = nullptr;
    TimestampOracle* oracle = nullptr;
    Backend* backend = nullptr;
    MemoryLedger* memory = nullptr;
    const Clock* clock = nullptr;
  };
  Proxy(Seams seams, Limits limits) : seams_(seams), limits_(limits) {}

  // Databases.
  std::vector<DatabaseDescription> ListDatabases() const;
  Result<DatabaseDescription> DescribeDatabase(const std::string& name) const;

  // Collections.
  Status CreateCollection(const CreateCollectionRequest& request);
  Status DropCollection(const CollectionName& name);
  Result<bool> HasCollection(const CollectionName& name) const;
  Result<CollectionDescription> DescribeCollection(const DescribeCollectionRequest& request) const;
  Result<std::vector<CollectionDescription>> ShowCollections(const ShowCollectionsRequest& request) const;
  Result<int64_t> RowCount(const CollectionName& name) const;
  Status LoadCollection(const LoadRequest& request);
  Status ReleaseCollection(const CollectionName& name);
  Result<LoadState> GetLoadState(const CollectionName& name) const;
  /// 0 … 100; kCollectionNotLoaded when it is not.
  Result<int64_t> LoadingProgress(const CollectionName& name) const;
  Result<std::vector<PartitionDescription>> ShowPartitions(const CollectionName& name) const;

  // Indexes.
  Status CreateIndex(const CreateIndexRequest& request);
  Status DropIndex(const IndexRequest& request);
  Result<std::vector<IndexDescription>> DescribeIndex(const IndexRequest& request) const;

  // Data.
  using MutationDone = std::function<void(Result<MutationResult>)>;
  /// Insert and upsert. `done` is called once: here when the request is refused, else from another thread
  /// when the rows are durable and visible.
  void Insert(InsertRequest request, MutationDone done);
  void Delete(const DeleteRequest& request, const CancelToken* cancel, MutationDone done);
  Result<SearchResult> Search(const SearchRequest& request, const CancelToken* cancel) const;
  Result<QueryResult> Query(const QueryRequest& request, const CancelToken* cancel) const;
  Result<std::vector<FlushedCollection>> Flush(const FlushRequest& request);
  Result<bool> GetFlushState(const FlushStateRequest& request) const;
  Result<Timestamp> AllocTimestamp() { return seams_.oracle->Next(); }

 private:
  /// Where a read of `collection` happens; kMaxTimestamp: its newest state.
  Result<Timestamp> ReadTsOf(const ReadPoint& point, const CommonReadParams& params,
                             const meta::CollectionMeta& collection) const;
  Result<meta::CollectionPtr> Resolve(const CollectionName& name) const;
  Result<meta::CollectionPtr> ResolveLoaded(const CollectionName& name, std::string_view action) const;
  /// The collection's shard. A collection that went meanwhile answers like one that was never there.
  Result<std::shared_ptr<shard::ShardClient>> FindShard(const CollectionName& name,
                                                        const meta::CollectionMeta& collection) const;
  CollectionDescription Describe(const meta::CollectionMeta& collection) const;
  Result<IndexDescription> DescribeOne(const meta::CollectionMeta& collection,
                                       const meta::IndexMeta& index) const;
  Result<PartitionId> ResolvePartition(const meta::CollectionMeta& collection, const std::string& name) const;
  Result<std::vector<PartitionId>> ResolveReadPartitions(const meta::CollectionMeta& collection,
                                                         const std::vector<std::string>& names) const;

  const Seams seams_;
  const Limits limits_;
};

}  // namespace redkite::proxy
