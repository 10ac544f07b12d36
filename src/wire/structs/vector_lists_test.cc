#include "wire/structs/vector_lists.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/schema.pb.h"

namespace redkite::wire {
namespace {

namespace pbs = ::milvus::proto::schema;

Result<DecodedLists> Decode(const pbs::VectorArray& m) {
  const std::string bytes = m.SerializeAsString();
  const std::string_view body = bytes;
  return DecodeVectorLists("s[v]", std::span(&body, 1));
}

pbs::VectorArray Floats(int64_t dim, const std::vector<std::vector<float>>& rows) {
  pbs::VectorArray m;
  m.set_dim(dim);
  m.set_element_type(pbs::FloatVector);
  for (const auto& row : rows) {
    auto* field = m.add_data();
    field->set_dim(dim);
    field->mutable_float_vector();
    for (const float v : row) field->mutable_float_vector()->add_data(v);
  }
  return m;
}

TEST(VectorLists, RowsComeAndGo) {
  const pbs::VectorArray sent = Floats(2, {{1, 2, 3, 4}, {}, {5, 6}});
  const auto lists = Decode(sent);
  ASSERT_TRUE(lists.ok()) << lists.status().message();
  EXPECT_EQ(lists->element, DataType::kFloatVector);
  const ColumnView view = lists->column.view();
  ASSERT_EQ(view.row_count, 3U);
  EXPECT_EQ(view.dim, 2);
  EXPECT_EQ(view.TextAt(0).size(), 16U);
  EXPECT_EQ(view.TextAt(1).size(), 0U);
  std::string out;
  PbWriter w(&out);
  PutVectorLists(view, lists->element, &w);
  EXPECT_EQ(out.size(), VectorListsBytes(view, lists->element));
  pbs::VectorArray again;
  ASSERT_TRUE(again.ParseFromString(out));
  EXPECT_EQ(again.SerializeAsString(), sent.SerializeAsString());
}

TEST(VectorLists, OtherVectorsAreBytes) {
  pbs::VectorArray m;
  m.set_dim(16);
  m.set_element_type(pbs::BinaryVector);
  m.add_data()->set_binary_vector("abcd");
  m.add_data()->set_binary_vector("");
  m.add_data();
  const auto lists = Decode(m);
  ASSERT_TRUE(lists.ok()) << lists.status().message();
  EXPECT_EQ(lists->element, DataType::kBinaryVector);
  EXPECT_EQ(lists->column.view().TextAt(0), "abcd");
  std::string out;
  PbWriter w(&out);
  PutVectorLists(lists->column.view(), lists->element, &w);
  EXPECT_EQ(out.size(), VectorListsBytes(lists->column.view(), lists->element));
  pbs::VectorArray again;
  ASSERT_TRUE(again.ParseFromString(out));
  EXPECT_EQ(again.data(0).binary_vector(), "abcd");
  EXPECT_EQ(again.data_size(), 3);
}

TEST(VectorLists, WithoutVectorsNothingIsKnown) {
  pbs::VectorArray m;
  m.add_data();
  const auto lists = Decode(m);
  ASSERT_TRUE(lists.ok());
  EXPECT_EQ(lists->element, DataType::kNone);
  EXPECT_EQ(lists->column.dim(), 0);
  pbs::VectorArray by_row = Floats(2, {{}, {1, 2}});
  by_row.set_dim(0);
  EXPECT_EQ(Decode(by_row)->column.dim(), 2);
}

TEST(VectorLists, Refusals) {
  EXPECT_FALSE(Decode(Floats(0, {{1, 2}})).ok());
  EXPECT_FALSE(Decode(Floats(-1, {{1, 2}})).ok());
  EXPECT_NE(Decode(Floats(2, {{1, 2, 3}})).status().message().find("should divide"), std::string::npos);
  pbs::VectorArray mixed = Floats(2, {{1, 2}});
  mixed.add_data()->set_int8_vector("ab");
  EXPECT_NE(Decode(mixed).status().message().find("different types"), std::string::npos);
  pbs::VectorArray other_dim = Floats(2, {{1, 2}, {1, 2}});
  other_dim.mutable_data(1)->set_dim(1);
  EXPECT_NE(Decode(other_dim).status().message().find("the dim (1)"), std::string::npos);
  pbs::VectorArray sparse;
  sparse.set_dim(2);
  sparse.add_data()->mutable_sparse_float_vector()->add_contents("x");
  EXPECT_FALSE(Decode(sparse).ok());
  pbs::VectorArray bits;
  bits.set_dim(4);
  bits.add_data()->set_binary_vector("a");
  EXPECT_FALSE(Decode(bits).ok());
  EXPECT_NE(
      Decode(Floats(1, {std::vector<float>(4097, 1.0f)})).status().message().find("exceeds max capacity"),
      std::string::npos);
  const std::string_view cut("\x12\x05\x08", 3);
  EXPECT_FALSE(DecodeVectorLists("s[v]", std::span(&cut, 1)).ok());
}

}  // namespace
}  // namespace redkite::wire
