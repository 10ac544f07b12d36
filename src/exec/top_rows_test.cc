#include "exec/top_rows.h"

#include <gtest/gtest.h>

#include "exec/value_rows_fixture.h"

namespace redkite::exec {
namespace {

// The newest visible row of each key, in the order of keys.
std::vector<const ValueRow*> Newest(const std::vector<const ValueRow*>& visible) {
  std::map<int64_t, const ValueRow*> newest;
  for (const ValueRow* row : visible) {
    const ValueRow*& best = newest[std::get<int64_t>(row->values[0])];
    if (best == nullptr || row->ts >= best->ts) best = row;
  }
  std::vector<const ValueRow*> out;
  for (const auto& [key, row] : newest) out.push_back(row);
  return out;
}

using Places = std::vector<std::pair<uint32_t, RowOffset>>;

TEST(TopRowsTest, AQueryInAnOrderIsACutOfTheSortedRows) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ValueSegments data(seed, 3, 300);
    Random random(seed + 200);
    for (int probe = 0; probe < 30; ++probe) {
      plan::QueryPlan plan;
      plan.rows = ValueSelection("");
      plan.rows.read_ts = probe % 2 == 0 ? kMaxTimestamp : 9 + random.Below(data.last_ts());
      for (uint64_t orders = 1 + random.Below(3); orders > 0; --orders) {
        const auto field = static_cast<int64_t>(random.Below(plan.rows.schema->fields.size()));
        plan.order.push_back({FieldId(100 + field), {random.Below(2) == 0, random.Below(2) == 0}});
      }
      plan.limit = probe % 5 == 0 ? -1 : static_cast<int64_t>(random.Below(60));
      plan.offset = plan.limit < 0 ? 0 : static_cast<int64_t>(random.Below(20));
      auto rows = Newest(data.Visible(plan.rows, [](const ValueRow&) { return true; }));
      std::stable_sort(rows.begin(), rows.end(), [&](const ValueRow* a, const ValueRow* b) {
        for (const plan::RowOrder& order : plan.order) {
          const auto at = static_cast<size_t>(order.field.value() - 100);
          const int compared = ComparePlain(a->values[at], b->values[at], order.direction);
          if (compared != 0) return compared < 0;
        }
        return false;
      });
      Places expected;
      for (size_t i = static_cast<size_t>(plan.offset); i < rows.size(); ++i) {
        if (plan.limit >= 0 && expected.size() == static_cast<size_t>(plan.limit)) break;
        expected.emplace_back(rows[i]->segment, rows[i]->row);
      }
      ReadStats stats;
      std::vector<RowRef> found;
      ASSERT_TRUE(QuerySegments(plan, data.segments(), nullptr, &stats, &found).ok());
      Places places;
      for (const RowRef& ref : found) places.emplace_back(ref.segment, ref.row);
      ASSERT_EQ(places, expected) << "probe " << probe;
    }
  }
}

TEST(TopRowsTest, RowsThatAreEqualStayAsTheyCame) {
  const ValueSegments data(1, 1, 300);
  const auto& segment = *data.segments()[0];
  TopRows top({{FieldId(107), {}}}, 3);  // null in every row
  for (const RowOffset row : {RowOffset{5}, RowOffset{1}, RowOffset{9}, RowOffset{0}}) {
    const auto& block = segment.BlockOf(row);
    top.Add(block, row - block.first_row, {0, row});
  }
  std::vector<RowOffset> rows;
  for (const RowRef& ref : top.Take()) rows.push_back(ref.row);
  EXPECT_EQ(rows, (std::vector<RowOffset>{5, 1, 9}));
}

}  // namespace
}  // namespace redkite::exec
