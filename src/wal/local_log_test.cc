#include "wal/local_log.h"

#include <atomic>

#include "base/crc32c.h"
#include "io/file_paths.h"
#include "wal/log_test_kit.h"

namespace redkite::wal {
namespace {

TEST(LocalLog, RecordsComeBackWithAllFields) {
  io::MemFileSystem fs(1);
  TestLog t(&fs);
  ASSERT_TRUE(t.OpenAndStart().ok());
  EXPECT_EQ(t.log->last_position(), 0u);
  ASSERT_EQ(AppendNow(t.log.get(), TestRequest("first", 41)).value(), 1u);
  ASSERT_EQ(AppendNow(t.log.get(), TestRequest("", 42)).value(), 2u);
  auto owner = std::make_shared<const std::string>("one two");
  AppendRequest pieces = TestRequest("", 43);
  pieces.flags = kRecordEncrypted;
  pieces.payload =
      LogPayload({std::string_view(*owner).substr(0, 4), std::string_view(*owner).substr(4)}, owner);
  EXPECT_EQ(pieces.payload.crc(), Crc32c("one two"));
  ASSERT_EQ(AppendNow(t.log.get(), std::move(pieces)).value(), 3u);
  for (bool reopened : {false, true}) {
    if (reopened) {
      ASSERT_TRUE(t.Open().ok());
    }
    uint64_t count = 0;
    ASSERT_TRUE(t.log
                    ->Read(0,
                           [&](const LogRecord& r) {
                             ++count;
                             EXPECT_EQ(r.position, count);
                             EXPECT_EQ(r.type, 3);
                             EXPECT_EQ(r.shard, ShardId(-7));
                             EXPECT_EQ(r.epoch, 5u);
                             EXPECT_EQ(r.timestamp, 1234567890123u + 40 + count);
                             EXPECT_EQ(r.schema_version, 8u);
                             EXPECT_EQ(r.flags, count == 3 ? kRecordEncrypted : 0);
                             EXPECT_EQ(r.payload, count == 1 ? "first" : count == 2 ? "" : "one two");
                             return Status::Ok();
                           })
                    .ok());
    EXPECT_EQ(count, 3u);
    EXPECT_EQ(t.log->last_position(), 3u);
  }
}

TEST(LocalLog, AppendBeforeStartAndSecondStartAreRefused) {
  io::MemFileSystem fs(1);
  TestLog t(&fs);
  ASSERT_TRUE(t.Open().ok());
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest("x")).status().code(), Code::kServiceNotReady);
  ASSERT_TRUE(t.log->Start().ok());
  EXPECT_FALSE(t.log->Start().ok());
}

TEST(LocalLog, AGroupSharesOneSyncAndKeepsItsOrder) {
  io::MemFileSystem fs(1);
  TestLog t(&fs, 1 << 20);
  ASSERT_TRUE(t.OpenAndStart().ok());
  ASSERT_TRUE(AppendNow(t.log.get(), TestRequest("makes the file")).ok());
  const uint64_t syncs = fs.op_count(io::FileOp::kSync);
  std::vector<LogPosition> done;
  for (int i = 0; i < 500; ++i) {
    t.log->Append(TestRequest(std::to_string(i)), [&](Status status, LogPosition position) {
      EXPECT_TRUE(status.ok());
      done.push_back(position);
    });
  }
  EXPECT_EQ(t.log->last_position(), 1u);
  EXPECT_TRUE(done.empty());
  EXPECT_TRUE(t.log->CommitWaiting());
  EXPECT_FALSE(t.log->CommitWaiting());
  EXPECT_EQ(fs.op_count(io::FileOp::kSync), syncs + 1);
  ASSERT_EQ(done.size(), 500u);
  for (size_t i = 0; i < done.size(); ++i) EXPECT_EQ(done[i], i + 2);
}

TEST(LocalLog, ACallbackMayAppend) {
  io::MemFileSystem fs(1);
  TestLog t(&fs);
  ASSERT_TRUE(t.OpenAndStart().ok());
  int done = 0;
  t.log->Append(TestRequest("a"), [&](Status, LogPosition) {
    ++done;
    t.log->Append(TestRequest("b"), [&](Status, LogPosition) { ++done; });
  });
  while (t.log->CommitWaiting()) continue;
  EXPECT_EQ(done, 2);
}

TEST(LocalLog, RollsReadsAcrossFilesAndTrims) {
  io::MemFileSystem fs(1);
  TestLog t(&fs, 16 << 10);
  ASSERT_TRUE(t.OpenAndStart().ok());
  for (uint64_t i = 1; i <= 200; ++i) {
    ASSERT_EQ(AppendNow(t.log.get(), TestRequest(TestPayload(i, i * 5))).value(), i);
  }
  const size_t file_count = fs.List(kTestDir)->size();
  EXPECT_GT(file_count, 5u);
  for (LogPosition from :
       {LogPosition{1}, LogPosition{2}, LogPosition{77}, LogPosition{200}, LogPosition{201}}) {
    Payloads read;
    ASSERT_TRUE(ReadPayloads(t.log.get(), from, &read).ok());
    ASSERT_EQ(read.size(), 201 - from);
    for (const auto& [position, payload] : read) EXPECT_EQ(payload, TestPayload(position, position * 5));
  }
  Payloads none;
  EXPECT_EQ(ReadPayloads(t.log.get(), 202, &none).code(), Code::kDataIntegrity);
  const uint64_t all_bytes = t.log->BytesSince(1);
  ASSERT_TRUE(t.log->Trim(120).ok());
  EXPECT_LT(fs.List(kTestDir)->size(), file_count);
  EXPECT_LE(t.log->first_position(), 120u);
  EXPECT_GT(t.log->first_position(), 60u);
  EXPECT_LT(t.log->BytesSince(1), all_bytes);
  EXPECT_EQ(ReadPayloads(t.log.get(), 1, &none).code(), Code::kDataIntegrity);
  ASSERT_TRUE(ReadPayloads(t.log.get(), 120, &none).ok());
  EXPECT_EQ(none.size(), 81u);
  // Everything is trimmed: the newest file stays and remembers the positions.
  ASSERT_TRUE(t.log->Trim(1000).ok());
  EXPECT_EQ(fs.List(kTestDir)->size(), 1u);
  ASSERT_TRUE(t.OpenAndStart().ok());
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest("next")).value(), 201u);
}

TEST(LocalLog, AFailedTrimLeavesNoHole) {
  for (const io::FileOp op : {io::FileOp::kRemove, io::FileOp::kSyncDir}) {
    for (uint64_t nth = 1; nth <= 3; ++nth) {
      for (uint64_t seed = 1; seed <= 10; ++seed) {
        io::MemFileSystem fs(seed);
        TestLog t(&fs, 8 << 10);
        ASSERT_TRUE(t.OpenAndStart().ok());
        for (uint64_t i = 1; i <= 40; ++i) {
          ASSERT_TRUE(AppendNow(t.log.get(), TestRequest(TestPayload(i, 1000))).ok());
        }
        fs.FailNth(op, nth, Status::Io("injected"));
        ASSERT_FALSE(t.log->Trim(20).ok());
        fs.CutPowerAt(3);
        (void)t.log->Trim(38);
        fs.Crash();
        ASSERT_TRUE(t.OpenAndStart().ok());
        Payloads read;
        const Status status = ReadPayloads(t.log.get(), t.log->first_position(), &read);
        ASSERT_TRUE(status.ok()) << "seed " << seed << ": " << status.ToString();
        ASSERT_LE(t.log->first_position(), 38u);
        ASSERT_EQ(t.log->last_position(), 40u);
      }
    }
  }
}

TEST(LocalLog, AFileWithoutARecordIsReplacedForALargeOne) {
  int replaced = 0;
  for (uint64_t cut = 1; cut <= 10; ++cut) {
    io::MemFileSystem fs(cut);
    TestLog t(&fs, 8 << 10);
    ASSERT_TRUE(t.OpenAndStart().ok());
    ASSERT_TRUE(AppendNow(t.log.get(), TestRequest(TestPayload(1, 3000))).ok());
    fs.CutPowerAt(cut);  // while the next file is made, or before its record is there
    (void)AppendNow(t.log.get(), TestRequest(TestPayload(2, 3000)));
    fs.Crash();
    ASSERT_TRUE(t.OpenAndStart().ok());
    const LogPosition next = t.log->last_position() + 1;
    replaced += fs.Exists(std::string(kTestDir) + "/" + LogFileName(next)).value();
    for (LogPosition p = next; p < next + 3; ++p) {
      ASSERT_EQ(AppendNow(t.log.get(), TestRequest(TestPayload(p, 20'000))).value(), p);
    }
    ASSERT_TRUE(t.log->Trim(next).ok());
    for (int opened = 0; opened < 2; ++opened) {
      Payloads read;
      const Status status = ReadPayloads(t.log.get(), next, &read);
      ASSERT_TRUE(status.ok()) << "cut at " << cut << ": " << status.ToString();
      ASSERT_EQ(read.size(), 3u);
      ASSERT_TRUE(t.OpenAndStart().ok());
    }
  }
  EXPECT_GT(replaced, 0);
}

TEST(LocalLog, ALargeRecordGetsAFileOfItsOwn) {
  io::MemFileSystem fs(1);
  TestLog t(&fs, 64 << 10);
  ASSERT_TRUE(t.OpenAndStart().ok());
  const std::string large = TestPayload(5, 3 << 20);
  ASSERT_TRUE(AppendNow(t.log.get(), TestRequest("small")).ok());
  ASSERT_TRUE(AppendNow(t.log.get(), TestRequest(large)).ok());
  ASSERT_TRUE(AppendNow(t.log.get(), TestRequest("small")).ok());
  EXPECT_EQ(fs.List(kTestDir)->size(), 3u);
  ASSERT_TRUE(t.OpenAndStart().ok());
  Payloads read;
  ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &read).ok());
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[2], large);
}

TEST(LocalLog, ATooLargeRecordIsRefusedInItsTurn) {
  io::MemFileSystem fs(1);
  TestLog t(&fs);
  ASSERT_TRUE(t.OpenAndStart().ok());
  // Many views of the same bytes make a payload over the limit without its memory.
  auto owner = std::make_shared<const std::string>(64 << 20, 'x');
  AppendRequest huge = TestRequest("");
  huge.payload = LogPayload(std::vector<std::string_view>(17, *owner), owner);
  EXPECT_EQ(AppendNow(t.log.get(), std::move(huge)).status().code(), Code::kParameterTooLarge);
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest("next")).value(), 1u);
}

TEST(LocalLog, AppendersInManyThreadsGetWhatTheyWrote) {
  io::MemFileSystem fs(1);
  TestLog t(&fs, 256 << 10);
  t.options.has_thread = true;
  MetricsRegistry metrics;
  t.options.metrics = &metrics;
  ASSERT_TRUE(t.OpenAndStart().ok());
  constexpr int kThreads = 8;
  constexpr int kRecords = 300;
  Mutex mutex;
  Payloads acknowledged;
  {
    std::vector<Thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back("append", [&, thread] {
        LogPosition last = 0;
        for (int i = 0; i < kRecords; ++i) {
          const std::string payload = std::to_string(thread) + ":" + std::to_string(i);
          auto position = AppendAndWait(t.log.get(), TestRequest(payload));
          ASSERT_TRUE(position.ok());
          ASSERT_GT(*position, last);
          last = *position;
          MutexLock lock(mutex);
          ASSERT_TRUE(acknowledged.emplace(*position, payload).second);
        }
      });
    }
    threads.emplace_back("read", [&] {
      for (int i = 0; i < 50; ++i) {
        Payloads read;
        ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &read).ok());
        ASSERT_GE(t.log->last_position(), read.size());
      }
    });
  }
  Payloads read;
  ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &read).ok());
  EXPECT_EQ(read, acknowledged);
  EXPECT_EQ(read.size(), static_cast<size_t>(kThreads * kRecords));
  EXPECT_EQ(metrics.GetCounter("redkite_log_appends_total", "")->value(), kThreads * kRecords);
}

TEST(LocalLog, TheDestructorCompletesWhatWasAppended) {
  io::MemFileSystem fs(1);
  TestLog t(&fs);
  t.options.has_thread = true;
  ASSERT_TRUE(t.OpenAndStart().ok());
  std::atomic<int> done{0};
  for (int i = 0; i < 100; ++i) {
    t.log->Append(TestRequest("x"), [&](Status status, LogPosition) { done += status.ok(); });
  }
  t.log.reset();
  EXPECT_EQ(done.load(), 100);
}

// ---- failures

TEST(LocalLog, AFailedSyncStopsTheLogAndIsNotRetried) {
  for (uint64_t k = 1; k <= 8; ++k) {
    io::MemFileSystem fs(k);
    TestLog t(&fs, 16 << 10);
    ASSERT_TRUE(t.OpenAndStart().ok());
    fs.FailNth(io::FileOp::kSync, k, Status::Io("injected"));
    Payloads acknowledged;
    bool stopped = false;
    uint64_t syncs_at_failure = 0;
    for (uint64_t i = 1; i <= 40; ++i) {
      auto position = AppendNow(t.log.get(), TestRequest(TestPayload(i, 1500)));
      if (position.ok()) {
        ASSERT_FALSE(stopped);
        acknowledged[*position] = TestPayload(i, 1500);
        continue;
      }
      ASSERT_EQ(position.status().code(), Code::kIoFailed);
      ASSERT_NE(position.status().message().find("injected"), std::string::npos);
      if (!stopped) syncs_at_failure = fs.op_count(io::FileOp::kSync);
      stopped = true;
    }
    ASSERT_TRUE(stopped);
    EXPECT_FALSE(t.log->health().ok());
    EXPECT_EQ(fs.op_count(io::FileOp::kSync), syncs_at_failure);
    // Before a restart only durable records are read; after it (and after a power cut) none of them is
    // missing.
    Payloads read;
    ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &read).ok());
    EXPECT_EQ(read, acknowledged);
    fs.Crash();
    ASSERT_TRUE(t.OpenAndStart().ok());
    read.clear();
    ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &read).ok());
    for (const auto& [position, payload] : acknowledged) ASSERT_EQ(read[position], payload);
    EXPECT_LE(read.size(), acknowledged.size() + 1);
  }
}

TEST(LocalLog, WhatIsReadAfterAFailedSyncIsMadeDurableByStart) {
  // The failed sync left the record in memory only. Start must write it again: a sync alone would save
  // nothing.
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    io::MemFileSystem fs(seed);
    TestLog t(&fs);
    ASSERT_TRUE(t.OpenAndStart().ok());
    ASSERT_TRUE(AppendNow(t.log.get(), TestRequest("durable")).ok());
    fs.FailNth(io::FileOp::kSync, 1, Status::Io("injected"));
    ASSERT_FALSE(AppendNow(t.log.get(), TestRequest(TestPayload(seed, 3000))).ok());
    ASSERT_TRUE(t.OpenAndStart().ok());
    Payloads before;
    ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &before).ok());
    ASSERT_EQ(before.size(), 2u);  // still in the page cache
    fs.Crash();
    ASSERT_TRUE(t.OpenAndStart().ok());
    Payloads after;
    ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &after).ok());
    ASSERT_EQ(after, before) << "seed " << seed;
  }
}

TEST(LocalLog, EveryKindOfFailureAtEveryOperationLosesNothingAcknowledged) {
  using io::FileOp;
  for (FileOp op : {FileOp::kCreate, FileOp::kWrite, FileOp::kSync, FileOp::kAllocate, FileOp::kRename,
                    FileOp::kSyncDir, FileOp::kTruncate, FileOp::kRemove, FileOp::kClose}) {
    for (Code code : {Code::kIoFailed, Code::kDiskLimitExceeded}) {
      for (uint64_t k = 1; k <= 40; ++k) {
        io::MemFileSystem fs(k);
        TestLog t(&fs, 16 << 10);
        ASSERT_TRUE(t.OpenAndStart().ok());
        fs.FailNth(op, k, Status(code, "injected"), k % 3 == 0);
        Payloads acknowledged;
        Payloads refused;  // certainly absent
        for (uint64_t i = 1; i <= 30; ++i) {
          auto position = AppendNow(t.log.get(), TestRequest(TestPayload(i, 700 + 40 * i), i));
          if (position.ok()) {
            acknowledged[*position] = TestPayload(i, 700 + 40 * i);
          } else if (t.log->health().ok()) {
            refused[i] = TestPayload(i, 700 + 40 * i);
          }
          if (i == 20) (void)t.log->Trim(acknowledged.size() / 2);
        }
        fs.Crash();
        const std::string where = "op " + std::to_string(static_cast<int>(op)) + " k " + std::to_string(k) +
                                  " code " + std::to_string(static_cast<int>(code));
        const Status status = t.OpenAndStart();
        ASSERT_TRUE(status.ok()) << where << " " << status.ToString();
        Payloads read;
        ASSERT_TRUE(ReadPayloads(t.log.get(), 0, &read).ok()) << where;
        for (const auto& [position, payload] : acknowledged) {
          if (position >= t.log->first_position()) {
            ASSERT_EQ(read[position], payload) << where;
          }
        }
        for (const auto& [i, payload] : refused) {
          for (const auto& [position, found] : read) ASSERT_NE(found, payload) << where;
        }
        ASSERT_TRUE(AppendNow(t.log.get(), TestRequest("goes on")).ok()) << where;
      }
    }
  }
}

TEST(LocalLog, AFullDiskFailsRecordsAndTheLogGoesOnWhenSpaceReturns) {
  io::MemFileSystem fs(4);
  TestLog t(&fs, 64 << 10);
  ASSERT_TRUE(t.OpenAndStart().ok());
  fs.SetDiskBytes(200 << 10);
  Payloads acknowledged;
  uint64_t i = 0;
  Status full;
  while (full.ok() && i < 1000) {
    auto position = AppendNow(t.log.get(), TestRequest(TestPayload(++i, 5000)));
    if (position.ok()) acknowledged[*position] = TestPayload(i, 5000);
    full = position.status();
  }
  EXPECT_EQ(full.code(), Code::kDiskLimitExceeded);
  EXPECT_TRUE(t.log->health().ok());
  EXPECT_GT(acknowledged.size(), 20u);
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest(TestPayload(1, 5000))).status().code(),
            Code::kDiskLimitExceeded);
  // A small record still fits into the newest file.
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest("small")).value(), acknowledged.size() + 1);
  fs.SetDiskBytes(UINT64_MAX);
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest(TestPayload(1, 5000))).value(), acknowledged.size() + 2);
  ASSERT_TRUE(t.OpenAndStart().ok());
  Payloads read;
  ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &read).ok());
  EXPECT_EQ(read.size(), acknowledged.size() + 2);
  for (const auto& [position, payload] : acknowledged) ASSERT_EQ(read[position], payload);
}

TEST(LocalLog, AFullDiskInTheMiddleOfAGroupTakesItsBytesBack) {
  for (uint64_t round = 0; round < 72; ++round) {
    const uint64_t k = 1 + round / 6;
    const bool goes_on = round % 2 == 0;
    io::MemFileSystem fs(round);
    TestLog t(&fs, 4 << 20);
    ASSERT_TRUE(t.OpenAndStart().ok());
    ASSERT_TRUE(AppendNow(t.log.get(), TestRequest("before")).ok());
    fs.FailNth(io::FileOp::kWrite, k, Status(Code::kDiskLimitExceeded, "injected"));
    std::map<LogPosition, int> done;
    int failed = 0;
    for (int i = 0; i < 6; ++i) {
      t.log->Append(TestRequest(TestPayload(static_cast<uint64_t>(i), 100'000)),
                    [&, i](Status status, LogPosition position) {
                      if (status.ok()) {
                        done[position] = i;
                      } else {
                        EXPECT_EQ(status.code(), Code::kDiskLimitExceeded);
                        ++failed;
                      }
                    });
    }
    while (t.log->CommitWaiting()) continue;
    ASSERT_EQ(done.size() + static_cast<size_t>(failed), 6u);
    ASSERT_TRUE(t.log->health().ok());
    fs.ClearFaults();
    if (goes_on) {
      ASSERT_TRUE(AppendNow(t.log.get(), TestRequest("after")).ok());
    }
    fs.Crash();
    ASSERT_TRUE(t.OpenAndStart().ok());
    Payloads read;
    ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &read).ok());
    ASSERT_EQ(read.size(), done.size() + 1 + goes_on) << "round " << round;
    EXPECT_EQ(read.begin()->second, "before");
    EXPECT_EQ(read.rbegin()->second == "after", goes_on);
    for (const auto& [position, i] : done)
      ASSERT_EQ(read[position], TestPayload(static_cast<uint64_t>(i), 100'000));
  }
}

TEST(LocalLog, AFullDiskIsAskedOncePerGroup) {
  io::MemFileSystem fs(4);
  TestLog t(&fs);
  fs.SetDiskBytes(0);
  ASSERT_TRUE(t.OpenAndStart().ok());  // its first record makes the file
  const uint64_t creates = fs.op_count(io::FileOp::kCreate);
  int full = 0;
  for (int i = 0; i < 100; ++i) {
    t.log->Append(TestRequest("x"),
                  [&](Status s, LogPosition) { full += s.code() == Code::kDiskLimitExceeded; });
  }
  while (t.log->CommitWaiting()) continue;
  EXPECT_EQ(full, 100);
  EXPECT_EQ(fs.op_count(io::FileOp::kCreate), creates + 1);
}

TEST(LocalLog, OutOfDescriptorsIsPassing) {
  io::MemFileSystem fs(4);
  TestLog t(&fs);
  fs.FailNth(io::FileOp::kCreate, 1, Status::Io("Too many open files"));
  ASSERT_TRUE(t.OpenAndStart().ok());
  fs.FailNth(io::FileOp::kCreate, 1, Status::Io("Too many open files"));
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest("a")).status().code(), Code::kServiceUnavailable);
  EXPECT_TRUE(t.log->health().ok());
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest("b")).value(), 1u);
}

}  // namespace
}  // namespace redkite::wal
