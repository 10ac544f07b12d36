#include "index/sparse_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>

#include "base/random.h"

namespace redkite::index {
namespace {

using Vector = std::map<uint32_t, float>;

void AppendRow(const Vector& vector, std::string* bytes) {
  for (const auto& [index, value] : vector) {
    bytes->append(reinterpret_cast<const char*>(&index), sizeof index);
    bytes->append(reinterpret_cast<const char*>(&value), sizeof value);
  }
}

// Values are small multiples of 1/8, so that sums are exact in any order.
Vector RandomVector(Random* random, size_t pairs_max, uint32_t index_below) {
  Vector vector;
  for (size_t n = random->Below(pairs_max + 1); n > 0; --n) {
    const auto index = static_cast<uint32_t>(random->Below(index_below));
    vector[random->Below(4) == 0 ? 0xfffffffe - index : index] = static_cast<float>(random->Below(40)) / 8;
  }
  return vector;
}

struct Data {
  explicit Data(uint64_t seed, size_t rows, size_t queries, uint32_t index_below = 60) : random(seed) {
    for (size_t i = 0; i < rows; ++i) AddRow(RandomVector(&random, 20, index_below));
    for (size_t i = 0; i < queries; ++i) AddQuery(RandomVector(&random, 30, index_below));
  }
  void AddRow(const Vector& vector) {
    std::string bytes;
    AppendRow(vector, &bytes);
    column.AppendText(bytes);
    rows.push_back(vector);
  }
  void AddQuery(const Vector& vector) {
    AppendRow(vector, &query_bytes);
    offsets.push_back(query_bytes.size());
    queries.push_back(vector);
  }
  SparseBatch batch(size_t first, size_t count) const {
    return {reinterpret_cast<const std::byte*>(query_bytes.data()), offsets.data() + first, count};
  }
  /// What a scan has to find, by adding up.
  std::vector<Neighbour> Best(size_t query, const SearchArgs& args, ExcludeView exclude) const {
    std::vector<Neighbour> best;
    for (size_t row = 0; row < rows.size(); ++row) {
      float sum = 0;
      for (const auto& [index, value] : rows[row]) {
        const auto it = queries[query].find(index);
        if (it != queries[query].end()) sum += value * it->second;
      }
      if (sum > 0 && !exclude.Test(row) && args.range.Contains(-sum))
        best.push_back({static_cast<RowOffset>(row), -sum});
    }
    std::sort(best.begin(), best.end(), [](const Neighbour& a, const Neighbour& b) {
      return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
    });
    if (best.size() > args.k) best.resize(args.k);
    return best;
  }
  Random random;
  Column column{FieldId(1), DataType::kSparseFloatVector, 0};
  std::vector<Vector> rows;
  std::string query_bytes;
  std::vector<uint64_t> offsets{0};
  std::vector<Vector> queries;
};

void ExpectExact(const Data& data, const SearchArgs& args, ExcludeView exclude) {
  for (const size_t step : {data.queries.size(), size_t{1}}) {  // together and one by one
    for (size_t first = 0; first < data.queries.size(); first += step) {
      TopK found;
      const SparseScan scan(data.batch(first, step));
      ASSERT_TRUE(scan.Search(data.column.view(), args, {exclude, nullptr, nullptr}, &found).ok());
      ASSERT_EQ(found.query_count(), step);
      for (size_t q = 0; q < step; ++q) {
        const auto best = data.Best(first + q, args, exclude);
        ASSERT_TRUE(std::equal(best.begin(), best.end(), found.Of(q).begin(), found.Of(q).end()))
            << "query " << first + q << " step " << step;
      }
    }
  }
}

TEST(SparseScan, EqualsAddingUp) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Data data(seed, 40 * seed * seed, 9, seed % 2 == 0 ? 30 : 0xfffffffe);
    SearchArgs args;
    for (const size_t k : {1u, 10u, 200u, 5000u}) {
      args.k = k;
      ExpectExact(data, args, {});
      ExcludeBitset exclude(data.rows.size());
      for (size_t r = 0; r < data.rows.size(); ++r) {
        if (data.random.Below(3) > 0) exclude.Exclude(r);
      }
      ExpectExact(data, args, exclude.view());
    }
  }
}

TEST(SparseScan, RangesAndWhatIsNoHit) {
  Data data(1, 0, 0);
  data.AddRow({{1, 1.0f}, {2, 2.0f}});
  data.AddRow({});
  data.AddRow({{1, 0.0f}});
  data.AddRow({{3, 5.0f}});
  data.AddRow({{1, 1e-30f}, {2, 3.0f}});
  data.AddRow({{5, 1e-30f}});
  data.AddQuery({{1, 4.0f}, {2, 1.0f}});
  data.AddQuery({{9, 1.0f}});
  data.AddQuery({});
  data.AddQuery({{3, 0.0f}});
  data.AddQuery({{5, 1e-30f}});  // a product that is too small for a float is 0
  SearchArgs args;
  args.k = 10;
  ExpectExact(data, args, {});
  TopK found;
  ASSERT_TRUE(SparseScan(data.batch(0, 5)).Search(data.column.view(), args, {}, &found).ok());
  ASSERT_EQ(found.Of(0).size(), 2u);
  EXPECT_EQ(found.Of(0)[0], (Neighbour{0, -6.0f}));
  for (size_t q = 1; q < 5; ++q) EXPECT_TRUE(found.Of(q).empty()) << q;
  args.range.from = -6.0f;
  args.range.below = -3.0f;
  ExpectExact(data, args, {});
  args.range.from = -5.0f;
  ExpectExact(data, args, {});
}

TEST(SparseScan, HugeSumsAreInfinite) {
  Data data(1, 0, 0);
  data.AddRow({{1, 1.0f}});
  data.AddRow({{1, 3e38f}, {2, 3e38f}});
  data.AddQuery({{1, 3e38f}, {2, 3e38f}});
  SearchArgs args;
  args.k = 2;
  TopK found;
  ASSERT_TRUE(SparseScan(data.batch(0, 1)).Search(data.column.view(), args, {}, &found).ok());
  ASSERT_EQ(found.Of(0).size(), 2u);
  EXPECT_EQ(found.Of(0)[0].row, 1u);
  EXPECT_EQ(found.Of(0)[0].distance, -std::numeric_limits<float>::infinity());
}

TEST(SparseScan, AnyBytesAreReadSafely) {
  Random random(5);
  Data data(6, 0, 20);
  for (size_t i = 0; i < 500; ++i) {
    std::string bytes(random.Below(60), '\0');
    for (char& c : bytes) c = static_cast<char>(random.Below(3) == 0 ? 0xff : random.Below(256));
    data.column.AppendText(bytes);
  }
  SearchArgs args;
  args.k = 100;
  TopK found;
  ASSERT_TRUE(SparseScan(data.batch(0, 20)).Search(data.column.view(), args, {}, &found).ok());
}

TEST(SparseScan, CountsItsWorkAndGivesUp) {
  const Data data(3, 100, 2);
  SearchArgs args;
  args.k = 5;
  TopK found;
  SearchStats stats;
  CancelToken cancel;
  const SparseScan scan(data.batch(0, 2));
  ASSERT_TRUE(scan.Search(data.column.view(), args, {{}, &cancel, &stats}, &found).ok());
  EXPECT_EQ(stats.distances_computed, 200u);
  cancel.Cancel();
  EXPECT_EQ(scan.Search(data.column.view(), args, {{}, &cancel, &stats}, &found).code(), Code::kCanceled);
}

}  // namespace
}  // namespace redkite::index
