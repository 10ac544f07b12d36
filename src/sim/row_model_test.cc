#include "sim/row_model.h"

#include <gtest/gtest.h>

namespace redkite::sim {
namespace {

Mutation Make(MutationKind kind, std::vector<int64_t> keys, int64_t version) {
  Mutation m;
  m.kind = kind;
  m.keys = std::move(keys);
  m.version = version;
  return m;
}

TEST(RowModel, MutationsDoWhatTheEngineDocuments) {
  Rows rows;
  Apply(Make(MutationKind::kInsert, {1, 2}, 10), 1, &rows);
  Apply(Make(MutationKind::kInsert, {1}, 11), 2, &rows);
  EXPECT_EQ(CountOf(rows), 3u);  // insert does not look for an old row
  Apply(Make(MutationKind::kUpsert, {1}, 12), 3, &rows);
  EXPECT_EQ(rows.at(1), (std::vector<RowVersion>{{12, 3, 0}}));
  Mutation by_filter = Make(MutationKind::kDeleteFilter, {1, 2}, 13);
  by_filter.cut_seq = 2;
  Apply(by_filter, 4, &rows);  // the upsert came after the look-up
  EXPECT_EQ(rows.count(1), 1u);
  EXPECT_EQ(rows.count(2), 0u);
  Apply(Make(MutationKind::kDeleteKeys, {1, 5}, 14), 5, &rows);
  EXPECT_TRUE(rows.empty());
}

TEST(RowModel, PartialUpdatesKeepTheNewestRowOfAPartitionThatIsThere) {
  Rows rows;
  Mutation insert = Make(MutationKind::kInsert, {1}, 10);
  insert.partition = 7;
  Apply(insert, 1, &rows);
  insert.version = 11;
  insert.partition = 8;
  Apply(insert, 2, &rows);
  Mutation update = Make(MutationKind::kUpsert, {1}, 12);
  update.groups = 1U << kPlain;
  update.kept_from = {7};
  EXPECT_FALSE(LacksRows(update, rows));
  Apply(update, 3, &rows);
  EXPECT_EQ(rows.at(1), (std::vector<RowVersion>{{12, 3, 0, {0, 10, 10}}}));
  const RowContent content = ContentOf(1, rows.at(1)[0]);
  EXPECT_EQ(content.n, ContentOf(1, 12).n);
  EXPECT_EQ(content.opt, ContentOf(1, 10).opt);
  EXPECT_EQ(content.vec, ContentOf(1, 10).vec);
  // A new row needs everything but what may be null.
  update.keys = {2};
  EXPECT_TRUE(LacksRows(update, rows));
  update.groups |= 1U << kVector;
  EXPECT_FALSE(LacksRows(update, rows));
  Apply(update, 4, &rows);
  EXPECT_EQ(rows.at(2)[0].groups, (GroupVersions{0, kNoVersion, 0}));
  EXPECT_FALSE(ContentOf(2, rows.at(2)[0]).has_list);
}

TEST(RowModel, FiltersDrawBothWays) {
  for (int kind = 0; kind < RowFilter::kDrawnKinds; ++kind) {
    RowFilter filter{static_cast<RowFilter::Kind>(kind), 3, 40, {1, 2, 3}, false, {}};
    EXPECT_FALSE(filter.Text().empty());
    int matching = 0;
    for (int64_t key = 0; key < 400; ++key) matching += filter.Matches(key, {key % 7, 1, 0});
    EXPECT_GT(matching, 0) << filter.Text();
    if (filter.kind != RowFilter::kAll) {
      EXPECT_LT(matching, 400) << filter.Text();
    }
  }
}

TEST(RowModel, DistancesAreSmallerIsBetter) {
  const Vector a{3, 4}, b{4, 3};
  EXPECT_EQ(DistanceOf(Metric::kL2, 2, a, b), 2);
  EXPECT_EQ(DistanceOf(Metric::kIp, 2, a, b), -24);
  EXPECT_DOUBLE_EQ(DistanceOf(Metric::kCosine, 2, a, a), -1);
}

}  // namespace
}  // namespace redkite::sim
