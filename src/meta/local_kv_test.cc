#include "meta/local_kv.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/testing/log_capture.h"
#include "io/mem_file_system.h"
#include "meta/kv_log.h"

namespace redkite::meta {
namespace {

constexpr char kDir[] = "meta";

std::vector<KvEntry> Dump(Kv* kv) { return kv->List("").value(); }

/// What a LocalKv must be: a map.
class Model {
 public:
  bool Commit(const KvTxn& txn) {
    for (const KvCompare& c : txn.compares) {
      auto it = entries_.find(c.key);
      if ((it == entries_.end() ? 0 : it->second.revision) != c.revision) return false;
    }
    ++revision_;
    for (const std::string& key : txn.deletes) entries_.erase(key);
    for (const KvPut& p : txn.puts) entries_[p.key] = {p.key, p.value, revision_};
    return true;
  }
  std::vector<KvEntry> Dump() const {
    std::vector<KvEntry> out;
    for (const auto& [key, entry] : entries_) out.push_back(entry);
    return out;
  }
  uint64_t revision() const { return revision_; }
  uint64_t RevisionOf(const std::string& key) const {
    auto it = entries_.find(key);
    return it == entries_.end() ? 0 : it->second.revision;
  }

 private:
  std::map<std::string, KvEntry> entries_;
  uint64_t revision_ = 0;
};

KvTxn RandomTxn(Random* random, const Model& model) {
  KvTxn txn;
  std::vector<std::string> keys;
  for (int i = 0; i < 12; ++i) keys.push_back((i % 3 == 0 ? "a/" : "b/") + std::to_string(i));
  for (size_t i = keys.size(); i > 1; --i) std::swap(keys[i - 1], keys[random->Below(i)]);
  const size_t puts = random->Below(4);
  const size_t deletes = random->Below(2);
  for (size_t i = 0; i < puts; ++i) txn.puts.push_back({keys[i], std::string(random->Below(60), 'v')});
  for (size_t i = 0; i < deletes; ++i) txn.deletes.push_back(keys[puts + i]);
  if (random->Below(3) == 0) {
    const uint64_t right = model.RevisionOf(keys[0]);
    txn.compares.push_back({keys[0], random->Below(2) == 0 ? right : random->Below(20)});
  }
  return txn;
}

TEST(LocalKv, CompareAndSet) {
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, kDir).value();
  EXPECT_FALSE(kv->Get("a").value().has_value());
  const KvTxnResult first = kv->Commit({{{"a", 0}}, {{"a", "1"}}, {}}).value();
  EXPECT_TRUE(first.applied);
  EXPECT_FALSE(kv->Commit({{{"a", 0}}, {{"a", "2"}}, {}}).value().applied);
  EXPECT_EQ(kv->Get("a").value()->value, "1");
  EXPECT_TRUE(kv->Commit({{{"a", first.revision}}, {{"a", "2"}, {"b", "3"}}, {}}).value().applied);
  EXPECT_TRUE(kv->Commit({{}, {}, {"a", "never there"}}).value().applied);
  EXPECT_EQ(Dump(kv.get()), (std::vector<KvEntry>{{"b", "3", 2}}));
  EXPECT_EQ(kv->revision(), 3u);
}

TEST(LocalKv, EqualsAMapAcrossReopens) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    io::MemFileSystem fs(seed);
    Model model;
    const uint64_t log_limit = seed % 2 == 0 ? 300 : kLogBytesBeforeSnapshot;
    auto kv = LocalKv::Open(&fs, kDir, {log_limit}).value();
    for (int step = 0; step < 300; ++step) {
      const KvTxn txn = RandomTxn(&random, model);
      ASSERT_EQ(kv->Commit(txn).value().applied, model.Commit(txn)) << step;
      if (random.Below(20) == 0) {
        kv.reset();
        if (random.Below(2) == 0) fs.Crash();
        auto again = LocalKv::Open(&fs, kDir, {log_limit});
        ASSERT_TRUE(again.ok()) << again.status().ToString();
        kv = std::move(again).value();
      }
      ASSERT_EQ(Dump(kv.get()), model.Dump()) << step;
      ASSERT_EQ(kv->revision(), model.revision());
    }
    EXPECT_EQ(fs.List(kDir).value().size(), 2u);
    std::vector<KvEntry> expected = model.Dump();
    std::erase_if(expected, [](const KvEntry& e) { return !e.key.starts_with("a/"); });
    EXPECT_EQ(kv->List("a/").value(), expected);
  }
}

TEST(LocalKv, PowerCutAtEveryOperationLeavesWholeTransactions) {
  int kept = 0;
  int lost = 0;
  for (uint64_t nth = 1; nth <= 120; ++nth) {
    for (uint64_t seed = 1; seed <= 6; ++seed) {
      SCOPED_TRACE("cut at " + std::to_string(nth) + " seed " + std::to_string(seed));
      Random random(seed);
      io::MemFileSystem fs(seed * 1000 + nth);
      fs.CutPowerAt(nth);
      Model acknowledged;
      Model tried;
      auto kv = LocalKv::Open(&fs, kDir, {250});
      for (int step = 0; kv.ok() && step < 40; ++step) {
        const KvTxn txn = RandomTxn(&random, acknowledged);
        tried = acknowledged;
        tried.Commit(txn);
        if (!(*kv)->Commit(txn).ok()) break;
        acknowledged = tried;
      }
      fs.Crash();
      auto again = LocalKv::Open(&fs, kDir, {250});
      ASSERT_TRUE(again.ok()) << again.status().ToString();
      const auto found = Dump(again->get());
      const uint64_t revision = (*again)->revision();
      ASSERT_TRUE((found == acknowledged.Dump() && revision == acknowledged.revision()) ||
                  (found == tried.Dump() && revision == tried.revision()));
      (revision == acknowledged.revision() ? lost : kept) +=
          tried.revision() != acknowledged.revision() ? 1 : 0;
      // The found state is durable: a second cut at once keeps it.
      again->reset();
      fs.Crash();
      ASSERT_EQ(Dump(LocalKv::Open(&fs, kDir, {250}).value().get()), found);
    }
  }
  EXPECT_GT(kept, 0);
  EXPECT_GT(lost, 0);
}

TEST(LocalKv, FailedOperationsKeepWhatWasAcknowledged) {
  for (int op = 0; op < io::kFileOpCount; ++op) {
    for (uint64_t nth = 1; nth <= 8; ++nth) {
      for (const Code code : {Code::kIoFailed, Code::kDiskLimitExceeded}) {
        SCOPED_TRACE("operation " + std::to_string(op) + " number " + std::to_string(nth));
        io::MemFileSystem fs(nth);
        auto kv = LocalKv::Open(&fs, kDir, {200}).value();
        fs.FailNth(static_cast<io::FileOp>(op), nth, Status(code, "injected"));
        std::map<std::string, bool> acknowledged;
        for (int i = 0; i < 20; ++i) {
          const std::string key = "key" + std::to_string(i);
          acknowledged[key] = kv->Commit({{}, {{key, "0123456789"}}, {}}).ok();
        }
        for (const auto& [key, ok] : acknowledged) ASSERT_EQ(kv->Get(key).value().has_value(), ok) << key;
        fs.ClearFaults();
        kv.reset();
        fs.Crash();
        auto again = LocalKv::Open(&fs, kDir, {200});
        ASSERT_TRUE(again.ok()) << again.status().ToString();
        for (const auto& [key, ok] : acknowledged) {
          if (ok) {
            ASSERT_TRUE((*again)->Get(key).value().has_value()) << key;
          }
        }
      }
    }
  }
}

TEST(LocalKv, FailedSyncFences) {
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, kDir).value();
  ASSERT_TRUE(kv->Commit({{}, {{"a", "1"}}, {}}).ok());
  fs.FailNth(io::FileOp::kSync, 1, Status::Io("injected"));
  EXPECT_FALSE(kv->Commit({{}, {{"b", "1"}}, {}}).ok());
  EXPECT_FALSE(kv->Commit({{}, {{"c", "1"}}, {}}).ok());
  EXPECT_EQ(Dump(kv.get()).size(), 1u);
}

// The allocated space takes transactions on a full disk too; `value_bytes` is enough to go beyond it.
void ExpectFullDiskPasses(uint64_t log_limit, size_t value_bytes) {
  SCOPED_TRACE("log limit " + std::to_string(log_limit));
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, kDir, {log_limit}).value();
  ASSERT_TRUE(kv->Commit({{}, {{"a", "1"}}, {}}).ok());
  fs.SetDiskBytes(150);
  int failed = 0;
  for (int i = 0; i < 10; ++i)
    failed += kv->Commit({{}, {{"b" + std::to_string(i), std::string(value_bytes, 'v')}}, {}}).ok() ? 0 : 1;
  EXPECT_GT(failed, 0);
  EXPECT_LT(failed, 10);
  fs.SetDiskBytes(UINT64_MAX);
  EXPECT_TRUE(kv->Commit({{}, {{"c", "1"}}, {}}).ok());
  const auto entries = Dump(kv.get());
  EXPECT_EQ(entries.size(), 12u - static_cast<size_t>(failed));
  kv.reset();
  fs.Crash();
  auto again = LocalKv::Open(&fs, kDir);
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(Dump(again->get()), entries);
}

TEST(LocalKv, FullDiskPasses) {
  ExpectFullDiskPasses(100, 1500);
  ExpectFullDiskPasses(kLogBytesBeforeSnapshot, 200 << 10);
}

TEST(LocalKv, WhatWasReplayedIsMadeDurable) {
  io::MemFileSystem fs;
  ASSERT_TRUE(LocalKv::Open(&fs, kDir).ok());
  {
    // A process that was killed between write and sync.
    auto log = fs.OpenForWrite("meta/LOG-00000000000000000000").value();
    ASSERT_TRUE(log->WriteAt(kLogHeaderBytes, EncodeRecord({{}, {{"a", "1"}}, {}}, 0, 1)).ok());
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Dump(LocalKv::Open(&fs, kDir).value().get()).size(), 1u) << i;
    fs.Crash();
  }
}

TEST(LocalKv, WhatIsReplayedAfterAFailedSyncIsMadeDurable) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    io::MemFileSystem fs(seed);
    auto kv = LocalKv::Open(&fs, kDir).value();
    ASSERT_TRUE(kv->Commit({{}, {{"a", "1"}}, {}}).ok());
    fs.FailNth(io::FileOp::kSync, 1, Status::Io("injected"));
    ASSERT_FALSE(kv->Commit({{}, {{"b", "2"}}, {}}).ok());
    kv = LocalKv::Open(&fs, kDir).value();
    const auto seen = Dump(kv.get());
    ASSERT_EQ(seen.size(), 2u);  // still in the page cache
    ASSERT_TRUE(kv->Commit({{}, {{"c", "3"}}, {}}).ok());
    fs.Crash();
    auto again = LocalKv::Open(&fs, kDir);
    ASSERT_TRUE(again.ok()) << "seed " << seed << ": " << again.status().ToString();
    ASSERT_EQ(Dump(again->get()).size(), 3u) << "seed " << seed;
  }
}

TEST(LocalKv, WhatWasLoadedIsDurableBeforeOlderFilesGo) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    io::MemFileSystem fs(seed);
    auto kv = LocalKv::Open(&fs, kDir, {1}).value();
    ASSERT_TRUE(kv->Commit({{}, {{"a", "1"}}, {}}).ok());
    fs.FailNth(io::FileOp::kSyncDir, 2, Status::Io("injected"));  // the one after the snapshot's rename
    ASSERT_TRUE(kv->Commit({{}, {{"b", "2"}}, {}}).ok());
    kv = LocalKv::Open(&fs, kDir, {1 << 20}).value();
    fs.Crash();
    auto again = LocalKv::Open(&fs, kDir);
    ASSERT_TRUE(again.ok()) << "seed " << seed << ": " << again.status().ToString();
    ASSERT_EQ(Dump(again->get()).size(), 2u) << "seed " << seed;
  }
}

/// A store with a snapshot of some transactions and a log of some more.
std::unique_ptr<io::MemFileSystem> SampleStore() {
  auto fs = std::make_unique<io::MemFileSystem>();
  for (const uint64_t log_limit : {uint64_t{1}, kLogBytesBeforeSnapshot}) {
    auto kv = LocalKv::Open(fs.get(), kDir, {log_limit}).value();
    for (int i = 0; i < 3; ++i)
      EXPECT_TRUE(kv->Commit({{}, {{"key" + std::to_string(i), "value"}}, {}}).ok());
  }
  return fs;
}

TEST(LocalKv, EveryFlippedBitIsRefusedByFileName) {
  const auto sample = SampleStore();
  const auto listing = sample->List(kDir).value();
  ASSERT_EQ(listing.size(), 2u);
  for (const io::FileInfo& info : listing) {
    const std::string path = std::string(kDir) + "/" + info.name;
    const uint64_t used = sample->ReadAll(path).value().find_last_not_of('\0') + 1;
    for (uint64_t bit = 0; bit < used * 8; ++bit) {
      sample->FlipBit(path, bit);
      const auto kv = LocalKv::Open(sample.get(), kDir);
      ASSERT_FALSE(kv.ok()) << path << " bit " << bit;
      ASSERT_NE(kv.status().message().find(path), std::string::npos) << kv.status().ToString();
      sample->FlipBit(path, bit);
    }
  }
  EXPECT_TRUE(LocalKv::Open(sample.get(), kDir).ok());
}

std::string LogPath(io::MemFileSystem* fs, uint64_t* base) {
  for (const io::FileInfo& info : fs->List(kDir).value()) {
    if (!info.name.starts_with("LOG-")) continue;
    *base = std::stoull(info.name.substr(4));
    return std::string(kDir) + "/" + info.name;
  }
  return "";
}

TEST(LocalKv, ALogThatWasCutIsRefusedByFileName) {
  const auto sample = SampleStore();
  uint64_t base = 0;
  const std::string path = LogPath(sample.get(), &base);
  const std::string bytes = sample->ReadAll(path).value();
  const auto whole = DecodeLog(bytes, base).value();
  ASSERT_GE(whole.txns.size(), 3u);
  for (size_t size = 0; size < bytes.size(); size += size < whole.valid_bytes ? 1 : 100) {
    sample->PutFile(path, bytes.substr(0, size));
    const Status refused = LocalKv::Open(sample.get(), kDir).status();
    ASSERT_EQ(refused.code(), Code::kDataIntegrity) << size;
    ASSERT_NE(refused.message().find(path), std::string::npos) << refused.message();
    ASSERT_EQ(sample->ReadAll(path).value().size(), size) << "it changed what it refused";
  }
}

TEST(LocalKv, FilesThatAreFarTooLargeAreNotRead) {
  for (const char* prefix : {"LOG-", "SNAPSHOT-"}) {
    const auto sample = SampleStore();
    for (const io::FileInfo& info : sample->List(kDir).value()) {
      if (!info.name.starts_with(prefix)) continue;
      const std::string path = std::string(kDir) + "/" + info.name;
      ASSERT_TRUE(sample->Truncate(path, uint64_t{200} << 30).ok());
      const Status refused = LocalKv::Open(sample.get(), kDir).status();
      EXPECT_EQ(refused.code(), Code::kDataIntegrity);
      EXPECT_NE(refused.message().find(path + ": 214748364800 bytes, at most "), std::string::npos)
          << refused.message();
    }
  }
}

TEST(LocalKv, WhatNoSnapshotCouldHoldIsRefusedAndTheStoreGoesOn) {
  io::MemFileSystem fs;
  const LocalKvOptions options{.log_bytes_before_snapshot = 1, .snapshot_bytes_max = 4000};
  auto kv = LocalKv::Open(&fs, kDir, options).value();
  const auto put = [&](const std::string& key, size_t bytes) {
    return kv->Commit({{}, {{key, std::string(bytes, 'x')}}, {}}).status();
  };
  int count = 0;
  while (put("key" + std::to_string(count), 100).ok()) ++count;
  EXPECT_GT(count, 20);
  const Status refused = put("more", 100);
  EXPECT_EQ(refused.code(), Code::kDiskLimitExceeded);
  EXPECT_NE(refused.message().find("metadata is full: meta: "), std::string::npos) << refused.message();
  EXPECT_FALSE(put("key0", 5000).ok());
  EXPECT_TRUE(put("key0", 100).ok());  // as large as it was
  EXPECT_TRUE(kv->Commit({{}, {}, {"key1"}}).ok());
  EXPECT_TRUE(put("more", 100).ok());
  const auto before = Dump(kv.get());
  kv = LocalKv::Open(&fs, kDir, options).value();
  EXPECT_EQ(Dump(kv.get()), before);
}

TEST(LocalKv, RecoverTruncateKeepsThePrefixAndACopy) {
  const auto sample = SampleStore();
  uint64_t base = 0;
  const std::string path = LogPath(sample.get(), &base);
  const std::string bytes = sample->ReadAll(path).value();
  const auto whole = DecodeLog(bytes, base).value();
  const std::string cut = bytes.substr(0, whole.last_offset + 5);
  sample->PutFile(path, cut);
  auto kv = LocalKv::Open(sample.get(), kDir, {.recover_truncate = true});
  ASSERT_TRUE(kv.ok()) << kv.status().ToString();
  EXPECT_EQ((*kv)->revision(), 5u);
  ASSERT_TRUE((*kv)->Commit({{}, {{"after", "1"}}, {}}).ok());
  kv->reset();
  EXPECT_EQ(sample->ReadAll(path + ".damaged").value(), cut);
  kv = LocalKv::Open(sample.get(), kDir, {1});  // and it is a whole store again
  ASSERT_TRUE(kv.ok()) << kv.status().ToString();
  EXPECT_TRUE((*kv)->Get("after").value().has_value());
  ASSERT_TRUE((*kv)->Commit({{}, {{"x", "1"}}, {}}).ok());  // makes a snapshot and removes what it replaces
  EXPECT_TRUE(sample->Exists(path + ".damaged").value());
  EXPECT_FALSE(sample->Exists(path).value());
}

TEST(LocalKv, EachRescueKeepsWhatItCutAndSaysSo) {
  const auto sample = SampleStore();
  uint64_t base = 0;
  const std::string path = LogPath(sample.get(), &base);
  ManualClock clock;
  std::vector<std::string> damaged;
  for (const char* copy : {".damaged", ".damaged.2"}) {
    std::string bytes = sample->ReadAll(path).value();
    const auto whole = DecodeLog(bytes, base).value();
    const uint64_t cut_at = whole.last_offset;
    bytes[cut_at + 20] ^= 1;
    sample->PutFile(path, bytes);
    damaged.push_back(bytes);
    LogCapture log(&clock);
    ASSERT_TRUE(LocalKv::Open(sample.get(), kDir, {.recover_truncate = true, .logger = log.logger()}).ok());
    EXPECT_TRUE(log.Has("level=warn")) << log.text();
    EXPECT_TRUE(log.Has("file=" + path + " offset=" + std::to_string(cut_at) +
                        " bytes=" + std::to_string(whole.valid_bytes - cut_at)))
        << log.text();
    EXPECT_TRUE(log.Has("copy=" + path + copy)) << log.text();
  }
  EXPECT_TRUE(sample->ReadAll(path + ".damaged").value() == damaged[0]);
  EXPECT_TRUE(sample->ReadAll(path + ".damaged.2").value() == damaged[1]);
}

TEST(LocalKv, ALogWithoutAllocatedSpaceGoesOn) {
  // As the first builds wrote it: records to the end of the file.
  io::MemFileSystem fs;
  ASSERT_TRUE(LocalKv::Open(&fs, kDir).ok());
  const std::string path = "meta/LOG-00000000000000000000";
  const std::string record = EncodeRecord({{}, {{"a", "1"}}, {}}, 0, 1);
  fs.PutFile(path, EncodeLogHeader(0) + record + record.substr(0, 7));
  for (int i = 0; i < 3; ++i) {
    auto kv = LocalKv::Open(&fs, kDir);
    ASSERT_TRUE(kv.ok()) << kv.status().ToString();
    EXPECT_EQ((*kv)->revision(), 1u + static_cast<uint64_t>(i));
    ASSERT_TRUE((*kv)->Commit({{}, {{"b", std::to_string(i)}}, {}}).ok());
  }
}

TEST(LocalKv, StartedLaterItChangesNothingBefore) {
  for (const bool by_commit : {false, true}) {
    const auto sample = SampleStore();
    uint64_t base = 0;
    const std::string path = LogPath(sample.get(), &base);
    const std::string bytes = sample->ReadAll(path).value();
    std::string torn = bytes;
    const uint64_t last = DecodeLog(bytes, base)->last_offset;
    std::fill(torn.begin() + static_cast<ptrdiff_t>(last + 20), torn.end(), '\0');
    sample->PutFile(path, torn);
    const uint64_t changes = sample->change_count();
    auto kv = LocalKv::Open(sample.get(), kDir, {.starts_later = true}).value();
    EXPECT_EQ(sample->change_count(), changes);
    EXPECT_EQ(kv->revision(), 5u);
    if (by_commit) {
      ASSERT_TRUE(kv->Commit({{}, {{"x", "1"}}, {}}).ok());
    } else {
      ASSERT_TRUE(kv->Start().ok());
      EXPECT_EQ(sample->ReadAll(path)->find_last_not_of('\0') < last, true);
    }
    kv.reset();
    EXPECT_EQ(LocalKv::Open(sample.get(), kDir).value()->revision(), by_commit ? 6u : 5u);
  }
  io::MemFileSystem empty;
  auto kv = LocalKv::Open(&empty, kDir, {.starts_later = true}).value();
  EXPECT_TRUE(kv->is_new());
  EXPECT_EQ(empty.change_count(), 0u);
}

TEST(LocalKv, MissingFilesAreRefused) {
  for (const char* prefix : {"SNAPSHOT-", "LOG-"}) {
    const auto fs = SampleStore();
    const std::vector<io::FileInfo> files = fs->List(kDir).value();
    for (const io::FileInfo& info : files) {
      if (info.name.starts_with(prefix)) {
        ASSERT_TRUE(fs->Remove(std::string(kDir) + "/" + info.name).ok());
      }
    }
    const Status refused = LocalKv::Open(fs.get(), kDir).status();
    EXPECT_EQ(refused.code(), Code::kDataIntegrity) << prefix;
    EXPECT_NE(refused.message().find(std::string(kDir) + "/" + prefix), std::string::npos)
        << refused.message();
  }
}

}  // namespace
}  // namespace redkite::meta
