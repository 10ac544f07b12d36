// Writers, readers and flushes at once on real thread pools. What it looks for shows best under TSan.
#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "base/thread.h"
#include "engine/engine_test_kit.h"

namespace redkite::engine {
namespace {

constexpr int kDim = 4;
constexpr int64_t kIdsPerWriter = 100'000;

// Inserts, overwrites and deletes in its own range of keys; returns what must be left.
std::set<int64_t> RunWriter(EngineKit* kit, int writer, int rounds) {
  Random random(static_cast<uint64_t>(writer) + 1);
  std::set<int64_t> alive;
  int64_t next = writer * kIdsPerWriter;
  for (int round = 0; round < rounds; ++round) {
    ItemRows rows("items", kDim, round % 3 == 2);
    for (int i = 0; i < 8; ++i) {
      const int64_t id = next++;
      rows.Add(id, "w" + std::to_string(writer), round, {1, 2, 3, static_cast<float>(random.Unit())});
      alive.insert(id);
    }
    EXPECT_TRUE(kit->Insert(rows.Take()).ok());
    if (round % 4 == 3) {
      const int64_t id = *alive.begin();
      EXPECT_TRUE(kit->Delete("items", "id == " + std::to_string(id)).ok());
      alive.erase(id);
    }
    if (round % 10 == 9) {
      EXPECT_TRUE(kit->Flush("items").ok());
    }
  }
  return alive;
}

void RunReader(EngineKit* kit, const std::atomic<bool>* stop) {
  while (!stop->load()) {
    auto hits = kit->Search("items", {1, 2, 3, 0.5f}, 10, "n >= 0");
    ASSERT_TRUE(hits.ok()) << hits.status().ToString();
    std::set<int64_t> distinct;
    for (int64_t id : hits->ids.view().Values<int64_t>()) EXPECT_TRUE(distinct.insert(id).second);
    auto rows = kit->Query("items", "id < " + std::to_string(kIdsPerWriter));
    ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  }
}

TEST(EngineConcurrencyTest, WritersReadersAndFlushes) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs, 8 << 10, 3);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "HNSW"}, {"metric_type", "L2"}}).ok());
  std::atomic<bool> stop{false};
  std::vector<std::set<int64_t>> left(3);
  {
    Thread reader_a("reader-a", [&] { RunReader(&kit, &stop); });
    Thread reader_b("reader-b", [&] { RunReader(&kit, &stop); });
    {
      std::vector<Thread> writers;
      for (int w = 0; w < 3; ++w) {
        writers.emplace_back("writer", [&, w] { left[w] = RunWriter(&kit, w, 60); });
      }
    }
    stop = true;
  }
  std::set<int64_t> expected;
  for (const auto& ids : left) expected.insert(ids.begin(), ids.end());
  for (int reopened = 0; reopened < 2; ++reopened) {
    auto rows = kit.Query("items", "id >= 0", {"id"});
    ASSERT_TRUE(rows.ok());
    const auto ids = rows->columns[0].column.view().Values<int64_t>();
    EXPECT_EQ(std::set<int64_t>(ids.begin(), ids.end()), expected);
    EXPECT_EQ(ids.size(), expected.size());
    ASSERT_TRUE(kit.Open().ok());
  }
}

}  // namespace
}  // namespace redkite::engine
