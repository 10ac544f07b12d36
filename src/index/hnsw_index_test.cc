#include "index/hnsw_index.h"

#include <gtest/gtest.h>

#include <set>

#include "base/thread.h"
#include "index/exact_search.h"
#include "index/index_fixture.h"

namespace redkite::index {
namespace {

std::unique_ptr<AnyIndex> Build(const TestVectors& data, Metric metric, int m = 16,
                                int ef_construction = 100) {
  return BuildIndex(SpecOf(Structure::kHnsw, metric, m, ef_construction), data.view()).value();
}

TopK Search(const AnyIndex& index, const QueryBatch& queries, const SearchArgs& args,
            ExcludeView exclude = {}, SearchStats* stats = nullptr) {
  TopK top;
  EXPECT_TRUE(index.Search(queries, args, exclude, nullptr, stats, &top).ok());
  return top;
}

double MeanRecall(const TestVectors& data, Metric metric, const TopK& top, ExcludeView exclude = {}) {
  double sum = 0;
  for (size_t q = 0; q < top.query_count(); ++q) {
    sum += RecallOf(top.Of(q), OracleTopK(data.view(), metric, data.queries().Query(q), top.k(), exclude));
  }
  return sum / static_cast<double>(top.query_count());
}

/// Sorted, without repetition, nothing excluded.
void ExpectWellFormed(const TopK& top, ExcludeView exclude = {}) {
  for (size_t q = 0; q < top.query_count(); ++q) {
    std::set<RowOffset> seen;
    for (size_t i = 0; i < top.Of(q).size(); ++i) {
      const Neighbour n = top.Of(q)[i];
      EXPECT_TRUE(seen.insert(n.row).second);
      EXPECT_FALSE(exclude.Test(n.row));
      if (i > 0) {
        EXPECT_LT(MakeRanked(top.Of(q)[i - 1].distance, top.Of(q)[i - 1].row), MakeRanked(n.distance, n.row));
      }
    }
  }
}

class HnswIndexTest : public testing::TestWithParam<Metric> {};

TEST_P(HnswIndexTest, NullRowsAreNotInTheGraph) {
  TestVectors data(6000, 24, 31);
  std::vector<uint64_t> validity(BitWords(6000), 0);
  ExcludeBitset nulls(6000);
  Random random(32);
  for (size_t row = 0; row < 6000; ++row) {
    if (row >= 100 && random.Below(3) == 0) {
      validity[row >> 6] |= uint64_t{1} << (row & 63);
    } else {
      nulls.Exclude(row);
      std::fill_n(data.row_values.begin() + static_cast<ptrdiff_t>(row * 24), 24, 0.0f);
    }
  }
  VectorView view = data.view();
  view.validity = validity.data();
  EXPECT_EQ(view.CountPresent(), nulls.CountKept());
  const auto index = BuildIndex(SpecOf(Structure::kHnsw, GetParam(), 16, 100), view).value();
  SearchStats stats;
  SearchArgs args;
  args.ef = 60;
  const TopK top = Search(*index, data.queries(), args, nulls.view(), &stats);
  ExpectWellFormed(top, nulls.view());
  EXPECT_GE(MeanRecall(data, GetParam(), top, nulls.view()), 0.97);
  EXPECT_GT(stats.nodes_visited, 0u);
  EXPECT_LT(stats.distances_computed, 50u * 1500u);
  // No walk leads to one, even where nobody excludes it.
  ExpectWellFormed(Search(*index, data.queries(), args), nulls.view());
  // A filter of the caller's on top.
  ExcludeBitset some = nulls;
  for (size_t row = 0; row < 6000; row += 3) some.Exclude(row);
  const TopK filtered = Search(*index, data.queries(), args, some.view());
  ExpectWellFormed(filtered, some.view());
  EXPECT_GE(MeanRecall(data, GetParam(), filtered, some.view()), 0.97);
}

TEST_P(HnswIndexTest, NoRowAtAll) {
  const TestVectors data(300, 8, 33, 3);
  const std::vector<uint64_t> validity(BitWords(300), 0);
  VectorView view = data.view();
  view.validity = validity.data();
  const auto index = BuildIndex(SpecOf(Structure::kHnsw, GetParam(), 16, 100), view).value();
  ExcludeBitset nulls(300);
  nulls.ExcludeAll();
  const TopK top = Search(*index, data.queries(), SearchArgs(), nulls.view());
  for (size_t q = 0; q < 3; ++q) EXPECT_TRUE(top.Of(q).empty());
}

TEST_P(HnswIndexTest, WalkFindsTheNearestWithFewDistances) {
  const TestVectors data(6000, 24, 21);
  const auto index = Build(data, GetParam());
  SearchStats stats;
  SearchArgs args;
  args.ef = 80;
  const TopK top = Search(*index, data.queries(), args, {}, &stats);
  ExpectWellFormed(top);
  EXPECT_GE(MeanRecall(data, GetParam(), top), 0.97);
  EXPECT_GT(stats.nodes_visited, 0u);  // it was a walk, not a scan
  EXPECT_LT(stats.distances_computed, 50u * 6000 / 2);
}

TEST_P(HnswIndexTest, RecallGrowsWithEf) {
  const TestVectors data(8000, 32, 22);
  const auto index = Build(data, GetParam(), 6, 40);
  double before = 0;
  for (const size_t ef : {size_t{10}, size_t{40}, size_t{200}}) {
    SearchArgs args;
    args.ef = ef;
    const double recall = MeanRecall(data, GetParam(), Search(*index, data.queries(), args));
    EXPECT_GT(recall, before) << ef;
    before = recall;
  }
  EXPECT_GE(before, 0.8);
}

TEST_P(HnswIndexTest, ExclusionsOfEveryShareKeepRecallAndCount) {
  const TestVectors data(6000, 24, 23);
  const auto index = Build(data, GetParam());
  Random random(3);
  for (const double kept : {0.9, 0.5, 0.2, 0.05, 0.005}) {
    SCOPED_TRACE(kept);
    ExcludeBitset exclude(6000);
    for (size_t row = 0; row < 6000; ++row) {
      if (random.Unit() >= kept) exclude.Exclude(row);
    }
    SearchArgs args;
    args.ef = 60;
    const TopK top = Search(*index, data.queries(), args, exclude.view());
    ExpectWellFormed(top, exclude.view());
    EXPECT_GE(MeanRecall(data, GetParam(), top, exclude.view()), 0.95);
    for (size_t q = 0; q < top.query_count(); ++q) {
      EXPECT_EQ(top.Of(q).size(), std::min<size_t>(10, exclude.CountKept()));
    }
  }
}

TEST_P(HnswIndexTest, OneKeptRowIsFoundAndNoneGivesNone) {
  const TestVectors data(6000, 8, 24, 5);
  const auto index = Build(data, GetParam());
  ExcludeBitset exclude(6000);
  exclude.ExcludeAll();
  for (size_t q = 0; q < 5; ++q)
    EXPECT_TRUE(Search(*index, data.queries(), {}, exclude.view()).Of(q).empty());
  exclude.words()[5000 / 64] &= ~(uint64_t{1} << (5000 % 64));
  const TopK top = Search(*index, data.queries(), {}, exclude.view());
  for (size_t q = 0; q < 5; ++q) {
    ASSERT_EQ(top.Of(q).size(), 1u);
    EXPECT_EQ(top.Of(q)[0].row, 5000u);
  }
}

TEST_P(HnswIndexTest, TinyIndexes) {
  for (const size_t rows : {size_t{0}, size_t{1}, size_t{2}, size_t{5}}) {
    SCOPED_TRACE(rows);
    const TestVectors data(rows, 4, 25, 3);
    const auto index = Build(data, GetParam());
    const TopK top = Search(*index, data.queries(), {});
    for (size_t q = 0; q < 3; ++q) EXPECT_EQ(top.Of(q).size(), rows);
    EXPECT_EQ(MeanRecall(data, GetParam(), top), 1.0);
    EXPECT_EQ(index->info().row_count, rows);
  }
}

TEST_P(HnswIndexTest, KBeyondTheRowsReturnsAll) {
  const TestVectors data(300, 6, 26, 3);
  const auto index = Build(data, GetParam());
  SearchArgs args;
  args.k = 1000;
  const TopK top = Search(*index, data.queries(), args);
  ExpectWellFormed(top);
  for (size_t q = 0; q < 3; ++q) EXPECT_EQ(top.Of(q).size(), 300u);
}

TEST_P(HnswIndexTest, DuplicatesAllReturnByRow) {
  TestVectors data(5000, 6, 27, 2);
  for (size_t row = 1000; row < 1400; ++row) {
    std::copy_n(AsFloats(data.view().Row(1000)), 6,
                data.row_values.begin() + static_cast<ptrdiff_t>(row * 6));
  }
  const auto index = Build(data, GetParam());
  SearchArgs args;
  args.k = 50;
  args.ef = 100;
  const TopK top = Search(*index, {DataType::kFloatVector, 6, data.view().Row(1000), 1}, args);
  ASSERT_EQ(top.Of(0).size(), 50u);
  ExpectWellFormed(top);
  if (GetParam() == Metric::kIp) return;  // a vector is not its own nearest by inner product
  for (const Neighbour& n : top.Of(0)) EXPECT_NEAR(n.distance, top.Of(0)[0].distance, 1e-5);
}

TEST_P(HnswIndexTest, SameSeedBuildsTheSameBytesAndAnotherDoesNot) {
  const TestVectors data(2000, 10, 28);
  IndexSpec spec = SpecOf(Structure::kHnsw, GetParam());
  const auto bytes = [&] {
    MemoryFile file;
    EXPECT_TRUE(BuildIndex(spec, data.view()).value()->Save(&file).ok());
    return file.bytes();
  };
  const std::string first = bytes();
  EXPECT_TRUE(first == bytes());
  spec.seed = 43;
  EXPECT_FALSE(first == bytes());
}

TEST_P(HnswIndexTest, SavedAndOpenedAnswersTheSame) {
  const TestVectors data(5000, 16, 29);
  const IndexSpec spec = SpecOf(Structure::kHnsw, GetParam());
  const auto built = BuildIndex(spec, data.view()).value();
  MemoryFile file;
  ASSERT_TRUE(built->Save(&file).ok());
  const AlignedCopy copy(file.bytes());
  const auto opened = OpenIndex(spec, copy.bytes(), data.view()).value();
  SearchArgs args;
  args.ef = 30;
  const TopK a = Search(*built, data.queries(), args);
  const TopK b = Search(*opened, data.queries(), args);
  for (size_t q = 0; q < a.query_count(); ++q) EXPECT_TRUE(std::ranges::equal(a.Of(q), b.Of(q)));
  MemoryFile again;
  ASSERT_TRUE(opened->Save(&again).ok());
  EXPECT_TRUE(again.bytes() == file.bytes());
  EXPECT_EQ(opened->info().memory_bytes, 0u);
  EXPECT_GT(opened->info().mapped_bytes, 5000u * 32 * 4);
}

INSTANTIATE_TEST_SUITE_P(AllMetrics, HnswIndexTest,
                         testing::Values(Metric::kL2, Metric::kIp, Metric::kCosine),
                         [](const auto& info) { return std::string(MetricName(info.param)); });

TEST(HnswIndexEdgeTest, ZeroVectorsUnderCosine) {
  TestVectors data(4000, 8, 31, 20);
  for (size_t row = 0; row < 4000; row += 3)
    std::fill_n(data.row_values.begin() + static_cast<ptrdiff_t>(row * 8), 8, 0.0f);
  std::fill_n(data.query_values.begin(), 8, 0.0f);
  const auto index = Build(data, Metric::kCosine);
  SearchArgs args;
  args.ef = 100;
  const TopK top = Search(*index, data.queries(), args);
  ExpectWellFormed(top);
  for (const Neighbour& n : top.Of(0)) EXPECT_EQ(n.distance, 0.0f);
  EXPECT_EQ(top.Of(0).size(), 10u);
  EXPECT_GE(MeanRecall(data, Metric::kCosine, top), 0.9);
}

TEST(HnswIndexEdgeTest, CosineForgetsTheLengthsOfRowsAndQueries) {
  TestVectors data(4000, 8, 33, 30);
  SearchArgs args;
  args.ef = 100;
  const auto plain = Search(*Build(data, Metric::kCosine), data.queries(), args);
  const auto stretch = [](std::vector<float>* values) {
    constexpr float kFactors[] = {0x1p0f, 0x1p100f, 0x1p-100f, 0x1p60f, 0x1p-70f};
    for (size_t i = 0; i < values->size(); ++i) (*values)[i] *= kFactors[i / 8 % 5];
  };
  stretch(&data.row_values);
  stretch(&data.query_values);
  const auto index = Build(data, Metric::kCosine);
  const TopK walked = Search(*index, data.queries(), args);
  args.k = 4000;
  TopK exact;
  ASSERT_TRUE(
      ExactSearch(data.view(), Metric::kCosine, nullptr, data.queries(), args, {}, nullptr, nullptr, &exact)
          .ok());
  EXPECT_GE(MeanRecall(data, Metric::kCosine, walked), 0.97);
  for (size_t q = 0; q < data.queries().count; ++q) {
    ASSERT_EQ(exact.Of(q).size(), 4000u);
    for (size_t i = 0; i < 10; ++i) {
      EXPECT_NEAR(exact.Of(q)[i].distance, plain.Of(q)[i].distance, 1e-5);
      EXPECT_NEAR(walked.Of(q)[i].distance, plain.Of(q)[i].distance, 1e-3);
    }
  }
}

TEST(HnswIndexEdgeTest, RangeUpperBoundCutsAndLowerBoundIsExact) {
  const TestVectors data(6000, 8, 32, 10);
  const auto index = Build(data, Metric::kL2);
  for (size_t q = 0; q < 10; ++q) {
    const auto exact = OracleTopK(data.view(), Metric::kL2, data.queries().Query(q), 40);
    const QueryBatch one(DataType::kFloatVector, 8, data.queries().Query(q), 1);
    SearchArgs args;
    args.k = 40;
    args.ef = 100;
    args.range.below = static_cast<float>((exact[5].first + exact[6].first) / 2);
    EXPECT_NEAR(static_cast<double>(Search(*index, one, args).Of(0).size()), 6, 1);
    args.range.below = DistanceRange::kAny;
    args.range.from = static_cast<float>((exact[5].first + exact[6].first) / 2);
    const TopK far = Search(*index, one, args);
    ASSERT_EQ(far.Of(0).size(), 40u);
    EXPECT_EQ(far.Of(0)[0].row, exact[6].second);
  }
}

TEST(HnswIndexEdgeTest, CancelAndBadRequests) {
  const TestVectors data(3000, 4, 33, 5);
  const auto index = Build(data, Metric::kL2);
  TopK top;
  CancelToken cancel;
  cancel.Cancel();
  EXPECT_EQ(index->Search(data.queries(), {}, {}, &cancel, nullptr, &top).code(), Code::kCanceled);
  EXPECT_EQ(
      index->Search(QueryBatch::OfFloats(data.query_values.data(), 1, 5), {}, {}, nullptr, nullptr, &top)
          .code(),
      Code::kParameterInvalid);
  const CancelToken* none = nullptr;
  EXPECT_EQ(BuildIndex(SpecOf(Structure::kHnsw, Metric::kL2), data.view(), &cancel).status().code(),
            Code::kCanceled);
  EXPECT_TRUE(BuildIndex(SpecOf(Structure::kHnsw, Metric::kL2), data.view(), none).ok());
}

TEST(HnswIndexEdgeTest, SearchesRunConcurrently) {
  const TestVectors data(4000, 12, 34);
  const auto index = Build(data, Metric::kCosine);
  ExcludeBitset exclude(4000);
  for (size_t row = 0; row < 4000; row += 2) exclude.Exclude(row);
  SearchArgs args;
  args.ef = 30;
  const TopK expected = Search(*index, data.queries(), args);
  const TopK expected_filtered = Search(*index, data.queries(), args, exclude.view());
  std::vector<Thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back("search", [&] {
      for (int i = 0; i < 10; ++i) {
        const TopK plain = Search(*index, data.queries(), args);
        const TopK filtered = Search(*index, data.queries(), args, exclude.view());
        for (size_t q = 0; q < plain.query_count(); ++q) {
          EXPECT_TRUE(std::ranges::equal(plain.Of(q), expected.Of(q)));
          EXPECT_TRUE(std::ranges::equal(filtered.Of(q), expected_filtered.Of(q)));
        }
      }
    });
  }
}

TEST(HnswIndexEdgeTest, LargestMWithFewRows) {
  const TestVectors data(100, 4, 35, 5);
  const auto index = Build(data, Metric::kL2, 2048, 10);
  EXPECT_LT(index->info().memory_bytes, size_t{200} << 10);  // lists never longer than there are rows
  EXPECT_EQ(MeanRecall(data, Metric::kL2, Search(*index, data.queries(), {})), 1.0);
}

}  // namespace
}  // namespace redkite::index
