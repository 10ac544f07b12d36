#include "shard/write_record.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace redkite::shard {
namespace {

constexpr FieldId kKey{100};

std::shared_ptr<WriteRecord> MakeRecord(Random* random, bool deletes, size_t rows) {
  auto record = std::make_shared<WriteRecord>();
  record->partition = PartitionId(3);
  if (deletes) {
    record->delete_up_to = random->Next();
    record->delete_keys = Column(kKey, DataType::kVarChar, 0);
    for (int i = 0; i < 3; ++i) record->delete_keys.AppendText("gone" + std::to_string(i));
  }
  if (rows == 0) return record;
  RowBatch batch;
  Column key(kKey, DataType::kVarChar, 0), flag(FieldId(101), DataType::kBool, 0),
      vec(FieldId(102), DataType::kFloatVector, 3), json(FieldId(103), DataType::kJson, 0),
      array(FieldId(104), DataType::kArray, 0), sparse(FieldId(120), DataType::kSparseFloatVector, 0);
  for (size_t r = 0; r < rows; ++r) {
    key.AppendText(std::to_string(random->Below(1000)));
    random->Below(3) == 0 ? flag.AppendNull() : flag.Append<uint8_t>(r & 1);
    const float values[] = {static_cast<float>(r), 1, 2};
    vec.AppendVector(values);
    random->Below(3) == 0 ? json.AppendNull() : json.AppendText("{\"a\":1}");
    random->Below(3) == 0 ? array.AppendNull() : array.AppendText(std::string(random->Below(20), '\1'));
    random->Below(3) == 0 ? sparse.AppendNull() : sparse.AppendText(std::string(random->Below(9) * 8, '\2'));
  }
  batch.row_count = rows;
  for (Column* c : {&key, &flag, &vec, &json, &array, &sparse}) batch.columns.push_back(std::move(*c));
  for (const auto& [type, dim] : {std::pair{DataType::kFloat16Vector, 3},
                                  {DataType::kBFloat16Vector, 2},
                                  {DataType::kInt8Vector, 5},
                                  {DataType::kBinaryVector, 24}}) {
    Column typed(FieldId(110 + static_cast<int64_t>(type)), type, dim);
    std::string row(ValueBytes(type, dim), '\0');
    for (size_t r = 0; r < rows; ++r) {
      for (char& c : row) c = static_cast<char>(random->Next());
      typed.AppendRaw(row.data(), 1);
    }
    batch.columns.push_back(std::move(typed));
  }
  record->rows = std::make_shared<segment::PreparedRows>(segment::PrepareRows(std::move(batch), kKey));
  return record;
}

std::string Encode(std::shared_ptr<const WriteRecord> record) {
  const wal::LogPayload payload = EncodeWriteRecord(std::move(record));
  std::string bytes;
  for (std::string_view piece : payload.pieces()) bytes.append(piece);
  return bytes;
}

void ExpectSame(const Column& a, const Column& b) {
  ASSERT_EQ(a.row_count(), b.row_count());
  EXPECT_EQ(a.field(), b.field());
  const ColumnView x = a.view(), y = b.view();
  for (size_t r = 0; r < a.row_count(); ++r) {
    ASSERT_EQ(x.IsValid(r), y.IsValid(r));
    if (IsVariableLength(x.type)) {
      ASSERT_EQ(x.TextAt(r), y.TextAt(r));
    }
  }
  if (!IsVariableLength(x.type)) {
    ASSERT_EQ(0, std::memcmp(x.data, y.data, x.data_bytes()));
  }
}

TEST(WriteRecord, ATruncationIsOfItsOwnVersion) {
  auto record = std::make_shared<WriteRecord>();
  record->truncates = true;
  const std::string bytes = Encode(record);
  EXPECT_EQ(bytes, std::string("\2\10\0", 3));
  const auto decoded = DecodeWriteRecord(bytes, kKey);
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  EXPECT_TRUE(decoded->truncates);
  EXPECT_EQ(decoded->rows, nullptr);
  EXPECT_EQ(decoded->delete_keys.row_count(), 0u);
  for (const std::string& bad :
       {std::string("\1\10\0", 3), std::string("\2\11\0", 3), std::string("\2\14\0", 3),
        std::string("\3\10\0", 3), std::string("\2\10\0\0", 4), std::string("\2\10", 2)}) {
    EXPECT_EQ(DecodeWriteRecord(bad, kKey).status().code(), Code::kDataIntegrity);
  }
}

TEST(WriteRecordTest, RoundTrip) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto record = MakeRecord(&random, random.Below(2) == 0, random.Below(200));
    auto back = DecodeWriteRecord(Encode(record), kKey);
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    EXPECT_EQ(back->partition, record->partition);
    ASSERT_EQ(back->delete_keys.row_count(), record->delete_keys.row_count());
    if (record->delete_keys.row_count() > 0) {
      EXPECT_EQ(back->delete_up_to, record->delete_up_to);
      ExpectSame(back->delete_keys, record->delete_keys);
    }
    ASSERT_EQ(back->rows == nullptr, record->rows == nullptr);
    if (!record->rows) continue;
    EXPECT_EQ(back->rows->pk_order, record->rows->pk_order);
    for (size_t i = 0; i < record->rows->rows.columns.size(); ++i) {
      ExpectSame(back->rows->rows.columns[i], record->rows->rows.columns[i]);
    }
  }
}

TEST(WriteRecordTest, RowsOfSeveralPartitions) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    const auto record = MakeRecord(&random, random.Below(2) == 0, 1 + random.Below(20));
    EXPECT_EQ(Encode(record)[0], 1);  // readable for builds that know one partition
    for (int64_t p = 4; p < 7; ++p)
      record->more.push_back({PartitionId(p), MakeRecord(&random, false, 1 + random.Below(20))->rows});
    const std::string bytes = Encode(record);
    EXPECT_EQ(bytes[0], 2);
    auto back = DecodeWriteRecord(bytes, kKey);
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    ASSERT_EQ(back->more.size(), 3u);
    for (size_t p = 0; p < 3; ++p) {
      EXPECT_EQ(back->more[p].partition, record->more[p].partition);
      const RowBatch &a = back->more[p].rows->rows, &b = record->more[p].rows->rows;
      ASSERT_EQ(a.row_count, b.row_count);
      EXPECT_EQ(back->more[p].rows->pk_order, record->more[p].rows->pk_order);
      for (size_t i = 0; i < b.columns.size(); ++i) ExpectSame(a.columns[i], b.columns[i]);
    }
    EXPECT_EQ(Encode(std::make_shared<WriteRecord>(std::move(*back))), bytes);
    for (size_t cut = 0; cut < bytes.size(); cut += 7)
      EXPECT_FALSE(DecodeWriteRecord(bytes.substr(0, cut), kKey).ok());
    std::string plain = bytes;
    plain[0] = 1;  // that version has no such flag
    EXPECT_FALSE(DecodeWriteRecord(plain, kKey).ok());
  }
}

TEST(WriteRecordTest, LargestDimensionsComeBack) {
  for (const auto& [type, dim] : {std::pair{DataType::kBinaryVector, 8 << 20},
                                  {DataType::kFloatVector, 1 << 20},
                                  {DataType::kInt8Vector, 32768}}) {
    RowBatch batch;
    batch.row_count = 1;
    batch.columns.emplace_back(kKey, DataType::kInt64, 0);
    batch.columns.back().Append<int64_t>(5);
    batch.columns.emplace_back(FieldId(101), type, dim);
    batch.columns.back().AppendRaw(std::string(ValueBytes(type, dim), '\7').data(), 1);
    auto record = std::make_shared<WriteRecord>();
    record->rows = std::make_shared<segment::PreparedRows>(segment::PrepareRows(std::move(batch), kKey));
    auto back = DecodeWriteRecord(Encode(record), kKey);
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    ExpectSame(back->rows->rows.columns[1], record->rows->rows.columns[1]);
  }
}

TEST(WriteRecordTest, DamagedBytesNeverCrash) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    std::string bytes = Encode(MakeRecord(&random, true, 20));
    if (random.Below(2) == 0) bytes.resize(random.Below(bytes.size()));
    for (uint64_t i = 0, n = random.Below(4); i < n && !bytes.empty(); ++i) {
      bytes[random.Below(bytes.size())] = static_cast<char>(random.Next());
    }
    auto back = DecodeWriteRecord(bytes, kKey);
    if (!back.ok()) {
      EXPECT_EQ(back.status().code(), Code::kDataIntegrity) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace redkite::shard
