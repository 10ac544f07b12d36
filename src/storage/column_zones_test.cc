#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"
#include "io/mem_file_system.h"
#include "storage/column_file.h"
#include "storage/column_file_writer.h"

namespace redkite::storage {
namespace {

constexpr FieldId kField{101};
constexpr SegmentId kSegment{3};

template <class T>
void AppendRows(size_t count, bool odd, Random* random, Column* column) {
  for (size_t i = 0; i < count; ++i) {
    if (odd && random->Below(5) == 0) {
      column->AppendNull();
    } else if (odd && std::is_floating_point_v<T> && random->Below(6000) == 0) {
      column->Append(std::numeric_limits<T>::quiet_NaN());
    } else {
      column->Append(static_cast<T>(static_cast<int64_t>(random->Below(100)) - 50));
    }
  }
}

// By the definition.
template <class T>
ValueZone ZoneOf(const ColumnView& column, size_t begin, size_t end) {
  ValueZone zone;
  std::vector<T> values;
  for (size_t r = begin; r < end; ++r) {
    if (!column.IsValid(r)) continue;
    values.push_back(column.At<T>(r));
    if (std::isnan(static_cast<double>(values.back()))) return zone;
  }
  if (values.empty()) return zone;
  zone.ordered = true;
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  if constexpr (std::is_floating_point_v<T>) {
    zone.min_real = *min;
    zone.max_real = *max;
  } else {
    zone.min_int = *min;
    zone.max_int = *max;
  }
  return zone;
}

template <class T>
void CheckZones(DataType type, uint64_t seed) {
  SCOPED_TRACE(std::string(DataTypeName(type)) + ", seed " + std::to_string(seed));
  Random random(seed);
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs("/s").ok());
  const size_t rows = random.Below(4) * kValueZoneRows + random.Below(3);
  Column whole(kField, type, 0);
  const ColumnShape shape{kSegment, kField, type, 0, rows};
  auto writer = ColumnFileWriter::Create(&fs, {"/s", kSegment, 5}, shape).value();
  while (whole.row_count() < rows) {
    Column run(kField, type, 0);
    AppendRows<T>(std::min<size_t>(rows - whole.row_count(), random.Below(6000)), seed % 2 == 1, &random,
                  &run);
    whole.AppendAll(run.view());
    ASSERT_TRUE(writer->Append(run.view()).ok());
  }
  const ColumnView view = whole.view();
  std::vector<ValueZone> expected;
  for (size_t begin = 0; begin < rows; begin += kValueZoneRows)
    expected.push_back(ZoneOf<T>(view, begin, std::min(rows, begin + kValueZoneRows)));
  const FileRef by_runs = writer->Finish().value().file;
  const FileRef in_one = WriteColumn(&fs, {"/s", kSegment, 6}, {kField, view}).value().file;
  for (const FileRef& ref : {by_runs, in_one}) {
    const auto file = ColumnFile::Open(&fs, "/s", ref, shape);
    ASSERT_TRUE(file.ok()) << file.status().ToString();
    const auto zones = (*file)->zones();
    ASSERT_EQ(std::vector<ValueZone>(zones.begin(), zones.end()), expected);
  }
}

TEST(ColumnZones, BoundEveryRun) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    CheckZones<int8_t>(DataType::kInt8, seed);
    CheckZones<int16_t>(DataType::kInt16, seed);
    CheckZones<int32_t>(DataType::kInt32, seed);
    CheckZones<int64_t>(DataType::kInt64, seed);
    CheckZones<int64_t>(DataType::kTimestamptz, seed);
    CheckZones<float>(DataType::kFloat, seed);
    CheckZones<double>(DataType::kDouble, seed);
  }
}

TEST(ColumnZones, OtherLengthsAreRefused) {
  const ColumnShape shape{kSegment, kField, DataType::kInt64, 0, kValueZoneRows + 1};
  const std::string right = EncodeZones(DataType::kInt64, {ValueZone{}, ValueZone{}});
  std::vector<ValueZone> zones;
  EXPECT_TRUE(DecodeZones(right, shape, &zones));
  EXPECT_FALSE(DecodeZones(right + "x", shape, &zones));
  EXPECT_FALSE(DecodeZones(right.substr(0, right.size() - 1), shape, &zones));
  EXPECT_FALSE(DecodeZones("", shape, &zones));
  // Runs of another length are of no use and no damage.
  zones.clear();
  EXPECT_TRUE(DecodeZones(std::string("\1\0\0\0....", 8), shape, &zones));
  EXPECT_TRUE(zones.empty());
}

}  // namespace
}  // namespace redkite::storage
