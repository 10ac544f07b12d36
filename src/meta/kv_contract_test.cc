// One suite that every Kv must pass: the local one on the real disk and on the disk in memory, and the twin
// in memory.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>

#include "base/random.h"
#include "base/thread.h"
#include "io/file_paths.h"
#include "io/mem_file_system.h"
#include "io/posix_file_system.h"
#include "meta/kv_log.h"
#include "meta/local_kv.h"
#include "meta/mem_kv.h"

namespace redkite::meta {
namespace {

enum class Kind { kLocalPosix, kLocalMem, kMem };

class KvContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kMem) {
      mem_kv_ = std::make_unique<MemKv>();
      return;
    }
    if (GetParam() == Kind::kLocalPosix) {
      std::string dir = io::JoinPath(testing::TempDir(), "redkite_meta_XXXXXX");
      ASSERT_NE(::mkdtemp(dir.data()), nullptr);
      root_ = dir;
      fs_ = std::make_unique<io::PosixFileSystem>();
    } else {
      auto fs = std::make_unique<io::MemFileSystem>(7);
      mem_fs_ = fs.get();
      fs_ = std::move(fs);
      root_ = "root";
    }
    Restart();
  }
  void TearDown() override {
    local_kv_.reset();
    if (fs_) {
      ASSERT_TRUE(fs_->RemoveTree(root_).ok());
    }
  }
  void Restart() {
    if (mem_kv_) return mem_kv_->Restart();
    local_kv_.reset();
    // Small, so that snapshots are made all the time.
    auto opened = LocalKv::Open(fs_.get(), root_, {500});
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    local_kv_ = std::move(*opened);
  }
  Kv* kv() { return mem_kv_ ? static_cast<Kv*>(mem_kv_.get()) : local_kv_.get(); }
  std::vector<KvEntry> All() { return kv()->List("").value(); }
  std::string Value(std::string_view key) {
    const auto entry = kv()->Get(key).value();
    return entry ? entry->value : "none";
  }
  bool Put(std::string key, std::string value) {
    return kv()->Commit({{}, {{std::move(key), std::move(value)}}, {}}).ok();
  }
  bool can_fail() const { return mem_kv_ || mem_fs_ != nullptr; }
  void FailNextCommit(const Status& error) {
    if (mem_kv_) return mem_kv_->FailNext(error, MemKv::Fate::kUnknown);
    mem_fs_->FailNth(io::FileOp::kWrite, 1, error);
  }

  std::string root_;
  std::unique_ptr<io::FileSystem> fs_;
  io::MemFileSystem* mem_fs_ = nullptr;
  std::unique_ptr<LocalKv> local_kv_;
  std::unique_ptr<MemKv> mem_kv_;
};

TEST_P(KvContract, AnEmptyStore) {
  EXPECT_TRUE(All().empty());
  EXPECT_EQ(kv()->revision(), 0u);
  EXPECT_FALSE(kv()->Get("a").value().has_value());
}

TEST_P(KvContract, CompareAndSet) {
  const auto first = kv()->Commit({{{"a", 0}}, {{"a", "1"}}, {}});
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(first->applied);
  EXPECT_EQ(first->revision, 1u);
  for (bool restarted : {false, true}) {
    if (restarted) Restart();
    const auto refused = kv()->Commit({{{"a", 0}}, {{"a", "2"}, {"b", "2"}}, {"a"}});
    ASSERT_TRUE(refused.ok());
    EXPECT_FALSE(refused->applied);
    EXPECT_EQ(refused->revision, 1u);
    EXPECT_EQ(All(), (std::vector<KvEntry>{{"a", "1", 1}}));
  }
  EXPECT_TRUE(kv()->Commit({{{"a", 1}, {"b", 0}}, {{"a", "2"}, {"b", "3"}}, {}})->applied);
  EXPECT_FALSE(kv()->Commit({{{"a", 2}, {"b", 1}}, {{"a", "9"}}, {}})->applied);  // all compares must hold
  EXPECT_TRUE(kv()->Commit({{{"a", 2}}, {}, {"a", "never there"}})->applied);
  EXPECT_TRUE(kv()->Commit({{{"a", 0}}, {{"c", ""}}, {}})->applied);
  EXPECT_EQ(All(), (std::vector<KvEntry>{{"b", "3", 2}, {"c", "", 4}}));
  EXPECT_EQ(kv()->revision(), 4u);
}

TEST_P(KvContract, KeysAndValuesAreBytesInOrder) {
  const std::vector<std::string> keys = {"",    std::string("\0", 1), "a", "a/", "a/1", "a/10", "a/2", "a0",
                                         "\xff"};
  KvTxn txn;
  for (auto it = keys.rbegin(); it != keys.rend(); ++it)
    txn.puts.push_back({*it, std::string("\0of\n", 4) + *it});
  ASSERT_TRUE(kv()->Commit(txn)->applied);
  Restart();
  std::vector<std::string> found;
  for (const KvEntry& entry : All()) {
    found.push_back(entry.key);
    EXPECT_EQ(entry.value, std::string("\0of\n", 4) + entry.key);
    EXPECT_EQ(entry.revision, 1u);
  }
  EXPECT_EQ(found, keys);
  const auto some = kv()->List("a/1").value();
  ASSERT_EQ(some.size(), 2u);
  EXPECT_EQ(some[0].key, "a/1");
  EXPECT_EQ(some[1].key, "a/10");
  EXPECT_TRUE(kv()->List("b").value().empty());
}

TEST_P(KvContract, RevisionsGoOnAcrossRestarts) {
  for (uint64_t i = 1; i <= 30; ++i) {
    EXPECT_EQ(kv()->Commit({{}, {}, {"nothing"}})->revision, i);
    if (i % 7 == 0) Restart();
    EXPECT_EQ(kv()->revision(), i);
  }
}

TEST_P(KvContract, TooLargeIsRefusedAndTheStoreGoesOn) {
  ASSERT_TRUE(Put("a", "1"));
  const auto refused = kv()->Commit({{}, {{"b", std::string(kMaxRecordBytes + 1, 'x')}, {"a", "2"}}, {}});
  EXPECT_EQ(refused.status().code(), Code::kParameterInvalid);
  EXPECT_EQ(All(), (std::vector<KvEntry>{{"a", "1", 1}}));
  EXPECT_TRUE(Put("a", "2"));
}

TEST_P(KvContract, EqualsAMapAcrossRestarts) {
  constexpr uint64_t kSeed = 20260610;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  std::map<std::string, KvEntry> model;
  uint64_t revision = 0;
  for (int step = 0; step < 300; ++step) {
    KvTxn txn;
    bool holds = true;
    for (int k = 0; k < 8; ++k) {
      const std::string key = "key" + std::to_string(k);
      const uint64_t what = random.Below(6);
      const auto it = model.find(key);
      const uint64_t right = it == model.end() ? 0 : it->second.revision;
      if (what == 0) txn.puts.push_back({key, std::string(random.Below(80), 'v')});
      if (what == 1) txn.deletes.push_back(key);
      if (what == 2 && random.Below(2) == 0) {
        txn.compares.push_back({key, random.Below(4) == 0 ? right + 1 : right});
        holds = holds && txn.compares.back().revision == right;
      }
    }
    const auto done = kv()->Commit(txn);
    ASSERT_TRUE(done.ok()) << done.status().ToString();
    ASSERT_EQ(done->applied, holds);
    if (holds) {
      ++revision;
      for (const std::string& key : txn.deletes) model.erase(key);
      for (const KvPut& put : txn.puts) model[put.key] = {put.key, put.value, revision};
    }
    ASSERT_EQ(done->revision, revision);
    if (random.Below(15) == 0) Restart();
    std::vector<KvEntry> expected;
    for (const auto& [key, entry] : model) expected.push_back(entry);
    ASSERT_EQ(All(), expected) << step;
  }
}

TEST_P(KvContract, OfManyThatCompareOneWins) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 20;
  {
    std::vector<Thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back("commit", [&] {
        for (int added = 0; added < kRounds;) {
          const auto entry = kv()->Get("counter").value();
          const int value = entry ? std::stoi(entry->value) : 0;
          const auto done = kv()->Commit(
              {{{"counter", entry ? entry->revision : 0}}, {{"counter", std::to_string(value + 1)}}, {}});
          ASSERT_TRUE(done.ok());
          added += done->applied ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(Value("counter"), std::to_string(kThreads * kRounds));
}

TEST_P(KvContract, ReadersSeeWholeTransactions) {
  ASSERT_TRUE(kv()->Commit({{}, {{"x", "0"}, {"y", "0"}}, {}})->applied);
  std::vector<Thread> threads;
  threads.emplace_back("commit", [&] {
    for (int i = 1; i <= 60; ++i) {
      ASSERT_TRUE(kv()->Commit({{}, {{"x", std::to_string(i)}, {"y", std::to_string(i)}}, {}})->applied);
    }
  });
  threads.emplace_back("read", [&] {
    for (int i = 0; i < 300; ++i) {
      const auto entries = kv()->List("").value();
      ASSERT_EQ(entries.size(), 2u);
      ASSERT_EQ(entries[0].value, entries[1].value);
      ASSERT_EQ(entries[0].revision, entries[1].revision);
    }
  });
}

TEST_P(KvContract, WithoutSpaceATransactionIsAbsentAndTheStoreGoesOn) {
  if (!can_fail()) GTEST_SKIP() << "faults are injected in memory only";
  ASSERT_TRUE(Put("a", "1"));
  FailNextCommit(Status(Code::kDiskLimitExceeded, "injected"));
  EXPECT_EQ(kv()->Commit({{}, {{"b", "1"}}, {"a"}}).status().code(), Code::kDiskLimitExceeded);
  EXPECT_TRUE(Put("c", "1"));
  for (bool restarted : {false, true}) {
    if (restarted) Restart();
    EXPECT_EQ(All(), (std::vector<KvEntry>{{"a", "1", 1}, {"c", "1", 2}}));
  }
}

TEST_P(KvContract, TheFirstFailureFencesUntilARestart) {
  if (!can_fail()) GTEST_SKIP() << "faults are injected in memory only";
  ASSERT_TRUE(Put("a", "1"));
  FailNextCommit(Status::Io("injected"));
  for (int i = 0; i < 3; ++i) {
    const auto failed = kv()->Commit({{}, {{"b", "unknown"}, {"c", "unknown"}}, {}});
    EXPECT_EQ(failed.status().code(), Code::kIoFailed);
    EXPECT_NE(failed.status().message().find("injected"), std::string::npos);
  }
  EXPECT_EQ(All(), (std::vector<KvEntry>{{"a", "1", 1}}));
  EXPECT_EQ(kv()->revision(), 1u);
  if (mem_fs_ != nullptr) mem_fs_->ClearFaults();
  Restart();
  EXPECT_EQ(Value("a"), "1");
  EXPECT_EQ(Value("b"), Value("c"));  // whole or not at all
  const uint64_t revision = kv()->revision();
  EXPECT_EQ(revision, Value("b") == "none" ? 1u : 2u);
  EXPECT_EQ(kv()->Commit({{}, {{"d", "1"}}, {}})->revision, revision + 1);
}

INSTANTIATE_TEST_SUITE_P(All, KvContract, testing::Values(Kind::kLocalPosix, Kind::kLocalMem, Kind::kMem),
                         [](const auto& info) {
                           return info.param == Kind::kMem        ? "mem"
                                  : info.param == Kind::kLocalMem ? "local_mem"
                                                                  : "local_posix";
                         });

}  // namespace
}  // namespace redkite::meta
