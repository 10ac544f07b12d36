// Partitions and aliases. Replies that only carry a status are EncodeReplyStatus. Thread safety: pure
// functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<PartitionName> DecodeCreatePartition(std::string_view bytes);
Result<PartitionName> DecodeDropPartition(std::string_view bytes);
Result<PartitionName> DecodeHasPartition(std::string_view bytes);
Result<PartitionName> DecodeGetPartitionStatistics(std::string_view bytes);
Result<ShowPartitionsRequest> DecodeShowPartitions(std::string_view bytes);
std::string EncodeHasPartition(bool exists);
std::string EncodeShowPartitions(const std::vector<PartitionDescription>& partitions, bool loaded_only);
std::string EncodeGetPartitionStatistics(int64_t row_count);

Result<AliasRequest> DecodeCreateAlias(std::string_view bytes);
Result<AliasRequest> DecodeAlterAlias(std::string_view bytes);
Result<AliasRequest> DecodeDropAlias(std::string_view bytes);
Result<AliasRequest> DecodeDescribeAlias(std::string_view bytes);
Result<AliasRequest> DecodeListAliases(std::string_view bytes);
/// `name` is the collection that the alias names.
std::string EncodeDescribeAlias(const AliasRequest& alias);
std::string EncodeListAliases(const CollectionName& name, const std::vector<std::string>& aliases);

}  // namespace redkite::wire
