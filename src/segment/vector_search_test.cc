#include "segment/vector_search.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "index/any_index.h"
#include "index/builder.h"
#include "index/index_spec.h"
#include "segment/growing_segment.h"

namespace redkite::segment {
namespace {

constexpr FieldId kKey{100}, kVector{101};
constexpr int kDim = 4;

/// Rows in blocks that begin anywhere in a word of the exclusion bits.
GrowingSegment MakeRows(size_t count, uint64_t seed) {
  Random random(seed);
  GrowingSegment segment(SegmentId(1), PartitionId(1), kKey);
  for (size_t done = 0; done < count;) {
    const size_t n = std::min<size_t>(count - done, 1 + random.Below(90));
    RowBatch batch;
    batch.row_count = n;
    Column key(kKey, DataType::kInt64, 0), vec(kVector, DataType::kFloatVector, kDim);
    for (size_t i = 0; i < n; ++i) {
      key.Append<int64_t>(static_cast<int64_t>(done + i));
      float values[kDim];
      for (float& v : values) v = static_cast<float>(random.Unit());
      vec.AppendVector(values);
    }
    batch.columns.push_back(std::move(key));
    batch.columns.push_back(std::move(vec));
    segment.Append(PrepareRows(std::move(batch), kKey), 1);
    done += n;
  }
  return segment;
}

struct Query {
  explicit Query(uint64_t seed, uint32_t k, size_t count = 1) {
    Random random(seed);
    for (size_t i = 0; i < count * kDim; ++i) values.push_back(static_cast<float>(random.Unit()));
    query.field = kVector;
    query.vectors = reinterpret_cast<const std::byte*>(values.data());
    query.count = count;
    query.dim = kDim;
    query.k = k;
    query.ef = static_cast<int>(k);
  }
  std::vector<std::vector<SegmentHit>> Run(const SegmentSnapshot& segment, ExcludeView exclude = {}) {
    std::vector<std::vector<SegmentHit>> out;
    const Status status = SearchVectors(segment, query, exclude, nullptr, &stats, &out);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return out;
  }
  std::vector<float> values;
  VectorQuery query;
  ReadStats stats;
};

float Distance(const SegmentSnapshot& segment, RowOffset row, const float* query) {
  const RowBlock& block = segment.BlockOf(row);
  const float* values = block.Find(kVector)->VectorAt(row - block.first_row);
  float sum = 0;
  for (int d = 0; d < kDim; ++d) sum += (values[d] - query[d]) * (values[d] - query[d]);
  return sum;
}

TEST(SearchVectors, ScansBlocksWithExclusionsAtAnyBit) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const GrowingSegment rows = MakeRows(400, seed);
    const auto& segment = rows.current();
    Random random(seed);
    ExcludeBitset exclude(segment.row_count);
    for (size_t r = 0; r < segment.row_count; ++r) {
      if (random.Below(3) > 0) exclude.Exclude(r);
    }
    Query query(seed + 100, 10, 3);
    const auto hits = query.Run(segment, exclude.view());
    ASSERT_EQ(hits.size(), 3u);
    for (size_t q = 0; q < 3; ++q) {
      std::vector<std::pair<float, RowOffset>> expected;
      for (RowOffset r = 0; r < segment.row_count; ++r) {
        if (!exclude.Test(r)) expected.emplace_back(Distance(segment, r, &query.values[q * kDim]), r);
      }
      std::sort(expected.begin(), expected.end());
      ASSERT_EQ(hits[q].size(), 10u);
      for (size_t i = 0; i < 10; ++i) {
        EXPECT_EQ(hits[q][i].row, expected[i].second);
        EXPECT_NEAR(hits[q][i].distance, expected[i].first, 1e-5);
      }
    }
    EXPECT_EQ(query.stats.segments_scanned, 1);
  }
}

TEST(SearchVectors, FewerRowsThanAskedFor) {
  const GrowingSegment rows = MakeRows(5, 1);
  Query query(2, 100);
  EXPECT_EQ(query.Run(rows.current())[0].size(), 5u);
  ExcludeBitset all(5);
  all.ExcludeAll();
  EXPECT_TRUE(query.Run(rows.current(), all.view())[0].empty());
}

TEST(SearchVectors, ASegmentWithoutTheFieldHasNoHits) {
  const GrowingSegment rows = MakeRows(5, 1);
  Query query(2, 3);
  query.query.field = FieldId(999);
  EXPECT_TRUE(query.Run(rows.current())[0].empty());
}

// An index of another metric answers another question: the rows are scanned instead.
TEST(SearchVectors, AnIndexIsUsedForItsOwnMetricOnly) {
  const GrowingSegment rows = MakeRows(60, 1);
  SegmentSnapshot segment = rows.current();
  Column all(kVector, DataType::kFloatVector, kDim);
  for (const auto& block : segment.blocks) all.AppendAll(*block->Find(kVector));
  const index::KeyValue texts[] = {{"index_type", "HNSW"}, {"metric_type", "IP"}};
  auto built = index::BuildIndex(index::ParseIndexSpec(texts, DataType::kFloatVector, kDim).value(),
                                 index::VectorView(all.view()));
  ASSERT_TRUE(built.ok()) << built.status().ToString();
  FieldIndex field_index;
  field_index.field = kVector;
  field_index.metric = Metric::kIp;
  field_index.index = std::move(*built);
  segment.indexes.push_back(field_index);
  Query by_l2(3, 5);
  const auto scanned = by_l2.Run(segment);
  EXPECT_EQ(by_l2.stats.segments_scanned, 1);
  EXPECT_NEAR(scanned[0][0].distance, Distance(segment, scanned[0][0].row, by_l2.values.data()), 1e-5);
  Query by_ip(3, 5);
  by_ip.query.metric = Metric::kIp;
  const auto indexed = by_ip.Run(segment);
  EXPECT_EQ(by_ip.stats.segments_scanned, 0);
  EXPECT_EQ(indexed[0].size(), 5u);
  EXPECT_LT(indexed[0][0].distance, 0);
}

}  // namespace
}  // namespace redkite::segment
