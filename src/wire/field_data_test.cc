#include "wire/field_data.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace redkite::wire {
namespace {

constexpr DataType kTypes[] = {
    DataType::kBool,       DataType::kInt8,         DataType::kInt16,         DataType::kInt32,
    DataType::kInt64,      DataType::kFloat,        DataType::kDouble,        DataType::kJson,
    DataType::kVarChar,    DataType::kFloatVector,  DataType::kFloat16Vector, DataType::kBFloat16Vector,
    DataType::kInt8Vector, DataType::kBinaryVector, DataType::kArray,         DataType::kSparseFloatVector};
constexpr DataType kElement = DataType::kInt64;  // of arrays; every one is in array_data_test.cc

// At most 16 bytes of a row.
int DimOf(DataType type) { return type == DataType::kBinaryVector ? 24 : IsDenseVector(type) ? 4 : 0; }

Result<InputColumn> Decode(std::string_view bytes, uint64_t rows) {
  uint64_t null_bytes_left = kNullBytesMax;
  return DecodeFieldData(bytes, rows, &null_bytes_left);
}

void AppendRandom(Column* column, Random* random) {
  if (column->type() == DataType::kArray) return column->AppendText(std::string(random->Below(20) * 8, 'x'));
  if (IsVariableLength(column->type())) return column->AppendText(std::string(random->Below(200), 'x'));
  uint8_t bytes[16];
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random->Next());
  if (column->type() == DataType::kBool) bytes[0] &= 1;
  column->AppendRaw(bytes, 1);
}

// What the encoder writes, the decoder reads back, in exactly as many bytes as were announced. Only columns
// without nulls: answers hold nulls in another form than inserts.
TEST(FieldData, RoundTripAndExactSize) {
  const uint64_t seed = Random::FromSystem().Next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 300; ++round) {
    const DataType type = kTypes[random.Below(std::size(kTypes))];
    Column column(FieldId(static_cast<int64_t>(random.Below(300))), type, DimOf(type));
    const size_t rows = random.Below(300);
    for (size_t i = 0; i < rows; ++i) AppendRandom(&column, &random);
    const OutputColumn sent{"name", random.Below(2) == 0, std::move(column), random.Below(2) == 0, kElement};
    std::string bytes;
    PutFieldData(sent, &bytes);
    ASSERT_EQ(bytes.size(), FieldDataBytes(sent));
    const auto got = Decode(bytes, rows);
    ASSERT_TRUE(got.ok()) << got.status().message();
    EXPECT_EQ(got->name, "name");
    EXPECT_EQ(got->is_dynamic, sent.is_dynamic);
    EXPECT_EQ(got->has_valid_data, sent.nullable && rows > 0);
    const bool tells = type == DataType::kArray && rows > 0;
    EXPECT_EQ(got->element_type, tells ? kElement : DataType::kNone);
    const ColumnView a = sent.column.view(), b = got->column.view();
    ASSERT_EQ(a.row_count, b.row_count);
    ASSERT_EQ(a.data_bytes(), b.data_bytes());
    if (a.data_bytes() > 0) {
      ASSERT_EQ(std::memcmp(a.data, b.data, a.data_bytes()), 0);
    }
  }
}

TEST(FieldData, SparseVectorsAreCompactAndTellTheirDimension) {
  const std::string pair("\x05\0\0\0\0\0\x80\x3f", 8);
  Column column(FieldId(100), DataType::kSparseFloatVector, 0);
  column.AppendText("");
  column.AppendNull();
  column.AppendText(pair);
  std::string bytes;
  const OutputColumn sent{"s", false, std::move(column), true};
  PutFieldData(sent, &bytes);
  EXPECT_EQ(bytes.size(), FieldDataBytes(sent));
  const std::string array = std::string("\x0a\0\x0a\x08", 4) + pair + "\x10\x06";
  EXPECT_NE(bytes.find("\x08\x06\x32" + std::string(1, static_cast<char>(array.size())) + array),
            std::string::npos);
  const auto got = Decode(bytes, 3);
  ASSERT_TRUE(got.ok()) << got.status().message();
  const ColumnView view = got->column.view();
  EXPECT_EQ(view.TextAt(0), "");
  EXPECT_TRUE(view.IsValid(0));
  EXPECT_FALSE(view.IsValid(1));
  EXPECT_EQ(view.TextAt(2), pair);
}

TEST(FieldData, NullVectorsAreCompactAndBounded) {
  Column column(FieldId(100), DataType::kFloatVector, 2);
  const float vector[] = {1, 2};
  column.AppendNull();
  column.AppendVector(vector);
  column.AppendNull();
  std::string bytes;
  PutFieldData({"v", false, std::move(column), true}, &bytes);
  uint64_t left = 20;
  const auto got = DecodeFieldData(bytes, 3, &left);
  ASSERT_TRUE(got.ok()) << got.status().message();
  EXPECT_EQ(left, 4u);  // two nulls of 8 bytes each
  const ColumnView view = got->column.view();
  EXPECT_FALSE(view.IsValid(0) || view.IsValid(2));
  EXPECT_EQ(view.VectorAt(1)[1], 2.0f);
  EXPECT_EQ(view.VectorAt(2)[1], 0.0f);
  const Status refused = DecodeFieldData(bytes, 3, &left).status();
  EXPECT_EQ(refused.code(), Code::kParameterTooLarge);
  EXPECT_NE(refused.message().find("field (v) with 2 nulls of 8 bytes each"), std::string::npos)
      << refused.message();
}

TEST(FieldData, SizeIsExactWithNullsToo) {
  Random random(7);
  for (const DataType type : kTypes) {
    Column column(FieldId(100), type, DimOf(type));
    for (int i = 0; i < 70; ++i) {
      if (i % 4 == 1)
        column.AppendNull();
      else
        AppendRandom(&column, &random);
    }
    const OutputColumn sent{"name", false, std::move(column), true, kElement};
    std::string bytes;
    PutFieldData(sent, &bytes);
    EXPECT_EQ(bytes.size(), FieldDataBytes(sent)) << DataTypeName(type);
  }
}

TEST(FieldData, IdsHaveTheAnnouncedSize) {
  Column ids(FieldId(100), DataType::kVarChar, 0);
  std::string bytes;
  PutIds(ids.view(), &bytes);
  EXPECT_EQ(bytes, "");
  EXPECT_EQ(IdsBytes(ids.view()), 0U);
  for (const char* id : {"", "a", "bc"}) ids.AppendText(id);
  PutIds(ids.view(), &bytes);
  EXPECT_EQ(bytes.size(), IdsBytes(ids.view()));
}

}  // namespace
}  // namespace redkite::wire
