#include "storage/column_file_writer.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "io/mem_file_system.h"

namespace redkite::storage {
namespace {

constexpr FieldId kField{101};
constexpr SegmentId kSegment{3};

void AppendRandom(Column* column, Random* random, bool nulls) {
  if (nulls && random->Below(4) == 0) return column->AppendNull();
  switch (column->type()) {
    case DataType::kVarChar:
      return column->AppendText(std::string(random->Below(100), static_cast<char>('a' + random->Below(20))));
    case DataType::kDouble:
      return column->Append<double>(random->Below(50) == 0 ? std::numeric_limits<double>::quiet_NaN()
                                                           : random->Unit() - 0.5);
    case DataType::kFloatVector: {
      const float values[3] = {1, static_cast<float>(random->Unit()), 2};
      return column->AppendVector(values);
    }
    default:
      return column->Append<int64_t>(static_cast<int64_t>(random->Below(1000)) - 500);
  }
}

// Cut into runs anywhere, a column is the same as in one piece.
TEST(ColumnFileWriter, RunsMakeTheColumnThatOnePieceMakes) {
  for (uint64_t seed = 1; seed <= 120; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const DataType type =
        std::array{DataType::kInt64, DataType::kVarChar, DataType::kDouble, DataType::kFloatVector}[seed % 4];
    const int dim = type == DataType::kFloatVector ? 3 : 0;
    io::MemFileSystem fs;
    ASSERT_TRUE(fs.CreateDirs("/s").ok());
    const size_t rows = random.Below(300);
    const bool nulls = random.Below(2) == 0;
    Column whole(kField, type, dim);
    const ColumnShape shape{kSegment, kField, type, dim, rows};
    auto writer = ColumnFileWriter::Create(&fs, {"/s", kSegment, 5}, shape);
    ASSERT_TRUE(writer.ok());
    for (size_t done = 0; done < rows;) {
      Column run(kField, type, dim);
      const size_t n = std::min<size_t>(rows - done, random.Below(90));
      for (size_t i = 0; i < n; ++i) AppendRandom(&run, &random, nulls && done > 70);
      whole.AppendAll(run.view());
      ASSERT_TRUE((*writer)->Append(run.view()).ok());
      done += n;
    }
    const auto ref = (*writer)->Finish();
    ASSERT_TRUE(ref.ok()) << ref.status().ToString();
    const auto file = ColumnFile::Open(&fs, "/s", ref->file, shape);
    ASSERT_TRUE(file.ok()) << file.status().ToString();
    EXPECT_EQ((*file)->stats(), ComputeStats(whole.view()));
    const ColumnView got = (*file)->view(), want = whole.view();
    EXPECT_EQ(got.validity != nullptr, want.validity != nullptr);
    ASSERT_EQ(got.data_bytes(), want.data_bytes());
    EXPECT_TRUE(std::equal(got.data, got.data + got.data_bytes(), want.data));
    for (size_t r = 0; r < rows; ++r) {
      ASSERT_EQ(got.IsValid(r), want.IsValid(r)) << r;
      if (got.offsets != nullptr) {
        ASSERT_EQ(got.TextAt(r), want.TextAt(r)) << r;
      }
    }
  }
}

TEST(ColumnFileWriter, RowsThatDoNotBelongAreRefused) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs("/s").ok());
  Column number(kField, DataType::kInt64, 0), text(kField, DataType::kVarChar, 0);
  number.Append<int64_t>(1);
  text.AppendText("a");
  auto writer =
      ColumnFileWriter::Create(&fs, {"/s", kSegment, 5}, {kSegment, kField, DataType::kInt64, 0, 2});
  ASSERT_TRUE(writer.ok());
  EXPECT_FALSE((*writer)->Append(text.view()).ok());
  EXPECT_TRUE((*writer)->Append(number.view()).ok());
  EXPECT_FALSE((*writer)->Finish().ok());  // one row is missing
  number.Append<int64_t>(2);
  EXPECT_FALSE((*writer)->Append(number.view()).ok());  // one too many
}

}  // namespace
}  // namespace redkite::storage
