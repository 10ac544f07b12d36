// The identifiers of the database. None converts into another.
#pragma once

#include <cstdint>

#include "base/strong_id.h"

namespace redkite {

using DatabaseId = StrongId<struct DatabaseIdTag>;
using CollectionId = StrongId<struct CollectionIdTag>;
using PartitionId = StrongId<struct PartitionIdTag>;
using SegmentId = StrongId<struct SegmentIdTag>;
using ShardId = StrongId<struct ShardIdTag>;
using IndexId = StrongId<struct IndexIdTag>;
using FieldId = StrongId<struct FieldIdTag>;

/// Position of a row inside one segment. A plain number: it is the unit of every hot loop.
using RowOffset = uint32_t;

/// System columns; a collection's own fields start at kFirstUserFieldId.
inline constexpr FieldId kRowIdFieldId{0};
inline constexpr FieldId kTimestampFieldId{1};
inline constexpr FieldId kFirstUserFieldId{100};

}  // namespace redkite
