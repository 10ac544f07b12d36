#include "meta/mem_kv.h"

#include <gtest/gtest.h>

#include "meta/catalog.h"

namespace redkite::meta {
namespace {

KvTxn Put(std::string key, std::string value) { return {{}, {{std::move(key), std::move(value)}}, {}}; }

TEST(MemKv, AFailedTransactionMayBeThereAfterARestart) {
  for (const MemKv::Fate fate : {MemKv::Fate::kAbsent, MemKv::Fate::kPresent}) {
    MemKv kv;
    ASSERT_TRUE(kv.Commit(Put("a", "1")).ok());
    kv.FailNext(Status::Io("injected"), fate);
    EXPECT_EQ(kv.Commit(Put("a", "2")).status().code(), Code::kIoFailed);
    EXPECT_EQ(kv.Commit(Put("b", "1")).status().code(), Code::kIoFailed);
    EXPECT_EQ(kv.Get("a").value()->value, "1");
    EXPECT_EQ(kv.revision(), 1u);
    kv.Restart();
    const bool present = fate == MemKv::Fate::kPresent;
    EXPECT_EQ(kv.Get("a").value()->value, present ? "2" : "1");
    EXPECT_FALSE(kv.Get("b").value().has_value());
    EXPECT_EQ(kv.Commit(Put("b", "1")).value().revision, present ? 3u : 2u);
  }
}

TEST(MemKv, AFailedCompareMeetsNoFault) {
  MemKv kv;
  kv.FailNext(Status(Code::kDiskLimitExceeded, "full"), MemKv::Fate::kPresent);
  EXPECT_FALSE(kv.Commit({{{"a", 7}}, {{"a", "1"}}, {}}).value().applied);
  EXPECT_EQ(kv.Commit(Put("a", "1")).status().code(), Code::kDiskLimitExceeded);
  kv.Restart();
  EXPECT_FALSE(kv.Get("a").value().has_value());
}

TEST(MemKv, TheSameSeedGivesTheSameFaults) {
  const auto run = [](uint64_t seed) {
    MemKv kv(seed);
    kv.SetFaults({.full_per_mille = 100, .fail_per_mille = 50});
    std::string outcome;
    for (int i = 0; i < 200; ++i) {
      const auto done = kv.Commit(Put("k", std::to_string(i)));
      outcome += done.ok() ? '.' : done.status().code() == Code::kIoFailed ? 'E' : 'F';
      if (i % 10 == 9) kv.Restart();
    }
    return outcome + std::to_string(kv.revision());
  };
  EXPECT_EQ(run(3), run(3));
  EXPECT_NE(run(3), run(4));
  EXPECT_NE(run(3).find('E'), std::string::npos);
  EXPECT_NE(run(3).find('F'), std::string::npos);
}

// What stands on a Kv: a catalog over a store that fails keeps what it acknowledged, and gives no id twice.
TEST(MemKv, ACatalogLivesOnAStoreThatFails) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    MemKv kv(seed);
    ASSERT_TRUE(Catalog::Open(&kv).ok());
    kv.SetFaults({.full_per_mille = 80, .fail_per_mille = 60});
    std::map<std::string, CollectionId> acknowledged;
    std::map<int64_t, std::string> ids;
    int made = 0;
    for (int life = 0; life < 8; ++life) {
      kv.Restart();
      auto catalog = Catalog::Open(&kv);
      ASSERT_TRUE(catalog.ok()) << catalog.status().ToString();
      for (const auto& [name, id] : acknowledged) {
        ASSERT_EQ((*catalog)->GetCollection(kDefaultDatabaseId, name).value()->id, id);
      }
      for (int i = 0; i < 12; ++i) {
        CollectionMeta meta;
        meta.name = "c" + std::to_string(++made);
        const auto created = (*catalog)->CreateCollection(meta);
        if (!created.ok()) continue;
        acknowledged[meta.name] = (*created)->id;
        ASSERT_TRUE(ids.emplace((*created)->id.value(), meta.name).second);
      }
    }
    EXPECT_GT(acknowledged.size(), 10u);
  }
}

}  // namespace
}  // namespace redkite::meta
