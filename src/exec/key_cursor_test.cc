#include "exec/key_cursor.h"

#include <gtest/gtest.h>

#include "exec/exec_fixture.h"

namespace redkite::exec {
namespace {

// The filter of a page is asked piece by piece; blocks are large enough for pieces of every kind.
TEST(KeyCursorTest, APageAsksItsFilterOnlyAsFarAsItReaches) {
  for (const int64_t keys : {int64_t{20'000}, int64_t{1'000'000'000}}) {
    const TestSegments data(11, {.segments = 3, .batches = 3, .batch_rows = 60'000, .keys = keys});
    Random random(12);
    for (const int64_t below : {0, 1, 10, 50, 100}) {
      for (int probe = 0; probe < 6; ++probe) {
        SCOPED_TRACE("n < " + std::to_string(below) + ", probe " + std::to_string(probe));
        plan::QueryPlan plan;
        plan.rows = SelectionOf("n < " + std::to_string(below));
        if (probe == 1) plan.rows.read_ts = data.last_ts() / 2;
        const auto whole = Newest(data.Visible(plan.rows, [&](const ModelRow& r) { return r.n < below; }));
        plan.limit = probe == 0 ? 5 : 1 + static_cast<int64_t>(random.Below(2'000));
        plan.offset = probe < 4 ? 0 : static_cast<int64_t>(random.Below(14'000));
        const auto begin = std::min(whole.size(), static_cast<size_t>(plan.offset));
        const auto end = std::min(whole.size(), begin + static_cast<size_t>(plan.limit));
        const std::vector<std::pair<int64_t, Timestamp>> page(whole.begin() + static_cast<ptrdiff_t>(begin),
                                                              whole.begin() + static_cast<ptrdiff_t>(end));
        ASSERT_EQ(Query(plan, data.segments()), page);
      }
    }
  }
}

TEST(KeyCursorTest, APageOfManyRowsThatPassCostsLittle) {
  const TestSegments data(13, {.segments = 1, .batches = 1, .batch_rows = 200'000});
  ASSERT_GT(data.rows().size(), 40'000u);
  plan::QueryPlan plan;
  plan.rows = SelectionOf("n < 50");
  plan.limit = 100;
  ReadStats stats;
  std::vector<RowRef> rows;
  ASSERT_TRUE(QuerySegments(plan, data.segments(), nullptr, &stats, &rows).ok());
  EXPECT_EQ(rows.size(), 100u);
  EXPECT_LE(stats.rows_filtered, 2'000);
  // A page behind a key asks no row before it.
  plan.rows = SelectionOf("id >= 900000000 && n < 200");
  ASSERT_TRUE(plan.rows.key_floor);
  plan.limit = 1'000'000;
  stats = {};
  ASSERT_TRUE(QuerySegments(plan, data.segments(), nullptr, &stats, &rows).ok());
  EXPECT_LE(stats.rows_filtered, static_cast<int64_t>(data.rows().size() / 5));
}

}  // namespace
}  // namespace redkite::exec
