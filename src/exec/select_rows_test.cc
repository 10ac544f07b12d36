#include "exec/select_rows.h"

#include <gtest/gtest.h>

#include "exec/exec_fixture.h"

namespace redkite::exec {
namespace {

struct Case {
  std::string filter;
  bool (*passes)(const ModelRow&);
};

const Case kCases[] = {
    {"", [](const ModelRow&) { return true; }},
    {"n < 30", [](const ModelRow& r) { return r.n < 30; }},
    {"id in [3, 7, 9, 4000]", [](const ModelRow& r) { return r.key == 3 || r.key == 7 || r.key == 9; }},
    {"id == 5 and n > 50", [](const ModelRow& r) { return r.key == 5 && r.n > 50; }},
    {"id > 5 and n != 3", [](const ModelRow& r) { return r.key > 5 && r.n != 3; }},
    {"later == 1", [](const ModelRow&) { return false; }},
    {"later is null", [](const ModelRow&) { return true; }},
    {"false", [](const ModelRow&) { return false; }},
};

// Rows that SelectRows leaves, as (segment, row).
std::set<std::pair<uint32_t, RowOffset>> Selected(const plan::RowSelection& selection,
                                                  const Segments& segments) {
  std::set<std::pair<uint32_t, RowOffset>> out;
  ReadStats stats;
  for (uint32_t s = 0; s < segments.size(); ++s) {
    const auto& segment = *segments[s];
    if (SkipsSegment(selection, segment)) continue;
    ExcludeBitset exclude(segment.row_count);
    if (!SelectsAllRows(selection, segment)) {
      EXPECT_TRUE(SelectRows(selection, segment, nullptr, &stats, &exclude).ok());
    }
    for (size_t r = 0; r < segment.row_count; ++r) {
      if (!exclude.Test(r)) out.emplace(s, static_cast<RowOffset>(r));
    }
  }
  return out;
}

TEST(SelectRowsTest, AgreesWithTheModelAtEveryTimestamp) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const TestSegments data(seed, {.keys = 20});
    Random random(seed + 100);
    for (const Case& c : kCases) {
      SCOPED_TRACE(c.filter);
      plan::RowSelection selection = SelectionOf(c.filter);
      for (int probe = 0; probe < 12; ++probe) {
        selection.read_ts = probe == 0 ? kMaxTimestamp : 9 + random.Below(data.last_ts());
        selection.expired_before = random.Below(3) == 0 ? 9 + random.Below(data.last_ts()) : 0;
        selection.ignore_growing = random.Below(3) == 0;
        selection.partitions.clear();
        if (random.Below(3) == 0) selection.partitions = {PartitionId(1 + random.Below(2))};
        std::set<std::pair<uint32_t, RowOffset>> expected;
        for (const ModelRow& row : data.Visible(selection, c.passes)) {
          expected.emplace(row.ref.segment, row.ref.row);
        }
        ASSERT_EQ(Selected(selection, data.segments()), expected) << "at " << selection.read_ts;
      }
    }
  }
}

TEST(SelectRowsTest, ACancelledFilterEnds) {
  const TestSegments data(1, {});
  CancelToken cancel;
  cancel.Cancel();
  ReadStats stats;
  ExcludeBitset exclude(data.segments()[0]->row_count);
  EXPECT_EQ(SelectRows(SelectionOf("n < 3"), *data.segments()[0], &cancel, &stats, &exclude).code(),
            Code::kCanceled);
}

}  // namespace
}  // namespace redkite::exec
