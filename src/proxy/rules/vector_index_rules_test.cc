#include "proxy/rules/vector_index_rules.h"

#include <gtest/gtest.h>

namespace redkite::proxy {
namespace {

FieldSchema Field(DataType type, DataType element = DataType::kNone) {
  FieldSchema field;
  field.name = "v";
  field.type = type;
  field.element_type = element;
  field.dim = 8;
  return field;
}

TEST(VectorIndex, OfOneVector) {
  const auto index =
      ParseVectorIndex(Field(DataType::kFloatVector), {{"index_type", "HNSW"}, {"metric_type", "IP"}});
  ASSERT_TRUE(index.ok()) << index.status().message();
  EXPECT_FALSE(index->lists);
  EXPECT_EQ(index->metric_name(), "IP");
  EXPECT_TRUE(index->IsMetric("ip"));
  EXPECT_FALSE(index->IsMetric("MAX_SIM_IP"));
  EXPECT_EQ(DefaultMetricName(Field(DataType::kBinaryVector)), "HAMMING");
  EXPECT_FALSE(ParseVectorIndex(Field(DataType::kFloatVector), {{"metric_type", "MAX_SIM_IP"}}).ok());
}

TEST(VectorIndex, OfLists) {
  const FieldSchema field = Field(DataType::kArrayOfVector, DataType::kFloatVector);
  auto index = ParseVectorIndex(field, {{"index_type", "HNSW"}, {"metric_type", "MAX_SIM"}});
  ASSERT_TRUE(index.ok()) << index.status().message();
  EXPECT_TRUE(index->lists && index->max_sim);
  EXPECT_EQ(index->metric_name(), "MAX_SIM_COSINE");
  EXPECT_TRUE(index->IsMetric("MAX_SIM"));
  EXPECT_FALSE(index->IsMetric("COSINE"));
  index = ParseVectorIndex(field, {{"metric_type", "L2"}});
  ASSERT_TRUE(index.ok());
  EXPECT_TRUE(index->lists && !index->max_sim);
  EXPECT_EQ(DefaultMetricName(field), "MAX_SIM_COSINE");
}

}  // namespace
}  // namespace redkite::proxy
