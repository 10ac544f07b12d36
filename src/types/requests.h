// What clients ask and what they get, as plain data: the last form of a request before the engine and the
// first form of its answer. wire/ converts them from and to protobuf; proxy/ gives them their meaning. Thread
// safety: plain data.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "types/column.h"
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
  std::vector<std::string> load_fields;
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

// ---- data
// -----------------------------------------------------------------------------------------------------------

/// One column as a client sent it; the field id is unset.
struct InputColumn {
  std::string name;  // may be empty or "$meta" for the dynamic column
  bool is_dynamic = false;
  Column column;
  bool has_valid_data = false;  // the client said for each row whether it has a value
};

struct InsertRequest {
  CollectionName name;
  std::string partition;
  std::vector<InputColumn> columns;
  uint64_t row_count = 0;
  Timestamp schema_timestamp = 0;  // 0: not given
  bool upsert = false;
  bool partial_update = false;
  std::vector<std::string>
      unsupported;  // features of the request that this build can't serve ("field_ops", …)
};

struct DeleteRequest {
  CollectionName name;
  std::string partition;
  std::string filter;
  bool has_templates = false;
};

struct MutationResult {
  Column ids;  // Int64 or VarChar; without rows where the contract leaves it empty
  int64_t insert_count = 0;
  int64_t delete_count = 0;
  int64_t upsert_count = 0;
  int64_t succeeded_rows = 0;  // succ_index is 0 … n-1
  Timestamp timestamp = 0;
};

/// Bounds on staleness as sent; see contract/search.md section 6.
struct ReadPoint {
  Timestamp guarantee_ts = 0;
  Timestamp travel_ts = 0;
  Consistency consistency = Consistency::kBounded;
  bool use_default = false;
};

/// Query vectors as sent: `count` values of `value_bytes` each, one after another.
struct QueryVectors {
  int placeholder_type = 0;  // DataType number, or 21 for text
  size_t count = 0;
  size_t value_bytes = 0;
  bool uniform = true;  // false: the values have different lengths and `bytes` is empty
  std::string bytes;
};

struct SearchRequest {
  CollectionName name;
  std::vector<std::string> partitions;
  std::string filter;
  bool has_templates = false;
  QueryVectors queries;
  bool by_ids = false;
  Column ids;  // with by_ids: Int64 or VarChar; without values of its own type when none was sent
  int64_t nq = 0;
  Params params;  // search_params as sent
  std::vector<std::string> output_fields;
  ReadPoint read_point;
  std::vector<std::string>
      unsupported;  // features of the request that this build can't serve ("function_score", …)
};

struct QueryRequest {
  CollectionName name;
  std::vector<std::string> partitions;
  std::string filter;
  bool has_templates = false;
  Params params;  // query_params as sent
  std::vector<std::string> output_fields;
  ReadPoint read_point;
  std::vector<std::string> unsupported;
};

/// One column of an answer.
struct OutputColumn {
  std::string name;
  bool is_dynamic = false;
  Column column;  // carries field id and type
  bool nullable = false;
};

/// What a search iterator's client sends back for its next page.
struct SearchIteratorState {
  std::string token;
  float last_bound = 0;  // a score
};

struct SearchResult {
  int64_t nq = 0;
  int64_t topk = 0;                 // most hits of any query
  std::vector<int64_t> hit_counts;  // per query; everything below is flat in this order
  Column ids;
  std::vector<float> scores;
  std::vector<OutputColumn> columns;
  std::vector<std::string> output_fields;
  std::string primary_field_name;
  std::string collection_name;
  Timestamp session_ts = 0;
  int64_t searched_rows = 0;
  std::optional<SearchIteratorState> iterator;
};

struct QueryResult {
  std::vector<OutputColumn> columns;
  std::vector<std::string> output_fields;
  std::string primary_field_name;
  std::string collection_name;
  Timestamp session_ts = 0;
};

// ---- flush
// ----------------------------------------------------------------------------------------------------------

struct FlushRequest {
  std::string database;
  std::vector<std::string> collections;
};

struct FlushedCollection {
  std::string name;
  std::vector<SegmentId> sealing;  // not yet durable as segments when the answer is sent
  std::vector<SegmentId> flushed;
  int64_t seal_time_s = 0;
  Timestamp flush_ts = 0;
};

struct FlushStateRequest {
  CollectionName name;
  std::vector<SegmentId> segments;
  Timestamp flush_ts = 0;
};

}  // namespace redkite
