// Collections and their schemas. Replies that only carry a status (create, drop) are EncodeReplyStatus.
// Names are as sent: an empty database is filled by the server. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/alter_schema_request.h"
#include "types/requests.h"

namespace redkite::wire {

/// Schema features that this build cannot store are listed in `unsupported` ("functions", "default_value of
/// field f" …), not refused here: the schema's own errors come first.
Result<CreateCollectionRequest> DecodeCreateCollection(std::string_view bytes);
Result<CollectionName> DecodeDropCollection(std::string_view bytes);
Result<CollectionName> DecodeHasCollection(std::string_view bytes);
Result<DescribeCollectionRequest> DecodeDescribeCollection(std::string_view bytes);
Result<ShowCollectionsRequest> DecodeShowCollections(std::string_view bytes);
Result<CollectionName> DecodeGetCollectionStatistics(std::string_view bytes);

Result<BatchDescribeRequest> DecodeBatchDescribeCollection(std::string_view bytes);
Result<RenameCollectionRequest> DecodeRenameCollection(std::string_view bytes);
Result<AlterCollectionRequest> DecodeAlterCollection(std::string_view bytes);
Result<AlterFieldRequest> DecodeAlterCollectionField(std::string_view bytes);
Result<AlterSchemaRequest> DecodeAddCollectionField(std::string_view bytes);
Result<AlterSchemaRequest> DecodeAlterCollectionSchema(std::string_view bytes);
Result<CollectionName> DecodeTruncateCollection(std::string_view bytes);

std::string EncodeHasCollection(bool exists);
std::string EncodeDescribeCollection(const CollectionDescription& collection);
/// `replies` are answers to DescribeCollection, failed ones among them.
std::string EncodeBatchDescribeCollection(const std::vector<std::string>& replies);
/// Load percentages are filled when the request asked for loaded collections only.
std::string EncodeShowCollections(const std::vector<CollectionDescription>& collections, bool loaded_only);
std::string EncodeGetCollectionStatistics(int64_t row_count);

/// Wire names of a shard: "redkite-dml_0" and "redkite-dml_0_<collection id>v0".
std::string PhysicalChannelName(int shard);
std::string VirtualChannelName(CollectionId collection, int shard);

}  // namespace redkite::wire
