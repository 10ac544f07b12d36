// SearchVectors: the nearest rows of one segment, by its index where it has one, else by looking at every
// row.
#pragma once

#include <vector>

#include "base/cancel.h"
#include "segment/segment_snapshot.h"
#include "types/vector_query.h"

namespace redkite::segment {

/// `out[q]` gets the up to query.k best rows of query q, best first, none of which `exclude` (row_count bits,
/// or empty) excludes. A segment that was written before the field was added has no hits.
Status SearchVectors(const SegmentSnapshot& segment, const VectorQuery& query, ExcludeView exclude,
                     const CancelToken* cancel, ReadStats* stats, std::vector<std::vector<SegmentHit>>* out);

/// The same where the vectors of lists are hits of their own: `excluded` says of each block, or for all of
/// them nothing, which of the block's vectors are not looked at, one after another through its rows.
struct ElementExclusion {
  std::vector<ExcludeBitset> blocks;
};
struct ElementScan {
  const ElementExclusion& excluded;
  const CancelToken* cancel;
  ReadStats* stats;
};
Status SearchElements(const SegmentSnapshot& segment, const VectorQuery& query, const ElementScan& scan,
                      std::vector<std::vector<SegmentHit>>* out);

}  // namespace redkite::segment
