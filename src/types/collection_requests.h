// What clients ask about databases, collections, aliases, partitions, indexes and segments, and what they
// get, as plain data. See requests.h, which has the rows. Thread safety: plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "types/schema.h"
#include "types/timestamp.h"

namespace redkite {

/// Consistency levels, with the numbers of the wire.
enum class Consistency : int { kStrong = 0, kSession = 1, kBounded = 2, kEventually = 3, kCustomized = 4 };

/// Names a collection as a client does; an empty database means "default".
struct CollectionName {
  std::string database;
  std::string collection;
};

// ---- collections
// ----------------------------------------------------------------------------------------------------

struct CreateCollectionRequest {
  CollectionName name;
  CollectionSchema schema;  // field ids unset; the dynamic field is not among the fields
  int shards_num = 0;
  int64_t num_partitions = 0;
  Consistency consistency = Consistency::kBounded;
  Params properties;
  std::vector<std::string>
      unsupported;  // features of the request that this build can't store ("functions", …)
};

struct CollectionDescription {
  CollectionSchema schema;  // without the dynamic field
  CollectionId id;
  std::string database;
  DatabaseId database_id;
  int shards_num = 1;
  int64_t num_partitions = 1;
  Consistency consistency = Consistency::kBounded;
  Params properties;
  std::vector<std::string> aliases;
  Timestamp created_ts = 0;
  Timestamp updated_ts = 0;
  bool loaded = false;
};

/// By name, or by id when the name is empty.
struct DescribeCollectionRequest {
  CollectionName name;
  CollectionId id;
};

struct ShowCollectionsRequest {
  std::string database;
  bool loaded_only = false;
  std::vector<std::string> names;  // filter, with loaded_only
};

struct BatchDescribeRequest {
  std::string database;
  std::vector<std::string> names;
  std::vector<CollectionId> ids;
};

/// Properties to put, or keys to remove: never both.
struct AlterProperties {
  Params put;
  std::vector<std::string> remove;
};

struct AlterCollectionRequest {
  CollectionName name;
  CollectionId id;  // when the name is empty
  AlterProperties properties;
};

struct AlterFieldRequest {
  CollectionName name;
  std::string field_name;
  AlterProperties properties;
};

struct RenameCollectionRequest {
  CollectionName from;
  CollectionName to;  // an empty database: it stays where it is
};

/// What a client says about itself when it connects.
struct ConnectRequest {
  std::string sdk_type;
  std::string sdk_version;
  std::string user;
  std::string host;
  Params reserved;
};

struct ConnectAnswer {
  int64_t identifier = 0;  // never 0, unique
  std::string version;     // of the Milvus whose interface we serve
  std::string build_time;
  std::string git_commit;
  std::string deploy_mode = "STANDALONE";
  Params reserved;  // our own version among them
};

struct HealthAnswer {
  bool healthy = true;
  std::vector<std::string> reasons;
};

struct CreateDatabaseRequest {
  std::string name;
  Params properties;
};

struct AlterDatabaseRequest {
  std::string name;
  AlterProperties properties;
};

struct DatabaseDescription {
  std::string name;
  DatabaseId id;
  Timestamp created_ts = 0;
  Params properties;
};

struct LoadRequest {
  CollectionName name;
  int replica_number = 0;
  std::vector<std::string> resource_groups;
  std::vector<std::string> load_fields;  // empty: all
  bool skip_dynamic_field = false;
  bool refresh = false;  // of what is loaded already, as it is
  std::vector<std::string> partitions;
};

/// Names a collection or, where `partitions` is not empty, some of its partitions.
struct PartitionsRequest {
  CollectionName name;
  std::vector<std::string> partitions;
};

struct PartitionName {
  CollectionName collection;
  std::string partition;
};

struct ShowPartitionsRequest {
  CollectionName name;
  CollectionId id;                 // when the name is empty
  std::vector<std::string> names;  // filter
  bool loaded_only = false;
};

struct PartitionDescription {
  std::string name;
  PartitionId id;
  Timestamp created_ts = 0;
  bool loaded = false;
};

/// Create, alter: both names; drop, describe: the alias; list: the collection, empty for all.
struct AliasRequest {
  CollectionName name;
  std::string alias;
};

enum class LoadState : int { kNotExist = 0, kNotLoad = 1, kLoading = 2, kLoaded = 3 };

// ---- indexes
// --------------------------------------------------------------------------------------------------------

struct CreateIndexRequest {
  CollectionName name;
  std::string field_name;
  std::string index_name;  // empty: the field's name
  Params params;           // as sent, `params` still JSON text
};

/// Empty index and field names mean all.
struct IndexRequest {
  CollectionName name;
  std::string field_name;
  std::string index_name;
};

struct AlterIndexRequest {
  CollectionName name;
  std::string index_name;
  AlterProperties properties;
};

/// With the numbers of the wire.
enum class IndexState : int { kNone = 0, kUnissued = 1, kInProgress = 2, kFinished = 3, kFailed = 4 };

struct IndexDescription {
  std::string index_name;
  std::string field_name;
  IndexId id;
  Params params;
  IndexState state = IndexState::kFinished;
  std::string fail_reason;
  int64_t indexed_rows = 0;
  int64_t total_rows = 0;
};

// ---- segments and replicas
// ---------------------------------------------------------------------------------------------

/// With the numbers of the wire.
enum class SegmentState : int { kNotExist = 1, kGrowing = 2, kSealed = 3, kFlushed = 4 };

struct SegmentDescription {
  SegmentId id;
  CollectionId collection;
  PartitionId partition;
  SegmentState state = SegmentState::kGrowing;
  int64_t row_count = 0;
  int64_t memory_bytes = 0;
  std::string index_name;  // of a built vector index, empty when there is none
  IndexId index;
};

/// Empty `states`: those of stored segments.
struct PersistentSegmentsRequest {
  CollectionName name;
  std::vector<SegmentState> states;
};

/// Where a loaded collection is served.
struct ReplicaDescription {
  CollectionId collection;
  std::vector<PartitionId> partitions;
  int shards_num = 1;
  std::string resource_group;
  std::string node_group;  // that the node is in which serves it
};

/// A compaction that a client asks for. Empty lists and 0 mean no restriction.
struct CompactionRequest {
  CollectionName name;
  CollectionId id{0};       // when the name is empty
  bool clustering = false;  // by a clustering key
  int64_t target_mib = 0;
  PartitionId partition{0};
  std::vector<SegmentId> segments;
};

struct CompactionStart {
  int64_t id = 0;
  int64_t plan_count = 0;
};

enum class CompactionPlanState { kWaiting, kExecuting, kCompleted, kFailed };

/// One group of segments that became, or shall become, one.
struct CompactionPlan {
  int64_t id = 0;
  int64_t trigger = 0;  // the request's id; its own when none asked for it
  CollectionId collection;
  PartitionId partition;
  std::vector<SegmentId> sources;
  SegmentId target{0};  // 0: not yet, or no row was left
  CompactionPlanState state = CompactionPlanState::kWaiting;
  std::string failure;
};

/// By the id of a compaction, or of a collection all that are known.
struct CompactionPlansRequest {
  int64_t id = 0;
  CollectionName name;
  CollectionId collection{0};
};

}  // namespace redkite
