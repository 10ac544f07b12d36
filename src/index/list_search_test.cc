#include "index/list_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/random.h"

namespace redkite::index {
namespace {

using Vector = std::vector<float>;
using List = std::vector<Vector>;
constexpr int kDim = 5;

// Values are small multiples of 1/8, so that sums of products are exact.
List RandomList(Random* random, size_t count) {
  List list(count, Vector(kDim));
  for (Vector& v : list) {
    for (float& x : v) x = static_cast<float>(static_cast<int>(random->Below(33)) - 16) / 8;
  }
  return list;
}

std::string Bytes(const List& list) {
  std::string bytes;
  for (const Vector& v : list)
    bytes.append(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(float));
  return bytes;
}

double DistanceOf(Metric metric, const Vector& a, const Vector& b) {
  double dot = 0, l2 = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    dot += double{a[i]} * b[i];
    l2 += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  if (metric == Metric::kL2) return l2;
  if (metric == Metric::kIp) return -dot;
  return aa == 0 || bb == 0 ? 0 : -dot / std::sqrt(aa * bb);
}

double ListDistance(Metric metric, const List& query, const List& row) {
  double sum = 0;
  for (const Vector& q : query) {
    double nearest = INFINITY;
    for (const Vector& v : row) nearest = std::min(nearest, DistanceOf(metric, q, v));
    sum += nearest;
  }
  return sum;
}

struct Data {
  Data(uint64_t seed, size_t row_count, size_t vectors_max) : random(seed) {
    for (size_t r = 0; r < row_count; ++r) {
      rows.push_back(RandomList(&random, random.Below(vectors_max + 1)));
      if (rows.back().empty() && random.Below(2) == 0)
        column.AppendNull();
      else
        column.AppendText(Bytes(rows.back()));
    }
  }
  void AddQuery(size_t vectors) {
    queries.push_back(RandomList(&random, vectors));
    query_bytes += Bytes(queries.back());
    offsets.push_back(query_bytes.size());
  }
  ListBatch Batch(Metric metric) const {
    return {
        DataType::kFloatVector, kDim,          metric, reinterpret_cast<const std::byte*>(query_bytes.data()),
        offsets.data(),         queries.size()};
  }
  Random random;
  std::vector<List> rows;
  std::vector<List> queries;
  std::string query_bytes;
  std::vector<uint64_t> offsets{0};
  Column column{FieldId(1), DataType::kArrayOfVector, kDim};
};

class MaxSim : public testing::TestWithParam<Metric> {};

TEST_P(MaxSim, FindsWhatAScanInPlainArithmeticFinds) {
  const uint64_t seed = 17;
  for (const size_t vectors_max : {3, 40}) {
    Data data(seed, 700, vectors_max);
    for (const size_t n : {1, 2, 7}) data.AddQuery(n);
    ExcludeBitset exclude(data.rows.size());
    for (size_t r = 0; r < data.rows.size(); ++r) {
      if (data.random.Below(3) == 0) exclude.Exclude(r);
    }
    SearchArgs args;
    args.k = 25;
    SearchStats stats;
    TopK found;
    ASSERT_TRUE(MaxSimSearch(data.column.view(), data.Batch(GetParam()), args,
                             {exclude.view(), nullptr, &stats}, &found)
                    .ok());
    EXPECT_GT(stats.distances_computed, 0U);
    for (size_t q = 0; q < data.queries.size(); ++q) {
      std::vector<double> expected;
      for (size_t r = 0; r < data.rows.size(); ++r) {
        if (!exclude.Test(r) && !data.rows[r].empty())
          expected.push_back(ListDistance(GetParam(), data.queries[q], data.rows[r]));
      }
      std::sort(expected.begin(), expected.end());
      ASSERT_EQ(found.Of(q).size(), args.k);
      for (size_t i = 0; i < args.k; ++i) {
        const Neighbour& hit = found.Of(q)[i];
        EXPECT_NEAR(hit.distance, expected[i], 1e-4) << "seed " << seed << " query " << q;
        EXPECT_NEAR(hit.distance, ListDistance(GetParam(), data.queries[q], data.rows[hit.row]), 1e-4);
        EXPECT_FALSE(exclude.Test(hit.row));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Metrics, MaxSim, testing::Values(Metric::kL2, Metric::kIp, Metric::kCosine));

TEST(MaxSimSearch, RowsWithoutVectorsAndOutOfRangeAreNoHits) {
  Data data(3, 0, 0);
  data.column.AppendText("");
  data.column.AppendNull();
  data.column.AppendText(Bytes({Vector(kDim, 1.0f)}));
  data.column.AppendText(Bytes({Vector(kDim, 3.0f), Vector(kDim, 2.0f)}));
  data.queries = {{Vector(kDim, 1.0f)}};
  data.query_bytes = Bytes(data.queries[0]);
  data.offsets = {0, data.query_bytes.size()};
  SearchArgs args;
  TopK found;
  ASSERT_TRUE(MaxSimSearch(data.column.view(), data.Batch(Metric::kL2), args, {}, &found).ok());
  ASSERT_EQ(found.Of(0).size(), 2U);
  EXPECT_EQ(found.Of(0)[0], (Neighbour{2, 0.0f}));
  EXPECT_EQ(found.Of(0)[1], (Neighbour{3, 5.0f}));
  args.range.from = 1;
  ASSERT_TRUE(MaxSimSearch(data.column.view(), data.Batch(Metric::kL2), args, {}, &found).ok());
  ASSERT_EQ(found.Of(0).size(), 1U);
  EXPECT_EQ(found.Of(0)[0].row, 3U);
}

TEST(MaxSimSearch, ADamagedMapIsNotReadBeyond) {
  Data data(4, 300, 4);
  data.AddQuery(3);
  ColumnView view = data.column.view();
  std::vector<uint64_t> offsets(view.offsets, view.offsets + view.row_count + 1);
  for (size_t i = 150; i < offsets.size(); ++i) offsets[i] = 0;  // a page that reads as zeros
  offsets[80] += 3;
  view.offsets = offsets.data();
  TopK found;
  EXPECT_TRUE(MaxSimSearch(view, data.Batch(Metric::kCosine), {}, {}, &found).ok());
  EXPECT_LE(found.Of(0).size(), 10U);
}

TEST(MaxSimSearch, StopsWhenCancelled) {
  Data data(5, 50, 4);
  data.AddQuery(1);
  CancelToken cancel;
  cancel.Cancel();
  TopK found;
  EXPECT_FALSE(
      MaxSimSearch(data.column.view(), data.Batch(Metric::kIp), {}, {{}, &cancel, nullptr}, &found).ok());
  Column other(FieldId(1), DataType::kArrayOfVector, kDim + 1);
  EXPECT_FALSE(MaxSimSearch(other.view(), data.Batch(Metric::kIp), {}, {}, &found).ok());
}

/// Each look at it takes a nanosecond.
class CountingClock final : public Clock {
 public:
  int64_t WallMs() const override { return 0; }
  int64_t MonotonicNs() const override { return looks_++; }

 private:
  mutable int64_t looks_ = 0;
};

TEST(MaxSimSearch, StopsInTheMiddleOfALongList) {
  Data data(6, 0, 0);
  data.column.AppendText(Bytes(RandomList(&data.random, 2000)));
  data.AddQuery(2000);  // four million distances in one row
  CountingClock clock;
  const CancelToken cancel(&clock, 2);
  TopK found;
  const Status status =
      MaxSimSearch(data.column.view(), data.Batch(Metric::kIp), {}, {{}, &cancel, nullptr}, &found);
  EXPECT_EQ(status.code(), Code::kTimeout);
}

}  // namespace
}  // namespace redkite::index
