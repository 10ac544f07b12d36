// GroupPlan and RowOrder: what a query with aggregates, `group_by_fields` or `order_by_fields` asks for, with
// every name resolved; and which types can do what. Thread safety: plain data and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "types/data_type.h"
#include "types/ids.h"

namespace redkite::plan {

enum class AggregateOp : uint8_t { kCount, kSum, kAvg, kMin, kMax };

/// "count", "sum" …
std::string_view AggregateName(AggregateOp op);
/// Case does not matter; nothing for a name that is none of them.
std::optional<AggregateOp> ParseAggregateName(std::string_view name);

/// Over the values of `field`, without nulls; a count without a field counts rows.
struct Aggregate {
  AggregateOp op = AggregateOp::kCount;
  FieldId field{0};
  bool operator==(const Aggregate&) const = default;
};

/// Of the results: counts, and sums of integers, are Int64; other sums, and averages, are Double; the least
/// and the greatest value have the field's type. Nothing where a field of this type has no such aggregate.
std::optional<DataType> TypeOfAggregate(AggregateOp op, DataType field);
/// Whether values of the type stand in an order that a client can ask for.
bool IsSortable(DataType type);
/// Whether rows with equal values of the type can make a group.
bool IsGroupable(DataType type);

struct Direction {
  bool descending = false;
  bool nulls_first = false;
};

struct RowOrder {
  FieldId field;
  Direction direction;
};

struct GroupOrder {
  size_t column = 0;  // among the keys and then the aggregates
  Direction direction;
};

/// One row of the answer for each group of rows with equal keys, null being a key as well: the keys, then the
/// aggregates. Without keys all rows are one group, even when there are none.
struct GroupPlan {
  std::vector<FieldId> keys;
  std::vector<Aggregate> aggregates;
  std::vector<GroupOrder> order;  // before the order of the keys
  int64_t count_max = 100'000;    // more groups are refused
};

}  // namespace redkite::plan
