#include "segment/json_path_cache.h"

#include <gtest/gtest.h>

#include <thread>

namespace redkite::segment {
namespace {

constexpr auto kChunkBytes = static_cast<int64_t>(sizeof(JsonPathChunk));
constexpr FieldId kField{101};

bool Fill(const JsonPaths& paths, const std::string& path, size_t chunk, uint64_t value) {
  const auto values = paths.Open(kField, path, 10 * kJsonChunkRows);
  if (values == nullptr) return false;
  auto filled = std::make_unique<JsonPathChunk>();
  filled->values[0] = value;
  return paths.Keep(kField, path, values.get(), chunk, &filled);
}

TEST(JsonPathCache, FindsWhatWasKept) {
  const JsonPaths paths(std::make_shared<JsonPathCache>(10 * kChunkBytes, nullptr));
  EXPECT_TRUE(Fill(paths, "a", 3, 7));
  EXPECT_FALSE(Fill(paths, "a", 3, 8)) << "there is one";
  const auto values = paths.Open(kField, "a", 10 * kJsonChunkRows);
  EXPECT_EQ(values->Find(2), nullptr);
  ASSERT_NE(values->Find(3), nullptr);
  EXPECT_EQ(values->Find(3)->values[0], 7);
  EXPECT_EQ(paths.Open(FieldId(102), "a", 10 * kJsonChunkRows)->Find(3), nullptr);
}

TEST(JsonPathCache, TheOneThatWasNotAskedForLongestGoesFirst) {
  const auto cache = std::make_shared<JsonPathCache>(3 * kChunkBytes + 4096, nullptr);
  const JsonPaths paths(cache);
  for (const char* path : {"a", "b", "c"}) EXPECT_TRUE(Fill(paths, path, 0, 1));
  EXPECT_NE(paths.Open(kField, "a", kJsonChunkRows)->Find(0), nullptr);
  EXPECT_TRUE(Fill(paths, "d", 0, 1));
  EXPECT_LE(cache->spare_bytes(), 3 * kChunkBytes + 4096);
  EXPECT_NE(paths.Open(kField, "a", kJsonChunkRows)->Find(0), nullptr);
  EXPECT_EQ(paths.Open(kField, "b", kJsonChunkRows)->Find(0), nullptr);
}

TEST(JsonPathCache, OnePathDoesNotTakeMoreThanAllMayHave) {
  const auto cache = std::make_shared<JsonPathCache>(2 * kChunkBytes + 4096, nullptr);
  const JsonPaths paths(cache);
  EXPECT_TRUE(Fill(paths, "a", 0, 1));
  EXPECT_TRUE(Fill(paths, "a", 1, 1));
  EXPECT_FALSE(Fill(paths, "a", 2, 1));
  EXPECT_NE(paths.Open(kField, "a", kJsonChunkRows)->Find(0), nullptr);
}

TEST(JsonPathCache, AReaderKeepsWhatItHolds) {
  const auto cache = std::make_shared<JsonPathCache>(kChunkBytes + 4096, nullptr);
  const JsonPaths paths(cache);
  EXPECT_TRUE(Fill(paths, "a", 0, 7));
  auto held = paths.Open(kField, "a", kJsonChunkRows);
  cache->GiveBack();
  EXPECT_GT(cache->spare_bytes(), kChunkBytes) << "still held";
  EXPECT_EQ(held->Find(0)->values[0], 7);
  auto filled = std::make_unique<JsonPathChunk>();
  EXPECT_FALSE(paths.Keep(kField, "a", held.get(), 1, &filled)) << "it has left";
  held.reset();
  EXPECT_EQ(cache->spare_bytes(), 0);
  EXPECT_EQ(paths.Open(kField, "a", kJsonChunkRows)->Find(0), nullptr);
}

TEST(JsonPathCache, ManyPathsThatOneReaderHoldsStayWithinTheBound) {
  const auto cache = std::make_shared<JsonPathCache>(3 * kChunkBytes + 4096, nullptr);
  const JsonPaths paths(cache);
  EXPECT_TRUE(Fill(paths, "before", 0, 1));
  std::vector<std::shared_ptr<JsonPathValues>> held;
  int kept = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string path = std::to_string(i);
    held.push_back(paths.Open(kField, path, kJsonChunkRows));
    if (held.back() == nullptr) continue;
    auto filled = std::make_unique<JsonPathChunk>();
    kept += paths.Keep(kField, path, held.back().get(), 0, &filled);
    ASSERT_LE(cache->spare_bytes(), 3 * kChunkBytes + 4096);
  }
  EXPECT_EQ(kept, 3);
  EXPECT_EQ(paths.Open(kField, "before", kJsonChunkRows), nullptr);
  held.clear();
  EXPECT_TRUE(Fill(paths, "after", 0, 1));
}

TEST(JsonPathCache, GoesWithItsBlock) {
  const auto cache = std::make_shared<JsonPathCache>(10 * kChunkBytes, nullptr);
  const JsonPaths stays(cache);
  {
    const JsonPaths goes(cache);
    EXPECT_TRUE(Fill(goes, "a", 0, 1));
    EXPECT_TRUE(Fill(stays, "a", 0, 2));
  }
  EXPECT_LT(cache->spare_bytes(), 2 * kChunkBytes);
  EXPECT_EQ(stays.Open(kField, "a", kJsonChunkRows)->Find(0)->values[0], 2);
}

TEST(JsonPathCache, IsAccountedAndYieldsToOthers) {
  MemoryLedger ledger(8 * kChunkBytes);
  const auto cache = std::make_shared<JsonPathCache>(100 * kChunkBytes, &ledger);
  {
    const JsonPaths paths(cache);
    EXPECT_TRUE(Fill(paths, "a", 0, 1));
    EXPECT_GE(ledger.used_bytes(), kChunkBytes);
    EXPECT_EQ(ledger.used_bytes(), cache->spare_bytes());
    const MemoryReservation other = ledger.ReserveAnyway(6 * kChunkBytes);
    EXPECT_FALSE(Fill(paths, "a", 1, 1));
    cache->GiveBack();
    EXPECT_EQ(ledger.used_bytes(), 6 * kChunkBytes);
    EXPECT_EQ(paths.Open(kField, "a", kJsonChunkRows), nullptr);
  }
  EXPECT_EQ(ledger.used_bytes(), 0);
}

TEST(JsonPathCache, KeepsNothingWithoutABudget) {
  const JsonPaths paths(std::make_shared<JsonPathCache>(0, nullptr));
  EXPECT_EQ(paths.Open(kField, "a", kJsonChunkRows), nullptr);
}

TEST(JsonPathCache, ManyThreadsFillAndDrop) {
  const auto cache = std::make_shared<JsonPathCache>(4 * kChunkBytes, nullptr);
  const JsonPaths paths(cache);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < 300; ++i) {
        const std::string path(1, static_cast<char>('a' + i % 3));
        const size_t chunk = i % 5;
        Fill(paths, path, chunk, chunk);
        const auto values = paths.Open(kField, path, 10 * kJsonChunkRows);
        const JsonPathChunk* found =
            values == nullptr ? nullptr : values->Find(chunk);  // others may hold all
        if (found != nullptr) {
          EXPECT_EQ(found->values[0], chunk);
        }
        if (t == 0 && i % 50 == 0) cache->GiveBack();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache->spare_bytes(), 4 * kChunkBytes);
}

}  // namespace
}  // namespace redkite::segment
