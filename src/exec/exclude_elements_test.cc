// Searches over the vectors of a struct array, for lists and for elements, and the elements of
// element_filter: over growing blocks, with deletes, against plain loops.
#include "exec/exclude_elements.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "exec/filter/struct_rows_fixture.h"
#include "exec/read_snapshot.h"
#include "segment/growing_segment.h"

namespace redkite::exec {
namespace {

struct Fixture {
  explicit Fixture(uint64_t seed) : random(seed) {
    for (uint64_t s = 0; s < 3; ++s) {
      segment::GrowingSegment segment(SegmentId(static_cast<int64_t>(s) + 1), PartitionId(1),
                                      StructRows::kKey);
      for (int batch = 0; batch < 5; ++batch) {
        StructRows rows;
        rows.AddRandom(&random, 1 + random.Below(90), static_cast<int64_t>(model.size()));
        model.insert(model.end(), rows.model.begin(), rows.model.end());
        segment.Append(segment::PrepareRows(std::move(rows.rows), StructRows::kKey), 1);
      }
      segments.push_back(segment.Snapshot());
    }
  }
  plan::SearchPlan Plan(const std::string& filter, bool max_sim) {
    plan::SearchPlan plan;
    plan.rows.schema = StructRows::Schema();
    plan.rows.filter = *plan::ParseFilter(filter, *plan.rows.schema);
    plan.rows.output_fields = {StructRows::kKey};
    plan.query.field = StructRows::kVector;
    plan.query.metric = Metric::kL2;
    plan.query.dim = 2;
    plan.query.lists = true;
    plan.query.max_sim = max_sim;
    plan.query.vectors = reinterpret_cast<const std::byte*>(query);
    plan.query.offsets = max_sim ? offsets : nullptr;
    plan.query.count = 1;
    plan.query.k = 30;
    return plan;
  }
  std::vector<ScoredRow> Search(const plan::SearchPlan& plan) {
    std::vector<std::vector<ScoredRow>> hits;
    ReadStats stats;
    const Status status = SearchSegments(plan, segments, {nullptr, &stats, nullptr}, &hits);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return hits.empty() ? std::vector<ScoredRow>() : hits[0];
  }
  int64_t KeyOf(const RowRef& ref) const {
    const auto& block = segments[ref.segment]->BlockOf(ref.row);
    return block.pk.At<int64_t>(ref.row - block.first_row);
  }
  static float Distance(const float* a, const float* b) {
    return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);
  }

  Random random;
  std::vector<ModelElements> model;  // by key
  Segments segments;
  float query[4] = {3, 4, 1.5f, 6};
  uint64_t offsets[2] = {0, sizeof query};
};

TEST(SearchLists, RowsByTheSumOfTheirNearestVectors) {
  Fixture f(21);
  for (const char* filter : {"", "id < 200", "match_any(s, $[n] == 3)"}) {
    std::vector<std::pair<float, int64_t>> expected;
    for (size_t key = 0; key < f.model.size(); ++key) {
      const auto& elements = f.model[key];
      const bool any_three = elements && std::any_of(elements->begin(), elements->end(),
                                                     [](const ModelElement& e) { return e.n == 3; });
      const bool keep = std::string(filter).empty() || (filter[0] == 'i' ? key < 200 : any_three);
      if (!elements || elements->empty() || !keep) continue;
      float sum = 0;
      for (const float* q : {f.query, f.query + 2}) {
        float nearest = 1e9f;
        for (const ModelElement& e : *elements) nearest = std::min(nearest, Fixture::Distance(q, e.v));
        sum += nearest;
      }
      expected.emplace_back(sum, static_cast<int64_t>(key));
    }
    std::sort(expected.begin(), expected.end());
    const auto hits = f.Search(f.Plan(filter, true));
    ASSERT_EQ(hits.size(), 30U) << filter;
    for (size_t i = 0; i < hits.size(); ++i) {
      EXPECT_EQ(hits[i].distance, expected[i].first) << filter << " " << i;
      EXPECT_EQ(f.KeyOf(hits[i].ref), expected[i].second) << filter << " " << i;
    }
  }
}

TEST(SearchElements, EachIsAHitOfItsOwn) {
  Fixture f(22);
  for (const char* filter : {"", "id >= 100", "element_filter(s, $[n] > 6)",
                             "id >= 100 and element_filter(s, $[n] > 6 and $[t] == 'a')"}) {
    const std::string text(filter);
    std::vector<std::tuple<float, int64_t, size_t>> expected;
    for (size_t key = 0; key < f.model.size(); ++key) {
      if (!f.model[key] || (text.find("100") != text.npos && key < 100)) continue;
      for (size_t i = 0; i < f.model[key]->size(); ++i) {
        const ModelElement& e = (*f.model[key])[i];
        if (text.find("> 6") != text.npos && e.n <= 6) continue;
        if (text.find("'a'") != text.npos && e.t != "a") continue;
        expected.emplace_back(Fixture::Distance(f.query, e.v), static_cast<int64_t>(key), i);
      }
    }
    std::sort(expected.begin(), expected.end());
    const auto hits = f.Search(f.Plan(text, false));
    ASSERT_EQ(hits.size(), std::min<size_t>(30, expected.size())) << text;
    for (size_t i = 0; i < hits.size(); ++i) {
      const std::tuple<float, int64_t, size_t> hit(hits[i].distance, f.KeyOf(hits[i].ref), hits[i].element);
      EXPECT_EQ(hit, expected[i]) << text << " " << i;
    }
  }
}

TEST(ListElements, OfTheRowsThatPass) {
  Fixture f(23);
  plan::QueryPlan plan;
  plan.rows.schema = StructRows::Schema();
  plan.rows.filter = *plan::ParseFilter("element_filter(s, $[n] >= 8)", *plan.rows.schema);
  std::vector<RowRef> rows;
  ReadStats stats;
  ASSERT_TRUE(QuerySegments(plan, f.segments, nullptr, &stats, &rows).ok());
  const auto elements = ListElements(plan.rows, f.segments, rows, SIZE_MAX, nullptr);
  ASSERT_TRUE(elements.ok());
  size_t seen = 0;
  for (size_t key = 0; key < f.model.size(); ++key) {
    std::vector<int64_t> passing;
    for (size_t i = 0; f.model[key] && i < f.model[key]->size(); ++i) {
      if ((*f.model[key])[i].n >= 8) passing.push_back(static_cast<int64_t>(i));
    }
    if (passing.empty()) continue;
    ASSERT_LT(seen, rows.size());
    EXPECT_EQ(f.KeyOf(rows[seen]), static_cast<int64_t>(key));
    EXPECT_EQ((*elements)[seen++], passing) << key;
  }
  EXPECT_EQ(seen, rows.size());
  // No more of them than a page has.
  const auto some = ListElements(plan.rows, f.segments, rows, 5, nullptr);
  ASSERT_TRUE(some.ok());
  size_t count = 0;
  for (const auto& of_row : *some) count += of_row.size();
  EXPECT_EQ(count, 5U);
  EXPECT_LE(some->size(), 5U);
}

}  // namespace
}  // namespace redkite::exec
