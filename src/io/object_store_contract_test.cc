// One suite that every ObjectStore must pass: the local one on the real disk and on the disk in memory, and
// the twin in memory.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>
#include <set>

#include "base/thread.h"
#include "io/file_paths.h"
#include "io/local_object_store.h"
#include "io/mem_file_system.h"
#include "io/mem_object_store.h"
#include "io/posix_file_system.h"

namespace redkite::io {
namespace {

enum class Kind { kLocalPosix, kLocalMem, kMem };

class ObjectStoreContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kMem) {
      store_ = std::make_unique<MemObjectStore>(7);
      return;
    }
    if (GetParam() == Kind::kLocalPosix) {
      std::string dir = JoinPath(testing::TempDir(), "redkite_objects_XXXXXX");
      ASSERT_NE(::mkdtemp(dir.data()), nullptr);
      root_ = dir;
      fs_ = std::make_unique<PosixFileSystem>();
    } else {
      root_ = "objects";
      fs_ = std::make_unique<MemFileSystem>(7);
    }
    Reopen();
  }
  void TearDown() override {
    store_.reset();
    if (fs_) {
      ASSERT_TRUE(fs_->RemoveTree(root_).ok());
    }
  }
  // What the store has acknowledged is there in its next life.
  void Reopen() {
    if (!fs_) return;
    store_.reset();
    auto store = LocalObjectStore::Open(fs_.get(), root_, Random(++lives_));
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    store_ = std::move(*store);
  }
  std::string Get(std::string_view key, ObjectRange range = {}) {
    auto part = store_->Get(key, range);
    return part.ok() ? part->bytes : part.status().ToString();
  }
  std::string Put(std::string_view key, std::string_view bytes) {
    auto put = store_->Put(key, bytes);
    EXPECT_TRUE(put.ok()) << put.status().ToString();
    return put.ok() && put->applied ? put->etag : "not applied";
  }
  /// Every key below `prefix`, by pages.
  std::vector<std::string> Keys(std::string_view prefix, size_t limit = 1000, std::string after = {}) {
    std::vector<std::string> keys;
    for (;;) {
      auto page = store_->List(prefix, after, limit);
      EXPECT_TRUE(page.ok()) << page.status().ToString();
      if (!page.ok()) return keys;
      EXPECT_LE(page->objects.size(), limit);
      for (const ObjectName& object : page->objects) keys.push_back(object.key);
      if (page->next.empty()) return keys;
      EXPECT_EQ(page->next, keys.back());
      after = page->next;
    }
  }

  std::string root_;
  std::unique_ptr<FileSystem> fs_;
  std::unique_ptr<ObjectStore> store_;
  uint64_t lives_ = 0;
};

TEST_P(ObjectStoreContract, WhatWasPutIsRead) {
  for (const std::string& bytes :
       {std::string("hello"), std::string(), std::string("a\0b", 3), std::string(200'000, 'x')}) {
    const std::string etag = Put("some/key", bytes);
    for (bool reopened : {false, true}) {
      if (reopened) Reopen();
      auto part = store_->Get("some/key");
      ASSERT_TRUE(part.ok()) << part.status().ToString();
      EXPECT_EQ(part->bytes, bytes);
      EXPECT_EQ(part->object, (ObjectInfo{bytes.size(), etag}));
      EXPECT_EQ(store_->Head("some/key").value(), part->object);
    }
  }
}

TEST_P(ObjectStoreContract, MissingObjects) {
  Put("a/b", "x");
  for (const char* key : {"no", "a", "a/b/c", "a/c", "A/B"}) {
    EXPECT_EQ(store_->Get(key).status().code(), Code::kKeyNotFound) << key;
    EXPECT_EQ(store_->Head(key).status().code(), Code::kKeyNotFound) << key;
    EXPECT_NE(store_->Head(key).status().message().find(key), std::string::npos);
    EXPECT_TRUE(store_->Delete(key).ok()) << key;
    const auto put = store_->PutIfMatch(key, "etag", "y");
    ASSERT_TRUE(put.ok()) << put.status().ToString();
    EXPECT_FALSE(put->applied);
    EXPECT_TRUE(put->etag.empty());
  }
  EXPECT_EQ(Keys(""), (std::vector<std::string>{"a/b"}));
}

TEST_P(ObjectStoreContract, RangesAreExact) {
  Put("k", "0123456789");
  EXPECT_EQ(Get("k", {0, 10}), "0123456789");
  EXPECT_EQ(Get("k", {3, 4}), "3456");
  EXPECT_EQ(Get("k", {9, 1}), "9");
  EXPECT_EQ(Get("k", {4, ObjectRange::kToEnd}), "456789");
  EXPECT_EQ(Get("k", {10, 0}), "");
  EXPECT_EQ(Get("k", {10, ObjectRange::kToEnd}), "");
  EXPECT_EQ(store_->Get("k", {3, 4})->object.size_bytes, 10u);
  for (const ObjectRange& range :
       {ObjectRange{0, 11}, ObjectRange{10, 1}, ObjectRange{11, 0}, ObjectRange{11, ObjectRange::kToEnd},
        ObjectRange{UINT64_MAX, 1}, ObjectRange{5, UINT64_MAX - 1}, ObjectRange{1, UINT64_MAX - 1}}) {
    EXPECT_EQ(store_->Get("k", range).status().code(), Code::kUnexpectedEof)
        << range.offset << " " << range.length;
  }
}

TEST_P(ObjectStoreContract, BadKeysAreRefusedAndReachNothing) {
  Put("a", "x");
  const std::vector<std::string> bad = {"",
                                        "/",
                                        "/a",
                                        "a/",
                                        "a//b",
                                        ".",
                                        "..",
                                        "../a",
                                        "a/../../b",
                                        "a/./b",
                                        std::string("a\0b", 3),
                                        std::string(kMaxObjectKeyBytes + 1, 'k')};
  for (const std::string& key : bad) {
    EXPECT_EQ(store_->Get(key).status().code(), Code::kParameterInvalid) << key;
    EXPECT_EQ(store_->Head(key).status().code(), Code::kParameterInvalid) << key;
    EXPECT_EQ(store_->Put(key, "x").status().code(), Code::kParameterInvalid) << key;
    EXPECT_EQ(store_->PutIfAbsent(key, "x").status().code(), Code::kParameterInvalid) << key;
    EXPECT_EQ(store_->PutIfMatch(key, "etag", "x").status().code(), Code::kParameterInvalid) << key;
    EXPECT_EQ(store_->Delete(key).code(), Code::kParameterInvalid) << key;
  }
  EXPECT_EQ(Keys(""), (std::vector<std::string>{"a"}));
  EXPECT_EQ(store_->PutIfMatch("a", "", "y").status().code(), Code::kParameterInvalid);
  EXPECT_EQ(store_->List("", "", 0).status().code(), Code::kParameterInvalid);
  EXPECT_EQ(Get("a"), "x");
}

TEST_P(ObjectStoreContract, OddKeysAreKeptApart) {
  const std::vector<std::string> odd = {"a",
                                        "a/b",
                                        "a/b/c",
                                        "a b",
                                        "a%20b",
                                        "A",
                                        ".hidden",
                                        "a..b",
                                        "...",
                                        "o-a",
                                        "d-a/x",
                                        "\xc3\xa4",
                                        "\xff",
                                        "~",
                                        "\n",
                                        "tmp/1",
                                        "LOCK",
                                        std::string(kMaxObjectKeyBytes, 'k'),
                                        std::string(80, 'k'),
                                        std::string(80, 'k') + "/x",
                                        std::string(81, 'k'),
                                        std::string(255, '%') + "/" + std::string(255, '%')};
  for (const std::string& key : odd) Put(key, "of " + key);
  Reopen();
  for (const std::string& key : odd) EXPECT_EQ(Get(key), "of " + key);
  std::vector<std::string> sorted = odd;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(Keys("", 3), sorted);
  for (const std::string& key : odd) ASSERT_TRUE(store_->Delete(key).ok());
  EXPECT_TRUE(Keys("").empty());
}

TEST_P(ObjectStoreContract, EveryPutHasAnEtagOfItsOwn) {
  std::set<std::string> etags;
  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(etags.insert(Put("k", "the same bytes")).second) << i;
    if (i % 3 == 1) {
      ASSERT_TRUE(store_->Delete("k").ok());
    }
    if (i % 5 == 4) Reopen();
  }
  const std::string last = store_->Head("k")->etag;
  Put("other", "x");
  EXPECT_EQ(store_->Head("k")->etag, last);
  EXPECT_FALSE(etags.contains("")) << "an etag is never empty";
}

TEST_P(ObjectStoreContract, PutIfAbsent) {
  const auto first = store_->PutIfAbsent("k", "1");
  ASSERT_TRUE(first.ok() && first->applied);
  for (bool reopened : {false, true}) {
    if (reopened) Reopen();
    const auto second = store_->PutIfAbsent("k", "2");
    ASSERT_TRUE(second.ok()) << second.status().ToString();
    EXPECT_FALSE(second->applied);
    EXPECT_EQ(second->etag, first->etag);
    EXPECT_EQ(Get("k"), "1");
  }
  ASSERT_TRUE(store_->Delete("k").ok());
  EXPECT_TRUE(store_->PutIfAbsent("k", "3")->applied);
  EXPECT_EQ(Get("k"), "3");
}

TEST_P(ObjectStoreContract, PutIfMatch) {
  const std::string one = Put("k", "1");
  const auto two = store_->PutIfMatch("k", one, "2");
  ASSERT_TRUE(two.ok() && two->applied);
  EXPECT_NE(two->etag, one);
  Reopen();
  const auto stale = store_->PutIfMatch("k", one, "3");
  ASSERT_TRUE(stale.ok()) << stale.status().ToString();
  EXPECT_FALSE(stale->applied);
  EXPECT_EQ(stale->etag, two->etag);
  EXPECT_EQ(Get("k"), "2");
  // The same bytes again are another version: what was deleted and put again does not match.
  ASSERT_TRUE(store_->Delete("k").ok());
  EXPECT_FALSE(store_->PutIfMatch("k", two->etag, "4")->applied);
  Put("k", "2");
  EXPECT_FALSE(store_->PutIfMatch("k", two->etag, "4")->applied);
  EXPECT_EQ(Get("k"), "2");
}

TEST_P(ObjectStoreContract, ListsByPrefixInKeyOrder) {
  const std::vector<std::string> keys = {"a", "a-b", "a/b", "a/c/d", "a/c0", "a0", "b/1", "b/10", "b/2"};
  for (auto it = keys.rbegin(); it != keys.rend(); ++it) Put(*it, std::string(it->size(), 'x'));
  EXPECT_EQ(Keys(""), keys);
  EXPECT_EQ(Keys("a/"), (std::vector<std::string>{"a/b", "a/c/d", "a/c0"}));
  EXPECT_EQ(Keys("a/c"), (std::vector<std::string>{"a/c/d", "a/c0"}));
  EXPECT_EQ(Keys("b/1"), (std::vector<std::string>{"b/1", "b/10"}));
  EXPECT_EQ(Keys("a", 2), (std::vector<std::string>{"a", "a-b", "a/b", "a/c/d", "a/c0", "a0"}));
  for (const char* prefix : {"c", "/", "a//", "..", "b/1/"}) EXPECT_TRUE(Keys(prefix).empty()) << prefix;
  EXPECT_EQ(Keys("", 4, "a/c"), (std::vector<std::string>{"a/c/d", "a/c0", "a0", "b/1", "b/10", "b/2"}));
  EXPECT_EQ(Keys("a/", 1, "a/b"), (std::vector<std::string>{"a/c/d", "a/c0"}));
  EXPECT_TRUE(Keys("a/", 1, "b").empty());
  EXPECT_EQ(store_->List("b/10", "", 5)->objects, (std::vector<ObjectName>{{"b/10", 4}}));
  // A page that just holds everything is the last one.
  EXPECT_TRUE(store_->List("", "", keys.size())->next.empty());
  EXPECT_FALSE(store_->List("", "", keys.size() - 1)->next.empty());
}

TEST_P(ObjectStoreContract, EqualsAMapAcrossRestarts) {
  constexpr uint64_t kSeed = 20260608;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  std::map<std::string, std::pair<std::string, std::string>> model;  // bytes and etag
  for (int step = 0; step < 600; ++step) {
    std::string key = std::to_string(random.Below(6));
    if (random.Below(2) == 0) key += "/" + std::to_string(random.Below(4));
    const auto it = model.find(key);
    const std::string etag = it == model.end() ? std::string() : it->second.second;
    const std::string bytes(random.Below(3000), static_cast<char>('a' + random.Below(26)));
    Result<PutOutcome> put = PutOutcome{};
    bool applies = true;
    switch (random.Below(5)) {
      case 0:
        put = store_->Put(key, bytes);
        break;
      case 1:
        put = store_->PutIfAbsent(key, bytes);
        applies = etag.empty();
        break;
      case 2: {
        const bool stale = etag.empty() || random.Below(2) == 0;
        put = store_->PutIfMatch(key, stale ? "stale" : etag, bytes);
        applies = !stale;
        break;
      }
      case 3:
        ASSERT_TRUE(store_->Delete(key).ok());
        model.erase(key);
        continue;
      default:
        if (random.Below(4) == 0) Reopen();
        ASSERT_EQ(Get(key), etag.empty() ? store_->Get(key).status().ToString() : it->second.first);
        continue;
    }
    ASSERT_TRUE(put.ok()) << put.status().ToString();
    ASSERT_EQ(put->applied, applies) << step;
    if (applies) {
      model[key] = {bytes, put->etag};
    } else {
      ASSERT_EQ(put->etag, etag);
    }
  }
  std::vector<std::string> keys;
  for (const auto& [key, object] : model) {
    keys.push_back(key);
    auto part = store_->Get(key);
    ASSERT_TRUE(part.ok());
    EXPECT_EQ(part->bytes, object.first);
    EXPECT_EQ(part->object.etag, object.second);
  }
  EXPECT_EQ(Keys("", 2), keys);
}

TEST_P(ObjectStoreContract, OfManyConditionalPutsOneIsApplied) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 12;
  // Each adds one to a number by read and put-if-match, as a manifest is replaced: no addition is lost.
  Mutex mutex;
  int created = 0;
  {
    std::vector<Thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back("put", [&] {
        const auto absent = store_->PutIfAbsent("counter", "0");
        ASSERT_TRUE(absent.ok());
        {
          MutexLock lock(mutex);
          created += absent->applied ? 1 : 0;
        }
        for (int added = 0; added < kRounds;) {
          const auto part = store_->Get("counter");
          ASSERT_TRUE(part.ok()) << part.status().ToString();
          const auto put =
              store_->PutIfMatch("counter", part->object.etag, std::to_string(std::stoi(part->bytes) + 1));
          ASSERT_TRUE(put.ok()) << put.status().ToString();
          added += put->applied ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(created, 1);
  EXPECT_EQ(Get("counter"), std::to_string(kThreads * kRounds));
}

TEST_P(ObjectStoreContract, ReadersSeeOneVersion) {
  Put("k", std::string(10'000, 'a'));
  std::vector<Thread> threads;
  threads.emplace_back("put", [&] {
    for (int i = 0; i < 40; ++i) {
      ASSERT_TRUE(
          store_->Put("k", std::string(5'000 + 1'000 * (i % 10), static_cast<char>('a' + i % 26))).ok());
    }
  });
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back("get", [&] {
      for (int i = 0; i < 100; ++i) {
        const auto part = store_->Get("k");
        ASSERT_TRUE(part.ok()) << part.status().ToString();
        ASSERT_EQ(part->bytes.size(), part->object.size_bytes);
        ASSERT_EQ(part->bytes.find_first_not_of(part->bytes[0]), std::string::npos);
      }
    });
  }
}

INSTANTIATE_TEST_SUITE_P(All, ObjectStoreContract,
                         testing::Values(Kind::kLocalPosix, Kind::kLocalMem, Kind::kMem),
                         [](const auto& info) {
                           return info.param == Kind::kMem        ? "mem"
                                  : info.param == Kind::kLocalMem ? "local_mem"
                                                                  : "local_posix";
                         });

}  // namespace
}  // namespace redkite::io
