#include "wire/calc_distance_codec.h"

#include <gtest/gtest.h>

#include <cstring>

#include "proto/milvus_rows.pb.h"

namespace redkite::wire {
namespace {

namespace pb = ::milvus::proto::milvus;

TEST(CalcDistanceCodec, VectorsAndKeys) {
  pb::CalcDistanceRequest m;
  auto* data = m.mutable_op_left()->mutable_data_array();
  data->set_dim(2);
  for (const float v : {1.0f, 2.0f, 3.0f, 4.0f}) data->mutable_float_vector()->add_data(v);
  auto* ids = m.mutable_op_right()->mutable_id_array();
  ids->set_collection_name("items");
  ids->set_field_name("vec");
  ids->add_partition_names("p");
  ids->mutable_id_array()->mutable_int_id()->add_data(7);
  auto* pair = m.add_params();
  pair->set_key("metric");
  pair->set_value("L2");
  const auto request = DecodeCalcDistance(m.SerializeAsString());
  ASSERT_TRUE(request.ok()) << request.status().ToString();
  EXPECT_FALSE(request->left.by_ids);
  EXPECT_EQ(request->left.vectors.type, DataType::kFloatVector);
  EXPECT_EQ(request->left.vectors.dim, 2);
  ASSERT_EQ(request->left.vectors.bytes.size(), 16u);
  float last = 0;
  std::memcpy(&last, request->left.vectors.bytes.data() + 12, sizeof last);
  EXPECT_EQ(last, 4.0f);
  EXPECT_TRUE(request->right.by_ids);
  EXPECT_EQ(request->right.name.collection, "items");
  EXPECT_EQ(request->right.field, "vec");
  EXPECT_EQ(request->right.partitions, std::vector<std::string>{"p"});
  EXPECT_EQ(request->right.ids.view().At<int64_t>(0), 7);
  EXPECT_EQ(request->params, (Params{{"metric", "L2"}}));
}

TEST(CalcDistanceCodec, OtherTypes) {
  const auto type_of = [](auto set) {
    pb::CalcDistanceRequest m;
    set(m.mutable_op_left()->mutable_data_array());
    const auto request = DecodeCalcDistance(m.SerializeAsString());
    EXPECT_TRUE(request.ok());
    EXPECT_EQ(request->left.vectors.bytes, "ab");
    return request->left.vectors.type;
  };
  using Field = ::milvus::proto::schema::VectorField;
  EXPECT_EQ(type_of([](Field* f) { f->set_binary_vector("ab"); }), DataType::kBinaryVector);
  EXPECT_EQ(type_of([](Field* f) { f->set_float16_vector("ab"); }), DataType::kFloat16Vector);
  EXPECT_EQ(type_of([](Field* f) { f->set_bfloat16_vector("ab"); }), DataType::kBFloat16Vector);
  EXPECT_EQ(type_of([](Field* f) { f->set_int8_vector("ab"); }), DataType::kInt8Vector);
  pb::CalcDistanceRequest m;
  m.mutable_op_right()->mutable_data_array()->mutable_sparse_float_vector()->add_contents("x");
  EXPECT_EQ(DecodeCalcDistance(m.SerializeAsString()).status().code(), Code::kUnimplemented);
  auto* ids = m.mutable_op_right()->mutable_id_array();
  ids->mutable_id_array()->mutable_str_id()->add_data("key");
  EXPECT_EQ(DecodeCalcDistance(m.SerializeAsString())->right.ids.view().TextAt(0), "key");
  EXPECT_EQ(DecodeCalcDistance("")->left.vectors.type, DataType::kNone);
  EXPECT_EQ(DecodeCalcDistance("\xff\xff").status().code(), Code::kParameterInvalid);
}

TEST(CalcDistanceCodec, MoreKeysThanAnyoneNeeds) {
  pb::CalcDistanceRequest m;
  auto* ids = m.mutable_op_right()->mutable_id_array()->mutable_id_array()->mutable_int_id();
  ids->mutable_data()->Resize(1 << 20, 7);
  EXPECT_TRUE(DecodeCalcDistance(m.SerializeAsString()).ok());
  pb::CalcDistanceRequest one_more;
  one_more.mutable_op_right()->mutable_id_array()->mutable_id_array()->mutable_int_id()->add_data(7);
  const std::string merged = m.SerializeAsString() + one_more.SerializeAsString();
  EXPECT_EQ(DecodeCalcDistance(merged).status().code(), Code::kParameterTooLarge);
}

TEST(CalcDistanceCodec, Answers) {
  pb::CalcDistanceResults m;
  ASSERT_TRUE(m.ParseFromString(EncodeCalcDistance({{0.5f, -2.0f}, false})));
  EXPECT_TRUE(m.has_status());
  ASSERT_EQ(m.float_dist().data_size(), 2);
  EXPECT_EQ(m.float_dist().data(1), -2.0f);
  ASSERT_TRUE(m.ParseFromString(EncodeCalcDistance({{0, 300, 262144}, true})));
  ASSERT_EQ(m.int_dist().data_size(), 3);
  EXPECT_EQ(m.int_dist().data(1), 300);
  EXPECT_EQ(m.int_dist().data(2), 262144);
}

}  // namespace
}  // namespace redkite::wire
