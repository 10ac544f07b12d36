#include "proxy/vector_rules.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/half.h"

namespace redkite::proxy {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

template <class T>
std::string BytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::vector<uint16_t> Narrow(DataType type, const std::vector<float>& values) {
  std::vector<uint16_t> out;
  for (float v : values)
    out.push_back(type == DataType::kFloat16Vector ? HalfOfFloat(v) : BFloat16OfFloat(v));
  return out;
}

QueryVectors Queries(DataType type, const std::string& bytes, size_t count) {
  QueryVectors queries;
  queries.placeholder_type = static_cast<int>(type);
  queries.count = count;
  queries.value_bytes = bytes.size() / count;
  queries.bytes = bytes;
  return queries;
}

FieldSchema Field(DataType type, int dim) {
  FieldSchema field;
  field.name = "v";
  field.type = type;
  field.dim = dim;
  return field;
}

TEST(VectorRules, FindsWhatIsNotFinite) {
  const std::vector<float> fine = {0, -0.0f, 1e-40f, 65504, -3.5f, 1};
  const struct {
    float value;
    const char* name;
  } bad[] = {{std::nanf(""), "'NaN'"}, {kInf, "'+Inf'"}, {-kInf, "'-Inf'"}};
  for (const DataType type : {DataType::kFloatVector, DataType::kFloat16Vector, DataType::kBFloat16Vector}) {
    const auto check = [type](const std::vector<float>& values) {
      const std::string bytes =
          type == DataType::kFloatVector ? BytesOf(values) : BytesOf(Narrow(type, values));
      return CheckFiniteVectors(type, std::as_bytes(std::span(bytes)));
    };
    EXPECT_TRUE(check(fine).ok());
    EXPECT_TRUE(check({}).ok());
    for (const auto& [value, name] : bad) {
      for (size_t at = 0; at < fine.size(); ++at) {
        std::vector<float> values = fine;
        values[at] = value;
        const Status status = check(values);
        EXPECT_EQ(status.code(), Code::kParameterInvalid);
        EXPECT_NE(status.message().find(std::string("value ") + name + " is not a number or infinity"),
                  std::string::npos)
            << status.message();
      }
    }
  }
  const std::string any(64, '\xff');
  EXPECT_TRUE(CheckFiniteVectors(DataType::kInt8Vector, std::as_bytes(std::span(any))).ok());
  EXPECT_TRUE(CheckFiniteVectors(DataType::kBinaryVector, std::as_bytes(std::span(any))).ok());
}

TEST(VectorRules, QueriesOfTheFieldsTypeAreTakenAsTheyAre) {
  const std::string bytes = "abcdefgh";
  for (const auto& [type, dim] :
       {std::pair{DataType::kInt8Vector, 4}, {DataType::kBinaryVector, 32}, {DataType::kFloat16Vector, 2}}) {
    const auto taken = TakeQueryVectors(Queries(type, bytes, 2), Field(type, dim));
    ASSERT_TRUE(taken.ok()) << taken.status().message();
    ASSERT_EQ(taken->size(), bytes.size());
    EXPECT_EQ(std::memcmp(taken->data(), bytes.data(), bytes.size()), 0);
  }
}

TEST(VectorRules, FloatsAreConvertedForNarrowFields) {
  const std::vector<float> floats = {1, -2.5f, 0.1f, 3};
  for (const DataType type : {DataType::kFloat16Vector, DataType::kBFloat16Vector}) {
    const auto taken = TakeQueryVectors(Queries(DataType::kFloatVector, BytesOf(floats), 2), Field(type, 2));
    ASSERT_TRUE(taken.ok());
    const std::string expected = BytesOf(Narrow(type, floats));
    ASSERT_EQ(taken->size(), expected.size());
    EXPECT_EQ(std::memcmp(taken->data(), expected.data(), expected.size()), 0);
  }
  const auto large = Queries(DataType::kFloatVector, BytesOf(std::vector<float>{1e6f, 1}), 1);
  EXPECT_EQ(TakeQueryVectors(large, Field(DataType::kFloat16Vector, 2)).status().code(),
            Code::kParameterInvalid);
  EXPECT_TRUE(TakeQueryVectors(large, Field(DataType::kBFloat16Vector, 2)).ok());
}

TEST(VectorRules, SparseQueriesAreChecked) {
  const FieldSchema field = Field(DataType::kSparseFloatVector, 0);
  const std::string good = BytesOf<uint32_t>({7, 0x3f800000});
  QueryVectors queries = Queries(DataType::kSparseFloatVector, good, 1);
  queries.offsets = {0, 8};
  const auto taken = TakeQueryVectors(queries, field);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(std::memcmp(taken->data(), good.data(), good.size()), 0);
  queries.count = 3;
  queries.bytes += BytesOf<uint32_t>({7, 0xbf800000});
  queries.offsets = {0, 8, 8, 16};
  EXPECT_NE(TakeQueryVectors(queries, field).status().message().find("negative value in sparse float vector"),
            std::string::npos);
  EXPECT_NE(
      TakeQueryVectors(queries, Field(DataType::kFloatVector, 2)).status().message().find("must be the same"),
      std::string::npos);
}

TEST(VectorRules, OtherTypesLengthsAndValuesAreRefused) {
  const std::string eight(8, '\0');
  const auto refused = [](const QueryVectors& queries, const FieldSchema& field, const std::string& part) {
    const auto taken = TakeQueryVectors(queries, field);
    EXPECT_FALSE(taken.ok());
    EXPECT_NE(taken.status().message().find(part), std::string::npos) << taken.status().message();
  };
  refused(Queries(DataType::kInt8Vector, eight, 1), Field(DataType::kFloatVector, 2),
          "vector type must be the same, field v - type FloatVector, search info type Int8Vector");
  refused(Queries(DataType::kFloatVector, eight, 1), Field(DataType::kInt8Vector, 8),
          "vector type must be the same");
  refused(Queries(DataType::kBFloat16Vector, eight, 1), Field(DataType::kFloat16Vector, 4),
          "vector type must be the same");
  refused(Queries(DataType::kBinaryVector, eight, 1), Field(DataType::kBinaryVector, 32),
          "vector dimension mismatch, expected vector size(byte) 4, actual 8");
  refused(Queries(DataType::kFloatVector, eight, 1), Field(DataType::kFloat16Vector, 4),
          "vector dimension mismatch, expected vector size(byte) 16, actual 8");
  refused(Queries(DataType::kFloatVector, BytesOf(std::vector<float>{1, kInf}), 1),
          Field(DataType::kBFloat16Vector, 2), "value '+Inf' is not a number or infinity");
  QueryVectors mixed = Queries(DataType::kInt8Vector, eight, 2);
  mixed.uniform = false;
  refused(mixed, Field(DataType::kInt8Vector, 4), "vector dimension mismatch");
}

}  // namespace
}  // namespace redkite::proxy
