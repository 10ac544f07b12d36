// Definitions that change while rows are written and read, on real thread pools. What it looks for shows best
// under TSan.
#include <gtest/gtest.h>

#include <atomic>

#include "base/thread.h"
#include "engine/engine_test_kit.h"

namespace redkite::engine {
namespace {

constexpr int kDim = 4;
const Params kIndex{{"index_type", "FLAT"}, {"metric_type", "L2"}};

bool IsOneOf(const Status& s, std::initializer_list<Code> codes) {
  return s.ok() || std::find(codes.begin(), codes.end(), s.code()) != codes.end();
}

InsertRequest OneRow(const std::string& collection, const std::string& partition, int64_t id) {
  ItemRows rows(collection, kDim, false);
  rows.Add(id, "t", id, {1, 2, 3, 4});
  InsertRequest request = rows.Take();
  request.partition = partition;
  return request;
}

// Partitions come and go under inserts, flushes and reads; what was written elsewhere stays, and nothing of a
// dropped partition does.
TEST(EngineDdlTest, PartitionsAreDroppedWhileRowsArrive) {
  io::MemFileSystem fs(5);
  EngineKit kit(&fs, 4 << 10, 3);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, kIndex).ok());
  std::atomic<bool> stop{false};
  std::atomic<int64_t> stable{0};
  {
    Thread writer("writer", [&] {
      for (int64_t id = 1; !stop.load(); ++id) {
        EXPECT_TRUE(kit.Insert(OneRow("items", "", id)).ok());
        stable.fetch_add(1);
        const auto s = kit.Insert(OneRow("items", "p", 1'000'000 + id)).status();
        EXPECT_TRUE(IsOneOf(s, {Code::kPartitionNotFound})) << s.ToString();
      }
    });
    Thread reader("reader", [&] {
      while (!stop.load()) {
        EXPECT_TRUE(kit.Count("items", "id < 1000000").ok());
        EXPECT_TRUE(kit.Search("items", {1, 2, 3, 4}, 5).ok());
      }
    });
    Thread flusher("flusher", [&] {
      while (!stop.load()) EXPECT_TRUE(kit.Flush("items").ok());
    });
    for (int round = 0; round < 60; ++round) {
      EXPECT_TRUE(kit.proxy().CreatePartition({{"", "items"}, "p"}).ok());
      while (kit.proxy().PartitionRowCount({{"", "items"}, "p"}).value() < 3) {
      }
      EXPECT_TRUE(kit.proxy().ReleasePartitions({{"", "items"}, {"p"}}).ok());
      EXPECT_TRUE(kit.proxy().DropPartition({{"", "items"}, "p"}).ok());
      EXPECT_EQ(kit.Count("items", "id >= 1000000").value(), 0);
    }
    stop = true;
  }
  for (int reopened = 0; reopened < 2; ++reopened) {
    EXPECT_EQ(kit.Count("items", "id >= 1000000").value(), 0);
    EXPECT_EQ(kit.Count("items").value(), stable.load());
    ASSERT_TRUE(kit.Open().ok());
  }
}

TEST(EngineDdlTest, NamesChangeUnderReadersAndWriters) {
  io::MemFileSystem fs(6);
  EngineKit kit(&fs, 1 << 20, 3);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("a", kDim, kIndex).ok());
  ASSERT_TRUE(kit.CreateItems("other", kDim, kIndex).ok());
  ASSERT_TRUE(kit.proxy().CreateAlias({{"", "a"}, "now"}).ok());
  std::atomic<bool> stop{false};
  std::atomic<int64_t> written{0};
  {
    Thread writer("writer", [&] {
      for (int64_t id = 1; !stop.load(); ++id) {
        const auto s = kit.Insert(OneRow(id % 2 == 0 ? "a" : "b", "", id)).status();
        EXPECT_TRUE(IsOneOf(s, {Code::kCollectionNotFound})) << s.ToString();
        if (s.ok()) written.fetch_add(1);
      }
    });
    Thread reader("reader", [&] {
      while (!stop.load()) EXPECT_TRUE(kit.Search("now", {1, 2, 3, 4}, 5).ok());  // an alias never fails
    });
    Thread altering("altering", [&] {
      for (int i = 0; !stop.load(); ++i) {
        const Params put{{"collection.ttl.seconds", std::to_string(i)}};
        const Status s = kit.proxy().AlterCollection({{"", "now"}, {}, {put, {}}});
        EXPECT_TRUE(s.ok()) << s.ToString();
      }
    });
    for (int round = 0; round < 100; ++round) {
      const bool there = round % 2 == 0;
      EXPECT_TRUE(kit.proxy().RenameCollection({{"", there ? "a" : "b"}, {"", there ? "b" : "a"}}).ok());
      EXPECT_TRUE(kit.proxy().AlterAlias({{"", "other"}, "now"}).ok());
      EXPECT_TRUE(kit.proxy().AlterAlias({{"", there ? "b" : "a"}, "now"}).ok());
    }
    stop = true;
  }
  EXPECT_EQ(kit.Count("now").value(), written.load());
  EXPECT_EQ(kit.Count("other").value(), 0);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.Count("a").value(), written.load());
}

TEST(EngineDdlTest, CollectionsAreDroppedWhileRowsArrive) {
  io::MemFileSystem fs(7);
  EngineKit kit(&fs, 1 << 10, 3);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("stays", kDim, kIndex).ok());
  std::atomic<bool> stop{false};
  std::atomic<int64_t> written{0};
  {
    Thread writer("writer", [&] {
      for (int64_t id = 1; !stop.load(); ++id) {
        EXPECT_TRUE(kit.Insert(OneRow("stays", "", id)).ok());
        written.fetch_add(1);
        const auto s = kit.Insert(OneRow("goes", "", id)).status();
        EXPECT_TRUE(IsOneOf(s, {Code::kCollectionNotFound})) << s.ToString();
      }
    });
    Thread reader("reader", [&] {
      while (!stop.load()) {
        const auto s = kit.Count("goes").status();
        EXPECT_TRUE(IsOneOf(s, {Code::kCollectionNotFound, Code::kCollectionNotLoaded})) << s.ToString();
        const auto flushed = kit.proxy().FlushAll({});
        EXPECT_TRUE(flushed.ok()) << flushed.status().ToString();
      }
    });
    for (int round = 0; round < 40; ++round) {
      EXPECT_TRUE(kit.CreateItems("goes", kDim, kIndex).ok());
      while (kit.proxy().RowCount({"", "goes"}).value() < 3) {
      }
      EXPECT_TRUE(kit.proxy().DropCollection({"", "goes"}).ok());
      EXPECT_FALSE(kit.proxy().HasCollection({"", "goes"}).value());
    }
    stop = true;
  }
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.Count("stays").value(), written.load());
  EXPECT_EQ(kit.proxy().ShowCollections({"", false, {}})->size(), 1u);
}

}  // namespace
}  // namespace redkite::engine
