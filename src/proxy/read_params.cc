#include "proxy/read_params.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "types/json_text.h"

namespace redkite::proxy {
namespace {

std::optional<int64_t> IntOf(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Clients print values with Python's str().
bool IsTrue(const std::string& text) { return text == "True" || text == "true" || text == "1"; }
bool IsGiven(const std::string& text) {
  return !text.empty() && text != "None" && text != "False" && text != "false";
}

// Options that would change the answer and are not built: refused, never dropped.
Status RefuseUnbuilt(const Params& params) {
  static constexpr std::array<std::string_view, 8> kOptions = {
      "group_by_field", "group_by_fields", "order_by_fields", "iterator",
      "search_iter_v2", "time_fields",     "analyzer_name",   "json_path"};
  for (const std::string_view option : kOptions) {
    const std::string* value = FindParam(params, option);
    if (value != nullptr && IsGiven(*value)) {
      return Status::Unimplemented(std::string(option) + " is not implemented");
    }
  }
  return Status::Ok();
}

Status OutOfRange(const std::string& what, const std::string& value, int64_t max) {
  return Status::Invalid(what + " [" + value + "] is invalid, it should be in range [1, " +
                         std::to_string(max) + "], but got " + value);
}

}  // namespace

Result<SearchParams> ParseSearchRequestParams(const Params& params, const Limits& limits) {
  RK_RETURN_IF_ERROR(RefuseUnbuilt(params));
  SearchParams out;
  if (const std::string* v = FindParam(params, "anns_field")) out.anns_field = *v;
  if (const std::string* v = FindParam(params, "metric_type"); v != nullptr && IsGiven(*v)) out.metric = *v;
  const std::string* topk = FindParam(params, "topk");
  if (topk == nullptr) return Status::Invalid("topk not found in search_params");
  const auto limit = IntOf(*topk);
  if (!limit || *limit < 1 || *limit > limits.topk_max) return OutOfRange("topk", *topk, limits.topk_max);
  out.limit = *limit;
  if (const std::string* v = FindParam(params, "offset"); v != nullptr && IsGiven(*v)) {
    const auto offset = IntOf(*v);
    if (!offset || *offset < 0 || *offset > limits.topk_max) return OutOfRange("offset", *v, limits.topk_max);
    out.offset = *offset;
    if (out.offset + out.limit > limits.topk_max) {
      return OutOfRange("offset+topk", std::to_string(out.offset + out.limit), limits.topk_max);
    }
  }
  if (const std::string* v = FindParam(params, "round_decimal"); v != nullptr && IsGiven(*v)) {
    const auto digits = IntOf(*v);
    if (!digits || *digits < -1 || *digits > 6) {
      return Status::Invalid("round_decimal [" + *v +
                             "] is invalid, should be -1 or an integer in range [0, 6]");
    }
    out.round_decimal = static_cast<int>(*digits);
  }
  if (const std::string* v = FindParam(params, "ignore_growing"); v != nullptr && IsTrue(*v)) {
    return Status::Unimplemented("ignore_growing is not implemented");
  }
  if (const std::string* text = FindParam(params, "params"); text != nullptr && !text->empty()) {
    auto members = FlattenJsonObject(*text);
    if (!members.ok()) return Status::Invalid("search params: " + members.status().message());
    RK_RETURN_IF_ERROR(RefuseUnbuilt(*members));
    if (out.metric.empty()) {
      if (const std::string* v = FindParam(*members, "metric_type")) out.metric = *v;
    }
    if (FindParam(*members, "range_filter") != nullptr && FindParam(*members, "radius") == nullptr) {
      return Status::Invalid("range_filter requires radius to be set");
    }
  }
  out.index_params = MergeJsonParams(params);
  return out;
}

Result<QueryParams> ParseQueryRequestParams(const Params& params, const Limits& limits) {
  RK_RETURN_IF_ERROR(RefuseUnbuilt(params));
  QueryParams out;
  const std::string* limit = FindParam(params, "limit");
  if (limit != nullptr && IsGiven(*limit)) {
    const auto n = IntOf(*limit);
    if (!n || (*n <= 0 && *n != -1)) {
      return Status::Invalid("limit [" + *limit + "] is invalid, should be greater than 0");
    }
    out.limit = *n;
  }
  const std::string* offset = FindParam(params, "offset");
  if (offset != nullptr && IsGiven(*offset) && out.limit > 0) {
    const auto n = IntOf(*offset);
    if (!n || *n < 0) return Status::Invalid("offset [" + *offset + "] is invalid, should not be negative");
    out.offset = *n;
  }
  if (out.limit > 0 && (out.limit > limits.topk_max || out.offset > limits.topk_max - out.limit)) {
    return Status::Invalid("invalid max query result window, (offset+limit) should be in range [1, " +
                           std::to_string(limits.topk_max) + "], but got " +
                           std::to_string(out.offset + out.limit));
  }
  return out;
}

}  // namespace redkite::proxy
