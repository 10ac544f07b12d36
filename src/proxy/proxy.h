// Proxy: the rules of a request. Resolves names, checks everything that may be wrong with it before anything
// changes, turns it into a plan or a record, and lets the shard do the work. Knows neither protobuf nor
// files.
//
// Errors carry Milvus's codes and key phrases (contract/errors.md) and leave everything as it was.
// Thread safety: all methods may be called from any thread; DDL blocks on the catalog's disk.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "base/cancel.h"
#include "base/memory_ledger.h"
#include "base/mutex.h"
#include "proxy/backend.h"
#include "types/alter_schema_request.h"
#include "types/limits.h"
#include "types/requests.h"
#include "types/resource_groups.h"
#include "types/text_requests.h"
#include "types/time_zone.h"
#include "types/timestamp_oracle.h"

namespace redkite::proxy {

struct CommonReadParams;
struct InsertRows;
struct PartialRows;

class Proxy {
 public:
  struct Seams {
    meta::Catalog* catalog = nullptr;
    TimestampOracle* oracle = nullptr;
    Backend* backend = nullptr;
    MemoryLedger* memory = nullptr;
    const Clock* clock = nullptr;
    const TimeZones* time_zones = nullptr;  // none: UTC alone
  };
  Proxy(Seams seams, Limits limits) : seams_(seams), limits_(limits) {}

  // Databases (databases.cc).
  Status CreateDatabase(const CreateDatabaseRequest& request);
  Status DropDatabase(const std::string& name);
  Status AlterDatabase(const AlterDatabaseRequest& request);
  std::vector<DatabaseDescription> ListDatabases() const;
  Result<DatabaseDescription> DescribeDatabase(const std::string& name) const;
  /// kQuotaExceeded where the database has `database.force.deny.<operation>` set, or `.ddl` for definitions.
  Status CheckAllowed(const std::string& database, std::string_view operation) const;

  // Collections (collections.cc).
  Status CreateCollection(const CreateCollectionRequest& request);
  Status DropCollection(const CollectionName& name);
  Result<bool> HasCollection(const CollectionName& name) const;
  /// The names of the collection and its database: of a name, of an alias, or of an id when there is no name.
  Result<CollectionName> RealName(const CollectionName& name, CollectionId id) const;
  Result<CollectionDescription> DescribeCollection(const DescribeCollectionRequest& request) const;
  Result<std::vector<CollectionDescription>> ShowCollections(const ShowCollectionsRequest& request) const;
  Result<int64_t> RowCount(const CollectionName& name) const;
  // Changes of a collection (alter.cc).
  Status RenameCollection(const RenameCollectionRequest& request);
  Status AlterCollection(const AlterCollectionRequest& request);
  Status AlterCollectionField(const AlterFieldRequest& request);
  Status AlterCollectionSchema(const AlterSchemaRequest& request);

  // Aliases (aliases.cc).
  Status CreateAlias(const AliasRequest& request);
  Status AlterAlias(const AliasRequest& request);
  Status DropAlias(const AliasRequest& request);
  Result<AliasRequest> DescribeAlias(const AliasRequest& request) const;
  Result<std::vector<std::string>> ListAliases(const CollectionName& name) const;

  // Partitions (partitions.cc).
  Status CreatePartition(const PartitionName& name);
  Status DropPartition(const PartitionName& name);
  Result<bool> HasPartition(const PartitionName& name) const;
  Result<std::vector<PartitionDescription>> ShowPartitions(const ShowPartitionsRequest& request) const;
  Result<int64_t> PartitionRowCount(const PartitionName& name) const;

  // Load and release, of a collection or of some of its partitions (load.cc).
  Status LoadCollection(const LoadRequest& request);
  Status LoadPartitions(const LoadRequest& request);
  Status ReleaseCollection(const CollectionName& name);
  Status ReleasePartitions(const PartitionsRequest& request);
  Result<LoadState> GetLoadState(const PartitionsRequest& request) const;
  /// 0 … 100; kCollectionNotLoaded when it is not.
  Result<int64_t> LoadingProgress(const PartitionsRequest& request) const;

  // Resource groups (placement/resource_groups.cc).
  Status CreateResourceGroup(const CreateResourceGroupRequest& request);
  Status UpdateResourceGroups(const UpdateResourceGroupsRequest& request);
  Status DropResourceGroup(const std::string& name);
  Result<ResourceGroupDescription> DescribeResourceGroup(const std::string& name) const;
  std::vector<std::string> ListResourceGroups() const;
  Status TransferNode(const TransferNodeRequest& request);
  Status TransferReplica(const TransferReplicaRequest& request);
  /// There is one node, `node_id`, so what may be asked for changes nothing.
  Status LoadBalance(const LoadBalanceRequest& request, int64_t node_id) const;

  // Indexes (indexes.cc).
  Status CreateIndex(const CreateIndexRequest& request);
  Status DropIndex(const IndexRequest& request);
  Status AlterIndex(const AlterIndexRequest& request);  // alter_index.cc
  Result<std::vector<IndexDescription>> DescribeIndex(const IndexRequest& request) const;

  // Segments and replicas (segments.cc).
  Result<std::vector<SegmentDescription>> PersistentSegments(const PersistentSegmentsRequest& request) const;
  Result<std::vector<SegmentDescription>> LoadedSegments(const CollectionName& name) const;
  /// Segments that have the index built.
  Result<std::vector<SegmentId>> IndexedSegments(const IndexRequest& request) const;
  Result<std::vector<ReplicaDescription>> Replicas(const DescribeCollectionRequest& request) const;

  // Compaction (compactions.cc).
  Result<CompactionStart> StartCompaction(const CompactionRequest& request);
  std::vector<CompactionPlan> CompactionPlans(int64_t id) const;
  Result<std::vector<CompactionPlan>> CompactionPlans(const CompactionPlansRequest& request) const;

  // Data.
  using MutationDone = std::function<void(Result<MutationResult>)>;
  /// Insert and upsert. `done` is called once: here when the request is refused, else from another thread
  /// when the rows are durable and visible. A partial update waits for writes of the same keys.
  void Insert(InsertRequest request, MutationDone done, const CancelToken* cancel = nullptr);
  void Delete(const DeleteRequest& request, const CancelToken* cancel, MutationDone done);
  /// All rows go, as one write. Its result has a timestamp and no counts.
  void TruncateCollection(const CollectionName& name, MutationDone done);
  Result<SearchResult> Search(const SearchRequest& request, const CancelToken* cancel) const;
  Result<QueryResult> Query(const QueryRequest& request, const CancelToken* cancel) const;
  Result<CalcDistanceResult> CalcDistance(CalcDistanceRequest request,
                                          const CancelToken* cancel) const;  // calc_distance.cc
  // Analyzers (fields/run_analyzer.cc).
  Result<RunAnalyzerResult> RunAnalyzer(const RunAnalyzerRequest& request, const CancelToken* cancel) const;
  Result<std::vector<PhraseSlop>> ComputePhraseSlop(const PhraseSlopRequest& request,
                                                    const CancelToken* cancel) const;
  Result<std::vector<FlushedCollection>> Flush(const FlushRequest& request);
  Result<bool> GetFlushState(const FlushStateRequest& request) const;
  Result<FlushAllAnswer> FlushAll(const FlushAllRequest& request);  // flush_all.cc
  Result<FlushAllState> GetFlushAllState(const FlushAllStateRequest& request) const;
  Result<Timestamp> AllocTimestamp() { return seams_.oracle->Next(); }

 private:
  /// A change of the schema, with a new version, that the shard learns of.
  Status ChangeSchema(const meta::CollectionMeta& collection,
                      const std::function<Status(meta::CollectionMeta*)>& change);
  /// Fields that are to be added, with the default values that their texts mean.
  Result<std::vector<FieldSchema>> TakeAdded(const meta::CollectionMeta& collection,
                                             const std::vector<FieldSchema>& fields) const;
  struct WriteTarget;
  struct PreparedInsert;
  /// Where the rows of the request go; kCollectionSchemaMismatch for a request made for an older schema.
  Result<WriteTarget> FindTarget(const InsertRequest& request) const;
  /// The record for checked rows, with memory reserved and generated keys.
  Result<PreparedInsert> PrepareInsert(const WriteTarget& target, InsertRows checked);
  void UpsertPartially(InsertRequest request, const CancelToken* cancel, MutationDone done);
  /// The rows of a partial update as they are to become, and when what they were was read.
  Result<RowBatch> ReadAndMerge(const WriteTarget& target, const PartialRows& update,
                                const CancelToken* cancel, shard::WriteRecord* record) const;
  /// Of a sample that a read draws: chance comes from the clock and the number of the draw.
  uint64_t SampleSeed() const;
  /// Where a read of `collection` happens; kMaxTimestamp: its newest state.
  /// At which timestamp a read sees the rows, and which of them have expired by then.
  Status SetReadPoint(const ReadPoint& point, const CommonReadParams& params,
                      const meta::CollectionMeta& collection, plan::RowSelection* rows) const;
  Result<meta::CollectionPtr> Resolve(const CollectionName& name) const;
  Result<TimeZonePtr> FindTimeZone(const std::string& name) const;
  /// The zone of instants of a collection: the one that a request names, or else that of the collection or of
  /// its database (fields/time_rules.cc).
  Result<TimeZonePtr> TimeZoneOf(const meta::CollectionMeta& collection, const std::string& requested) const;
  Status CheckTimeZoneProperty(const Params& properties) const;
  /// The collection's shard. A collection that went meanwhile answers like one that was never there.
  Result<std::shared_ptr<shard::ShardClient>> FindShard(const CollectionName& name,
                                                        const meta::CollectionMeta& collection) const;
  /// By name or, when that is empty, by id.
  Result<meta::CollectionPtr> Resolve(const CollectionName& name, CollectionId id) const;
  CollectionDescription Describe(const meta::CollectionMeta& collection) const;
  Result<IndexDescription> DescribeOne(const meta::CollectionMeta& collection,
                                       const meta::IndexMeta& index) const;
  Result<std::vector<PartitionId>> ResolveReadPartitions(const meta::CollectionMeta& collection,
                                                         const std::vector<std::string>& names) const;
  /// Checks that what a read asks for is loaded. `partitions` is what it names, empty for all: it becomes
  /// what the read sees, sorted and never empty, since the shard may still hold rows of a partition that is
  /// being dropped.
  Status RestrictToLoaded(const meta::CollectionMeta& collection, std::string_view action,
                          std::vector<PartitionId>* partitions) const;
  struct LoadPlan;
  Status MarkLoaded(CollectionId id, const LoadPlan& plan) const;
  Status Enter(const LoadPlan& plan, meta::CollectionMeta* meta) const;
  /// Where autoload is on: `collection` loaded, and as it is then.
  Status LoadForRead(const CollectionName& name, meta::CollectionPtr* collection) const;
  /// The vectors of one side; those of rows as they are now.
  Result<VectorBlock> TakeVectors(DistanceOperand operand, const CancelToken* cancel) const;
  Result<LoadPlan> PlanLoad(const meta::CollectionMeta& collection, const LoadRequest& request) const;
  Status CheckCollectionCount(const meta::DatabaseMeta& database) const;
  /// Whether `more` partitions × shards may come to those that there are.
  Status CheckCapacity(const std::string& what, int64_t more) const;
  Status CheckPartitionCount(const meta::CollectionMeta& collection) const;
  /// The collections that a flush of everything means, with the names of their databases.
  Result<std::vector<std::pair<std::string, meta::CollectionPtr>>> FlushTargets(
      const FlushAllRequest& request) const;

  const Seams seams_;
  const Limits limits_;
  Mutex create_mutex_;  // collections get into the catalog in the order of their ids
  mutable std::atomic<uint64_t> samples_{0};
};

}  // namespace redkite::proxy
