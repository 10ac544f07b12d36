#include <gtest/gtest.h>

#include "exec/exec_fixture.h"

namespace redkite::exec {
namespace {

bool Any(const ModelRow&) { return true; }

TEST(QuerySegmentsTest, RowsComeInKeyOrderEachKeyOnce) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const TestSegments data(seed, {.keys = 300});
    Random random(seed + 50);
    for (int probe = 0; probe < 20; ++probe) {
      plan::QueryPlan plan;
      plan.rows = SelectionOf(probe % 2 == 0 ? "" : "n < 40");
      plan.rows.read_ts = probe < 4 ? kMaxTimestamp : 9 + random.Below(data.last_ts());
      const auto expected =
          Newest(data.Visible(plan.rows, [&](const ModelRow& r) { return probe % 2 == 0 || r.n < 40; }));
      ASSERT_EQ(Query(plan, data.segments()), expected);
      // Pages of any size together are the whole.
      plan.limit = 1 + static_cast<int64_t>(random.Below(60));
      std::vector<std::pair<int64_t, Timestamp>> pages;
      for (;; plan.offset += plan.limit) {
        const auto page = Query(plan, data.segments());
        ASSERT_LE(page.size(), static_cast<size_t>(plan.limit));
        if (page.empty()) break;
        pages.insert(pages.end(), page.begin(), page.end());
      }
      ASSERT_EQ(pages, expected);
    }
  }
}

TEST(QuerySegmentsTest, PagesByKeyMakeTheWhole) {
  const TestSegments data(3, {.keys = 400});
  plan::QueryPlan plan;
  plan.rows = SelectionOf("");
  const auto expected = Newest(data.Visible(plan.rows, Any));
  std::vector<std::pair<int64_t, Timestamp>> pages;
  std::string filter;
  while (true) {
    plan.rows = SelectionOf(filter);
    plan.limit = 17;
    const auto page = Query(plan, data.segments());
    if (page.empty()) break;
    pages.insert(pages.end(), page.begin(), page.end());
    filter = "id > " + std::to_string(page.back().first);
  }
  EXPECT_EQ(pages, expected);
}

TEST(CountRowsTest, CountsWhatIsVisible) {
  const TestSegments data(4, {});
  for (Timestamp ts : {Timestamp{5}, Timestamp{20}, Timestamp{40}, kMaxTimestamp}) {
    for (const std::string filter : {"", "n < 40"}) {
      plan::RowSelection selection = SelectionOf(filter);
      selection.read_ts = ts;
      ReadStats stats;
      const auto count = CountRows(selection, data.segments(), nullptr, &stats);
      ASSERT_TRUE(count.ok());
      EXPECT_EQ(
          *count,
          static_cast<int64_t>(
              data.Visible(selection, [&](const ModelRow& r) { return filter.empty() || r.n < 40; }).size()));
    }
  }
}

TEST(FetchColumnsTest, ValuesOfTheRowsInTheirOrder) {
  const TestSegments data(5, {});
  plan::RowSelection selection = SelectionOf("");
  selection.output_fields = {kKeyField, kNumberField, kVectorField, kLaterField};
  Random random(5);
  std::vector<RowRef> refs;
  std::vector<const ModelRow*> expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(&data.rows()[random.Below(data.rows().size())]);
    refs.push_back(expected.back()->ref);
  }
  const auto columns = FetchColumns(selection, data.segments(), refs);
  ASSERT_TRUE(columns.ok());
  ASSERT_EQ(columns->size(), 4u);
  for (size_t i = 0; i < refs.size(); ++i) {
    ASSERT_EQ((*columns)[0].view().At<int64_t>(i), expected[i]->key);
    ASSERT_EQ((*columns)[1].view().At<int64_t>(i), expected[i]->n);
    const float* vec = (*columns)[2].view().VectorAt(i);
    ASSERT_EQ(std::vector<float>(vec, vec + kTestDim), expected[i]->vec);
    ASSERT_FALSE((*columns)[3].view().IsValid(i));
  }
  const auto none = FetchColumns(selection, data.segments(), {});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ((*none)[2].type(), DataType::kFloatVector);
  EXPECT_EQ((*none)[2].dim(), kTestDim);
  EXPECT_EQ((*none)[2].row_count(), 0u);
}

TEST(FetchColumnsTest, AnAnswerThatIsTooLargeIsRefused) {
  const TestSegments data(6, {});
  plan::RowSelection selection = SelectionOf("");
  selection.output_fields = {kKeyField, kVectorField};
  const std::vector<RowRef> refs(10, data.rows()[0].ref);
  selection.output_bytes_max = 10 * (8 + kTestDim * 4);
  EXPECT_TRUE(FetchColumns(selection, data.segments(), refs).ok());
  --selection.output_bytes_max;
  EXPECT_EQ(FetchColumns(selection, data.segments(), refs).status().code(), Code::kParameterTooLarge);
}

TEST(FetchColumnsTest, WhatIsNoArrayIsNotTold) {
  auto schema = std::make_shared<CollectionSchema>();
  schema->fields.resize(2);
  schema->fields[0].id = FieldId(100);
  schema->fields[0].type = DataType::kInt64;
  schema->fields[0].is_primary = true;
  schema->fields[1].id = FieldId(101);
  schema->fields[1].name = "a";
  schema->fields[1].type = DataType::kArray;
  schema->fields[1].element_type = DataType::kInt16;
  RowBatch batch;
  batch.row_count = 2;
  batch.columns.emplace_back(FieldId(100), DataType::kInt64, 0);
  batch.columns.emplace_back(FieldId(101), DataType::kArray, 0);
  for (const char* array : {"abcd", "abc"}) {
    batch.columns[0].Append<int64_t>(batch.columns[1].row_count());
    batch.columns[1].AppendText(array);
  }
  segment::GrowingSegment segment(SegmentId(1), PartitionId(1), FieldId(100));
  segment.Append(segment::PrepareRows(std::move(batch), FieldId(100)), 10);
  const Segments segments = {std::make_shared<const segment::SegmentSnapshot>(segment.current())};
  plan::RowSelection selection;
  selection.schema = schema;
  selection.output_fields = {FieldId(101)};
  const auto right = FetchColumns(selection, segments, {{0, 0}});
  ASSERT_TRUE(right.ok()) << right.status().ToString();
  EXPECT_EQ((*right)[0].view().TextAt(0), "abcd");
  const Status wrong = FetchColumns(selection, segments, {{0, 1}}).status();
  EXPECT_EQ(wrong.code(), Code::kDataIntegrity);
  EXPECT_NE(wrong.message().find("field a"), std::string::npos);
}

}  // namespace
}  // namespace redkite::exec
