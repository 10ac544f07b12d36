#include "proxy/read_params.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <span>

#include "proxy/output_fields.h"
#include "types/json_text.h"

namespace redkite::proxy {
namespace {

template <class T>
std::optional<T> NumberOf(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Clients print values with Python's str(), or as JSON.
bool IsGiven(const std::string& text) {
  return !text.empty() && text != "None" && text != "null" && text != "False" && text != "false";
}

}  // namespace

std::optional<int64_t> IntOf(std::string_view text) { return NumberOf<int64_t>(text); }

std::optional<bool> BoolOf(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kTrue = {"True", "true", "1", "TRUE", "t", "T"};
  static constexpr std::array<std::string_view, 6> kFalse = {"False", "false", "0", "FALSE", "f", "F"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return std::nullopt;
}

const std::string* FindGiven(const Params& params, std::string_view key) {
  const std::string* value = FindParam(params, key);
  return value != nullptr && IsGiven(*value) ? value : nullptr;
}

namespace {

bool IsSet(const Params& params, std::string_view key) {
  const std::string* value = FindParam(params, key);
  return value != nullptr && BoolOf(*value).value_or(false);
}

// Options that would change the answer and are not built: refused, never dropped. Those from kOnlySearches on
// queries have.
Status RefuseUnbuilt(const Params& params, bool is_search) {
  static constexpr std::array<std::string_view, 6> kOptions = {"group_by_field",  "analyzer_name",
                                                               "json_path",       "query_iter_last_pk",
                                                               "group_by_fields", "order_by_fields"};
  constexpr size_t kOnlySearches = 4;
  const auto options = std::span(kOptions).first(is_search ? kOptions.size() : kOnlySearches);
  for (const std::string_view option : options) {
    if (FindGiven(params, option) != nullptr) {
      return Status::Unimplemented(std::string(option) + " is not implemented");
    }
  }
  return Status::Ok();
}

Status OutOfRange(const std::string& what, const std::string& value, int64_t max) {
  return Status::Invalid(what + " [" + value + "] is invalid, it should be in range [1, " +
                         std::to_string(max) + "], but got " + value);
}

// Beside the member of the request: stock clients have no way to set that one.
Status ParseTravel(const Params& params, CommonReadParams* out) {
  const std::string* text = FindGiven(params, "travel_timestamp");
  if (text == nullptr) return Status::Ok();
  const auto ts = NumberOf<uint64_t>(*text);
  if (!ts) {
    return Status::Invalid("travel_timestamp [" + *text +
                           "] is invalid, it should be a hybrid timestamp (Unix milliseconds << 18)");
  }
  out->travel_ts = *ts;
  return Status::Ok();
}

Status ParseTimes(const Params& params, CommonReadParams* out) {
  if (const std::string* zone = FindGiven(params, "timezone")) out->time_zone = *zone;
  const std::string* parts = FindGiven(params, "time_fields");
  if (parts == nullptr) return Status::Ok();
  RK_ASSIGN_OR_RETURN(out->time_parts, ParseTimeParts(*parts));
  return Status::Ok();
}

Status ParseCommon(const Params& params, CommonReadParams* out) {
  RK_RETURN_IF_ERROR(ParseTimes(params, out));
  out->iterator = IsSet(params, "iterator");
  if (const std::string* v = FindParam(params, "ignore_growing"); v != nullptr && !v->empty()) {
    const auto value = BoolOf(*v);
    if (!value) return Status::Invalid("parse ignore growing field failed: " + *v);
    out->ignore_growing = *value;
  }
  if (const std::string* v = FindGiven(params, "collection_id")) {
    out->collection_id = IntOf(*v);
    if (!out->collection_id) return Status::Invalid("parse collection id failed: " + *v);
  }
  return ParseTravel(params, out);
}

// A page is as long as its client says; what the client's first kind of iterator asks for on top is cut.
Status ParseSearchWindow(const Params& params, const Limits& limits, SearchParams* out) {
  const std::string* topk = FindParam(params, "topk");
  if (topk == nullptr) return Status::Invalid("topk not found in search_params");
  auto limit = IntOf(*topk);
  if (limit && out->iterator) limit = std::min(*limit, limits.topk_max);
  if (!limit || *limit < 1 || *limit > limits.topk_max) return OutOfRange("topk", *topk, limits.topk_max);
  out->limit = *limit;
  const std::string* given = FindGiven(params, "offset");
  if (given == nullptr) return Status::Ok();
  const auto offset = IntOf(*given);
  if (!offset || *offset < 0 || *offset > limits.topk_max) {
    return OutOfRange("offset", *given, limits.topk_max);
  }
  out->offset = *offset;
  if (out->offset + out->limit > limits.topk_max) {
    return OutOfRange("offset+topk", std::to_string(out->offset + out->limit), limits.topk_max);
  }
  return Status::Ok();
}

// 8-4-4-4-12 hexadecimal digits (RFC 9562).
bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f') ||
                     (text[i] >= 'A' && text[i] <= 'F');
    if (dash ? text[i] != '-' : !hex) return false;
  }
  return true;
}

Status ParseSearchPage(const Params& params, const Limits& limits, SearchParams* out) {
  if (!IsSet(params, "search_iter_v2")) return Status::Ok();
  if (!out->iterator) return Status::Invalid("both iterator and search_iter_v2 must be set in the SDK");
  if (out->offset != 0) return Status::Invalid("offset is not supported by search_iter_v2");
  const std::string* size = FindParam(params, "search_iter_batch_size");
  if (size == nullptr) return Status::Invalid("batch size is required");
  const auto rows = IntOf(*size);
  if (!rows || *rows < 1 || *rows > limits.topk_max) {
    return Status::Invalid("batch size is invalid, it should be in range [1, " +
                           std::to_string(limits.topk_max) + "], but got " + *size);
  }
  out->limit = *rows;
  out->page.emplace();
  if (const std::string* token = FindGiven(params, "search_iter_id")) {
    if (!IsUuid(*token)) return Status::Invalid("invalid token format: " + *token);
    out->page->token = *token;
  }
  if (const std::string* text = FindGiven(params, "search_iter_last_bound")) {
    // Python prints the float as the double of the same value.
    const auto bound = NumberOf<double>(*text);
    if (!bound || std::isnan(*bound))
      return Status::Invalid("parse last bound of the iterator failed: " + *text);
    out->page->last_bound = static_cast<float>(*bound);
  }
  return Status::Ok();
}

Status CheckHints(const Params& params) {
  const std::string* hints = FindGiven(params, "hints");
  if (hints == nullptr || *hints == "iterative_filter" || *hints == "disable") return Status::Ok();
  return Status::Invalid("hints [" + *hints + "] is not supported, it should be iterative_filter or disable");
}

// More names than any collection has fields are nobody's wish.
constexpr size_t kNamesMax = 1024;

// The parts of `text` between separators, without blanks at their ends.
std::vector<std::string> SplitNames(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size() && parts.size() <= kNamesMax;) {
    const size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(TrimName(text.substr(at, end - at)));
    at = end + 1;
  }
  return parts;
}

Result<std::vector<std::string>> ListOf(const Params& params, const std::string& key) {
  const std::string* text = FindGiven(params, key);
  std::vector<std::string> names;
  if (text != nullptr) names = SplitNames(*text, ',');
  for (const std::string& name : names) {
    if (name.empty()) return Status::Invalid(key + " has an empty name");
  }
  if (names.size() > kNamesMax) {
    return Status::Invalid(key + " has more than " + std::to_string(kNamesMax) + " names");
  }
  return names;
}

bool IsWord(std::string text, std::string_view word) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text == word;
}

// "field", "field:desc", "field:desc:nulls_last"; nulls come last when ascending and first when descending.
Result<OrderByParam> OrderOf(const std::string& text) {
  const std::vector<std::string> parts = SplitNames(text, ':');
  OrderByParam order{parts[0], {}};
  if (order.name.empty()) return Status::Invalid("order_by_fields has an empty name");
  if (parts.size() > 1) {
    order.direction.descending = IsWord(parts[1], "desc");
    if (!order.direction.descending && !IsWord(parts[1], "asc")) {
      return Status::Invalid("invalid order direction, it should be asc or desc: " + parts[1]);
    }
  }
  order.direction.nulls_first = order.direction.descending;
  if (parts.size() > 2) {
    order.direction.nulls_first = IsWord(parts[2], "nulls_first");
    if ((!order.direction.nulls_first && !IsWord(parts[2], "nulls_last")) || parts.size() > 3) {
      return Status::Invalid("invalid order of nulls, it should be nulls_first or nulls_last: " + text);
    }
  }
  return order;
}

Status ParseGroupsAndOrder(const Params& params, QueryParams* out) {
  RK_ASSIGN_OR_RETURN(out->group_by, ListOf(params, "group_by_fields"));
  RK_ASSIGN_OR_RETURN(const auto orders, ListOf(params, "order_by_fields"));
  for (const std::string& text : orders) {
    RK_ASSIGN_OR_RETURN(OrderByParam order, OrderOf(text));
    out->order_by.push_back(std::move(order));
  }
  if (!out->order_by.empty() && out->limit < 0) return Status::Invalid("ORDER BY requires explicit limit");
  if (!out->iterator) return Status::Ok();
  if (!out->order_by.empty()) return Status::Invalid("order_by_fields is not allowed with an iterator");
  if (!out->group_by.empty()) return Status::Invalid("group_by_fields is not allowed with an iterator");
  return Status::Ok();
}

}  // namespace

Result<SearchParams> ParseSearchRequestParams(const Params& params, const Limits& limits) {
  RK_RETURN_IF_ERROR(RefuseUnbuilt(params, true));
  SearchParams out;
  RK_RETURN_IF_ERROR(ParseCommon(params, &out));
  if (const std::string* v = FindParam(params, "anns_field")) out.anns_field = *v;
  RK_RETURN_IF_ERROR(ParseSearchWindow(params, limits, &out));
  RK_RETURN_IF_ERROR(ParseSearchPage(params, limits, &out));
  if (const std::string* v = FindGiven(params, "round_decimal")) {
    const auto digits = IntOf(*v);
    if (!digits || *digits < -1 || *digits > 6) {
      return Status::Invalid("round_decimal [" + *v +
                             "] is invalid, should be -1 or an integer in range [0, 6]");
    }
    out.round_decimal = static_cast<int>(*digits);
  }
  if (const std::string* text = FindParam(params, "params"); text != nullptr && !text->empty()) {
    auto members = FlattenJsonObject(*text);
    if (!members.ok()) return Status::Invalid("search params: " + members.status().message());
    RK_RETURN_IF_ERROR(RefuseUnbuilt(*members, true));
  }
  out.index_params = MergeJsonParams(params);
  if (const std::string* v = FindGiven(out.index_params, "metric_type")) out.metric = *v;
  RK_RETURN_IF_ERROR(ParseTravel(out.index_params, &out));
  RK_RETURN_IF_ERROR(CheckHints(out.index_params));
  if (FindGiven(out.index_params, "range_filter") != nullptr &&
      FindGiven(out.index_params, "radius") == nullptr) {
    return Status::Invalid("range_filter requires radius to be set");
  }
  return out;
}

Result<QueryParams> ParseQueryRequestParams(const Params& params, const Limits& limits) {
  RK_RETURN_IF_ERROR(RefuseUnbuilt(params, false));
  QueryParams out;
  RK_RETURN_IF_ERROR(ParseCommon(params, &out));
  if (const std::string* limit = FindGiven(params, "limit")) {
    const auto n = IntOf(*limit);
    if (!n || (*n <= 0 && *n != -1)) {
      return Status::Invalid("limit [" + *limit + "] is invalid, should be greater than 0");
    }
    out.limit = *n;
  }
  if (const std::string* offset = FindGiven(params, "offset"); offset != nullptr && out.limit > 0) {
    const auto n = IntOf(*offset);
    if (!n || *n < 0) return Status::Invalid("offset [" + *offset + "] is invalid, should not be negative");
    out.offset = *n;
  }
  if (out.limit > 0 && (out.limit > limits.topk_max || out.offset > limits.topk_max - out.limit)) {
    return Status::Invalid("invalid max query result window, (offset+limit) should be in range [1, " +
                           std::to_string(limits.topk_max) + "], but got " +
                           std::to_string(out.offset + out.limit));
  }
  RK_RETURN_IF_ERROR(ParseGroupsAndOrder(params, &out));
  return out;
}

}  // namespace redkite::proxy
