// Indexes. Replies that only carry a status (create, drop) are EncodeReplyStatus. Thread safety: pure
// functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<CreateIndexRequest> DecodeCreateIndex(std::string_view bytes);
Result<IndexRequest> DecodeDropIndex(std::string_view bytes);
Result<AlterIndexRequest> DecodeAlterIndex(std::string_view bytes);
Result<IndexRequest> DecodeDescribeIndex(std::string_view bytes);
Result<IndexRequest> DecodeGetIndexStatistics(std::string_view bytes);
Result<IndexRequest> DecodeGetIndexState(std::string_view bytes);
Result<IndexRequest> DecodeGetIndexBuildProgress(std::string_view bytes);

std::string EncodeDescribeIndex(const std::vector<IndexDescription>& indexes);
std::string EncodeGetIndexStatistics(const std::vector<IndexDescription>& indexes);
std::string EncodeGetIndexState(IndexState state, std::string_view fail_reason);
std::string EncodeGetIndexBuildProgress(int64_t indexed_rows, int64_t total_rows);

}  // namespace redkite::wire
