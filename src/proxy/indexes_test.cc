#include <gtest/gtest.h>

#include <algorithm>

#include "proxy/mem_proxy_test_kit.h"

namespace redkite::proxy {
namespace {

struct Indexes : testing::Test {
  Indexes() { MemProxyKit::Expect(kit.proxy.CreateCollection(MemProxyKit::Items())); }
  IndexRequest Named(const std::string& index, const std::string& field = "") {
    return {{"", "items"}, field, index};
  }
  CreateIndexRequest Scalar(const std::string& field, const std::string& type) {
    CreateIndexRequest request;
    request.name.collection = "items";
    request.field_name = field;
    request.params = {{"index_type", type}};
    return request;
  }
  size_t Changes() {
    return static_cast<size_t>(
        std::count(kit.backend.calls.begin(), kit.backend.calls.end(), "indexes changed"));
  }
  MemProxyKit kit;
};

TEST_F(Indexes, CreateDescribeAndDrop) {
  ASSERT_TRUE(kit.proxy.CreateIndex(MemProxyKit::VectorIndex()).ok());
  auto scalar = Scalar("n", "STL_SORT");
  scalar.index_name = "by_n";
  ASSERT_TRUE(kit.proxy.CreateIndex(scalar).ok());
  EXPECT_EQ(Changes(), 2u);
  const auto all = kit.proxy.DescribeIndex(Named(""));
  ASSERT_TRUE(all.ok()) << all.status().ToString();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].index_name, "vec");
  EXPECT_EQ(*FindParam((*all)[0].params, "metric_type"), "L2");
  EXPECT_EQ(kit.proxy.DescribeIndex(Named("by_n"))->at(0).field_name, "n");
  EXPECT_EQ(kit.proxy.DescribeIndex(Named("", "n"))->at(0).index_name, "by_n");
  ExpectRefused(kit.proxy.DescribeIndex(Named("other")).status(), Code::kIndexNotFound,
                "index not found[indexName=other]");
  ASSERT_TRUE(kit.proxy.DropIndex(Named("by_n")).ok());
  EXPECT_EQ(kit.backend.calls.back(), "remove index");
  EXPECT_TRUE(kit.proxy.DropIndex(Named("by_n")).ok());
  ASSERT_TRUE(kit.proxy.DropIndex(Named("", "vec")).ok());
  ExpectRefused(kit.proxy.DescribeIndex(Named("")).status(), Code::kIndexNotFound,
                "index not found[collection=items]");
}

TEST_F(Indexes, TheSameAgainIsAcceptedAndAnotherOfTheFieldIsNot) {
  ASSERT_TRUE(kit.proxy.CreateIndex(MemProxyKit::VectorIndex()).ok());
  EXPECT_TRUE(kit.proxy.CreateIndex(MemProxyKit::VectorIndex()).ok());
  EXPECT_EQ(Changes(), 1u);
  ExpectRefused(kit.proxy.CreateIndex(MemProxyKit::VectorIndex("items", "IP")), Code::kParameterInvalid,
                "at most one distinct index is allowed per field");
  auto scalar = Scalar("n", "STL_SORT");
  scalar.index_name = "vec";
  ExpectRefused(kit.proxy.CreateIndex(scalar), Code::kParameterInvalid, "index name vec");
}

TEST_F(Indexes, DefaultsAreTold) {
  auto request = MemProxyKit::VectorIndex();
  request.params = {};
  ASSERT_TRUE(kit.proxy.CreateIndex(request).ok());
  const auto described = kit.proxy.DescribeIndex(Named(""));
  ASSERT_TRUE(described.ok());
  EXPECT_EQ(*FindParam(described->at(0).params, "index_type"), "AUTOINDEX");
  EXPECT_EQ(*FindParam(described->at(0).params, "metric_type"), "COSINE");
}

TEST_F(Indexes, BadOnesAreRefused) {
  auto request = MemProxyKit::VectorIndex();
  request.field_name = "nothing";
  ExpectRefused(kit.proxy.CreateIndex(request), Code::kParameterInvalid, "non-exist field: nothing");
  request = MemProxyKit::VectorIndex();
  request.params = {{"index_type", "NONSENSE"}};
  EXPECT_EQ(kit.proxy.CreateIndex(request).code(), Code::kParameterInvalid);
  request.params = {{"index_type", "FLAT"}, {"params", "{\"a\":"}};
  EXPECT_EQ(kit.proxy.CreateIndex(request).code(), Code::kParameterInvalid);
  request.params = {{"index_type", "FLAT"}, {"dim", "3"}};
  ExpectRefused(kit.proxy.CreateIndex(request), Code::kParameterInvalid, "dim 3");
  request.params = {{"index_type", "FLAT"}, {"extra", std::string(200 * 1024, 'x')}};
  EXPECT_EQ(kit.proxy.CreateIndex(request).code(), Code::kParameterTooLarge);
  const std::pair<const char*, const char*> misfits[] = {
      {"vec", "STL_SORT"}, {"n", "TRIE"},    {"id", "BITMAP"}, {"n", "NGRAM"},
      {"tag", "NGRAM"},    {"tag", "RTREE"}, {"n", "HNSW"},    {"tag", "NONSENSE"}};
  for (const auto& [field, type] : misfits) {
    EXPECT_EQ(kit.proxy.CreateIndex(Scalar(field, type)).code(), Code::kParameterInvalid)
        << field << " " << type;
  }
  EXPECT_EQ(Changes(), 0u);
  EXPECT_FALSE(kit.proxy.DescribeIndex(Named("")).ok());
}

TEST_F(Indexes, FittingScalarIndexesAreKept) {
  for (const auto& [field, type] : {std::pair("n", "STL_SORT"), std::pair("tag", "TRIE"),
                                    std::pair("tag", "INVERTED"), std::pair("n", "BITMAP")}) {
    ASSERT_TRUE(kit.proxy.CreateIndex(Scalar(field, type)).ok()) << field << " " << type;
    ASSERT_TRUE(kit.proxy.DropIndex(Named("", field)).ok());
  }
}

TEST_F(Indexes, ArraysAreIndexedByTheirElements) {
  CreateCollectionRequest request = MemProxyKit::Items();
  request.name.collection = request.schema.name = "lists";
  for (const auto& [name, element] :
       {std::pair("longs", DataType::kInt64), std::pair("words", DataType::kVarChar),
        std::pair("reals", DataType::kDouble)}) {
    FieldSchema field;
    field.name = name;
    field.type = DataType::kArray;
    field.element_type = element;
    field.type_params = {{"max_capacity", "4"}, {"max_length", "8"}};
    request.schema.fields.push_back(field);
  }
  MemProxyKit::Expect(kit.proxy.CreateCollection(request));
  const auto create = [&](const std::string& field, const std::string& type) {
    CreateIndexRequest index = Scalar(field, type);
    index.name.collection = "lists";
    const Status s = kit.proxy.CreateIndex(index);
    if (s.ok()) MemProxyKit::Expect(kit.proxy.DropIndex({{"", "lists"}, field, ""}));
    return s;
  };
  for (const char* field : {"longs", "words", "reals"}) {
    for (const char* type : {"INVERTED", "AUTOINDEX", ""})
      EXPECT_TRUE(create(field, type).ok()) << field << type;
    for (const char* type : {"STL_SORT", "TRIE", "NGRAM"})
      EXPECT_FALSE(create(field, type).ok()) << field << type;
  }
  EXPECT_TRUE(create("longs", "BITMAP").ok());
  EXPECT_TRUE(create("words", "BITMAP").ok());
  ExpectRefused(create("reals", "BITMAP"), Code::kParameterInvalid,
                "bitmap index are only supported on bool, int, string and array field");
}

TEST_F(Indexes, AVectorIndexOfALoadedCollectionStays) {
  ASSERT_TRUE(kit.proxy.CreateIndex(MemProxyKit::VectorIndex()).ok());
  LoadRequest load;
  load.name.collection = "items";
  ASSERT_TRUE(kit.proxy.LoadCollection(load).ok());
  ExpectRefused(kit.proxy.DropIndex(Named("vec")), Code::kParameterInvalid,
                "vector index cannot be dropped on loaded collection");
  ASSERT_TRUE(kit.proxy.ReleaseCollection({"", "items"}).ok());
  EXPECT_TRUE(kit.proxy.DropIndex(Named("vec")).ok());
}

TEST_F(Indexes, TheStateOfTheBuildIsTold) {
  ASSERT_TRUE(kit.proxy.CreateIndex(MemProxyKit::VectorIndex()).ok());
  kit.backend.index_state = {100, 40, true, ""};
  auto described = kit.proxy.DescribeIndex(Named("vec"))->at(0);
  EXPECT_EQ(described.state, IndexState::kInProgress);
  EXPECT_EQ(described.indexed_rows, 40);
  EXPECT_EQ(described.total_rows, 100);
  kit.backend.index_state = {100, 100, false, ""};
  EXPECT_EQ(kit.proxy.DescribeIndex(Named("vec"))->at(0).state, IndexState::kFinished);
  kit.backend.index_state = {100, 40, false, "no memory"};
  described = kit.proxy.DescribeIndex(Named("vec"))->at(0);
  EXPECT_EQ(described.state, IndexState::kFailed);
  EXPECT_EQ(described.fail_reason, "no memory");
}

}  // namespace
}  // namespace redkite::proxy
