#include "jobs/compaction_policy.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "base/planted.h"
#include "types/collection_properties.h"

namespace redkite::jobs {
namespace {

constexpr uint64_t kOutputRowsMax = uint64_t{1} << 30;  // offsets have 32 bits, indexes number 2^31 rows
constexpr size_t kInputsMax = 256;

using Pointers = std::vector<const SegmentSize*>;

int TierOf(uint64_t rows, size_t fan_in) {
  int tier = 0;
  for (; rows >= fan_in; rows /= fan_in) ++tier;
  return tier;
}

// As many of `candidates` as one output may hold, in their order.
Pointers Fitting(const Pointers& candidates, uint64_t target_bytes) {
  Pointers taken;
  uint64_t bytes = 0, rows = 0;
  for (const SegmentSize* s : candidates) {
    if (taken.size() == kInputsMax) break;
    if (!taken.empty() &&
        (bytes + s->live_bytes() > target_bytes || rows + s->live_rows() > kOutputRowsMax)) {
      continue;
    }
    bytes += s->live_bytes();
    rows += s->live_rows();
    taken.push_back(s);
  }
  return taken;
}

CompactionGroup IdsOf(const Pointers& segments) {
  CompactionGroup ids;
  for (const SegmentSize* s : segments) ids.push_back(s->id);
  return ids;
}

std::map<PartitionId, Pointers> ByPartition(const std::vector<SegmentSize>& segments) {
  std::map<PartitionId, Pointers> out;
  for (const SegmentSize& s : segments) out[s.partition].push_back(&s);
  return out;
}

Pointers PickDead(const Pointers& segments, const CompactionOptions& options) {
  Pointers dead;
  for (const SegmentSize* s : segments) {
    if (s->dead_rows > 0 &&
        static_cast<double>(s->dead_rows) >= options.dead_ratio * static_cast<double>(s->rows)) {
      dead.push_back(s);
    }
  }
  return Fitting(dead, options.target_bytes);
}

// The highest tier that is ripe, and with it everything below: those rows rise further at the same price.
Pointers PickTier(const Pointers& segments, const CompactionOptions& options) {
  std::map<const SegmentSize*, int> tiers;  // of segments that are not full
  std::set<int, std::greater<>> present;
  for (const SegmentSize* s : segments) {
    if (s->live_bytes() >= options.target_bytes / 2 || s->live_rows() >= kOutputRowsMax / 2) continue;
    tiers[s] = TierOf(s->live_rows(), options.fan_in);
    present.insert(tiers[s]);
  }
  for (const int tier : present) {
    Pointers candidates;
    uint64_t bytes = 0, rows = 0;
    size_t same = 0;
    for (const SegmentSize* s : segments) {
      const auto it = tiers.find(s);
      if (it == tiers.end() || it->second > tier) continue;
      same += it->second == tier;
      bytes += s->live_bytes();
      rows += s->live_rows();
      candidates.push_back(s);
    }
    // More than one output can hold: that one will be full and not merged again.
    const bool fills_one = bytes > options.target_bytes || rows > kOutputRowsMax;
    if (same < options.fan_in && !fills_one) continue;
    Pointers fitting = Fitting(candidates, options.target_bytes);
    if (fitting.size() >= 2) return fitting;
  }
  return {};
}

}  // namespace

Timestamp ChooseHorizon(Timestamp now, const std::vector<shard::SealedSize>& segments,
                        const CompactionOptions& options) {
  if (RK_PLANTED("compaction_ignores_retention")) return now;
  const Timestamp window = MakeTimestamp(options.retention_ms);
  Timestamp low = now - std::min(now, window);
  if (std::isinf(options.retention_ratio)) return low;
  double live_bytes = 0;
  for (const shard::SealedSize& s : segments) {
    const auto rows = static_cast<double>(s.segment->row_count);
    const auto dead = static_cast<double>(s.segment->deletes->count());
    if (rows > 0) live_bytes += static_cast<double>(s.bytes) * (1 - dead / rows);
  }
  const double budget_bytes =
      std::max(options.retention_ratio * live_bytes, static_cast<double>(options.retention_bytes));
  // Whether the rows that are hidden but kept at this horizon are within the budget.
  const auto fits = [&](Timestamp horizon) {
    double kept_bytes = 0;
    for (const shard::SealedSize& s : segments) {
      const segment::DeleteSet& deletes = *s.segment->deletes;
      if (deletes.empty()) continue;
      kept_bytes += static_cast<double>(s.bytes) / static_cast<double>(s.segment->row_count) *
                    static_cast<double>(deletes.count() - deletes.CountUpTo(horizon));
    }
    return kept_bytes <= budget_bytes;
  };
  if (fits(low)) return low;
  Timestamp high = now;
  while (high - low > 1) {
    const Timestamp middle = low + (high - low) / 2;
    (fits(middle) ? high : low) = middle;
  }
  return high;
}

segment::DropRule ChooseDropRule(Timestamp now, const std::vector<shard::SealedSize>& segments,
                                 const Params& properties, const CompactionOptions& options) {
  CompactionOptions own = options;
  if (const auto retention_ms = RetentionMs(properties)) {
    own.retention_ms = *retention_ms;
    own.retention_ratio = std::numeric_limits<double>::infinity();
  }
  const Timestamp horizon = ChooseHorizon(now, segments, own);
  return {horizon, ExpiredBefore(properties, horizon)};
}

std::vector<SegmentSize> MeasureSegments(const std::vector<shard::SealedSize>& segments,
                                         const segment::DropRule& rule) {
  std::vector<SegmentSize> out;
  for (const shard::SealedSize& s : segments) {
    out.push_back({s.segment->id, s.segment->partition, s.segment->row_count,
                   segment::CountDropped(*s.segment, rule), s.bytes});
  }
  return out;
}

CompactionGroup PickCompaction(const std::vector<SegmentSize>& segments, const CompactionOptions& options) {
  const auto partitions = ByPartition(segments);
  for (const auto& [partition, all] : partitions) {
    if (Pointers dead = PickDead(all, options); !dead.empty()) return IdsOf(dead);
  }
  for (const auto& [partition, all] : partitions) {
    if (Pointers tier = PickTier(all, options); !tier.empty()) return IdsOf(tier);
  }
  return {};
}

std::vector<CompactionGroup> PlanFullCompaction(const std::vector<SegmentSize>& segments,
                                                uint64_t target_bytes) {
  std::vector<CompactionGroup> groups;
  for (auto& [partition, left] : ByPartition(segments)) {
    Pointers rest = left;
    while (!rest.empty()) {
      const Pointers group = Fitting(rest, target_bytes);
      std::erase_if(rest, [&](const SegmentSize* s) {
        return std::find(group.begin(), group.end(), s) != group.end();
      });
      if (group.size() > 1 || group[0]->dead_rows > 0) groups.push_back(IdsOf(group));
    }
  }
  return groups;
}

}  // namespace redkite::jobs
