// Descriptions of collections, indexes and what else is defined, as the members of REST answers. Thread
// safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "rest/json_writer.h"
#include "types/collection_requests.h"

namespace redkite::rest {

/// The object of a DescribeCollection. `load_state` is the name of the enum's value.
void WriteCollection(const CollectionDescription& collection, const std::vector<IndexDescription>& indexes,
                     std::string_view load_state, JsonWriter* w);
/// One index of a DescribeIndex.
void WriteIndex(const IndexDescription& index, JsonWriter* w);
/// `[{"key":…,"value":…}]`.
void WriteParams(const Params& params, JsonWriter* w);
void WriteTexts(const std::vector<std::string>& texts, JsonWriter* w);
std::string_view LoadStateName(LoadState state);

}  // namespace redkite::rest
