// Search and query. The request is read by hand from the received bytes (query vectors are one copy); the
// reply is written into one string of exactly its size. The input is untrusted: any bytes give a request or a
// Status. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<SearchRequest> DecodeSearch(std::string_view bytes);
Result<QueryRequest> DecodeQuery(std::string_view bytes);
std::string EncodeSearch(const SearchResult& result);
std::string EncodeQuery(const QueryResult& result);

}  // namespace redkite::wire
