// Read points: at which timestamp a read happens, from what its client sent (contract/search.md section 6).
//
// One node applies writes before it answers them, so its newest state satisfies every consistency level
// without a wait. Two kinds of reads happen at an older timestamp: a page of an iterator, exactly at the one
// that the first page was told, and a read that travels in time. Thread safety: pure functions.
#pragma once

#include <optional>

#include "base/status.h"
#include "proxy/read_params.h"
#include "types/requests.h"

namespace redkite::proxy {

/// Guarantee timestamps further ahead of the node are an error: on no node the state that they ask for will
/// be there within a request's time.
inline constexpr int64_t kGuaranteeAheadMaxMs = 600'000;

/// kMaxTimestamp: the newest state. `collection_level` is the collection's own; `now` the node's time.
Result<Timestamp> ChooseReadTs(const ReadPoint& point, bool iterator, Consistency collection_level,
                               Timestamp now);
/// The timestamp that a request travels to, by its member or by the search parameter; 0: to none. An error
/// when they differ, when it is ahead of `now`, or older than the collection.
Result<Timestamp> ChooseTravelTs(const ReadPoint& point, const CommonReadParams& params, Timestamp created,
                                 Timestamp now);
/// Refuses the page of an iterator that began on another collection: its name leads elsewhere by now.
Status CheckIteratorCollection(const CommonReadParams& params, CollectionId collection);

/// What a search page answers: `last_score` is the unrounded score of its last hit, if it has one.
SearchIteratorState NextSearchPage(const SearchPageParams& page, std::optional<float> last_score,
                                   bool larger_is_better, uint64_t seed);

}  // namespace redkite::proxy
