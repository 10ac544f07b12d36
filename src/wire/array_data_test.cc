#include "wire/array_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <type_traits>

#include "base/random.h"
#include "proto/schema.pb.h"
#include "types/array_value.h"

namespace redkite::wire {
namespace {

namespace pbs = ::milvus::proto::schema;

constexpr DataType kElements[] = {DataType::kBool,  DataType::kInt8,  DataType::kInt16,  DataType::kInt32,
                                  DataType::kInt64, DataType::kFloat, DataType::kDouble, DataType::kVarChar};

struct Decoded {
  Status status;
  DataType element = DataType::kNone;
  Column column{FieldId(100), DataType::kArray, 0};
};

Decoded Decode(const std::string& message) {
  Decoded out;
  PackedValues rows(PackedKind::kText);
  EXPECT_TRUE(rows.Collect(message));
  const auto element = AppendArrays("a", rows, &out.column);
  if (element.ok())
    out.element = *element;
  else
    out.status = element.status();
  return out;
}
Decoded Decode(const pbs::ArrayArray& m) { return Decode(m.SerializeAsString()); }

TEST(ArrayData, RowsWithoutElementsSayNoType) {
  pbs::ArrayArray m;
  m.set_element_type(pbs::Int64);
  m.add_data();
  m.add_data();
  const Decoded none = Decode(m);
  ASSERT_TRUE(none.status.ok()) << none.status.message();
  EXPECT_EQ(none.element, DataType::kNone);
  ASSERT_EQ(none.column.row_count(), 2U);
  EXPECT_EQ(none.column.view().TextAt(1), "");
  m.add_data()->mutable_string_data();
  const Decoded texts = Decode(m);
  EXPECT_EQ(texts.element, DataType::kVarChar);
  EXPECT_EQ(texts.column.view().TextAt(2), "");
}

TEST(ArrayData, AnotherElementTypeIsNamed) {
  pbs::ArrayArray m;
  m.add_data()->mutable_long_data()->add_data(1);
  m.add_data()->mutable_string_data()->add_data("x");
  EXPECT_EQ(Decode(m).status.message(),
            "rows of array field a have different element types: invalid parameter[expected=need long "
            "array][actual=got string array]");
  pbs::ArrayArray json;
  json.add_data()->mutable_json_data()->add_data("{}");
  EXPECT_EQ(Decode(json).status.code(), Code::kParameterInvalid);
  pbs::ArrayArray nested;
  nested.add_data()->mutable_array_data()->add_data()->mutable_int_data()->add_data(1);
  EXPECT_EQ(Decode(nested).status.code(), Code::kParameterInvalid);
}

TEST(ArrayData, ArraysWithoutEndAreRefused) {
  pbs::ArrayArray m;
  auto* bits = m.add_data()->mutable_bool_data();
  bits->mutable_data()->Resize(static_cast<int>(kArrayCapacityMax), true);
  EXPECT_TRUE(Decode(m).status.ok());
  bits->add_data(true);
  EXPECT_NE(Decode(m).status.message().find("array length exceeds max capacity"), std::string::npos);
}

TEST(ArrayData, MalformedRowsAreAnError) {
  EXPECT_EQ(Decode("\x0a\x02\x0a\x05").status.code(), Code::kParameterInvalid);
}

// Bytes as the proxy has them after a check: Int8 and Int16 in their own width.
std::string RandomArray(DataType element, Random* random) {
  ArrayBuilder builder(element);
  const size_t width = ValueBytes(element, 0);
  std::string bytes;
  for (uint64_t n = random->Below(20); n > 0; --n) {
    if (element == DataType::kVarChar) {
      builder.AppendText(std::string(random->Below(200), 'x'));
    } else if (element == DataType::kBool) {
      builder.Append<uint8_t>(static_cast<uint8_t>(random->Below(2)));
    } else {
      const uint64_t word = random->Next();
      bytes.append(reinterpret_cast<const char*>(&word), width);
    }
  }
  return bytes + std::string(builder.Finish());
}

template <class T>
void ExpectNumbers(const ArrayValue& array, const T& message) {
  ASSERT_EQ(static_cast<size_t>(message.data_size()), array.size());
  int at = 0;
  array.ForEach([&](auto v) {
    if constexpr (!std::is_same_v<decltype(v), std::string_view>) {
      const auto got = message.data(at++);
      EXPECT_EQ(std::memcmp(&got, &v, std::min(sizeof got, sizeof v)), 0);
    }
  });
}

void ExpectRow(const ArrayValue& array, const pbs::ScalarField& row) {
  switch (array.element()) {
    case DataType::kBool:
      ASSERT_TRUE(row.has_bool_data());
      return ExpectNumbers(array, row.bool_data());
    case DataType::kInt64:
      ASSERT_TRUE(row.has_long_data());
      return ExpectNumbers(array, row.long_data());
    case DataType::kFloat:
      ASSERT_TRUE(row.has_float_data());
      return ExpectNumbers(array, row.float_data());
    case DataType::kDouble:
      ASSERT_TRUE(row.has_double_data());
      return ExpectNumbers(array, row.double_data());
    case DataType::kVarChar:
      ASSERT_TRUE(row.has_string_data());
      ASSERT_EQ(static_cast<size_t>(row.string_data().data_size()), array.size());
      for (size_t i = 0; i < array.size(); ++i)
        EXPECT_EQ(row.string_data().data(static_cast<int>(i)), array.TextAt(i));
      return;
    default:
      ASSERT_TRUE(row.has_int_data());
      return ExpectNumbers(array, row.int_data());
  }
}

TEST(ArrayData, GeneratedCodeReadsWhatIsWritten) {
  const uint64_t seed = Random::FromSystem().Next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    const DataType element = kElements[random.Below(std::size(kElements))];
    SCOPED_TRACE(DataTypeName(element));
    Column column(FieldId(100), DataType::kArray, 0);
    for (uint64_t n = random.Below(20); n > 0; --n) {
      if (random.Below(5) == 0)
        column.AppendNull();
      else
        column.AppendText(RandomArray(element, &random));
    }
    const ColumnView view = column.view();
    std::string bytes;
    PbWriter writer(&bytes);
    PutArrayData(view, element, &writer);
    ASSERT_EQ(bytes.size(), ArrayDataBytes(view, element));
    pbs::ArrayArray m;
    ASSERT_TRUE(m.ParseFromString(bytes));
    EXPECT_EQ(static_cast<int>(m.element_type()), static_cast<int>(element));
    ASSERT_EQ(static_cast<size_t>(m.data_size()), view.row_count);
    for (size_t row = 0; row < view.row_count; ++row) {
      const auto array = ArrayValue::Parse(element, view.TextAt(row));
      ASSERT_TRUE(array.has_value());
      ExpectRow(*array, m.data(static_cast<int>(row)));
    }
    if (element == DataType::kInt8 || element == DataType::kInt16) continue;  // come back wider
    const Decoded back = Decode(bytes);
    ASSERT_TRUE(back.status.ok()) << back.status.message();
    for (size_t row = 0; row < view.row_count; ++row)
      EXPECT_EQ(back.column.view().TextAt(row), view.TextAt(row));
  }
}

}  // namespace
}  // namespace redkite::wire
