#include "proxy/read_point.h"

#include <cstdio>
#include <limits>

#include "base/random.h"

namespace redkite::proxy {
namespace {

// Clients send these instead of a timestamp: "what is there" and "not older than a few seconds".
constexpr Timestamp kSentinelMax = 2;

// Whether the level leaves the point to the client's guarantee timestamp.
bool UsesGuarantee(const ReadPoint& point, Consistency collection_level) {
  const Consistency level = point.use_default ? collection_level : point.consistency;
  if (level == Consistency::kSession || level == Consistency::kCustomized) return true;
  // Clients from before there were levels send the first level with a timestamp.
  return !point.use_default && level == Consistency::kStrong;
}

std::string NewToken(uint64_t seed) {
  Random random(seed);
  const uint64_t a = random.Next(), b = random.Next();
  char text[40];
  // Version 4, variant 1 (RFC 9562).
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-%04x-%012llx", static_cast<unsigned>(a >> 32),
                static_cast<unsigned>(a >> 16 & 0xffff), static_cast<unsigned>(a & 0xfff),
                static_cast<unsigned>((b >> 48 & 0x3fff) | 0x8000),
                static_cast<unsigned long long>(b & 0xffffffffffffull));
  return text;
}

}  // namespace

Result<Timestamp> ChooseReadTs(const ReadPoint& point, bool iterator, Consistency collection_level,
                               Timestamp now) {
  const bool pinned = iterator && point.guarantee_ts > kSentinelMax;
  if ((pinned || UsesGuarantee(point, collection_level)) && point.guarantee_ts > kSentinelMax) {
    const int64_t ahead_ms = WallMsOf(point.guarantee_ts) - WallMsOf(now);
    if (ahead_ms > kGuaranteeAheadMaxMs) {
      return Status::Invalid("guarantee_timestamp [" + std::to_string(point.guarantee_ts) + "] is " +
                             std::to_string(ahead_ms) + " ms ahead of the server, at most " +
                             std::to_string(kGuaranteeAheadMaxMs) +
                             " are allowed (it is Unix milliseconds << 18)");
    }
  }
  return pinned ? point.guarantee_ts : kMaxTimestamp;
}

Result<Timestamp> ChooseTravelTs(const ReadPoint& point, const CommonReadParams& params, Timestamp created,
                                 Timestamp now) {
  const Timestamp ts = point.travel_ts != 0 ? point.travel_ts : params.travel_ts;
  if (ts == 0) return ts;
  const std::string name = "travel_timestamp [" + std::to_string(ts) + "] ";
  if (params.travel_ts != 0 && params.travel_ts != ts) {
    return Status::Invalid(name + "of the request differs from the one of its parameters [" +
                           std::to_string(params.travel_ts) + "]");
  }
  if (ts > now) {
    return Status::Invalid(name + "is ahead of the server's time [" + std::to_string(now) +
                           "] (it is Unix milliseconds << 18)");
  }
  if (ts < created) {
    return Status::Invalid(name + "is older than the collection, which was created at [" +
                           std::to_string(created) + "] (it is Unix milliseconds << 18)");
  }
  return ts;
}

Status CheckIteratorCollection(const CommonReadParams& params, CollectionId collection) {
  if (!params.collection_id || *params.collection_id == collection.value()) return Status::Ok();
  return Status::Invalid("collection id:" + std::to_string(*params.collection_id) +
                         " in the request is not consistent with the collection that its name leads to, "
                         "the alias or the collection may have changed: " +
                         std::to_string(collection.value()));
}

SearchIteratorState NextSearchPage(const SearchPageParams& page, std::optional<float> last_score,
                                   bool larger_is_better, uint64_t seed) {
  constexpr float kMax = std::numeric_limits<float>::max();
  SearchIteratorState state;
  state.token = page.token.empty() ? NewToken(seed) : page.token;
  state.last_bound = last_score         ? *last_score
                     : page.last_bound  ? *page.last_bound
                     : larger_is_better ? kMax
                                        : -kMax;
  return state;
}

}  // namespace redkite::proxy
