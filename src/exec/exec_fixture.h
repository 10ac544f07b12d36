// Segments with random rows and a model of them, for the tests of this room. Keys may repeat, vectors are
// often equal, rows are deleted at some time. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "exec/read_snapshot.h"
#include "segment/growing_segment.h"

namespace redkite::exec {

inline constexpr FieldId kKeyField{100}, kNumberField{101}, kVectorField{102}, kLaterField{103};
inline constexpr int kTestDim = 4;

/// `id` (key), `n` Int64, `vec` FloatVector, and `later`, a nullable Int64 that no segment has.
inline std::shared_ptr<const CollectionSchema> ExecTestSchema() {
  auto schema = std::make_shared<CollectionSchema>();
  schema->name = "items";
  const auto add = [&](FieldId id, const char* name, DataType type) -> FieldSchema& {
    FieldSchema field;
    field.id = id;
    field.name = name;
    field.type = type;
    schema->fields.push_back(field);
    return schema->fields.back();
  };
  add(kKeyField, "id", DataType::kInt64).is_primary = true;
  add(kNumberField, "n", DataType::kInt64);
  add(kVectorField, "vec", DataType::kFloatVector).dim = kTestDim;
  add(kLaterField, "later", DataType::kInt64).nullable = true;
  return schema;
}

struct ModelRow {
  int64_t key = 0;
  int64_t n = 0;
  std::vector<float> vec;
  Timestamp ts = 0;
  Timestamp deleted = kMaxTimestamp;
  RowRef ref;
};

struct SegmentsOptions {
  size_t segments = 3;
  size_t batches = 12;           // per segment
  uint64_t batch_rows = 40;      // at most, in a batch
  int64_t keys = 1'000'000'000;  // keys are below; few of them repeat
  int grid = 1024;               // a power of two; coordinates are multiples of 1/grid below 1
};

class TestSegments {
 public:
  TestSegments(uint64_t seed, const SegmentsOptions& options) : random_(seed), options_(options) {
    for (size_t s = 0; s < options.segments; ++s) AddSegment(static_cast<uint32_t>(s));
  }
  const Segments& segments() const { return segments_; }
  const std::vector<ModelRow>& rows() const { return rows_; }
  Timestamp last_ts() const { return now_; }
  std::vector<float> RandomVector() {
    std::vector<float> vec;
    for (int d = 0; d < kTestDim; ++d) {
      vec.push_back(static_cast<float>(random_.Below(static_cast<uint64_t>(options_.grid))) /
                    static_cast<float>(options_.grid));
    }
    return vec;
  }
  /// Rows that a read of `selection` may see. `filter` stands for the selection's.
  template <class F>
  std::vector<ModelRow> Visible(const plan::RowSelection& selection, F filter) const {
    std::vector<ModelRow> out;
    for (const ModelRow& row : rows_) {
      const auto& segment = *segments_[row.ref.segment];
      const bool partition =
          selection.partitions.empty() ||
          std::count(selection.partitions.begin(), selection.partitions.end(), segment.partition) > 0;
      if (partition && !(selection.ignore_growing && segment.growing) && row.ts <= selection.read_ts &&
          row.ts >= selection.expired_before &&
          (row.deleted == kMaxTimestamp || row.deleted > selection.read_ts) && filter(row)) {
        out.push_back(row);
      }
    }
    return out;
  }

 private:
  void AddSegment(uint32_t number) {
    segment::GrowingSegment segment(SegmentId(number + 1), PartitionId(number % 2 + 1), kKeyField);
    for (size_t b = 0; b < options_.batches; ++b) {
      AppendBatch(number, &segment);
      DeleteSome(number, &segment);
    }
    auto snapshot = std::make_shared<segment::SegmentSnapshot>(segment.current());
    snapshot->growing = number % 3 == 2;
    segments_.push_back(std::move(snapshot));
  }
  void AppendBatch(uint32_t number, segment::GrowingSegment* segment) {
    RowBatch batch;
    Column key(kKeyField, DataType::kInt64, 0), n(kNumberField, DataType::kInt64, 0);
    Column vec(kVectorField, DataType::kFloatVector, kTestDim);
    ++now_;
    for (uint64_t i = 0, count = 1 + random_.Below(options_.batch_rows); i < count; ++i) {
      ModelRow row;
      row.key = static_cast<int64_t>(random_.Below(static_cast<uint64_t>(options_.keys)));
      row.n = static_cast<int64_t>(random_.Below(100));
      row.vec = RandomVector();
      row.ts = now_;
      row.ref = {number, static_cast<RowOffset>(segment->row_count() + i)};
      key.Append<int64_t>(row.key);
      n.Append<int64_t>(row.n);
      vec.AppendVector(row.vec.data());
      rows_.push_back(std::move(row));
      ++batch.row_count;
    }
    batch.columns.push_back(std::move(key));
    batch.columns.push_back(std::move(n));
    batch.columns.push_back(std::move(vec));
    segment->Append(segment::PrepareRows(std::move(batch), kKeyField), now_);
  }
  void DeleteSome(uint32_t number, segment::GrowingSegment* segment) {
    std::vector<segment::DeleteEntry> entries;
    ++now_;
    for (ModelRow& row : rows_) {
      if (row.ref.segment != number || row.deleted != kMaxTimestamp || random_.Below(25) != 0) continue;
      row.deleted = now_;
      entries.push_back({row.ref.row, now_});
    }
    segment->Delete(entries);
  }

  Random random_;
  const SegmentsOptions options_;
  Timestamp now_ = 10;
  Segments segments_;
  std::vector<ModelRow> rows_;
};

inline plan::RowSelection SelectionOf(const std::string& filter) {
  plan::RowSelection selection;
  selection.schema = ExecTestSchema();
  selection.filter = std::move(plan::ParseFilter(filter, *selection.schema)).value();
  selection.keys = plan::FindKeyEquality(selection.filter, kKeyField);
  selection.key_floor = plan::FindKeyFloor(selection.filter, kKeyField);
  selection.output_fields = {kKeyField};
  return selection;
}

/// As the kernels compute it but for the order of additions, which does not matter for coordinates that are
/// multiples of a power of two.
inline float ModelDistance(Metric metric, const std::vector<float>& a, const std::vector<float>& b) {
  float l2 = 0, dot = 0;
  for (int d = 0; d < kTestDim; ++d) {
    l2 += (a[d] - b[d]) * (a[d] - b[d]);
    dot += a[d] * b[d];
  }
  return metric == Metric::kL2 ? l2 : -dot;
}

// The newest visible row of each key, in the order of keys.
inline std::vector<std::pair<int64_t, Timestamp>> Newest(const std::vector<ModelRow>& visible) {
  std::map<int64_t, Timestamp> newest;
  for (const ModelRow& row : visible) newest[row.key] = std::max(newest[row.key], row.ts);
  return {newest.begin(), newest.end()};
}

inline std::vector<std::pair<int64_t, Timestamp>> Query(const plan::QueryPlan& plan,
                                                        const Segments& segments) {
  ReadStats stats;
  std::vector<RowRef> rows;
  EXPECT_TRUE(QuerySegments(plan, segments, nullptr, &stats, &rows).ok());
  std::vector<std::pair<int64_t, Timestamp>> out;
  for (const RowRef& ref : rows) {
    const auto& block = segments[ref.segment]->BlockOf(ref.row);
    const size_t at = ref.row - block.first_row;
    out.emplace_back(block.pk.At<int64_t>(at), block.timestamps[at]);
  }
  return out;
}

}  // namespace redkite::exec
