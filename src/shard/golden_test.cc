// Frozen write records: a build of today must replay what the first release logged. They are never rewritten;
// a new format version adds new ones beside them.
#include <gtest/gtest.h>

#include "io/posix_file_system.h"
#include "shard/write_record.h"

namespace redkite::shard {
namespace {

const std::string kGolden = std::string(REDKITE_GOLDEN_DIR) + "/write_record";
constexpr FieldId kKey{100};

/// One value of each stored scalar type and a vector; the second row is null where it may be.
RowBatch SampleRows() {
  RowBatch batch;
  batch.row_count = 2;
  const auto add = [&batch](int64_t field, DataType type, int dim = 0) -> Column& {
    batch.columns.emplace_back(FieldId(field), type, dim);
    return batch.columns.back();
  };
  Column& key = add(100, DataType::kVarChar);
  key.AppendText("b");
  key.AppendText("a");
  Column& flag = add(101, DataType::kBool);
  flag.Append<uint8_t>(1);
  flag.AppendNull();
  Column& small = add(102, DataType::kInt8);
  small.Append<int8_t>(-8);
  small.Append<int8_t>(8);
  Column& medium = add(103, DataType::kInt32);
  medium.Append<int32_t>(-70'000);
  medium.AppendNull();
  Column& large = add(104, DataType::kInt64);
  large.Append<int64_t>(int64_t{1} << 60);
  large.Append<int64_t>(-1);
  Column& ratio = add(105, DataType::kDouble);
  ratio.Append<double>(0.1);
  ratio.AppendNull();
  Column& json = add(106, DataType::kJson);
  json.AppendText("{\"a\": [1, null]}");
  json.AppendNull();
  Column& vector = add(107, DataType::kFloatVector, 2);
  const float values[] = {1.5f, -2.5f};
  vector.AppendVector(values);
  vector.AppendVector(values);
  return batch;
}

WriteRecord SampleUpsert() {
  WriteRecord record;
  record.partition = PartitionId(445);
  record.delete_keys = Column(kKey, DataType::kVarChar, 0);
  record.delete_keys.AppendText("a");
  record.delete_keys.AppendText("");
  record.rows = std::make_shared<segment::PreparedRows>(segment::PrepareRows(SampleRows(), kKey));
  return record;
}

WriteRecord SampleDelete() {
  WriteRecord record;
  record.partition = PartitionId(0);
  record.delete_up_to = 77;
  record.delete_keys = Column(FieldId(100), DataType::kInt64, 0);
  for (const int64_t key : {int64_t{-5}, int64_t{1} << 40}) record.delete_keys.Append<int64_t>(key);
  return record;
}

WriteRecord SamplePartitions() {
  WriteRecord record = SampleUpsert();
  for (const int64_t id : {int64_t{446}, int64_t{500}}) {
    record.more.push_back(
        {PartitionId(id), std::make_shared<segment::PreparedRows>(segment::PrepareRows(SampleRows(), kKey))});
  }
  return record;
}

void ExpectSame(const Column& a, const Column& b) {
  EXPECT_EQ(a.field(), b.field());
  EXPECT_EQ(a.type(), b.type());
  ASSERT_EQ(a.row_count(), b.row_count());
  for (size_t r = 0; r < a.row_count(); ++r) {
    ASSERT_EQ(a.view().IsValid(r), b.view().IsValid(r)) << a.field().value();
    if (IsVariableLength(a.type())) {
      ASSERT_EQ(a.view().TextAt(r), b.view().TextAt(r));
    }
  }
  ASSERT_EQ(a.view().data_bytes(), b.view().data_bytes());
  EXPECT_EQ(std::memcmp(a.view().data, b.view().data, a.view().data_bytes()), 0);
}

// Run by hand with --gtest_also_run_disabled_tests, once per format version.
TEST(GoldenWriteRecord, DISABLED_Write) {
  io::PosixFileSystem disk;
  ASSERT_TRUE(disk.CreateDirs(kGolden).ok());
  const auto write = [&](const std::string& name, WriteRecord record) {
    std::string bytes;
    const auto payload = EncodeWriteRecord(std::make_shared<WriteRecord>(std::move(record)));
    for (const std::string_view piece : payload.pieces()) bytes.append(piece);
    ASSERT_TRUE(io::WriteFileAtomically(&disk, kGolden + "/v1." + name, bytes).ok());
  };
  write("upsert", SampleUpsert());
  write("delete", SampleDelete());
}

TEST(GoldenWriteRecord, TruncationIsDecoded) {
  io::PosixFileSystem disk;
  const std::string bytes = disk.ReadAll(kGolden + "/v2.truncation").value();
  const auto truncation = DecodeWriteRecord(bytes, kKey);
  ASSERT_TRUE(truncation.ok()) << truncation.status().ToString();
  EXPECT_TRUE(truncation->truncates);
  EXPECT_EQ(truncation->rows, nullptr);
}

TEST(GoldenWriteRecord, DISABLED_WriteVersion2) {
  io::PosixFileSystem disk;
  std::string bytes;
  const auto payload = EncodeWriteRecord(std::make_shared<WriteRecord>(SamplePartitions()));
  for (const std::string_view piece : payload.pieces()) bytes.append(piece);
  ASSERT_TRUE(io::WriteFileAtomically(&disk, kGolden + "/v2.partitions", bytes).ok());
}

TEST(GoldenWriteRecord, RowsOfSeveralPartitions) {
  io::PosixFileSystem disk;
  const std::string bytes = disk.ReadAll(kGolden + "/v2.partitions").value();
  const auto record = DecodeWriteRecord(bytes, kKey);
  ASSERT_TRUE(record.ok()) << record.status().ToString();
  const WriteRecord expected = SamplePartitions();
  ASSERT_EQ(record->more.size(), 2u);
  for (size_t p = 0; p < 2; ++p) {
    EXPECT_EQ(record->more[p].partition, expected.more[p].partition);
    const RowBatch &rows = record->more[p].rows->rows, &wanted = expected.more[p].rows->rows;
    ASSERT_EQ(rows.columns.size(), wanted.columns.size());
    for (size_t i = 0; i < wanted.columns.size(); ++i) ExpectSame(rows.columns[i], wanted.columns[i]);
  }
}

TEST(GoldenWriteRecord, AreDecoded) {
  io::PosixFileSystem disk;
  const std::string upsert_bytes = disk.ReadAll(kGolden + "/v1.upsert").value();
  const auto upsert = DecodeWriteRecord(upsert_bytes, kKey);
  ASSERT_TRUE(upsert.ok()) << upsert.status().ToString();
  const WriteRecord expected = SampleUpsert();
  EXPECT_EQ(upsert->partition, expected.partition);
  EXPECT_EQ(upsert->delete_up_to, 0u);
  ExpectSame(upsert->delete_keys, expected.delete_keys);
  ASSERT_NE(upsert->rows, nullptr);
  EXPECT_EQ(upsert->rows->pk_order, (std::vector<uint32_t>{1, 0}));
  ASSERT_EQ(upsert->rows->rows.columns.size(), expected.rows->rows.columns.size());
  for (size_t i = 0; i < expected.rows->rows.columns.size(); ++i) {
    ExpectSame(upsert->rows->rows.columns[i], expected.rows->rows.columns[i]);
  }
  const std::string delete_bytes = disk.ReadAll(kGolden + "/v1.delete").value();
  const auto gone = DecodeWriteRecord(delete_bytes, kKey);
  ASSERT_TRUE(gone.ok()) << gone.status().ToString();
  EXPECT_EQ(gone->partition, PartitionId(0));
  EXPECT_EQ(gone->delete_up_to, 77u);
  EXPECT_EQ(gone->rows, nullptr);
  ExpectSame(gone->delete_keys, SampleDelete().delete_keys);
}

}  // namespace
}  // namespace redkite::shard
