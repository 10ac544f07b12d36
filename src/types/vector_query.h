// VectorQuery: a batch of query vectors with everything a segment needs to search them.
// Borrowed: `vectors` must outlive the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "types/data_type.h"
#include "types/ids.h"
#include "types/metric.h"

namespace redkite {

struct VectorQuery {
  FieldId field;
  Metric metric = Metric::kL2;
  DataType type = DataType::kFloatVector;  // of the vectors, those of the field and of the queries
  int dim = 0;
  const std::byte* vectors = nullptr;  // count vectors, one after another
  const uint64_t* offsets = nullptr;   // sparse ones: vector i is the bytes [offsets[i], offsets[i + 1])
  // Of an ArrayOfVector field: its rows are lists of such vectors. With `max_sim` so is each query, where
  // `offsets` say, and a list's distance is the sum of those of the query's vectors to the nearest one in it.
  // Without, each vector of a list is a hit of its own.
  bool lists = false;
  bool max_sim = false;
  size_t count = 0;
  uint32_t k = 0;
  int ef = 0;                                                     // effort of a graph walk, >= k
  float from_distance = -std::numeric_limits<float>::infinity();  // range search: from <= distance < below
  float below_distance = std::numeric_limits<float>::infinity();
  bool exact = false;  // computes all distances: pages of an iterator must neither lose nor repeat a row

  bool of_elements() const { return lists && !max_sim; }

  const std::byte* Vector(size_t i) const { return vectors + i * ValueBytes(type, dim); }
  /// The vectors first .. first + n - 1.
  VectorQuery Part(size_t first, size_t n) const {
    VectorQuery part = *this;
    if (offsets == nullptr) {
      part.vectors = Vector(first);
    } else {
      part.offsets = offsets + first;
    }
    part.count = n;
    return part;
  }
};

/// A row of one segment and its distance (smaller is better for every metric).
struct SegmentHit {
  RowOffset row = 0;
  float distance = 0;
  uint32_t element = 0;  // of a list whose vectors are hits of their own: which one
};

/// What a search or a query did; the counters behind EXPLAIN and /metrics.
struct ReadStats {
  int64_t segments = 0;
  int64_t rows_filtered = 0;  // rows that a filter looked at
  int64_t rows_excluded = 0;  // by filter, deletes and timestamps together
  int64_t distances_computed = 0;
  int64_t growing_distances = 0;  // of them, those to rows of growing segments, which have no index
  int64_t nodes_visited = 0;
  int64_t segments_scanned = 0;  // answered exactly, without an index
  void Add(const ReadStats& o) {
    segments += o.segments;
    rows_filtered += o.rows_filtered;
    rows_excluded += o.rows_excluded;
    distances_computed += o.distances_computed;
    growing_distances += o.growing_distances;
    nodes_visited += o.nodes_visited;
    segments_scanned += o.segments_scanned;
  }
};

}  // namespace redkite
