#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "exec/exec_fixture.h"

namespace redkite::exec {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Hit {
  int64_t key;
  float distance;
  bool operator==(const Hit&) const = default;
};
using Hits = std::vector<Hit>;

// The best visible row of each key: by distance, then by key.
Hits Ranked(const std::vector<ModelRow>& visible, const VectorQuery& query, size_t q) {
  std::vector<float> vec(kTestDim);
  std::memcpy(vec.data(), query.Vector(q), kTestDim * sizeof(float));
  std::map<int64_t, float> best;
  for (const ModelRow& row : visible) {
    const float distance = ModelDistance(query.metric, row.vec, vec);
    if (distance < query.from_distance || !(distance < query.below_distance)) continue;
    const auto [it, fresh] = best.emplace(row.key, distance);
    if (!fresh) it->second = std::min(it->second, distance);
  }
  Hits hits;
  for (const auto& [key, distance] : best) hits.push_back({key, distance});
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.key < b.key;
  });
  return hits;
}

class SearchTest : public testing::Test {
 protected:
  plan::SearchPlan Plan(TestSegments* data, Metric metric, size_t nq, uint32_t k) {
    plan::SearchPlan plan;
    plan.rows = SelectionOf("");
    for (size_t q = 0; q < nq; ++q) {
      const auto vec = data->RandomVector();
      const auto* bytes = reinterpret_cast<const std::byte*>(vec.data());
      plan.vectors.insert(plan.vectors.end(), bytes, bytes + kTestDim * sizeof(float));
    }
    plan.query.field = kVectorField;
    plan.query.metric = metric;
    plan.query.vectors = plan.vectors.data();
    plan.query.count = nq;
    plan.query.dim = kTestDim;
    plan.query.k = k;
    return plan;
  }
  std::vector<Hits> Search(const plan::SearchPlan& plan, const Segments& segments, Executor* executor) {
    ReadStats stats;
    std::vector<std::vector<ScoredRow>> found;
    EXPECT_TRUE(SearchSegments(plan, segments, {nullptr, &stats, executor}, &found).ok());
    std::vector<Hits> out;
    for (const auto& rows : found) {
      Hits hits;
      for (const ScoredRow& row : rows) {
        const auto& block = segments[row.ref.segment]->BlockOf(row.ref.row);
        hits.push_back({block.pk.At<int64_t>(row.ref.row - block.first_row), row.distance});
      }
      out.push_back(std::move(hits));
    }
    return out;
  }
  static Hits Best(Hits hits, size_t k) {
    hits.resize(std::min(k, hits.size()));
    return hits;
  }
};

// A coarse grid makes many equal vectors, few keys many repeated ones.
TEST_F(SearchTest, AgreesWithTheModel) {
  ThreadPool pool(3, 3, "test");
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TestSegments data(seed, {.keys = seed % 2 == 0 ? 60 : 1'000'000, .grid = seed % 3 == 0 ? 2 : 64});
    Random random(seed + 7);
    for (int probe = 0; probe < 10; ++probe) {
      const Metric metric = probe % 2 == 0 ? Metric::kL2 : Metric::kIp;
      plan::SearchPlan plan =
          Plan(&data, metric, 1 + random.Below(40), 1 + static_cast<uint32_t>(random.Below(30)));
      plan.rows.read_ts = probe < 3 ? kMaxTimestamp : 9 + random.Below(data.last_ts());
      const auto visible = data.Visible(plan.rows, [](const ModelRow&) { return true; });
      const auto found = Search(plan, data.segments(), &pool);
      ASSERT_EQ(found.size(), plan.query.count);
      for (size_t q = 0; q < found.size(); ++q) {
        ASSERT_EQ(found[q], Best(Ranked(visible, plan.query, q), plan.query.k)) << "probe " << probe;
      }
      ASSERT_EQ(Search(plan, data.segments(), nullptr), found);
    }
  }
}

TEST_F(SearchTest, AnAnswerThatCannotFitIsRefusedBeforeTheSearch) {
  TestSegments data(4, {});
  const size_t rows = data.Visible(SelectionOf(""), [](const ModelRow&) { return true; }).size();
  const auto search = [&](const plan::SearchPlan& plan, ReadStats* stats) {
    std::vector<std::vector<ScoredRow>> found;
    return SearchSegments(plan, data.segments(), {nullptr, stats, nullptr}, &found).code();
  };
  plan::SearchPlan plan = Plan(&data, Metric::kL2, 7, 1'000'000);
  plan.rows.output_fields = {kKeyField, kVectorField};
  plan.offset = 2;
  plan.rows.output_bytes_max = static_cast<int64_t>(7 * (rows - 2) * (8 + kTestDim * 4));
  ReadStats stats;
  EXPECT_EQ(search(plan, &stats), Code::kOk);
  --plan.rows.output_bytes_max;
  stats = {};
  EXPECT_EQ(search(plan, &stats), Code::kParameterTooLarge);
  EXPECT_EQ(stats.distances_computed, 0);
  plan.query.k = static_cast<uint32_t>(rows) - 1;  // one hit less of each query fits
  EXPECT_EQ(search(plan, &stats), Code::kOk);
  plan.query.k = 1'000'000;
  plan.query.below_distance = 0;  // no row is that near
  EXPECT_EQ(search(plan, &stats), Code::kOk);
}

// All distances overflow: the rows come by key, each key once, as many as there are or were asked for.
TEST_F(SearchTest, InfinitelyFarRowsComeInOrderAndNumber) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    TestSegments data(seed, {.keys = seed % 2 == 0 ? 60 : 1'000'000'000});
    std::set<int64_t> keys;
    for (const ModelRow& row : data.Visible(SelectionOf(""), [](const ModelRow&) { return true; })) {
      keys.insert(row.key);
    }
    Hits all;
    for (const int64_t key : keys) all.push_back({key, kInfinity});
    plan::SearchPlan plan = Plan(&data, Metric::kL2, 1, 1);
    const std::vector<float> far(kTestDim, 1e30f);
    std::memcpy(plan.vectors.data(), far.data(), kTestDim * sizeof(float));
    for (const uint32_t k : {1u, 7u, 55u, 59u, 60u, 61u, 500u, 5000u}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + " k " + std::to_string(k));
      plan.query.k = k;
      plan.whole_ties = false;
      EXPECT_EQ(Search(plan, data.segments(), nullptr)[0], Best(all, k));
      plan.whole_ties = true;  // one run of equal distances
      EXPECT_EQ(Search(plan, data.segments(), nullptr)[0], all);
    }
  }
}

TEST_F(SearchTest, PagesByOffsetMakeTheWhole) {
  TestSegments data(2, {.grid = 2});  // 16 different vectors
  plan::SearchPlan plan = Plan(&data, Metric::kL2, 1, 1000);
  const Hits whole = Search(plan, data.segments(), nullptr)[0];
  for (uint32_t k = 1; k < 200; k += 7) {
    plan.query.k = k;
    ASSERT_EQ(Search(plan, data.segments(), nullptr)[0], Best(whole, k));
  }
}

TEST_F(SearchTest, Ranges) {
  TestSegments data(3, {.grid = 8});
  for (Metric metric : {Metric::kL2, Metric::kIp}) {
    plan::SearchPlan plan = Plan(&data, metric, 5, 1000);
    const auto visible = data.Visible(plan.rows, [](const ModelRow&) { return true; });
    for (const auto& [from, below] :
         {std::pair{-kInfinity, 0.5f}, {0.25f, 0.75f}, {-1.0f, -0.5f}, {-0.5f, kInfinity}}) {
      plan.query.from_distance = from;
      plan.query.below_distance = below;
      const auto found = Search(plan, data.segments(), nullptr);
      for (size_t q = 0; q < 5; ++q) ASSERT_EQ(found[q], Ranked(visible, plan.query, q));
    }
  }
}

// Each page begins strictly beyond the last distance of the page before.
TEST_F(SearchTest, PagesByDistanceLoseAndRepeatNothing) {
  for (int grid : {2, 8, 1024}) {
    for (uint32_t k : {1u, 3u, 10u, 50u, 2000u}) {
      TestSegments data(k, {.grid = grid});
      plan::SearchPlan plan = Plan(&data, k % 2 == 0 ? Metric::kL2 : Metric::kIp, 1, k);
      const auto visible = data.Visible(plan.rows, [](const ModelRow&) { return true; });
      const Hits expected = Ranked(visible, plan.query, 0);
      plan.whole_ties = true;
      plan.query.exact = true;
      Hits pages;
      while (true) {
        const Hits page = Search(plan, data.segments(), nullptr)[0];
        if (page.empty()) break;
        // Longer only when one distance alone has more rows.
        ASSERT_TRUE(page.size() <= k || page.front().distance == page.back().distance);
        pages.insert(pages.end(), page.begin(), page.end());
        plan.query.from_distance = std::nextafter(page.back().distance, kInfinity);
      }
      ASSERT_EQ(pages, expected) << "grid " << grid << ", page " << k;
    }
  }
}

TEST_F(SearchTest, FilterAndPartitions) {
  TestSegments data(4, {});
  plan::SearchPlan plan = Plan(&data, Metric::kL2, 3, 20);
  plan.rows.filter = SelectionOf("n < 10").filter;
  plan.rows.partitions = {PartitionId(1)};
  plan.rows.ignore_growing = true;
  const auto visible = data.Visible(plan.rows, [](const ModelRow& r) { return r.n < 10; });
  const auto found = Search(plan, data.segments(), nullptr);
  for (size_t q = 0; q < 3; ++q) EXPECT_EQ(found[q], Best(Ranked(visible, plan.query, q), 20));
  plan.rows.partitions = {PartitionId(9)};
  EXPECT_TRUE(Search(plan, data.segments(), nullptr)[0].empty());
}

TEST_F(SearchTest, ACancelledSearchEnds) {
  ThreadPool pool(3, 3, "test");
  TestSegments data(5, {});
  const plan::SearchPlan plan = Plan(&data, Metric::kL2, 100, 20);
  CancelToken cancel;
  cancel.Cancel();
  ReadStats stats;
  std::vector<std::vector<ScoredRow>> found;
  for (Executor* executor : std::initializer_list<Executor*>{nullptr, &pool}) {
    EXPECT_EQ(SearchSegments(plan, data.segments(), {&cancel, &stats, executor}, &found).code(),
              Code::kCanceled);
  }
}

}  // namespace
}  // namespace redkite::exec
