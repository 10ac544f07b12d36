// ExcludeElements: which vectors of the lists of a segment a search does not look at, because their row is
// not selected or their element does not pass element_filter. Thread safety: pure function.
#pragma once

#include "base/cancel.h"
#include "plan/read_plan.h"
#include "segment/vector_search.h"

namespace redkite::exec {

/// `rows` are those that are excluded; nullptr: none.
Result<segment::ElementExclusion> ExcludeElements(const plan::SearchPlan& plan,
                                                  const segment::SegmentSnapshot& segment,
                                                  const ExcludeBitset* rows, const CancelToken* cancel);

}  // namespace redkite::exec
