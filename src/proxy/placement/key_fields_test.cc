#include "proxy/placement/key_fields.h"

#include <gtest/gtest.h>

#include "proxy/mem_proxy_test_kit.h"

namespace redkite::proxy {
namespace {

CreateCollectionRequest KeyedItems(const std::string& key = "tag", int64_t partitions = 4) {
  CreateCollectionRequest request = MemProxyKit::Items();
  for (FieldSchema& field : request.schema.fields) field.is_partition_key = field.name == key;
  request.num_partitions = partitions;
  return request;
}

void MakeKeyed(MemProxyKit* kit, int64_t partitions = 4, Params properties = {}) {
  CreateCollectionRequest request = KeyedItems("tag", partitions);
  request.properties = std::move(properties);
  kit->Expect(kit->proxy.CreateCollection(request));
  CreateIndexRequest index = MemProxyKit::VectorIndex();
  index.params = {{"index_type", "HNSW"}, {"metric_type", "L2"}};
  kit->Expect(kit->proxy.CreateIndex(index));
  LoadRequest load;
  load.name.collection = "items";
  kit->Expect(kit->proxy.LoadCollection(load));
}

TEST(KeyFields, DeclarationsAreChecked) {
  MemProxyKit kit;
  const auto create = [&](const CreateCollectionRequest& request) {
    return kit.proxy.CreateCollection(request);
  };
  ExpectRefused(create(KeyedItems("id")), Code::kParameterInvalid,
                "the partition key field must not be primary field");
  ExpectRefused(create(KeyedItems("vec")), Code::kParameterInvalid,
                "the data type of partition key should be Int64 or VarChar");
  ExpectRefused(create(KeyedItems("n")), Code::kParameterInvalid, "partition key field not support nullable");
  CreateCollectionRequest two = KeyedItems();
  two.schema.fields[2].is_partition_key = true;
  two.schema.fields[2].nullable = false;
  ExpectRefused(create(two), Code::kParameterInvalid,
                "there are more than one partition key, field name = tag, n");
  ExpectRefused(create(KeyedItems("none", 3)), Code::kParameterInvalid,
                "num_partitions should only be specified with partition key field enabled");
  ExpectRefused(create(KeyedItems("tag", 1025)), Code::kParameterInvalid,
                "partition number (1025) exceeds max configuration (1024)");
  ExpectRefused(create(KeyedItems("tag", -1)), Code::kParameterInvalid, "num_partitions");
  CreateCollectionRequest clustered = MemProxyKit::Items();
  clustered.schema.fields[3].is_clustering_key = true;
  ExpectRefused(create(clustered), Code::kVectorClusteringKeyNotAllowed, "vector clustering key not allowed");
  clustered.schema.fields[3].is_clustering_key = false;
  clustered.schema.fields[1].is_clustering_key = clustered.schema.fields[2].is_clustering_key = true;
  ExpectRefused(create(clustered), Code::kParameterInvalid, "there are more than one clustering key");
  EXPECT_TRUE(kit.backend.calls.empty());
  clustered.schema.fields[1].is_clustering_key = false;
  kit.Expect(create(clustered));
  EXPECT_TRUE(kit.proxy.DescribeCollection({{"", "items"}, {}})->schema.Find("n")->is_clustering_key);
}

TEST(KeyFields, PartitionsAreMadeAndLeftAlone) {
  MemProxyKit kit;
  MakeKeyed(&kit, 0);
  const auto shown = kit.proxy.ShowPartitions({{"", "items"}, {}, {}, false}).value();
  ASSERT_EQ(shown.size(), 16u);
  EXPECT_EQ(shown[0].name, "_default_0");
  EXPECT_EQ(shown[15].name, "_default_15");
  EXPECT_EQ(kit.proxy.DescribeCollection({{"", "items"}, {}})->num_partitions, 16);
  const std::string names =
      "not support manually specifying the partition names if partition key mode is used";
  ExpectRefused(kit.proxy.CreatePartition({{"", "items"}, "p"}), Code::kParameterInvalid,
                "disable create partition if partition key mode is used");
  ExpectRefused(kit.proxy.DropPartition({{"", "items"}, "_default_3"}), Code::kParameterInvalid,
                "disable drop partition");
  ExpectRefused(kit.proxy.ReleasePartitions({{"", "items"}, {"_default_3"}}), Code::kParameterInvalid,
                "disable release partitions");
  InsertRequest insert = MemProxyKit::Rows({{1, "a", 0, 0}});
  insert.partition = "_default_3";
  ExpectRefused(kit.Insert(std::move(insert)).status(), Code::kParameterInvalid, names);
  SearchRequest search = MemProxyKit::SearchFor({0, 0}, 1);
  search.partitions = {"_default_3"};
  ExpectRefused(kit.proxy.Search(search, nullptr).status(), Code::kParameterInvalid, names);
  // Created again it is the same, with another number of partitions it is not.
  kit.Expect(kit.proxy.CreateCollection(KeyedItems("tag", 16)));
  ExpectRefused(kit.proxy.CreateCollection(KeyedItems("tag", 17)), Code::kParameterInvalid,
                "create duplicate collection");
}

TEST(KeyFields, RowsGoWhereTheirKeysSendThem) {
  MemProxyKit kit;
  MakeKeyed(&kit, 4);
  std::vector<MemProxyKit::Item> items;
  for (int64_t i = 0; i < 40; ++i)
    items.push_back({i, "t" + std::to_string(i % 8), static_cast<float>(i), 0});
  const auto done = kit.Insert(MemProxyKit::Rows(items));
  ASSERT_TRUE(done.ok()) << done.status().ToString();
  // Keys are answered in the order of the request.
  for (int64_t i = 0; i < 40; ++i) EXPECT_EQ(done->ids.view().At<int64_t>(static_cast<size_t>(i)), i);
  EXPECT_EQ(kit.Ids().size(), 40u);
  EXPECT_EQ(kit.Ids("tag == 't3'"), (std::vector<int64_t>{3, 11, 19, 27, 35}));
  EXPECT_EQ(kit.shard().last_read().partitions.size(), 1u);
  EXPECT_EQ(kit.Ids("id >= 0 and (n > 5 and (tag == 't3' or tag in ['t3', 't4']))").size(), 10u);
  EXPECT_LE(kit.shard().last_read().partitions.size(), 2u);
  EXPECT_EQ(kit.Ids("tag == 't3' or id == 4").size(), 6u);
  EXPECT_EQ(kit.shard().last_read().partitions.size(), 4u);
  EXPECT_EQ(kit.Ids("tag != 't3'").size(), 35u);
  EXPECT_EQ(kit.Ids("tag == 'none'").size(), 0u);
  // Memory that was reserved is held by the rows of each partition.
  EXPECT_GT(kit.memory.used_bytes(), 0);
}

TEST(KeyFields, AnUpsertMovesARow) {
  MemProxyKit kit;
  MakeKeyed(&kit, 16);
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "a", 0, 0}, {2, "b", 0, 0}})).ok());
  InsertRequest upsert = MemProxyKit::Rows({{1, "c", 0, 0}, {2, "b", 1, 0}});
  upsert.upsert = true;
  ASSERT_TRUE(kit.Insert(std::move(upsert)).ok());
  EXPECT_TRUE(kit.Ids("tag == 'a'").empty());
  EXPECT_EQ(kit.Ids("tag == 'c'"), (std::vector<int64_t>{1}));
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{1, 2}));
  ASSERT_TRUE(kit.Delete("tag == 'c'").ok());
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{2}));
}

TEST(KeyFields, IsolationWantsOneKey) {
  MemProxyKit kit;
  CreateCollectionRequest plain = MemProxyKit::Items();
  plain.properties = {{"partitionkey.isolation", "true"}};
  ExpectRefused(kit.proxy.CreateCollection(plain), Code::kParameterInvalid, "no partition key field is set");
  MakeKeyed(&kit, 4, {{"partitionkey.isolation", "true"}});
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "a", 0, 0}, {2, "b", 0, 0}})).ok());
  const auto search = [&](const std::string& filter) {
    return kit.proxy.Search(MemProxyKit::SearchFor({0, 0}, 5, filter), nullptr).status();
  };
  kit.Expect(search("tag == 'a'"));
  kit.Expect(search("id > 0 and (tag == 'a' and n < 100)"));
  const std::string missing =
      "partition key not found in expr or the expr is invalid when validating partition key isolation";
  ExpectRefused(search(""), Code::kParameterInvalid, missing);
  ExpectRefused(search("id > 0"), Code::kParameterInvalid, missing);
  ExpectRefused(search("tag > 'a'"), Code::kParameterInvalid, missing);
  ExpectRefused(search("tag == 'a' or id > 1"), Code::kParameterInvalid, "isolation does not support OR");
  ExpectRefused(search("tag in ['a', 'b']"), Code::kParameterInvalid, "isolation does not support IN");
  ExpectRefused(search("'a' < tag < 'b'"), Code::kParameterInvalid, "isolation does not support BinaryRange");
  EXPECT_EQ(kit.Ids().size(), 2u);  // a query need not name it
  AlterCollectionRequest alter;
  alter.name.collection = "items";
  alter.properties.put = {{"partitionkey.isolation", "false"}};
  ExpectRefused(kit.proxy.AlterCollection(alter), Code::kParameterInvalid,
                "can not alter partition key isolation mode if the collection already has a vector index");
  alter.properties.put = {{"partitionkey.isolation", "True"}};
  kit.Expect(kit.proxy.AlterCollection(alter));  // as it is
}

}  // namespace
}  // namespace redkite::proxy
