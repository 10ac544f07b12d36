// Read parameters: the key/value texts of a search or a query, typed and range-checked (contract/search.md
// sections 2, 10 and 13, errors.md rows 52–60). Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "plan/group_plan.h"
#include "types/instant.h"
#include "types/limits.h"
#include "types/schema.h"
#include "types/timestamp.h"

namespace redkite::proxy {

/// The value of a parameter, or nullptr when it is missing or a text that clients send for nothing.
const std::string* FindGiven(const Params& params, std::string_view key);
/// Of the whole text, or nothing.
std::optional<int64_t> IntOf(std::string_view text);
/// The texts that clients in different languages send for a truth value.
std::optional<bool> BoolOf(std::string_view text);

/// What both kinds of read share.
struct CommonReadParams {
  /// A page of an iterator: reads exactly at the timestamp that the request names, if it names one.
  bool iterator = false;
  bool ignore_growing = false;
  std::optional<int64_t> collection_id;  // of the collection that the iterator began on
  Timestamp travel_ts = 0;               // reads the state at this timestamp; 0: not given
  std::string time_zone;             // IANA name, of instants in the filter and the answer; empty: not given
  std::vector<TimePart> time_parts;  // what the answer has of instants; empty: ISO-8601 texts
};

/// A page of the second kind of search iterator: the server says where the next one begins.
struct SearchPageParams {
  std::string token;                // empty on the first page
  std::optional<float> last_bound;  // a score; nothing on the first page
};

struct SearchParams : CommonReadParams {
  std::string anns_field;
  std::string metric;  // empty: the index's
  int64_t limit = 0;   // of a page its size
  int64_t offset = 0;
  int round_decimal = -1;
  std::optional<SearchPageParams> page;
  Params index_params;  // merged with the members of `params`
};
Result<SearchParams> ParseSearchRequestParams(const Params& params, const Limits& limits);

/// One of `order_by_fields`: a field, or with groups an aggregate.
struct OrderByParam {
  std::string name;
  plan::Direction direction;
};

struct QueryParams : CommonReadParams {
  int64_t limit = -1;  // -1: none given
  int64_t offset = 0;
  std::vector<std::string> group_by;
  std::vector<OrderByParam> order_by;
};
Result<QueryParams> ParseQueryRequestParams(const Params& params, const Limits& limits);

}  // namespace redkite::proxy
