// Frozen examples of every format of this room: a build of today must read what the first release wrote. The
// files are never rewritten; a new format version adds a new file beside them.
#include <gtest/gtest.h>

#include "io/file_paths.h"
#include "io/posix_file_system.h"
#include "storage/column_file.h"
#include "storage/data_dir.h"
#include "storage/delta_file.h"
#include "storage/index_file.h"
#include "storage/manifest.h"
#include "types/array_value.h"
#include "types/sparse_vector.h"

namespace redkite::storage {
namespace {

const std::string kGolden = REDKITE_GOLDEN_DIR;
constexpr SegmentId kSegment{12};

std::string Dir(const char* format) { return io::JoinPath(kGolden, format); }

Column SampleText() {
  Column c(FieldId(101), DataType::kVarChar, 0);
  c.AppendText("red");
  c.AppendNull();
  c.AppendText("kite");
  return c;
}

Column SampleVectors() {
  Column c(FieldId(102), DataType::kFloatVector, 2);
  for (const float x : {1.0f, 2.0f, 3.0f}) {
    const float v[2] = {x, -x};
    c.AppendVector(v);
  }
  return c;
}

/// What the frozen manifest holds, and which names the frozen files of the shard.
Manifest SampleManifest(const SegmentFileRefs& files, const FileRef& delta, const FileRef& index) {
  Manifest m;
  m.collection = CollectionId(444);
  m.shard = ShardId(1);
  m.generation = 1;
  m.schema_version = 2;
  m.checkpoint = {4096, MakeTimestamp(1'700'000'000'000, 3)};
  m.next_segment_id = 13;
  m.next_build_id = 5;
  SegmentMeta s;
  s.id = kSegment;
  s.partition = PartitionId(445);
  s.row_count = 3;
  s.schema_version = 2;
  s.min_timestamp = 10;
  s.max_timestamp = 12;
  s.columns = files.columns;
  s.timestamps = files.timestamps;
  s.primary_key_order = files.primary_key_order;
  s.delta = delta;
  s.delete_count = 2;
  s.indexes = {{FieldId(102), IndexId(7), 4, 1, {{"index_type", "HNSW"}, {"M", "16"}}, index}};
  SegmentMeta bulk;
  bulk.id = SegmentId(11);
  bulk.commit_timestamp = 9;
  m.segments = {s, bulk};
  return m;
}

// Run by hand with --gtest_also_run_disabled_tests, once per format version.
TEST(Golden, DISABLED_Write) {
  io::PosixFileSystem fs;
  for (const char* format : {"segment", "manifest", "data_directory"})
    ASSERT_TRUE(fs.CreateDirs(Dir(format)).ok());
  const SegmentFiles files{Dir("segment"), kSegment, 1};
  const Column text = SampleText();
  const Column vectors = SampleVectors();
  const FieldColumn columns[] = {{text.field(), text.view()}, {vectors.field(), vectors.view()}};
  const std::vector<Timestamp> timestamps = {10, 11, 12};
  const std::vector<RowOffset> order = {2, 0, 1};
  const auto refs = WriteColumns(&fs, files, {columns, timestamps, order}).value();
  const auto delta = WriteDelta(&fs, files, {{1, 2}, {20, 21}}).value();
  const auto index =
      WriteIndexFile(&fs, files, {kSegment, FieldId(102), IndexId(7), 4, 1}, [](io::WritableFile* f) {
        return f->Append("index bytes");
      }).value();
  const auto bytes = EncodeManifest(SampleManifest(refs, delta, index));
  ASSERT_TRUE(io::WriteFileAtomically(&fs, Dir("manifest") + "/v1.manifest", bytes).ok());
  DataFormat format;
  format.uuid = "01234567-89ab-4cde-8f01-23456789abcd";
  ASSERT_TRUE(
      io::WriteFileAtomically(&fs, Dir("data_directory") + "/v1.FORMAT", EncodeDataFormat(format)).ok());
}

// What version 2 adds. Its files are not there: only the manifest is frozen.
Manifest SampleManifestV2() {
  Manifest m = SampleManifest({}, {}, {});
  m.history_from = MakeTimestamp(1'700'000'000'000, 1);
  m.expiry_from = MakeTimestamp(1'700'000'000'000, 2);
  return m;
}

TEST(Golden, DISABLED_WriteManifestV2) {
  io::PosixFileSystem fs;
  const auto bytes = EncodeManifest(SampleManifestV2());
  ASSERT_TRUE(io::WriteFileAtomically(&fs, Dir("manifest") + "/v2.manifest", bytes).ok());
}

TEST(Golden, ManifestV2) {
  io::PosixFileSystem fs;
  const auto manifest = DecodeManifest(fs.ReadAll(Dir("manifest") + "/v2.manifest").value());
  ASSERT_TRUE(manifest.ok()) << manifest.status().ToString();
  EXPECT_EQ(*manifest, SampleManifestV2());
}

// Added to the format later; no manifest names it.
constexpr char kArraysName[] = "s12-f103-g1.col";

Column SampleArrays() {
  Column c(FieldId(103), DataType::kArray, 0);
  ArrayBuilder texts(DataType::kVarChar);
  for (const char* text : {"red", "", "kite"}) texts.AppendText(text);
  c.AppendText(texts.Finish());
  c.AppendNull();
  c.AppendText(texts.Finish());
  texts.AppendText("");
  c.AppendText(texts.Finish());
  return c;
}

TEST(Golden, DISABLED_WriteArrays) {
  io::PosixFileSystem fs;
  const Column arrays = SampleArrays();
  const auto ref = WriteColumn(&fs, {Dir("segment"), kSegment, 1}, {arrays.field(), arrays.view()}).value();
  EXPECT_EQ(ref.file.name, kArraysName);
}

TEST(Golden, Arrays) {
  io::PosixFileSystem fs;
  const auto file = BlockFileReader::OpenAlone(&fs, Dir("segment"), kArraysName);
  ASSERT_TRUE(file.ok()) << file.status().ToString();
  const auto column =
      ColumnFile::Open(&fs, Dir("segment"), (*file)->ref(), {kSegment, FieldId(103), DataType::kArray, 0, 4});
  ASSERT_TRUE(column.ok()) << column.status().ToString();
  const ColumnView view = (*column)->view();
  EXPECT_EQ((*column)->stats().null_count, 1u);
  EXPECT_FALSE((*column)->stats().has_range);
  EXPECT_FALSE(view.IsValid(1));
  const auto first = ArrayValue::Parse(DataType::kVarChar, view.TextAt(0));
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(first->size(), 3u);
  EXPECT_EQ(first->TextAt(0), "red");
  EXPECT_EQ(first->TextAt(1), "");
  EXPECT_EQ(first->TextAt(2), "kite");
  EXPECT_TRUE(view.IsValid(2));
  EXPECT_EQ(ArrayValue::Parse(DataType::kVarChar, view.TextAt(2))->size(), 0u);
  EXPECT_EQ(ArrayValue::Parse(DataType::kVarChar, view.TextAt(3))->size(), 1u);
}

constexpr char kSparseName[] = "s12-f104-g1.col";

TEST(Golden, DISABLED_WriteSparse) {
  io::PosixFileSystem fs;
  Column c(FieldId(104), DataType::kSparseFloatVector, 0);
  c.AppendText(std::string("\x05\0\0\0\0\0\x80\x3f\xfe\xff\xff\xff\0\0\0\x40", 16));
  c.AppendNull();
  c.AppendText("");
  const auto ref = WriteColumn(&fs, {Dir("segment"), kSegment, 1}, {c.field(), c.view()}).value();
  EXPECT_EQ(ref.file.name, kSparseName);
}

TEST(Golden, Sparse) {
  io::PosixFileSystem fs;
  const auto file = BlockFileReader::OpenAlone(&fs, Dir("segment"), kSparseName);
  ASSERT_TRUE(file.ok()) << file.status().ToString();
  const auto column = ColumnFile::Open(&fs, Dir("segment"), (*file)->ref(),
                                       {kSegment, FieldId(104), DataType::kSparseFloatVector, 0, 3});
  ASSERT_TRUE(column.ok()) << column.status().ToString();
  const ColumnView view = (*column)->view();
  const SparseRow row(view.TextAt(0));
  ASSERT_EQ(row.size(), 2u);
  EXPECT_EQ(row.Index(0), 5u);
  EXPECT_EQ(row.Value(0), 1.0f);
  EXPECT_EQ(row.Index(1), kSparseIndexMax);
  EXPECT_EQ(row.Value(1), 2.0f);
  EXPECT_FALSE(view.IsValid(1));
  EXPECT_TRUE(view.IsValid(2));
  EXPECT_EQ(view.TextAt(2), "");
  EXPECT_FALSE((*column)->stats().has_range);
}

constexpr char kZonesName[] = "s12-f105-g1.col";

TEST(Golden, DISABLED_WriteZones) {
  io::PosixFileSystem fs;
  Column c(FieldId(105), DataType::kInt32, 0);
  for (int32_t v = 0; v < 4097; ++v) v == 4096 ? c.AppendNull() : c.Append(v - 5);
  const auto ref = WriteColumn(&fs, {Dir("segment"), kSegment, 1}, {c.field(), c.view()}).value();
  EXPECT_EQ(ref.file.name, kZonesName);
}

TEST(Golden, Zones) {
  io::PosixFileSystem fs;
  const auto file = BlockFileReader::OpenAlone(&fs, Dir("segment"), kZonesName);
  ASSERT_TRUE(file.ok()) << file.status().ToString();
  const auto column = ColumnFile::Open(&fs, Dir("segment"), (*file)->ref(),
                                       {kSegment, FieldId(105), DataType::kInt32, 0, 4097});
  ASSERT_TRUE(column.ok()) << column.status().ToString();
  ASSERT_EQ((*column)->zones().size(), 2u);
  EXPECT_EQ((*column)->zones()[0], (ValueZone{.ordered = true, .min_int = -5, .max_int = 4090}));
  EXPECT_EQ((*column)->zones()[1], ValueZone{});
  EXPECT_EQ((*column)->view().At<int32_t>(0), -5);
}

constexpr char kListsName[] = "s12-f106-g1.col";

TEST(Golden, DISABLED_WriteVectorLists) {
  io::PosixFileSystem fs;
  Column c(FieldId(106), DataType::kArrayOfVector, 2);
  const float vectors[] = {1, -1, 2, -2};
  c.AppendText({reinterpret_cast<const char*>(vectors), sizeof vectors});
  c.AppendNull();
  c.AppendText("");
  const auto ref = WriteColumn(&fs, {Dir("segment"), kSegment, 1}, {c.field(), c.view()}).value();
  EXPECT_EQ(ref.file.name, kListsName);
}

TEST(Golden, VectorLists) {
  io::PosixFileSystem fs;
  const auto file = BlockFileReader::OpenAlone(&fs, Dir("segment"), kListsName);
  ASSERT_TRUE(file.ok()) << file.status().ToString();
  const auto column = ColumnFile::Open(&fs, Dir("segment"), (*file)->ref(),
                                       {kSegment, FieldId(106), DataType::kArrayOfVector, 2, 3});
  ASSERT_TRUE(column.ok()) << column.status().ToString();
  const ColumnView view = (*column)->view();
  ASSERT_EQ(view.TextAt(0).size(), 16u);
  const auto* values = reinterpret_cast<const float*>(view.TextAt(0).data());
  EXPECT_EQ(values[2], 2.0f);
  EXPECT_EQ(values[3], -2.0f);
  EXPECT_FALSE(view.IsValid(1));
  EXPECT_TRUE(view.IsValid(2));
  EXPECT_EQ(view.TextAt(2), "");
  EXPECT_FALSE((*column)->stats().has_range);
}

TEST(Golden, DataDirectory) {
  io::PosixFileSystem fs;
  const auto format = DecodeDataFormat(fs.ReadAll(Dir("data_directory") + "/v1.FORMAT").value());
  ASSERT_TRUE(format.ok()) << format.status().ToString();
  EXPECT_EQ(*format, (DataFormat{"01234567-89ab-4cde-8f01-23456789abcd", 1, 1, 0, 0}));
}

TEST(Golden, ManifestAndTheFilesThatItNames) {
  io::PosixFileSystem fs;
  const auto manifest = DecodeManifest(fs.ReadAll(Dir("manifest") + "/v1.manifest").value());
  ASSERT_TRUE(manifest.ok()) << manifest.status().ToString();
  ASSERT_EQ(manifest->segments.size(), 2u);
  const SegmentMeta& s = manifest->segments[0];
  ASSERT_EQ(s.indexes.size(), 1u);
  EXPECT_EQ(*manifest,
            SampleManifest({s.columns, s.timestamps, s.primary_key_order}, s.delta, s.indexes[0].file));

  const std::string dir = Dir("segment");
  ASSERT_EQ(s.columns.size(), 2u);
  const auto text =
      ColumnFile::Open(&fs, dir, s.columns[0].file, {kSegment, FieldId(101), DataType::kVarChar, 0, 3});
  ASSERT_TRUE(text.ok()) << text.status().ToString();
  EXPECT_EQ((*text)->view().TextAt(0), "red");
  EXPECT_FALSE((*text)->view().IsValid(1));
  EXPECT_EQ((*text)->view().TextAt(2), "kite");
  EXPECT_EQ((*text)->stats().null_count, 1u);
  EXPECT_EQ((*text)->stats().max_text, "red");
  const auto vectors =
      ColumnFile::Open(&fs, dir, s.columns[1].file, {kSegment, FieldId(102), DataType::kFloatVector, 2, 3});
  ASSERT_TRUE(vectors.ok()) << vectors.status().ToString();
  EXPECT_EQ((*vectors)->view().VectorAt(2)[1], -3.0f);
  const auto timestamps = OpenTimestamps(&fs, dir, s.timestamps, kSegment, 3);
  ASSERT_TRUE(timestamps.ok()) << timestamps.status().ToString();
  EXPECT_EQ((*timestamps)->values()[2], 12u);
  const auto order = OpenPrimaryKeyOrder(&fs, dir, s.primary_key_order, kSegment, 3);
  ASSERT_TRUE(order.ok()) << order.status().ToString();
  EXPECT_EQ((*order)->values()[0], 2u);
  EXPECT_EQ(ReadDelta(&fs, dir, s.delta, kSegment, 3).value(), (DeltaRows{{1, 2}, {20, 21}}));
  const auto index = IndexFile::Open(&fs, dir, s.indexes[0].file, {kSegment, FieldId(102), IndexId(7), 4, 1});
  ASSERT_TRUE(index.ok()) << index.status().ToString();
  EXPECT_EQ((*index)->bytes().size(), 11u);
}

}  // namespace
}  // namespace redkite::storage
