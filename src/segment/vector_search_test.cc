#include "segment/vector_search.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "index/any_index.h"
#include "index/builder.h"
#include "index/index_spec.h"
#include "index/quantized_rows.h"
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

// Rows without a vector are no hits: in blocks, by an index and by quantized rows, with and without a filter.
TEST(SearchVectors, NullVectorsAreNoHits) {
  const size_t count = 700;
  Random random(9);
  Column key(kKey, DataType::kInt64, 0), vec(kVector, DataType::kFloatVector, kDim);
  ExcludeBitset nulls(count), filter(count);
  for (size_t i = 0; i < count; ++i) {
    key.Append<int64_t>(static_cast<int64_t>(i));
    if (random.Below(3) == 0) filter.Exclude(i);
    if (random.Below(2) == 0) {
      vec.AppendNull();
      nulls.Exclude(i);
      continue;
    }
    float values[kDim];
    for (float& v : values) v = static_cast<float>(random.Unit()) + 0.1f;
    vec.AppendVector(values);
  }
  RowBatch batch;
  batch.row_count = count;
  batch.columns.push_back(std::move(key));
  batch.columns.push_back(std::move(vec));
  const auto whole = MakeBlock(PrepareRows(std::move(batch), kKey), kKey, 0, 1);
  GrowingSegment blocks(SegmentId(1), PartitionId(1), kKey);
  for (size_t first = 0; first < count; first += 100) {  // merged into blocks that begin anywhere in a word
    RowBatch part;
    part.row_count = 100;
    for (const auto& [field, view] : whole->columns) {
      Column column(field, view.type, view.dim);
      for (size_t r = first; r < first + 100; ++r) column.AppendFrom(view, r);
      part.columns.push_back(std::move(column));
    }
    blocks.Append(PrepareRows(std::move(part), kKey), 1);
  }
  SegmentSnapshot one;
  one.row_count = count;
  one.blocks = {whole};
  const index::VectorView vectors(*whole->Find(kVector));
  const index::KeyValue texts[] = {{"index_type", "HNSW"}, {"metric_type", "L2"}};
  SegmentSnapshot indexed = one, quantized = one;
  FieldIndex field_index;
  field_index.field = kVector;
  field_index.metric = Metric::kL2;
  field_index.index =
      index::BuildIndex(index::ParseIndexSpec(texts, DataType::kFloatVector, kDim).value(), vectors).value();
  indexed.indexes.push_back(field_index);
  auto rows = std::make_shared<index::QuantizedRows>(vectors, Metric::kL2);
  while (rows->AddRows(100)) {
  }
  quantized.quantized.push_back({IndexId(1), kVector, Metric::kL2, rows, whole, nullptr});
  for (const SegmentSnapshot& segment : {blocks.current(), one, indexed, quantized}) {
    for (const bool filtered : {false, true}) {
      Query query(4, 20);
      const auto hits = query.Run(segment, filtered ? filter.view() : ExcludeView{});
      std::vector<std::pair<float, RowOffset>> expected;
      for (RowOffset r = 0; r < count; ++r) {
        if (!nulls.Test(r) && !(filtered && filter.Test(r)))
          expected.emplace_back(Distance(segment, r, query.values.data()), r);
      }
      std::sort(expected.begin(), expected.end());
      ASSERT_EQ(hits[0].size(), 20u);
      for (size_t i = 0; i < 20; ++i) EXPECT_EQ(hits[0][i].row, expected[i].second) << i;
    }
  }
}

TEST(SearchVectors, SparseRowsOfManyBlocks) {
  GrowingSegment rows(SegmentId(1), PartitionId(1), kKey);
  for (uint32_t i = 0; i < 150; ++i) {
    RowBatch batch;
    batch.row_count = 1;
    Column key(kKey, DataType::kInt64, 0), vec(kVector, DataType::kSparseFloatVector, 0);
    key.Append<int64_t>(i);
    const std::pair<uint32_t, float> pair{i % 3, static_cast<float>(i)};
    i % 10 == 9 ? vec.AppendNull() : vec.AppendText({reinterpret_cast<const char*>(&pair), sizeof pair});
    batch.columns.push_back(std::move(key));
    batch.columns.push_back(std::move(vec));
    rows.Append(PrepareRows(std::move(batch), kKey), 1);
  }
  ASSERT_GT(rows.current().blocks.size(), 1u);
  const std::pair<uint32_t, float> queries[] = {{5, 1.0f}, {2, 2.0f}};
  const uint64_t offsets[] = {0, 8, 8, 16};
  Query query(1, 3, 3);
  query.query.type = DataType::kSparseFloatVector;
  query.query.metric = Metric::kIp;
  query.query.dim = 0;
  query.query.vectors = reinterpret_cast<const std::byte*>(queries);
  query.query.offsets = offsets;
  ExcludeBitset exclude(150);
  exclude.Exclude(146);
  const auto hits = query.Run(rows.current(), exclude.view());
  EXPECT_TRUE(hits[0].empty());
  EXPECT_TRUE(hits[1].empty());
  ASSERT_EQ(hits[2].size(), 3u);
  EXPECT_EQ(hits[2][0].row, 143u);
  EXPECT_EQ(hits[2][0].distance, -286.0f);
  EXPECT_EQ(hits[2][1].row, 140u);
  EXPECT_EQ(hits[2][2].row, 137u);
  EXPECT_EQ(query.stats.growing_distances, 3 * (150 - 15 - 1));  // neither nulls nor what is excluded
  query.query = query.query.Part(2, 1);
  EXPECT_EQ(query.Run(rows.current())[0][0].row, 146u);
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
