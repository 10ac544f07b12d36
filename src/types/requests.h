// What clients ask and what they get, as plain data: the last form of a request before the engine and the
// first form of its answer. wire/ converts them from and to protobuf; proxy/ gives them their meaning. Thread
// safety: plain data.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "types/collection_requests.h"
#include "types/column.h"
#include "types/schema.h"
#include "types/template_value.h"
#include "types/timestamp.h"

namespace redkite {

// ---- data
// -----------------------------------------------------------------------------------------------------------

/// One column as a client sent it; the field id is unset.
struct InputColumn {
  std::string name;  // may be empty or "$meta" for the dynamic column
  bool is_dynamic = false;
  Column column;
  bool has_valid_data = false;  // the client said for each row whether it has a value
  // Of an Array: what its elements are laid out as, which for Int8 and Int16 is Int32; none where no row has
  // any. Of an ArrayOfVector the same.
  DataType element_type = DataType::kNone;
  // Of texts that stand for values of another type: Timestamptz, Geometry.
  DataType stands_for = DataType::kNone;
  bool of_struct = false;  // came inside a struct array; `name` is "struct[sub]"
  DataType type() const { return stands_for == DataType::kNone ? column.type() : stands_for; }
};

/// What a partial update does with an array that is there. The numbers are those of the wire.
enum class FieldOp : uint8_t { kReplace = 0, kArrayAppend = 1, kArrayRemove = 2 };

struct InsertRequest {
  CollectionName name;
  std::string partition;
  std::vector<InputColumn> columns;
  uint64_t row_count = 0;
  Timestamp schema_timestamp = 0;  // 0: not given
  bool upsert = false;
  bool partial_update = false;    // of an upsert: columns that are not there keep what the row has
  bool keeps_given_keys = false;  // also where the primary key has auto id
  std::vector<std::pair<std::string, FieldOp>> field_ops;  // of a partial update, by field
  std::vector<std::string> unsupported;  // features of the request that this build can't serve ("namespace")
};

struct DeleteRequest {
  CollectionName name;
  std::string partition;
  std::string filter;
  TemplateValues templates;
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

/// Lists of vectors have the number of the vectors' type and this.
inline constexpr int kListPlaceholder = 200;

/// Query vectors as sent: `count` values of `value_bytes` each, one after another. Sparse ones and lists of
/// vectors have lengths of their own: value i is the bytes [offsets[i], offsets[i + 1]).
struct QueryVectors {
  int placeholder_type = 0;  // DataType number, or 21 for text, or kListPlaceholder more for lists of vectors
  size_t count = 0;
  size_t value_bytes = 0;
  bool uniform =
      true;  // false: the values have different lengths and `bytes` is empty, unless there are offsets
  std::string bytes;
  std::vector<uint64_t> offsets = {};  // of sparse ones and lists: count + 1
  bool has_own_lengths() const {
    return placeholder_type == static_cast<int>(DataType::kSparseFloatVector) || is_lists();
  }
  bool is_lists() const {
    // The type is the client's, any number.
    return placeholder_type >= kListPlaceholder + static_cast<int>(DataType::kBinaryVector) &&
           placeholder_type <= kListPlaceholder + static_cast<int>(DataType::kInt8Vector);
  }
};

struct SearchRequest {
  CollectionName name;
  std::vector<std::string> partitions;
  std::string filter;
  TemplateValues templates;
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
  TemplateValues templates;
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
  DataType element_type = DataType::kNone;  // of an Array or ArrayOfVector
  DataType stands_for = DataType::kNone;    // of texts: the type of their field, where it is another one
  std::vector<OutputColumn> fields = {};  // of a struct array: its sub-fields; then `column` has an id alone
  DataType type() const { return stands_for == DataType::kNone ? column.type() : stands_for; }
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
  std::vector<int64_t> elements;  // where elements of a struct array are the hits: the place of each
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
  /// With element_filter: for each row the elements that pass.
  std::vector<std::vector<int64_t>> elements;
  std::vector<std::string> output_fields;
  std::string primary_field_name;
  std::string collection_name;
  Timestamp session_ts = 0;
};

/// Dense vectors of one type, one after another.
struct VectorBlock {
  DataType type = DataType::kNone;
  int64_t dim = 0;  // of bits any number; a vector fills whole bytes
  std::string bytes;
  size_t row_bytes() const {
    return type == DataType::kBinaryVector ? static_cast<size_t>(dim + 7) / 8
                                           : ValueBytes(type, static_cast<int>(dim));
  }
  size_t count() const { return bytes.size() / row_bytes(); }
};

/// One side of a calculation of distances: vectors as sent, or those of the rows with these keys.
struct DistanceOperand {
  VectorBlock vectors;
  bool by_ids = false;
  CollectionName name;
  std::vector<std::string> partitions;
  std::string field;
  Column ids;  // Int64 or VarChar; without values of its own type when none was sent
};

struct CalcDistanceRequest {
  DistanceOperand left;
  DistanceOperand right;
  Params params;  // "metric", "sqrt", "dim" as sent
};

struct CalcDistanceResult {
  std::vector<float> distances;  // of the first on the left to all on the right, then of the second …
  bool whole = false;            // they are numbers of bits
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

/// Collections of one database; all of them when `collections` is empty.
struct FlushTarget {
  std::string database;
  std::vector<std::string> collections;
};

/// Without targets: the database, or all when it is empty too.
struct FlushAllRequest {
  std::string database;
  std::vector<FlushTarget> targets;
};

struct FlushedDatabase {
  std::string database;
  std::vector<FlushedCollection> collections;
};

struct FlushAllAnswer {
  Timestamp flush_ts = 0;
  std::vector<FlushedDatabase> databases;
};

struct FlushAllStateRequest {
  FlushAllRequest what;
  Timestamp flush_ts = 0;
};

struct FlushAllState {
  struct Collection {
    std::string database;
    std::string name;
    bool flushed = false;
  };
  bool flushed = true;
  std::vector<Collection> collections;
};

struct FlushStateRequest {
  CollectionName name;
  std::vector<SegmentId> segments;
  Timestamp flush_ts = 0;
};

}  // namespace redkite
