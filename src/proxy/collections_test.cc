#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "base/thread.h"
#include "proxy/mem_proxy_test_kit.h"

namespace redkite::proxy {
namespace {

TEST(Collections, CreateDescribeAndDrop) {
  MemProxyKit kit;
  kit.MakeItems();
  const auto described = kit.proxy.DescribeCollection({{"", "items"}, {}});
  ASSERT_TRUE(described.ok()) << described.status().ToString();
  EXPECT_EQ(described->schema.fields.size(), 4u);
  EXPECT_EQ(described->database, "default");
  EXPECT_TRUE(described->loaded);
  EXPECT_EQ(described->num_partitions, 1);
  EXPECT_EQ(kit.proxy.DescribeCollection({{"", ""}, described->id})->schema.name, "items");
  EXPECT_TRUE(*kit.proxy.HasCollection({"", "items"}));
  ASSERT_TRUE(kit.proxy.DropCollection({"", "items"}).ok());
  EXPECT_TRUE(kit.proxy.DropCollection({"", "items"}).ok());
  EXPECT_FALSE(*kit.proxy.HasCollection({"", "items"}));
  EXPECT_TRUE(kit.backend.shards.empty());
  for (const Status& status :
       {kit.proxy.DescribeCollection({{"", "items"}, {}}).status(),
        kit.proxy.RowCount({"", "items"}).status(), kit.proxy.ReleaseCollection({"", "items"})}) {
    ExpectRefused(status, Code::kCollectionNotFound, "[database=default][collection=items]");
  }
  ExpectRefused(kit.proxy.HasCollection({"nowhere", "items"}).status(), Code::kDatabaseNotFound, "nowhere");
}

TEST(Collections, DescriptionsAreLimited) {
  MemProxyKit kit;
  auto request = MemProxyKit::Items();
  request.schema.description = std::string(1025, 'x');
  ExpectRefused(kit.proxy.CreateCollection(request), Code::kParameterInvalid,
                "the length of a description must be at most 1024 bytes, but got 1025");
  request.schema.description.pop_back();
  request.schema.fields[2].description = std::string(2000, 'x');
  ExpectRefused(kit.proxy.CreateCollection(request), Code::kParameterInvalid, "but got 2000");
  request.schema.fields[2].description = "short";
  EXPECT_TRUE(kit.proxy.CreateCollection(request).ok());
}

TEST(Collections, TheSameAgainIsAcceptedAndAnotherIsNot) {
  MemProxyKit kit;
  ASSERT_TRUE(kit.proxy.CreateCollection(MemProxyKit::Items()).ok());
  EXPECT_TRUE(kit.proxy.CreateCollection(MemProxyKit::Items()).ok());
  auto other = MemProxyKit::Items();
  other.schema.fields[2].nullable = false;
  ExpectRefused(kit.proxy.CreateCollection(other), Code::kParameterInvalid,
                "create duplicate collection with different parameters, collection: items");
  EXPECT_EQ(kit.backend.shards.size(), 1u);
}

// Whoever finds the collection in the catalog finds its shard, from the first moment on.
TEST(Collections, TheShardIsThereBeforeTheNameIs) {
  MemProxyKit kit;
  bool seen = true;
  kit.backend.on_create = [&](const meta::CollectionMeta& meta) {
    EXPECT_NE(meta.id.value(), 0);
    seen = *kit.proxy.HasCollection({"", "items"});
    // A drop in this gap has nothing to drop, and leaves nothing behind.
    EXPECT_TRUE(kit.proxy.DropCollection({"", "items"}).ok());
  };
  ASSERT_TRUE(kit.proxy.CreateCollection(MemProxyKit::Items()).ok());
  EXPECT_FALSE(seen);
  EXPECT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "a"}})).ok());
}

TEST(Collections, WithoutAShardThereIsNoCollection) {
  MemProxyKit kit;
  kit.backend.create_error = Status(Code::kDiskLimitExceeded, "disk is full");
  EXPECT_EQ(kit.proxy.CreateCollection(MemProxyKit::Items()).code(), Code::kDiskLimitExceeded);
  EXPECT_FALSE(*kit.proxy.HasCollection({"", "items"}));
  kit.backend.create_error = Status::Ok();
  EXPECT_TRUE(kit.proxy.CreateCollection(MemProxyKit::Items()).ok());
}

TEST(Collections, AShardWhoseCollectionCouldNotBeKeptGoes) {
  MemProxyKit kit;
  kit.backend.on_create = [&](const meta::CollectionMeta&) {
    kit.kv.FailNext(Status(Code::kDiskLimitExceeded, "no space for metadata"));
  };
  EXPECT_EQ(kit.proxy.CreateCollection(MemProxyKit::Items()).code(), Code::kDiskLimitExceeded);
  EXPECT_TRUE(kit.backend.shards.empty());
  kit.backend.on_create = {};
  EXPECT_TRUE(kit.proxy.CreateCollection(MemProxyKit::Items()).ok());
}

TEST(Collections, AShardWhoseNameIsTakenMeanwhileGoes) {
  MemProxyKit kit;
  ASSERT_TRUE(kit.proxy.CreateCollection(MemProxyKit::Items("other")).ok());
  kit.backend.on_create = [&](const meta::CollectionMeta&) {
    EXPECT_TRUE(kit.proxy.RenameCollection({{"", "other"}, {"", "items"}}).ok());
  };
  EXPECT_EQ(kit.proxy.CreateCollection(MemProxyKit::Items()).code(), Code::kParameterInvalid);
  EXPECT_EQ(kit.backend.shards.size(), 1u);
}

TEST(Collections, TheSameIsMadeOnceByMany) {
  MemProxyKit kit;
  std::atomic<int> created = 0;
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back("create",
                           [&] { created += kit.proxy.CreateCollection(MemProxyKit::Items()).ok(); });
    }
    for (Thread& thread : threads) thread.Join();
  }
  EXPECT_EQ(created, 4);
  EXPECT_EQ(kit.backend.shards.size(), 1u);
}

TEST(Collections, RefusedRequestsChangeNothing) {
  Limits limits;
  limits.collection_count_max = 1;
  MemProxyKit kit(limits);
  auto request = MemProxyKit::Items("1st");
  ExpectRefused(kit.proxy.CreateCollection(request), Code::kParameterInvalid, "Invalid collection name");
  request = MemProxyKit::Items();
  request.name.database = "nowhere";
  ExpectRefused(kit.proxy.CreateCollection(request), Code::kDatabaseNotFound, "nowhere");
  request = MemProxyKit::Items();
  request.shards_num = 17;
  ExpectRefused(kit.proxy.CreateCollection(request), Code::kParameterInvalid, "maximum shards's number");
  request = MemProxyKit::Items();
  request.unsupported = {"functions"};
  ExpectRefused(kit.proxy.CreateCollection(request), Code::kUnimplemented, "functions");
  EXPECT_TRUE(kit.backend.calls.empty());
  ASSERT_TRUE(kit.proxy.CreateCollection(MemProxyKit::Items("one")).ok());
  ExpectRefused(kit.proxy.CreateCollection(MemProxyKit::Items("two")), Code::kCollectionNumLimitExceeded,
                "exceeded the limit number of collections");
  EXPECT_EQ(kit.backend.shards.size(), 1u);
}

TEST(Collections, LoadNeedsIndexesAndAShard) {
  MemProxyKit kit;
  ASSERT_TRUE(kit.proxy.CreateCollection(MemProxyKit::Items()).ok());
  LoadRequest load;
  load.name.collection = "items";
  ExpectRefused(kit.proxy.LoadCollection(load), Code::kIndexNotFound, "index not found[collection=items]");
  ASSERT_TRUE(kit.proxy.CreateIndex(MemProxyKit::VectorIndex()).ok());
  EXPECT_EQ(*kit.proxy.GetLoadState({{"", "items"}, {}}), LoadState::kNotLoad);
  ExpectRefused(kit.proxy.LoadingProgress({{"", "items"}, {}}).status(), Code::kCollectionNotLoaded, "items");
  load.replica_number = 2;
  ExpectRefused(kit.proxy.LoadCollection(load), Code::kNodeNotEnough, "replica");
  load.replica_number = 1;
  load.partitions = {"nowhere"};
  EXPECT_FALSE(kit.proxy.LoadPartitions(load).ok());
  load.partitions.clear();
  kit.backend.find_error = Status::Corrupt("the manifest is damaged");
  ExpectRefused(kit.proxy.LoadCollection(load), Code::kDataIntegrity, "damaged");
  EXPECT_EQ(*kit.proxy.GetLoadState({{"", "items"}, {}}), LoadState::kNotLoad);
  kit.backend.find_error = Status::Ok();
  ASSERT_TRUE(kit.proxy.LoadCollection(load).ok());
  EXPECT_TRUE(kit.proxy.LoadCollection(load).ok());
  EXPECT_EQ(*kit.proxy.GetLoadState({{"", "items"}, {}}), LoadState::kLoaded);
  EXPECT_EQ(*kit.proxy.LoadingProgress({{"", "items"}, {}}), 100);
  ASSERT_TRUE(kit.proxy.ReleaseCollection({"", "items"}).ok());
  EXPECT_TRUE(kit.proxy.ReleaseCollection({"", "items"}).ok());
  EXPECT_EQ(*kit.proxy.GetLoadState({{"", "items"}, {}}), LoadState::kNotLoad);
  EXPECT_EQ(*kit.proxy.GetLoadState({{"", "other"}, {}}), LoadState::kNotExist);
}

TEST(Collections, ShowsAllOrTheLoadedOnes) {
  MemProxyKit kit;
  kit.MakeItems("loaded");
  ASSERT_TRUE(kit.proxy.CreateCollection(MemProxyKit::Items("fresh")).ok());
  const auto names = [&](ShowCollectionsRequest request) {
    std::string all;
    const auto shown = kit.proxy.ShowCollections(request);
    EXPECT_TRUE(shown.ok());
    for (const CollectionDescription& c : *shown) all += c.schema.name + " ";
    return all;
  };
  EXPECT_EQ(names({}), "fresh loaded ");
  EXPECT_EQ(names({"", true, {}}), "loaded ");
  EXPECT_EQ(names({"", true, {"fresh"}}), "");
  EXPECT_FALSE(kit.proxy.ShowCollections({"nowhere", false, {}}).ok());
}

TEST(Collections, RowCountIsTheShardsOwn) {
  MemProxyKit kit;
  kit.MakeItems();
  EXPECT_EQ(*kit.proxy.RowCount({"", "items"}), 0);
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "a"}, {2, "b"}})).ok());
  EXPECT_EQ(*kit.proxy.RowCount({"", "items"}), 2);
}

TEST(Collections, ACollectionThatWentMeanwhileIsNamed) {
  MemProxyKit kit;
  kit.MakeItems();
  kit.backend.shards.clear();  // in the catalog still, its shard gone: as a reader sees a drop half-way
  const std::string phrase = "collection not found[database=default][collection=items]";
  ExpectRefused(kit.Query("id > 0").status(), Code::kCollectionNotFound, phrase);
  ExpectRefused(kit.proxy.Search(MemProxyKit::SearchFor({1, 2}, 1), nullptr).status(),
                Code::kCollectionNotFound, phrase);
  ExpectRefused(kit.Insert(MemProxyKit::Rows({{1, "a"}})).status(), Code::kCollectionNotFound, phrase);
  ExpectRefused(kit.Delete("id == 1").status(), Code::kCollectionNotFound, phrase);
  ExpectRefused(kit.proxy.RowCount({"", "items"}).status(), Code::kCollectionNotFound, phrase);
}

}  // namespace
}  // namespace redkite::proxy
