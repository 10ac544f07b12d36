#include "segment/sealed_segment.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "index/any_index.h"
#include "index/builder.h"
#include "index/index_spec.h"
#include "io/mem_file_system.h"
#include "segment/growing_segment.h"
#include "segment/vector_search.h"

namespace redkite::segment {
namespace {

constexpr int kDim = 8;

FieldSchema MakeField(int64_t id, const char* name, DataType type) {
  FieldSchema field;
  field.id = FieldId(id);
  field.name = name;
  field.type = type;
  return field;
}

CollectionSchema MakeSchema() {
  CollectionSchema schema;
  schema.fields = {MakeField(100, "id", DataType::kVarChar), MakeField(101, "n", DataType::kInt32),
                   MakeField(102, "vec", DataType::kFloatVector)};
  schema.fields[0].is_primary = true;
  schema.fields[1].nullable = true;
  schema.fields[2].dim = kDim;
  return schema;
}

GrowingSegment MakeRows(size_t count, Random* random) {
  GrowingSegment segment(SegmentId(9), PartitionId(1), FieldId(100));
  for (size_t done = 0; done < count;) {
    const size_t n = std::min<size_t>(count - done, 1 + random->Below(50));
    RowBatch batch;
    Column id(FieldId(100), DataType::kVarChar, 0), num(FieldId(101), DataType::kInt32, 0),
        vec(FieldId(102), DataType::kFloatVector, kDim);
    for (size_t i = 0; i < n; ++i) {
      id.AppendText("key" + std::to_string(random->Below(count)));
      random->Below(5) == 0 ? num.AppendNull() : num.Append<int32_t>(static_cast<int32_t>(done + i));
      float values[kDim];
      for (float& v : values) v = static_cast<float>(random->Unit());
      vec.AppendVector(values);
    }
    batch.row_count = n;
    batch.columns.push_back(std::move(id));
    batch.columns.push_back(std::move(num));
    batch.columns.push_back(std::move(vec));
    segment.Append(PrepareRows(std::move(batch), FieldId(100)), 100 + done);
    done += n;
  }
  return segment;
}

TEST(SealedSegmentTest, FilesHoldWhatMemoryHeld) {
  Random random(4);
  const CollectionSchema schema = MakeSchema();
  GrowingSegment growing = MakeRows(2000, &random);
  const DeleteEntry gone[] = {{3, 5000}, {1999, 5000}};
  growing.Delete(gone);
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs("/s").ok());
  const storage::SegmentFiles files{"/s", SegmentId(9), 1};
  auto meta = WriteSegment(&fs, files, *growing.Snapshot(), schema);
  ASSERT_TRUE(meta.ok()) << meta.status().ToString();
  auto delta = WriteDeletes(&fs, files, *growing.current().deletes);
  ASSERT_TRUE(delta.ok());
  meta->delta = *delta;
  auto opened = OpenSegment(&fs, "/s", *meta, schema);
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  const SegmentSnapshot& sealed = **opened;
  ASSERT_EQ(sealed.row_count, 2000u);
  ASSERT_EQ(sealed.blocks.size(), 1u);
  EXPECT_EQ(sealed.deletes->Entries(), growing.current().deletes->Entries());
  for (RowOffset r = 0; r < 2000; ++r) {
    const RowBlock& from = growing.current().BlockOf(r);
    const size_t at = r - from.first_row;
    ASSERT_EQ(sealed.blocks[0]->timestamps[r], from.timestamps[at]);
    ASSERT_EQ(sealed.blocks[0]->Find(FieldId(100))->TextAt(r), from.Find(FieldId(100))->TextAt(at));
    ASSERT_EQ(sealed.blocks[0]->Find(FieldId(101))->IsValid(r), from.Find(FieldId(101))->IsValid(at));
    ASSERT_EQ(0, std::memcmp(sealed.blocks[0]->Find(FieldId(102))->VectorAt(r),
                             from.Find(FieldId(102))->VectorAt(at), kDim * sizeof(float)));
  }
  const PrimaryKey key = PrimaryKey::At(sealed.blocks[0]->pk, 77);
  std::vector<RowOffset> in_files, in_memory;
  sealed.ForEachRowOf(key, [&](RowOffset row, Timestamp) { in_files.push_back(row); });
  growing.current().ForEachRowOf(key, [&](RowOffset row, Timestamp) { in_memory.push_back(row); });
  std::sort(in_memory.begin(), in_memory.end());
  EXPECT_EQ(in_files, in_memory);
}

TEST(SealedSegmentTest, IndexedAndScannedSearchesAgree) {
  Random random(8);
  const CollectionSchema schema = MakeSchema();
  GrowingSegment growing = MakeRows(3000, &random);
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs("/s").ok());
  const storage::SegmentFiles files{"/s", SegmentId(9), 1};
  auto meta = WriteSegment(&fs, files, *growing.Snapshot(), schema);
  ASSERT_TRUE(meta.ok());
  auto opened = OpenSegment(&fs, "/s", *meta, schema);
  ASSERT_TRUE(opened.ok());

  storage::IndexRef ref;
  ref.field = FieldId(102);
  ref.index = IndexId(7);
  ref.build_id = 2;
  ref.params = {{"index_type", "HNSW"}, {"metric_type", "L2"}, {"M", "16"}, {"efConstruction", "100"}};
  auto spec = index::ParseIndexSpec(ref.params, DataType::kFloatVector, kDim);
  ASSERT_TRUE(spec.ok());
  const ColumnView vectors = *(*opened)->blocks[0]->Find(FieldId(102));
  auto built = index::BuildIndex(*spec, index::VectorView(vectors));
  ASSERT_TRUE(built.ok());
  ASSERT_TRUE(WriteIndex(&fs, files, **built, &ref).ok());
  auto field_index = OpenFieldIndex(&fs, "/s", **opened, ref);
  ASSERT_TRUE(field_index.ok()) << field_index.status().ToString();
  SegmentSnapshot indexed = **opened;
  indexed.indexes.push_back(*field_index);

  ExcludeBitset exclude(3000);
  for (size_t r = 0; r < 3000; r += 3) exclude.Exclude(r);
  size_t agreeing = 0;
  for (size_t q = 0; q < 50; ++q) {
    VectorQuery query;
    query.field = FieldId(102);
    query.vectors = reinterpret_cast<const std::byte*>(vectors.VectorAt(q * 11));
    query.count = 1;
    query.dim = kDim;
    query.k = 10;
    query.ef = 200;
    ReadStats stats;
    std::vector<std::vector<SegmentHit>> by_index, by_scan, in_memory;
    ASSERT_TRUE(SearchVectors(indexed, query, exclude.view(), nullptr, &stats, &by_index).ok());
    EXPECT_EQ(stats.segments_scanned, 0);
    ASSERT_TRUE(SearchVectors(**opened, query, exclude.view(), nullptr, &stats, &by_scan).ok());
    ASSERT_TRUE(SearchVectors(growing.current(), query, exclude.view(), nullptr, &stats, &in_memory).ok());
    ASSERT_EQ(by_scan[0].size(), 10u);
    ASSERT_EQ(in_memory[0].size(), 10u);
    for (size_t i = 0; i < 10; ++i) {
      EXPECT_EQ(by_scan[0][i].row, in_memory[0][i].row);
      EXPECT_NE(by_scan[0][i].row % 3, 0u);
      agreeing += by_index[0][i].row == by_scan[0][i].row;
    }
  }
  EXPECT_GE(agreeing, 490u);  // of 500: ef 200 on 3,000 rows
}

}  // namespace
}  // namespace redkite::segment
