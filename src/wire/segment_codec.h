// Segments and replicas: what tools list. By hand: the messages are small and their generated files are
// large. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<PersistentSegmentsRequest> DecodeGetPersistentSegmentInfo(std::string_view bytes);
Result<CollectionName> DecodeGetQuerySegmentInfo(std::string_view bytes);
Result<DescribeCollectionRequest> DecodeGetReplicas(std::string_view bytes);
Result<IndexRequest> DecodeListIndexedSegment(std::string_view bytes);

std::string EncodeGetPersistentSegmentInfo(const std::vector<SegmentDescription>& segments);
/// All on node `node_id`.
std::string EncodeGetQuerySegmentInfo(const std::vector<SegmentDescription>& segments, int64_t node_id);
/// Each on the one node of the one resource group there is.
std::string EncodeGetReplicas(const std::vector<ReplicaDescription>& replicas, int64_t node_id,
                              std::string_view address);
std::string EncodeListIndexedSegment(const std::vector<SegmentId>& segments);

}  // namespace redkite::wire
