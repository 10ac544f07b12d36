#include "sim/script.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace redkite::sim {
namespace {

struct KindInfo {
  const char* name;
  uint64_t weight;  // for faults: when the seed has them at all
};
constexpr std::array<KindInfo, kStepKindCount> kKinds = {{
    {"insert", 220},
    {"upsert", 160},
    {"delete_keys", 70},
    {"delete_filter", 50},
    {"query_all", 40},
    {"query_filter", 60},
    {"query_page", 30},
    {"count", 50},
    {"search", 110},
    {"read_past", 50},
    {"flush", 45},
    {"create", 14},
    {"drop", 5},
    {"load", 14},
    {"release", 5},
    {"create_index", 14},
    {"drop_index", 5},
    {"create_partition", 24},
    {"drop_partition", 24},
    {"load_partitions", 12},
    {"release_partitions", 24},
    {"create_alias", 12},
    {"alter_alias", 12},
    {"drop_alias", 5},
    {"rename", 12},
    {"create_database", 8},
    {"drop_database", 4},
    {"describe", 14},
    {"timestamp", 12},
    {"maintain", 14},
    {"cut_power", 12},
    {"crash", 5},
    {"restart", 6},
    {"fail_op", 12},
    {"fill_disk", 8},
    {"free_disk", 16},
    {"clock_back", 6},
    {"clock_ahead", 8},
    {"clock_far", 2},
    {"settle", 14},
    {"truncate", 0},
    {"upsert_partially", 0},
}};

uint64_t WeightOf(int kind, Random* random) {
  const uint64_t base = kKinds[static_cast<size_t>(kind)].weight;
  const uint64_t draw = random->Below(20);
  if (kind >= kRequestKindCount) return draw < 11 ? 0 : draw < 18 ? base : 3 * base;
  const bool is_rarer = kind >= static_cast<int>(StepKind::kCreatePartition) &&
                        kind <= static_cast<int>(StepKind::kDropDatabase);
  if (is_rarer) return draw < 7 ? 0 : draw < 15 ? base : 4 * base;
  return draw < 2 ? 0 : draw < 17 ? base : 4 * base;
}

template <class T>
T OneOf(Random* random, std::initializer_list<T> values) {
  return *(values.begin() + static_cast<ptrdiff_t>(random->Below(values.size())));
}

SimConfig DrawConfig(Random* random) {
  SimConfig c;
  c.slot_count = 1 + static_cast<int>(random->Below(3));
  c.dim = OneOf(random, {2, 4, 8});
  c.key_space = OneOf<int64_t>(random, {12, 60, 250});
  c.batch_max = OneOf(random, {1, 6, 40});
  c.repeats_keys = random->Below(4) == 0;
  c.database_count = 1 + static_cast<int>(random->Below(3));
  c.shared_names = static_cast<int>(random->Below(3));
  c.alias_permille = OneOf(random, {0, 200, 700});
  c.partition_permille = OneOf(random, {0, 300, 800});
  c.seal_bytes = OneOf<size_t>(random, {600, 3000, 20'000, size_t{1} << 20});
  c.seal_age_ms = OneOf<int64_t>(random, {200, 5000, 600'000});
  c.log_file_bytes = OneOf<uint64_t>(random, {5000, 9000, 40'000, 1 << 20});
  c.log_group_bytes_max = OneOf<uint64_t>(random, {1, 1000, 1 << 20});
  c.log_pin_bytes_max = OneOf<uint64_t>(random, {8000, 60'000, 1 << 24});
  c.catalog_log_bytes = OneOf<uint64_t>(random, {1, 600, 6000});
  c.index_rows_min = OneOf<size_t>(random, {1, 12, 60});
  c.compute_width = 1 + static_cast<int>(random->Below(4));
  c.file_width = 1 + static_cast<int>(random->Below(2));
  c.scheduler.policy = static_cast<PickPolicy>(random->Below(kPickPolicyCount));
  c.scheduler.pass_mean = OneOf(random, {2, 6, 30, 1000});
  c.scheduler.yield_permille = OneOf(random, {0, 50, 500});
  c.picks_max = OneOf(random, {2, 10, 40});
  c.requests_max = OneOf(random, {1, 4, 10});
  c.nested_cut_permille = OneOf(random, {0, 300, 700});
  c.open_fault_permille = OneOf(random, {0, 0, 400});
  c.flip_permille = OneOf(random, {0, 0, 600});
  return c;
}

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

// With a source of its own, so that the rest of a seed stays what it was.
void DrawMaintenance(uint64_t seed, SimConfig* c) {
  Random random(seed ^ 0xc0a1e5ceULL);
  c->compaction_fan_in = OneOf<size_t>(&random, {2, 2, 3, 8});
  c->compaction_target_bytes = OneOf<uint64_t>(&random, {1500, 6000, 40'000, 1 << 30});
  c->seal_idle_ms = OneOf<int64_t>(&random, {0, 100, 1000, 60'000});
  c->scan_rows_min = OneOf<int64_t>(&random, {1, 20, 8192});
  c->scans_per_row = OneOf<int64_t>(&random, {1, 3, 20});
  c->resident_bytes_min = OneOf<uint64_t>(&random, {0, 1 << 20});
  c->retention_ms = OneOf<int64_t>(&random, {0, 100, 3000, 3'600'000});
  c->retention_bytes = OneOf<uint64_t>(&random, {0, 0, 2000});
  c->retention_ratio = OneOf(&random, {0.0, 0.2, kUnbounded, kUnbounded});
}

// With sources of their own too.
void DrawPartialUpdates(uint64_t seed, std::vector<Step>* steps) {
  Random random(seed ^ 0x9a271a1ULL);
  const uint64_t of_ten = OneOf<uint64_t>(&random, {0, 3, 6, 9});
  for (Step& step : *steps) {
    if (step.kind == StepKind::kUpsert && random.Below(10) < of_ten) step.kind = StepKind::kUpsertPartially;
  }
}

void DrawTruncations(uint64_t seed, std::vector<Step>* steps) {
  Random random(seed ^ 0x7254c87eULL);
  if (random.Below(3) != 0) return;
  for (Step& step : *steps) {
    const bool may = step.kind == StepKind::kDeleteFilter || step.kind == StepKind::kFlush;
    if (may && random.Below(6) == 0) step.kind = StepKind::kTruncate;
  }
}

}  // namespace

std::string_view StepName(StepKind kind) { return kKinds[static_cast<size_t>(kind)].name; }

Script MakeScript(uint64_t seed) {
  Random random(seed * 0x9e3779b97f4a7c15ULL + 1);
  Script script;
  script.config = DrawConfig(&random);
  DrawMaintenance(seed, &script.config);
  std::array<uint64_t, kStepKindCount> weights{};
  uint64_t sum = 0;
  for (int kind = 0; kind < kDrawnKindCount; ++kind) {
    weights[static_cast<size_t>(kind)] = WeightOf(kind, &random);
    sum += weights[static_cast<size_t>(kind)];
  }
  const size_t count = OneOf<size_t>(&random, {60, 200, 500});
  // Databases and collections first; a seed that never made one would show nothing.
  if (weights[static_cast<size_t>(StepKind::kCreateDatabase)] > 0) {
    for (int i = 1; i < script.config.database_count; ++i)
      script.steps.push_back({StepKind::kCreateDatabase, random.Next()});
  }
  for (int slot = 0; slot < script.config.slot_count; ++slot) {
    for (const StepKind kind : {StepKind::kCreate, StepKind::kCreateIndex, StepKind::kCreatePartition,
                                StepKind::kCreatePartition, StepKind::kLoad}) {
      if (weights[static_cast<size_t>(kind)] == 0 && kind == StepKind::kCreatePartition) continue;
      const uint64_t x = random.Next() / 2, slots = static_cast<uint64_t>(script.config.slot_count);
      script.steps.push_back({kind, x - x % slots + static_cast<uint64_t>(slot)});
    }
  }
  while (script.steps.size() < count) {
    uint64_t draw = random.Below(sum);
    int kind = 0;
    while (draw >= weights[static_cast<size_t>(kind)]) draw -= weights[static_cast<size_t>(kind++)];
    script.steps.push_back({static_cast<StepKind>(kind), random.Next()});
  }
  DrawTruncations(seed, &script.steps);
  DrawPartialUpdates(seed, &script.steps);
  return script;
}

std::string FormatKept(const std::vector<size_t>& kept) {
  std::string out;
  for (size_t i = 0; i < kept.size();) {
    size_t j = i;
    while (j + 1 < kept.size() && kept[j + 1] == kept[j] + 1) ++j;
    out += (out.empty() ? "" : ",") + std::to_string(kept[i]);
    if (j > i) out += "-" + std::to_string(kept[j]);
    i = j + 1;
  }
  return out;
}

Result<std::vector<size_t>> ParseKept(std::string_view text, size_t step_count) {
  std::vector<size_t> kept;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    size_t first = 0, last = 0;
    const char* end = part.data() + part.size();
    std::from_chars_result read = std::from_chars(part.data(), end, first);
    last = first;
    if (read.ec == std::errc() && read.ptr != end && *read.ptr == '-')
      read = std::from_chars(read.ptr + 1, end, last);
    if (read.ec != std::errc() || read.ptr != end || last < first || last >= step_count) {
      return Status::Invalid("bad list of steps: " + std::string(part));
    }
    for (size_t i = first; i <= last; ++i) kept.push_back(i);
  }
  return kept;
}

}  // namespace redkite::sim
