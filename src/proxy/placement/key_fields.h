// Fields that decide where rows lie: the partition key and the clustering key. Rules of their declarations,
// rows to partitions, filters to partitions. Thread safety: pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "meta/catalog.h"
#include "plan/filter_plan.h"
#include "types/column.h"
#include "types/limits.h"

namespace redkite::proxy {

/// At most one of each, of a type that it may have.
Status CheckKeyFields(const CollectionSchema& schema);
/// How many partitions a new collection gets by its partition key; 0: it has none.
Result<int64_t> CountKeyPartitions(const CollectionSchema& schema, int64_t asked, const Limits& limits);
/// `_default_0` …, without ids.
std::vector<meta::PartitionMeta> MakeKeyPartitions(int64_t count, Timestamp created);

const FieldSchema* FindPartitionKey(const CollectionSchema& schema);
/// kPartitionNotFound; an empty name is the default partition.
Result<PartitionId> ResolvePartition(const meta::CollectionMeta& collection, const std::string& name);
/// Where rows choose their partitions, a request cannot.
Status RefusePartitionNames(const CollectionSchema& schema, bool has_names);
/// Where rows choose their partitions, none is made, dropped, loaded or released by hand; `action` is what
/// was asked for.
Status RefuseByHand(const meta::CollectionMeta& collection, const std::string& action);

/// The rows of each partition that has some, in the order of partitions, those of each in their order.
std::vector<std::pair<PartitionId, RowBatch>> SplitByKey(const meta::CollectionMeta& collection,
                                                         const FieldSchema& key, RowBatch rows);
/// The partitions that rows which pass the filter can be in, where it says so; else empty.
std::vector<PartitionId> PartitionsOfFilter(const meta::CollectionMeta& collection,
                                            const plan::FilterPlan& filter);

/// Whether reads are limited to one value of the partition key each.
bool IsKeyIsolated(const Params& properties);
/// Of such a collection: the filter of a search pins the key to one value.
Status CheckIsolation(const CollectionSchema& schema, const plan::FilterPlan& filter);
/// `properties` ask for isolation only where there is a key.
Status CheckIsolationProperty(const CollectionSchema& schema, const Params& properties);

}  // namespace redkite::proxy
