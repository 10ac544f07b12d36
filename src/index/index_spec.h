// IndexSpec: the user's index parameters (Milvus key/value texts), parsed and range-checked once.
//
// Every vector index type of the contract is accepted by name and its parameters are checked; what has no
// structure of its own yet is served by an exact scan (kFlat), which IndexInfo::served_as tells. Thread
// safety: plain data and pure functions. Errors: kParameterInvalid with Milvus's wording; kUnimplemented for
// what is known and not built (MinHash).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "index/any_index.h"
#include "types/metric.h"

namespace redkite::index {

using KeyValue = std::pair<std::string, std::string>;

enum class Structure : uint8_t { kFlat = 1, kHnsw = 2 };

struct IndexSpec {
  std::string type = "FLAT";  // as in the contract, upper case: "HNSW", "AUTOINDEX"
  Structure structure = Structure::kFlat;
  Metric metric = Metric::kCosine;
  int m = 30;                        // links per node on the upper levels; twice as many on level 0
  int ef_construction = 360;         // candidates kept while a row is inserted
  uint64_t seed = 42;                // of the level draw
  std::vector<KeyValue> parameters;  // what was given, without index_type and metric_type; for info()
};

/// The metric of an index that names none.
Metric DefaultMetric(DataType data);
/// Build parameters of an index over vectors of a type and `dim` (0 of sparse ones). Keys: index_type (absent
/// or empty = AUTOINDEX), metric_type (absent = DefaultMetric) and the type's own, with the members
/// of a `params` JSON object already merged in as texts. Keys that no type knows are kept and ignored.
Result<IndexSpec> ParseIndexSpec(std::span<const KeyValue> texts, DataType data, int dim);

/// Search parameters for an index of `spec`, or for its un-indexed segments: k is the topk asked for.
/// Range-checks the keys of the spec's type and ignores others; JSON strings arrive without quotes, other
/// JSON values as their text. `radius` and `range_filter` are scores of the spec's metric and become
/// SearchArgs::range; structure metrics get a range that only rows that fit are in.
Result<SearchArgs> ParseSearchParams(const IndexSpec& spec, std::span<const KeyValue> texts, size_t k);

/// Candidates for a walk that asks for k and names no ef.
size_t DefaultEf(size_t k);

}  // namespace redkite::index
