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
    const auto whole = SelectFrom(selection, segment, nullptr, &stats);
    EXPECT_TRUE(whole.ok());
    const size_t before = out.size();
    if (!SkipsSegment(selection, segment)) {
      ExcludeBitset exclude(segment.row_count);
      if (!SelectsAllRows(selection, segment)) {
        EXPECT_TRUE(SelectRows(selection, segment, nullptr, &stats, &exclude).ok());
      }
      for (size_t r = 0; r < segment.row_count; ++r) {
        if (!exclude.Test(r)) out.emplace(s, static_cast<RowOffset>(r));
        EXPECT_EQ(whole->excluded && whole->excluded->Test(r), exclude.Test(r));
      }
    }
    EXPECT_EQ(whole->any, out.size() > before);
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

TEST(SelectRowsTest, ASampleIsAPartOfWhatPasses) {
  const TestSegments data(3, {.segments = 4, .batches = 40});
  for (const char* filter : {"", "n < 30", "id > 500000000 and n != 3"}) {
    SCOPED_TRACE(filter);
    const auto passing = Selected(SelectionOf(filter), data.segments());
    const std::string with = std::string(filter) + (*filter == '\0' ? "" : " and ");
    for (const auto& [text, part] : {std::pair{"0.1", 0.1}, {"0.5", 0.5}, {"0.99", 0.99}}) {
      plan::RowSelection selection = SelectionOf(with + "random_sample(" + text + ")");
      selection.sample_seed = 7;
      const auto sample = Selected(selection, data.segments());
      EXPECT_TRUE(std::includes(passing.begin(), passing.end(), sample.begin(), sample.end()));
      // Within one of each segment's part.
      const auto expected = static_cast<double>(passing.size()) * part;
      EXPECT_NEAR(static_cast<double>(sample.size()), expected, 4.0);
      EXPECT_EQ(Selected(selection, data.segments()), sample);
      selection.sample_seed = 8;
      EXPECT_NE(Selected(selection, data.segments()), sample);
    }
  }
}

TEST(SelectRowsTest, EveryRowIsSampledAsOften) {
  const TestSegments data(5, {.segments = 1, .batches = 5});
  plan::RowSelection selection = SelectionOf("random_sample(0.25)");
  const size_t rows = Selected(SelectionOf(""), data.segments()).size();
  std::map<RowOffset, int> times;
  constexpr int kRounds = 4000;
  for (int round = 0; round < kRounds; ++round) {
    selection.sample_seed = static_cast<uint64_t>(round);
    for (const auto& [segment, row] : Selected(selection, data.segments())) ++times[row];
  }
  EXPECT_EQ(times.size(), rows);
  for (const auto& [row, count] : times) EXPECT_NEAR(count, kRounds / 4, 150) << row;
}

TEST(SelectRowsTest, ASampleOfKeys) {
  const TestSegments data(1, {.keys = 20});
  plan::RowSelection selection = SelectionOf("id in [1, 2, 3, 4, 5, 6] and random_sample(0.5)");
  ASSERT_TRUE(selection.keys && selection.keys->exact);
  const auto passing = Selected(SelectionOf("id in [1, 2, 3, 4, 5, 6]"), data.segments());
  const auto sample = Selected(selection, data.segments());
  EXPECT_LT(sample.size(), passing.size());
  EXPECT_FALSE(sample.empty());
  EXPECT_TRUE(std::includes(passing.begin(), passing.end(), sample.begin(), sample.end()));
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
