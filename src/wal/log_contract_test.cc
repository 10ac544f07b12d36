// One suite that every Log must pass: the local one on the real disk and on the disk in memory, with its
// thread and driven by hand, and the twin in memory.
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/thread.h"
#include "io/file_paths.h"
#include "io/posix_file_system.h"
#include "wal/log_test_kit.h"
#include "wal/mem_log.h"

namespace redkite::wal {
namespace {

enum class Kind { kLocalPosix, kLocalMem, kLocalMemByHand, kMem, kMemByHand };

class LogContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    switch (GetParam()) {
      case Kind::kMem:
      case Kind::kMemByHand:
        mem_log_ = std::make_unique<MemLog>(GetParam() == Kind::kMemByHand);
        return;
      case Kind::kLocalPosix: {
        std::string dir = io::JoinPath(testing::TempDir(), "redkite_wal_XXXXXX");
        ASSERT_NE(::mkdtemp(dir.data()), nullptr);
        root_ = dir;
        fs_ = std::make_unique<io::PosixFileSystem>();
        break;
      }
      default: {
        auto fs = std::make_unique<io::MemFileSystem>(7);
        mem_fs_ = fs.get();
        fs_ = std::move(fs);
        root_ = "root";
      }
    }
    local_ = std::make_unique<TestLog>(fs_.get(), 16 << 10);
    local_->options.dir = io::JoinPath(root_, "log");
    local_->options.has_thread = GetParam() != Kind::kLocalMemByHand;
    ASSERT_TRUE(local_->Open().ok());
  }
  void TearDown() override {
    local_.reset();
    if (!root_.empty()) {
      ASSERT_TRUE(fs_->RemoveTree(root_).ok());
    }
  }

  Log* log() { return mem_log_ ? static_cast<Log*>(mem_log_.get()) : local_->log.get(); }
  /// Ends this life of the log and begins the next one, not started yet. Nothing waits.
  void Reopen() {
    if (mem_log_) return mem_log_->Restart();
    const Status opened = local_->Open();
    ASSERT_TRUE(opened.ok()) << opened.ToString();
  }
  void Restart() {
    Reopen();
    const Status started = log()->Start();
    ASSERT_TRUE(started.ok()) << started.ToString();
  }
  /// Commits what waits, where nobody else does.
  void Settle() {
    if (mem_log_) mem_log_->Commit();
    if (GetParam() == Kind::kLocalMemByHand) {
      while (local_->log->CommitWaiting()) continue;
    }
  }
  Result<LogPosition> AppendNow(AppendRequest request) {
    if (GetParam() == Kind::kLocalPosix || GetParam() == Kind::kLocalMem) {
      return AppendAndWait(log(), std::move(request));
    }
    Result<LogPosition> outcome = Status::Internal("callback not called");
    log()->Append(std::move(request), [&outcome](Status status, LogPosition position) {
      outcome = status.ok() ? Result<LogPosition>(position) : Result<LogPosition>(status);
    });
    Settle();
    return outcome;
  }
  Payloads ReadFrom(LogPosition from) {
    Payloads read;
    const Status status = ReadPayloads(log(), from, &read);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return read;
  }
  Code ReadCode(LogPosition from) {
    Payloads read;
    return ReadPayloads(log(), from, &read).code();
  }
  bool can_fail() const { return mem_log_ || mem_fs_ != nullptr; }
  /// The next commit meets this.
  void FailNextCommit(const Status& error) {
    if (mem_log_) return mem_log_->FailNext(error, MemLog::Fate::kUnknown);
    mem_fs_->FailNth(io::FileOp::kWrite, 1, error);
  }

  std::string root_;
  std::unique_ptr<io::FileSystem> fs_;
  io::MemFileSystem* mem_fs_ = nullptr;
  std::unique_ptr<TestLog> local_;
  std::unique_ptr<MemLog> mem_log_;
};

TEST_P(LogContract, AnEmptyLogIsReadBeforeItIsStarted) {
  EXPECT_EQ(log()->last_position(), 0u);
  EXPECT_EQ(log()->first_position(), 1u);
  EXPECT_EQ(log()->BytesSince(1), 0u);
  EXPECT_TRUE(ReadFrom(0).empty());
  EXPECT_TRUE(ReadFrom(1).empty());
  EXPECT_EQ(ReadCode(2), Code::kDataIntegrity);
  EXPECT_TRUE(log()->health().ok());
  EXPECT_EQ(AppendNow(TestRequest("x")).status().code(), Code::kServiceNotReady);
  EXPECT_EQ(log()->Trim(1).code(), Code::kServiceNotReady);
  ASSERT_TRUE(log()->Start().ok());
  EXPECT_FALSE(log()->Start().ok());
  EXPECT_EQ(AppendNow(TestRequest("x")).value(), 1u);
}

TEST_P(LogContract, RecordsComeBackWithAllFields) {
  ASSERT_TRUE(log()->Start().ok());
  ASSERT_EQ(AppendNow(TestRequest("first", 41)).value(), 1u);
  AppendRequest pieces = TestRequest("", 42);
  pieces.flags = kRecordCompressed;
  auto owner = std::make_shared<const std::string>("one two");
  pieces.payload =
      LogPayload({std::string_view(*owner).substr(0, 4), {}, std::string_view(*owner).substr(4)}, owner);
  ASSERT_EQ(AppendNow(std::move(pieces)).value(), 2u);
  for (bool reopened : {false, true}) {
    if (reopened) Reopen();
    LogPosition position = 0;
    const Status status = log()->Read(0, [&](const LogRecord& r) {
      ++position;
      EXPECT_EQ(r.position, position);
      EXPECT_EQ(r.type, 3);
      EXPECT_EQ(r.shard, ShardId(-7));
      EXPECT_EQ(r.epoch, 5u);
      EXPECT_EQ(r.timestamp, 1234567890123u + 40 + position);
      EXPECT_EQ(r.schema_version, 8u);
      EXPECT_EQ(r.flags, position == 2 ? kRecordCompressed : 0);
      EXPECT_EQ(r.payload, position == 1 ? "first" : "one two");
      return Status::Ok();
    });
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_EQ(position, 2u);
    EXPECT_EQ(log()->last_position(), 2u);
  }
}

TEST_P(LogContract, CallbacksComeOnceAndInOrder) {
  ASSERT_TRUE(log()->Start().ok());
  std::vector<LogPosition> done;
  Mutex mutex;  // the callbacks come one at a time, but from a thread of the log's choice
  for (int i = 0; i < 300; ++i) {
    log()->Append(TestRequest(std::to_string(i)), [&](Status status, LogPosition position) {
      EXPECT_TRUE(status.ok());
      EXPECT_GE(log()->last_position(), position);
      MutexLock lock(mutex);
      done.push_back(position);
    });
  }
  ASSERT_TRUE(AppendNow(TestRequest("last")).ok());
  MutexLock lock(mutex);
  ASSERT_EQ(done.size(), 300u);
  for (size_t i = 0; i < done.size(); ++i) EXPECT_EQ(done[i], i + 1);
  const Payloads read = ReadFrom(1);
  for (size_t i = 0; i < 300; ++i) EXPECT_EQ(read.at(i + 1), std::to_string(i));
}

TEST_P(LogContract, ACallbackMayAppend) {
  ASSERT_TRUE(log()->Start().ok());
  Mutex mutex;
  CondVar ready;
  LogPosition second = 0;
  log()->Append(TestRequest("a"), [&](Status, LogPosition) {
    log()->Append(TestRequest("b"), [&](Status, LogPosition position) {
      MutexLock lock(mutex);
      second = position;
      ready.NotifyOne();
    });
  });
  Settle();
  MutexLock lock(mutex);
  while (second == 0) ready.Wait(mutex);
  EXPECT_EQ(second, 2u);
}

TEST_P(LogContract, AppendersInManyThreadsGetWhatTheyWrote) {
  ASSERT_TRUE(log()->Start().ok());
  Mutex mutex;
  Payloads acknowledged;
  {
    std::vector<Thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back("append", [&, t] {
        for (int i = 0; i < 50; ++i) {
          const std::string payload = std::to_string(t) + ":" + std::to_string(i);
          log()->Append(TestRequest(payload), [&, payload](Status status, LogPosition position) {
            EXPECT_TRUE(status.ok());
            MutexLock lock(mutex);
            EXPECT_TRUE(acknowledged.emplace(position, payload).second);
          });
        }
      });
    }
  }
  ASSERT_TRUE(AppendNow(TestRequest("last")).ok());
  Payloads read = ReadFrom(1);
  EXPECT_EQ(read.rbegin()->second, "last");
  read.erase(201);
  MutexLock lock(mutex);
  EXPECT_EQ(read, acknowledged);
}

TEST_P(LogContract, AReaderMayStop) {
  ASSERT_TRUE(log()->Start().ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(AppendNow(TestRequest("x")).ok());
  int seen = 0;
  const Status status = log()->Read(
      2, [&](const LogRecord& record) { return ++seen == 2 ? Status::Invalid("enough") : Status::Ok(); });
  EXPECT_EQ(status.code(), Code::kParameterInvalid);
  EXPECT_EQ(seen, 2);
}

TEST_P(LogContract, ReadsFromAnyPositionThatIsKept) {
  ASSERT_TRUE(log()->Start().ok());
  for (uint64_t i = 1; i <= 120; ++i) ASSERT_EQ(AppendNow(TestRequest(TestPayload(i, i * 9))).value(), i);
  for (bool reopened : {false, true}) {
    if (reopened) Restart();
    for (const LogPosition from : {LogPosition{1}, LogPosition{2}, LogPosition{77}, LogPosition{120}}) {
      const Payloads read = ReadFrom(from);
      ASSERT_EQ(read.size(), 121 - from);
      for (const auto& [position, payload] : read) ASSERT_EQ(payload, TestPayload(position, position * 9));
    }
    EXPECT_TRUE(ReadFrom(121).empty());
    EXPECT_EQ(ReadCode(122), Code::kDataIntegrity);
    EXPECT_EQ(ReadFrom(0).size(), 120u);
  }
}

TEST_P(LogContract, TrimKeepsWhatIsNeededAndPositionsGoOn) {
  ASSERT_TRUE(log()->Start().ok());
  for (uint64_t i = 1; i <= 120; ++i) ASSERT_TRUE(AppendNow(TestRequest(TestPayload(i, 900))).ok());
  uint64_t pinned = UINT64_MAX;
  for (LogPosition from = 1; from <= 121; from += 10) {
    EXPECT_LE(log()->BytesSince(from), pinned);
    pinned = log()->BytesSince(from);
  }
  EXPECT_GE(log()->BytesSince(1), 120u * 900);
  const uint64_t bytes = log()->BytesSince(1);
  ASSERT_TRUE(log()->Trim(60).ok());
  ASSERT_TRUE(log()->Trim(30).ok());  // nothing comes back
  EXPECT_LE(log()->first_position(), 60u);
  EXPECT_GT(log()->first_position(), 1u);
  EXPECT_LT(log()->BytesSince(1), bytes);
  EXPECT_EQ(ReadCode(1), Code::kDataIntegrity);
  EXPECT_EQ(ReadFrom(60).size(), 61u);
  EXPECT_EQ(ReadFrom(0).begin()->first, log()->first_position());
  ASSERT_TRUE(log()->Trim(121).ok());
  EXPECT_LE(log()->first_position(), 121u);
  EXPECT_EQ(log()->last_position(), 120u);
  for (bool reopened : {false, true}) {
    if (reopened) Restart();
    EXPECT_TRUE(ReadFrom(121).empty());
    EXPECT_EQ(log()->last_position(), 120u);
  }
  EXPECT_EQ(AppendNow(TestRequest("next")).value(), 121u);
  EXPECT_EQ(ReadFrom(121).at(121), "next");
}

TEST_P(LogContract, ATooLargeRecordIsRefusedAndTheLogGoesOn) {
  ASSERT_TRUE(log()->Start().ok());
  // Many views of the same bytes make a payload over the limit without its memory.
  static const auto owner = std::make_shared<const std::string>(64 << 20, 'x');
  static const LogPayload payload(std::vector<std::string_view>(17, *owner), owner);
  AppendRequest huge = TestRequest("");
  huge.payload = payload;
  EXPECT_EQ(AppendNow(std::move(huge)).status().code(), Code::kParameterTooLarge);
  EXPECT_TRUE(log()->health().ok());
  EXPECT_EQ(AppendNow(TestRequest("next")).value(), 1u);
}

TEST_P(LogContract, WithoutSpaceARecordIsAbsentAndTheLogGoesOn) {
  if (!can_fail()) GTEST_SKIP() << "faults are injected in memory only";
  ASSERT_TRUE(log()->Start().ok());
  ASSERT_TRUE(AppendNow(TestRequest("a")).ok());
  FailNextCommit(Status(Code::kDiskLimitExceeded, "injected"));
  EXPECT_EQ(AppendNow(TestRequest("no space")).status().code(), Code::kDiskLimitExceeded);
  EXPECT_TRUE(log()->health().ok());
  EXPECT_EQ(AppendNow(TestRequest("b")).value(), 2u);
  for (bool reopened : {false, true}) {
    if (reopened) Restart();
    EXPECT_EQ(ReadFrom(0), (Payloads{{1, "a"}, {2, "b"}}));
  }
}

TEST_P(LogContract, TheFirstFailureIsFinalUntilARestart) {
  if (!can_fail()) GTEST_SKIP() << "faults are injected in memory only";
  ASSERT_TRUE(log()->Start().ok());
  ASSERT_TRUE(AppendNow(TestRequest("a")).ok());
  FailNextCommit(Status::Io("injected"));
  for (int i = 0; i < 3; ++i) {
    const Status failed = AppendNow(TestRequest("unknown")).status();
    EXPECT_EQ(failed.code(), Code::kIoFailed);
    EXPECT_NE(failed.message().find("injected"), std::string::npos) << failed.ToString();
  }
  EXPECT_NE(log()->health().message().find("injected"), std::string::npos);
  EXPECT_EQ(ReadFrom(0), (Payloads{{1, "a"}}));
  Restart();
  EXPECT_TRUE(log()->health().ok());
  Payloads read = ReadFrom(0);
  EXPECT_EQ(read[1], "a");
  EXPECT_LE(read.size(), 2u);
  EXPECT_EQ(AppendNow(TestRequest("goes on")).value(), read.size() + 1);
}

TEST_P(LogContract, WhatWaitsIsAnsweredAtTheEnd) {
  ASSERT_TRUE(log()->Start().ok());
  int done = 0;
  Mutex mutex;
  for (int i = 0; i < 20; ++i) {
    log()->Append(TestRequest("x"), [&](Status, LogPosition) {
      MutexLock lock(mutex);
      ++done;
    });
  }
  if (mem_log_) {
    mem_log_.reset();
    mem_log_ = std::make_unique<MemLog>();
  } else {
    local_->log.reset();
  }
  MutexLock lock(mutex);
  EXPECT_EQ(done, 20);
}

TEST_P(LogContract, EqualsAModelAcrossRestarts) {
  constexpr uint64_t kSeed = 20260609;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  ASSERT_TRUE(log()->Start().ok());
  Payloads model;
  LogPosition last = 0, kept = 1;
  for (int step = 0; step < 200; ++step) {
    const uint64_t what = random.Below(12);
    if (what == 0) {
      Restart();
    } else if (what == 1) {
      kept = std::max(kept, 1 + random.Below(last + 1));
      ASSERT_TRUE(log()->Trim(kept).ok());
    } else {
      const std::string payload = TestPayload(random.Next(), random.Below(2000));
      ASSERT_EQ(AppendNow(TestRequest(payload)).value(), last + 1);
      model[++last] = payload;
    }
    ASSERT_EQ(log()->last_position(), last);
    ASSERT_LE(log()->first_position(), kept);
  }
  model.erase(model.begin(), model.lower_bound(kept));
  EXPECT_EQ(ReadFrom(kept), model);
}

std::string NameOf(const testing::TestParamInfo<Kind>& info) {
  const char* names[] = {"local_posix", "local_mem", "local_mem_by_hand", "mem", "mem_by_hand"};
  return names[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(All, LogContract,
                         testing::Values(Kind::kLocalPosix, Kind::kLocalMem, Kind::kLocalMemByHand,
                                         Kind::kMem, Kind::kMemByHand),
                         NameOf);

}  // namespace
}  // namespace redkite::wal
