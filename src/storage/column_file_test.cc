#include "storage/column_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"
#include "io/mem_file_system.h"
#include "storage/segment_file.h"

namespace redkite::storage {
namespace {

constexpr char kDir[] = "shard";
const SegmentFiles kFiles{kDir, SegmentId(12), 3};

void AppendRandom(Random* random, Column* c) {
  switch (c->type()) {
    case DataType::kBool:
      return c->Append(static_cast<uint8_t>(random->Below(2)));
    case DataType::kInt8:
      return c->Append(static_cast<int8_t>(random->Next()));
    case DataType::kInt16:
      return c->Append(static_cast<int16_t>(random->Next()));
    case DataType::kInt32:
      return c->Append(static_cast<int32_t>(random->Next()));
    case DataType::kInt64:
      return c->Append(static_cast<int64_t>(random->Next()));
    case DataType::kFloat:
      return c->Append(static_cast<float>(random->Unit() - 0.5));
    case DataType::kDouble:
      return c->Append(random->Unit() - 0.5);
    case DataType::kVarChar:
    case DataType::kJson:
    case DataType::kArray:
      return c->AppendText(std::string(random->Below(90), static_cast<char>('a' + random->Below(26))));
    default:
      break;
  }
  std::string v(ValueBytes(c->type(), c->dim()), '\0');
  for (char& byte : v) byte = static_cast<char>(random->Next());
  c->AppendRaw(v.data(), 1);
}

Column RandomColumn(Random* random, DataType type, size_t rows, bool nulls) {
  Column c(FieldId(100), type, type == DataType::kBinaryVector ? 40 : IsVector(type) ? 5 : 0);
  for (size_t r = 0; r < rows; ++r) {
    if (nulls && random->Below(4) == 0)
      c.AppendNull();
    else
      AppendRandom(random, &c);
  }
  return c;
}

void ExpectEqual(const ColumnView& a, const ColumnView& b) {
  ASSERT_EQ(a.type, b.type);
  ASSERT_EQ(a.dim, b.dim);
  ASSERT_EQ(a.row_count, b.row_count);
  ASSERT_EQ(a.data_bytes(), b.data_bytes());
  if (a.data_bytes() > 0) {
    ASSERT_EQ(std::memcmp(a.data, b.data, a.data_bytes()), 0);
  }
  for (size_t r = 0; r < a.row_count; ++r) {
    ASSERT_EQ(a.IsValid(r), b.IsValid(r)) << r;
    if (a.offsets != nullptr) {
      ASSERT_EQ(a.TextAt(r), b.TextAt(r)) << r;
    }
  }
}

ColumnShape ShapeOf(const Column& c) { return {kFiles.segment, c.field(), c.type(), c.dim(), c.row_count()}; }

FileRef WriteOne(io::FileSystem* fs, const Column& c) {
  EXPECT_TRUE(fs->CreateDirs(kDir).ok());
  auto ref = WriteColumn(fs, kFiles, {c.field(), c.view()});
  EXPECT_TRUE(ref.ok()) << ref.status().ToString();
  return ref->file;
}

const DataType kTypes[] = {DataType::kBool,        DataType::kInt8,          DataType::kInt16,
                           DataType::kInt32,       DataType::kInt64,         DataType::kFloat,
                           DataType::kDouble,      DataType::kVarChar,       DataType::kJson,
                           DataType::kFloatVector, DataType::kFloat16Vector, DataType::kBFloat16Vector,
                           DataType::kInt8Vector,  DataType::kBinaryVector,  DataType::kArray};

TEST(ColumnFile, EveryTypeRoundTrips) {
  for (const DataType type : kTypes) {
    for (const size_t rows : {size_t{0}, size_t{1}, size_t{64}, size_t{1000}, size_t{20000}}) {
      for (const bool nulls : {false, true}) {
        const uint64_t seed = static_cast<uint64_t>(type) * 100 + rows + nulls;
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        const Column c = RandomColumn(&random, type, rows, nulls);
        io::MemFileSystem fs;
        const FileRef ref = WriteOne(&fs, c);
        for (const VerifyData verify : {VerifyData::kNow, VerifyData::kLater}) {
          auto file = ColumnFile::Open(&fs, kDir, ref, ShapeOf(c), {verify});
          ASSERT_TRUE(file.ok()) << file.status().ToString();
          ExpectEqual((*file)->view(), c.view());
          EXPECT_EQ((*file)->stats(), ComputeStats(c.view()));
          EXPECT_TRUE((*file)->VerifyRows(rows / 2, rows - rows / 2).ok());
          EXPECT_TRUE((*file)->VerifyAll().ok());
        }
      }
    }
  }
}

TEST(ColumnFile, EveryFlippedBitIsFound) {
  for (const DataType type : {DataType::kInt32, DataType::kVarChar}) {
    Random random(5);
    const Column c = RandomColumn(&random, type, 7, true);
    io::MemFileSystem fs;
    const FileRef ref = WriteOne(&fs, c);
    const std::string path = std::string(kDir) + "/" + ref.name;
    for (uint64_t bit = 0; bit < ref.length_bytes * 8; ++bit) {
      fs.FlipBit(path, bit);
      const auto file = ColumnFile::Open(&fs, kDir, ref, ShapeOf(c));
      ASSERT_FALSE(file.ok()) << "bit " << bit;
      ASSERT_NE(file.status().message().find(path), std::string::npos);
      fs.FlipBit(path, bit);
    }
  }
}

TEST(ColumnFile, LateVerificationFindsDamagedRows) {
  Random random(1);
  const Column c = RandomColumn(&random, DataType::kInt64, 50000, false);
  io::MemFileSystem fs;
  const FileRef ref = WriteOne(&fs, c);
  fs.FlipBit(std::string(kDir) + "/" + ref.name, 5 * kBlockBytes * 8);
  const auto file = ColumnFile::Open(&fs, kDir, ref, ShapeOf(c), {VerifyData::kLater}).value();
  EXPECT_TRUE(file->VerifyRows(0, 1000).ok());
  EXPECT_FALSE(file->VerifyRows(0, 50000).ok());
  EXPECT_FALSE(file->VerifyAll().ok());
}

TEST(ColumnFile, OtherShapeIsRefused) {
  Random random(1);
  const Column c = RandomColumn(&random, DataType::kFloatVector, 10, false);
  io::MemFileSystem fs;
  const FileRef ref = WriteOne(&fs, c);
  const ColumnShape right = ShapeOf(c);
  std::vector<ColumnShape> wrong(5, right);
  wrong[0].segment = SegmentId(13);
  wrong[1].field = FieldId(101);
  wrong[2].type = DataType::kInt32;
  wrong[3].dim = 6;
  wrong[4].row_count = 9;
  for (const ColumnShape& shape : wrong) {
    EXPECT_EQ(ColumnFile::Open(&fs, kDir, ref, shape).status().code(), Code::kDataIntegrity);
  }
  EXPECT_TRUE(ColumnFile::Open(&fs, kDir, ref, right).ok());
}

/// A file whose checksums are right and whose content is what the test says.
FileRef Forge(io::FileSystem* fs, const Column& c, const std::vector<uint64_t>& offsets,
              const std::string& data, size_t validity_words) {
  EXPECT_TRUE(fs->CreateDirs(kDir).ok());
  auto w = BlockFileWriter::Create(fs, kDir, "forged", FileKind::kColumn, 1).value();
  const FileIdent ident{kFiles.segment, c.field(), c.type(), c.dim(), c.row_count()};
  EXPECT_TRUE(w->Add({kIdentSection, c.field()}, EncodeIdent(ident)).ok());
  EXPECT_TRUE(w->Add({kStatsSection, c.field()}, std::string(60, '\0')).ok());
  if (!offsets.empty()) {
    EXPECT_TRUE(w->Add({kOffsetsSection, c.field()}, std::as_bytes(std::span(offsets))).ok());
  }
  if (validity_words > 0) {
    EXPECT_TRUE(w->Add({kValiditySection, c.field()}, std::string(validity_words * 8, '\1')).ok());
  }
  EXPECT_TRUE(w->Add({kDataSection, c.field()}, data).ok());
  return w->Finish().value();
}

TEST(ColumnFile, ForgedBoundsAreRefused) {
  io::MemFileSystem fs;
  Column text(FieldId(100), DataType::kVarChar, 0);
  for (int i = 0; i < 3; ++i) text.AppendText("ab");
  const ColumnShape shape = ShapeOf(text);
  const auto open = [&](const std::vector<uint64_t>& offsets, const std::string& data,
                        size_t validity_words) {
    return ColumnFile::Open(&fs, kDir, Forge(&fs, text, offsets, data, validity_words), shape)
        .status()
        .code();
  };
  EXPECT_EQ(open({0, 2, 4, 6}, "ababab", 0), Code::kOk);
  EXPECT_EQ(open({0, 2, 4, 6}, "ababab", 1), Code::kOk);
  EXPECT_EQ(open({}, "ababab", 0), Code::kDataIntegrity);
  EXPECT_EQ(open({0, 2, 4}, "ababab", 0), Code::kDataIntegrity);
  EXPECT_EQ(open({0, 2, 4, 6, 6}, "ababab", 0), Code::kDataIntegrity);
  EXPECT_EQ(open({1, 2, 4, 6}, "ababab", 0), Code::kDataIntegrity);
  EXPECT_EQ(open({0, 4, 2, 6}, "ababab", 0), Code::kDataIntegrity);
  EXPECT_EQ(open({0, ~uint64_t{0}, 4, 6}, "ababab", 0), Code::kDataIntegrity);
  EXPECT_EQ(open({0, 2, 4, 6}, "ababa", 0), Code::kDataIntegrity);
  EXPECT_EQ(open({0, 2, 4, 6}, "abababa", 0), Code::kDataIntegrity);
  EXPECT_EQ(open({0, 2, 4, 6}, "ababab", 2), Code::kDataIntegrity);
}

TEST(ColumnFile, WholeSegmentRoundTrips) {
  const uint64_t seed = 21;
  Random random(seed);
  const size_t rows = 3000;
  const Column keys = RandomColumn(&random, DataType::kInt64, rows, false);
  Column words = RandomColumn(&random, DataType::kVarChar, rows, true);
  words.set_field(FieldId(101));
  std::vector<Timestamp> timestamps(rows);
  for (Timestamp& t : timestamps) t = random.Next();
  std::vector<RowOffset> order(rows);
  std::iota(order.begin(), order.end(), RowOffset{0});
  std::sort(order.begin(), order.end(), [&](RowOffset a, RowOffset b) {
    return keys.view().At<int64_t>(a) < keys.view().At<int64_t>(b);
  });
  const FieldColumn columns[] = {{FieldId(100), keys.view()}, {FieldId(101), words.view()}};

  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  const auto refs = WriteColumns(&fs, kFiles, {columns, timestamps, order});
  ASSERT_TRUE(refs.ok()) << refs.status().ToString();
  ASSERT_EQ(refs->columns.size(), 2u);
  EXPECT_EQ(refs->columns[1].field, FieldId(101));
  const auto ts = OpenTimestamps(&fs, kDir, refs->timestamps, kFiles.segment, rows).value();
  EXPECT_TRUE(std::equal(ts->values().begin(), ts->values().end(), timestamps.begin(), timestamps.end()));
  const auto pk = OpenPrimaryKeyOrder(&fs, kDir, refs->primary_key_order, kFiles.segment, rows).value();
  EXPECT_TRUE(std::equal(pk->values().begin(), pk->values().end(), order.begin(), order.end()));
  EXPECT_FALSE(OpenTimestamps(&fs, kDir, refs->timestamps, kFiles.segment, rows - 1).ok());
  EXPECT_FALSE(OpenTimestamps(&fs, kDir, refs->timestamps, SegmentId(1), rows).ok());
  EXPECT_FALSE(OpenTimestamps(&fs, kDir, refs->primary_key_order, kFiles.segment, rows).ok());
}

TEST(ColumnFile, KeyOrderThatIsNoPermutationIsRefused) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  const std::vector<Timestamp> timestamps(3, 1);
  for (const std::vector<RowOffset>& order :
       {std::vector<RowOffset>{0, 1, 1}, std::vector<RowOffset>{0, 1, 3}}) {
    const auto refs = WriteColumns(&fs, kFiles, {{}, timestamps, order});
    ASSERT_TRUE(refs.ok());
    const auto open = OpenPrimaryKeyOrder(&fs, kDir, refs->primary_key_order, kFiles.segment, 3);
    EXPECT_EQ(open.status().code(), Code::kDataIntegrity);
  }
}

TEST(ColumnFile, UnequalRowCountsAreNotWritten) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  Random random(1);
  const Column c = RandomColumn(&random, DataType::kInt32, 4, false);
  const FieldColumn columns[] = {{c.field(), c.view()}};
  const std::vector<Timestamp> timestamps(3, 1);
  const std::vector<RowOffset> order = {0, 1, 2};
  EXPECT_FALSE(WriteColumns(&fs, kFiles, {columns, timestamps, order}).ok());
  EXPECT_TRUE(fs.List(kDir).value().empty());
}

}  // namespace
}  // namespace redkite::storage
