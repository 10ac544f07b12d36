#include "segment/segment_merge.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "io/mem_file_system.h"
#include "segment/growing_segment.h"
#include "segment/sealed_segment.h"

namespace redkite::segment {
namespace {

constexpr int kDim = 3;
constexpr FieldId kId{100}, kName{101}, kVec{102};

CollectionSchema MakeSchema() {
  CollectionSchema schema;
  const auto add = [&](FieldId id, DataType type) -> FieldSchema& {
    FieldSchema field;
    field.id = id;
    field.type = type;
    schema.fields.push_back(field);
    return schema.fields.back();
  };
  add(kId, DataType::kInt64).is_primary = true;
  add(kName, DataType::kVarChar).nullable = true;
  add(kVec, DataType::kFloatVector).dim = kDim;
  return schema;
}

/// A version of a row: what identifies it, and until when it is there.
struct Version {
  int64_t id = 0;
  Timestamp from = 0, until = kMaxTimestamp;
  std::string name;
  bool operator==(const Version&) const = default;
};

class MergeTest : public testing::TestWithParam<uint64_t> {
 protected:
  MergeTest() : random_(GetParam()) { EXPECT_TRUE(fs_.CreateDirs("/s").ok()); }

  // A sealed segment of random rows with deletes among them.
  std::shared_ptr<const SegmentSnapshot> Seal(int64_t number, size_t rows) {
    GrowingSegment growing(SegmentId(number), PartitionId(1), kId);
    for (size_t done = 0; done < rows;) {
      const size_t n = std::min<size_t>(rows - done, 1 + random_.Below(30));
      Column id(kId, DataType::kInt64, 0), name(kName, DataType::kVarChar, 0),
          vec(kVec, DataType::kFloatVector, kDim);
      for (size_t i = 0; i < n; ++i) {
        id.Append<int64_t>(static_cast<int64_t>(random_.Below(100)));
        random_.Below(6) == 0 ? name.AppendNull() : name.AppendText("n" + std::to_string(random_.Next()));
        const float values[kDim] = {static_cast<float>(random_.Unit()), 0, static_cast<float>(done + i)};
        vec.AppendVector(values);
      }
      RowBatch batch;
      batch.row_count = n;
      for (Column* c : {&id, &name, &vec}) batch.columns.push_back(std::move(*c));
      growing.Append(PrepareRows(std::move(batch), kId), ++ts_);
      done += n;
    }
    std::vector<DeleteEntry> gone;
    for (size_t r = 0; r < rows; ++r) {
      if (random_.Below(3) == 0) gone.push_back({static_cast<RowOffset>(random_.Below(rows)), ++ts_});
    }
    growing.Delete(gone);
    const storage::SegmentFiles files{"/s", SegmentId(number), 1};
    auto meta = WriteSegment(&fs_, files, growing.current(), schema_).value();
    meta.delta = WriteDeletes(&fs_, files, *growing.current().deletes).value();
    return OpenSegment(&fs_, "/s", meta, schema_).value();
  }

  static std::vector<Version> Versions(const SegmentSnapshot& segment) {
    std::vector<Version> out;
    const RowBlock& block = *segment.blocks[0];
    for (size_t r = 0; r < segment.row_count; ++r) {
      const ColumnView& name = *block.Find(kName);
      out.push_back({block.pk.At<int64_t>(r), block.timestamps[r], kMaxTimestamp,
                     (name.IsValid(r) ? std::string(name.TextAt(r)) : "null") +
                         std::to_string(block.Find(kVec)->VectorAt(r)[0])});
    }
    for (const DeleteEntry& e : segment.deletes->Entries()) out[e.row].until = e.ts;
    return out;
  }

  Random random_;
  io::MemFileSystem fs_;
  const CollectionSchema schema_ = MakeSchema();
  Timestamp ts_ = 100;
};

// Every version that a read at or after the horizon can see is in the output, and none of the others.
TEST_P(MergeTest, TheOutputHoldsWhatReadsFromTheHorizonOnSee) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::vector<std::shared_ptr<const SegmentSnapshot>> inputs;
  for (int64_t i = 0, n = 1 + static_cast<int64_t>(random_.Below(4)); i < n; ++i)
    inputs.push_back(Seal(i + 1, 1 + random_.Below(200)));
  const Timestamp horizon = random_.Below(3) == 0 ? 0 : 100 + random_.Below(ts_ - 100);
  const Timestamp expired_before = horizon == 0 || random_.Below(2) == 0 ? 0 : random_.Below(horizon);
  const DropRule rule{horizon, expired_before};
  std::vector<Version> expected;
  Timestamp newest_dropped = 0;
  bool any_expired = false;
  size_t count = 0, dropped = 0;
  for (const auto& input : inputs) {
    for (const Version& v : Versions(*input)) {
      if (v.until <= horizon) {
        newest_dropped = std::max(newest_dropped, v.until);
      } else if (v.from < expired_before) {
        any_expired = true;
      } else {
        expected.push_back(v);
      }
    }
  }
  for (const auto& input : inputs) {
    count += input->row_count;
    dropped += CountDropped(*input, rule);
  }
  EXPECT_EQ(count - dropped, expected.size());
  const MergeRows rows = ChooseRows(inputs, rule);
  ASSERT_EQ(rows.row_count, expected.size());
  EXPECT_EQ(rows.history_from, newest_dropped);
  EXPECT_EQ(rows.expiry_from, any_expired ? horizon : 0);
  if (expected.empty()) return;

  SegmentMerge merge(&fs_, {"/s", SegmentId(9), 2}, &rows, &schema_);
  const size_t bytes_max = 1 + random_.Below(3000);
  while (true) {
    const auto done = merge.Step(bytes_max);
    ASSERT_TRUE(done.ok()) << done.status().ToString();
    if (*done) break;
  }
  const auto opened = OpenSegment(&fs_, "/s", merge.meta(), schema_);
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  SegmentSnapshot output = **opened;
  std::vector<DeleteEntry> deletes;
  for (const MergeInput& input : rows.inputs) MapDeletes(input, input.segment->deletes->Entries(), &deletes);
  std::sort(deletes.begin(), deletes.end(), [](const auto& a, const auto& b) { return a.ts < b.ts; });
  output.deletes = output.deletes->With(deletes, output.row_count);
  EXPECT_EQ(Versions(output), expected);
  EXPECT_EQ(output.min_ts, std::min_element(expected.begin(), expected.end(), [](auto& a, auto& b) {
                             return a.from < b.from;
                           })->from);
  std::multimap<int64_t, Timestamp> by_key;
  for (const Version& v : expected) by_key.emplace(v.id, v.from);
  for (int64_t key = 0; key < 100; ++key) {
    size_t found = 0;
    output.ForEachRowOf({false, key, {}}, [&](RowOffset, Timestamp) { ++found; });
    EXPECT_EQ(found, by_key.count(key)) << key;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, MergeTest, testing::Range<uint64_t>(1, 61));

TEST(SegmentMergeTest, AFailingDiskIsTold) {
  for (uint64_t nth = 1; nth <= 5; ++nth) {
    Random random(nth);
    io::MemFileSystem fs(nth);
    ASSERT_TRUE(fs.CreateDirs("/s").ok());
    const CollectionSchema schema = MakeSchema();
    GrowingSegment growing(SegmentId(1), PartitionId(1), kId);
    Column id(kId, DataType::kInt64, 0), name(kName, DataType::kVarChar, 0),
        vec(kVec, DataType::kFloatVector, kDim);
    id.Append<int64_t>(1);
    name.AppendNull();
    const float values[kDim] = {1, 2, 3};
    vec.AppendVector(values);
    RowBatch batch;
    batch.row_count = 1;
    for (Column* c : {&id, &name, &vec}) batch.columns.push_back(std::move(*c));
    growing.Append(PrepareRows(std::move(batch), kId), 5);
    const auto meta = WriteSegment(&fs, {"/s", SegmentId(1), 1}, growing.current(), schema).value();
    const MergeRows rows = ChooseRows({OpenSegment(&fs, "/s", meta, schema).value()}, {});
    SegmentMerge merge(&fs, {"/s", SegmentId(2), 2}, &rows, &schema);
    fs.FailNth(io::FileOp::kSync, nth, Status::Io("injected"));
    Result<bool> done = false;
    while (done.ok() && !*done) done = merge.Step(100);
    EXPECT_EQ(done.ok(), false);
  }
}

}  // namespace
}  // namespace redkite::segment
