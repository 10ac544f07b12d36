#include "rest/rows/vector_reader.h"

#include <gtest/gtest.h>

#include "base/half.h"
#include "rest/rows/all_types_fixture.h"

namespace redkite::rest {
namespace {

Result<std::string> Read(DataType type, int dim, std::string_view json) {
  const JsonBody body = ParseBody(json);
  std::string bytes = "x";  // what was there stays
  RK_RETURN_IF_ERROR(AppendVector(type, dim, body.root(), &bytes));
  EXPECT_EQ(bytes[0], 'x');
  return bytes.substr(1);
}

void ExpectRefused(DataType type, int dim, std::string_view json, std::string_view phrase) {
  const auto bytes = Read(type, dim, json);
  ASSERT_FALSE(bytes.ok()) << json;
  EXPECT_EQ(bytes.status().code(), Code::kParameterInvalid);
  EXPECT_NE(bytes.status().message().find(phrase), std::string::npos) << bytes.status().message();
}

TEST(VectorReader, ReadsArraysOfNumbers) {
  EXPECT_EQ(*Read(DataType::kFloatVector, 3, "[1,-2.5,0.1]"), BytesOf({1.0f, -2.5f, 0.1f}));
  EXPECT_EQ(*Read(DataType::kFloat16Vector, 2, "[1,0.1]"), BytesOf({HalfOfFloat(1), HalfOfFloat(0.1f)}));
  EXPECT_EQ(*Read(DataType::kBFloat16Vector, 2, "[1,0.1]"),
            BytesOf({BFloat16OfFloat(1), BFloat16OfFloat(0.1f)}));
  EXPECT_EQ(*Read(DataType::kInt8Vector, 3, "[-128,0,127]"), BytesOf<int8_t>({-128, 0, 127}));
  EXPECT_EQ(*Read(DataType::kBinaryVector, 16, "[255,1]"), BytesOf<uint8_t>({255, 1}));
}

TEST(VectorReader, ReadsBytesAsBase64) {
  EXPECT_EQ(*Read(DataType::kBinaryVector, 24, "\"Zm9v\""), "foo");
  EXPECT_EQ(*Read(DataType::kInt8Vector, 3, "\"Zm9v\""), "foo");
  EXPECT_EQ(*Read(DataType::kFloat16Vector, 3, "\"Zm9vYmFy\""), "foobar");
  EXPECT_EQ(*Read(DataType::kBFloat16Vector, 3, "\"Zm9vYmFy\""), "foobar");
  ExpectRefused(DataType::kBinaryVector, 16, "\"Zm9v\"", "has 3 bytes");
  ExpectRefused(DataType::kBinaryVector, 16, "\"Zm9\"", "not base64");
  ExpectRefused(DataType::kFloatVector, 2, "\"Zm9v\"", "a string");
  EXPECT_FALSE(HasTextForm(DataType::kFloatVector));
  EXPECT_FALSE(HasTextForm(DataType::kSparseFloatVector));
}

TEST(VectorReader, RefusesOtherLengths) {
  ExpectRefused(DataType::kFloatVector, 2, "[1]", "the dim (1) is not equal to schema dim (2)");
  ExpectRefused(DataType::kFloatVector, 2, "[1,2,3]", "the dim (3) is not equal to schema dim (2)");
  ExpectRefused(DataType::kFloat16Vector, 2, "[]", "the dim (0) is not equal to schema dim (2)");
  ExpectRefused(DataType::kBinaryVector, 16, "[1]", "the dim (8) is not equal to schema dim (16)");
  ExpectRefused(DataType::kInt8Vector, 2, "[1,2,3]", "the dim (3) is not equal to schema dim (2)");
}

TEST(VectorReader, RefusesOtherValues) {
  for (const char* json : {"5", "null", "{}", "[\"1\",2]", "[1,null]", "[1,[2]]", "[1,1e39]"})
    ExpectRefused(DataType::kFloatVector, 2, json, "an array of finite numbers");
  for (const char* json : {"[1,128]", "[1,-129]", "[1,1.5]", "[1,\"2\"]", "[1,null]", "[1,[2]]", "7", "{}"})
    ExpectRefused(DataType::kInt8Vector, 2, json, "integers from -128 to 127");
  ExpectRefused(DataType::kBinaryVector, 16, "[1,256]", "integers from 0 to 255, got 256");
  ExpectRefused(DataType::kVarChar, 0, "[1]", "not a vector");
}

TEST(VectorReader, ReadsBothFormsOfSparseVectors) {
  const std::string expected = BytesOf<uint32_t>({3, 0x3f800000, 70, 0x3f000000});
  for (const char* json :
       {R"({"3":1,"70":0.5})", R"({"70":0.5,"3":1})", R"({"indices":[70,3],"values":[0.5,1]})"})
    EXPECT_EQ(*Read(DataType::kSparseFloatVector, 0, json), expected) << json;
  EXPECT_EQ(*Read(DataType::kSparseFloatVector, 0, "{}"), "");
  EXPECT_EQ(*Read(DataType::kSparseFloatVector, 0, R"({"indices":[],"values":[]})"), "");
  for (const char* json :
       {"[1]", R"({"a":1})", R"({"-1":1})", R"({"":1})", R"({"4294967295":1})", R"({"1":"1"})", R"({"1":-1})",
        R"({"1":1,"1":2})", R"({"1":1e39})", R"({"indices":[1],"values":[]})",
        R"({"indices":[],"values":[1]})", R"({"indices":["1"],"values":[1]})",
        R"({"indices":[1.5],"values":[1]})", R"({"indices":[-1],"values":[1]})",
        R"({"indices":[1],"values":["1"]})", R"({"indices":[1,1],"values":[1,1]})", R"({"indices":[1]})"})
    ExpectRefused(DataType::kSparseFloatVector, 0, json, "parse");
}

}  // namespace
}  // namespace redkite::rest
