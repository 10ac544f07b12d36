// Read parameters: the key/value texts of a search or a query, typed and range-checked (contract/search.md
// sections 2 and 13, errors.md rows 52–60). Thread safety: pure functions.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "types/limits.h"
#include "types/schema.h"

namespace redkite::proxy {

struct SearchParams {
  std::string anns_field;
  std::string metric;  // empty: the index's
  int64_t limit = 0;
  int64_t offset = 0;
  int round_decimal = -1;
  Params index_params;  // merged with the members of `params`
};
Result<SearchParams> ParseSearchRequestParams(const Params& params, const Limits& limits);

struct QueryParams {
  int64_t limit = -1;  // -1: none given
  int64_t offset = 0;
};
Result<QueryParams> ParseQueryRequestParams(const Params& params, const Limits& limits);

}  // namespace redkite::proxy
