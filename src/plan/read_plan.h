// SearchPlan and QueryPlan: a read with every name resolved and every parameter checked; what the proxy hands
// to a shard. Plain data; owns everything. Thread safety: immutable once built.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "plan/filter_plan.h"
#include "plan/group_plan.h"
#include "types/schema.h"
#include "types/timestamp.h"
#include "types/vector_query.h"

namespace redkite::plan {

/// Rows whose instant in `field` is not after `now_micros` have outlived themselves.
struct Expiry {
  FieldId field;
  int64_t now_micros = 0;
};

/// What both kinds of read share.
struct RowSelection {
  std::shared_ptr<const CollectionSchema> schema;
  FilterPlan filter;
  uint64_t sample_seed = 0;             // what random_sample draws from, if the filter has one
  std::optional<KeyEquality> keys;      // when the filter pins the primary key: look up instead of scan
  std::optional<Literal> key_floor;     // no row that passes has a smaller primary key
  std::vector<PartitionId> partitions;  // sorted; empty: all
  std::vector<FieldId> output_fields;   // columns to fetch, the primary key always first
  std::vector<FieldId> also_read;       // columns that the read looks at and does not return
  int64_t output_bytes_max = int64_t{100} << 20;
  Timestamp read_ts = kMaxTimestamp;  // kMaxTimestamp: the newest applied state
  /// With the newest state: writes up to here are in it, also those that are not answered yet.
  Timestamp not_before = 0;
  bool travels = false;          // its client chose read_ts, so the time to live counts as it was then
  std::optional<Expiry> expiry;  // which the filter and the keys take into account
  Timestamp expired_before = 0;  // rows inserted before have outlived their collection's time to live
  bool ignore_growing = false;   // sealed segments only

  bool Reads(PartitionId partition) const {
    return partitions.empty() || std::binary_search(partitions.begin(), partitions.end(), partition);
  }
  /// Once, behind filter and keys.
  void ExcludeExpired(const Expiry& by) {
    expiry = by;
    filter = WithoutExpired(std::move(filter), by.field, by.now_micros);
    if (keys) keys->exact = false;  // the filter says more than the keys
  }
};

struct SearchPlan {
  RowSelection rows;
  std::vector<std::byte> vectors;  // query.vectors points here
  std::vector<uint64_t> offsets;   // of sparse ones; query.offsets points here
  VectorQuery query;               // k = offset + limit
  uint32_t offset = 0;
  /// An answer never ends inside a run of equal distances, so that the next page can begin strictly beyond
  /// the last one: it is cut before the run, or holds all of it when it would be empty otherwise.
  bool whole_ties = false;
};

struct QueryPlan {
  RowSelection rows;
  bool count_only = false;
  std::optional<GroupPlan> groups;  // the answer has groups instead of rows
  std::vector<RowOrder> order;      // of rows, before the order of their keys
  int64_t limit = -1;               // -1: all
  int64_t offset = 0;
};

}  // namespace redkite::plan
