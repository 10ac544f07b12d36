#include "audit/audit_log.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "audit/audit_files.h"
#include "audit/audit_verify.h"
#include "base/testing/log_capture.h"
#include "io/file_paths.h"
#include "io/mem_file_system.h"
#include "io/posix_file_system.h"

namespace redkite::audit {
namespace {

/// Keeps tasks until they are asked for, as an executor does that is busy.
class HeldExecutor final : public Executor {
 public:
  void Submit(Priority, std::function<void()> task) override { tasks.push_back(std::move(task)); }
  int concurrency() const override { return 1; }
  bool ShouldYield() const override { return false; }
  void RunAll() {
    while (!tasks.empty()) {
      const auto task = std::move(tasks.front());
      tasks.pop_front();
      task();
    }
  }
  std::deque<std::function<void()>> tasks;
};

struct AuditLogTest : testing::Test {
  Result<std::unique_ptr<AuditLog>> Open(AuditLogOptions options = {}) {
    options.path = "d/a";
    return AuditLog::Open({&fs, &clock, &executor, &metrics, capture.logger()}, options);
  }
  std::unique_ptr<AuditLog> MustOpen(AuditLogOptions options = {}) {
    auto log = Open(options);
    EXPECT_TRUE(log.ok()) << log.status().ToString();
    return std::move(log).value();
  }
  static Event Login(std::string_view user) { return {.kind = EventKind::kLogin, .user = user}; }
  VerifyReport Verified() { return VerifyAuditLog(&fs, "d/a").value(); }
  std::string Bytes() { return fs.ReadAll("d/a").value(); }
  bool Has(const std::string& text) { return Bytes().find(text) != std::string::npos; }
  int64_t Count(const std::string& name) { return metrics.GetCounter(name, "")->value(); }
  void NextTry() { clock.AdvanceMs(1'000); }

  io::MemFileSystem fs;
  ManualClock clock;
  InlineExecutor executor;
  MetricsRegistry metrics;
  LogCapture capture{&clock};
};

TEST_F(AuditLogTest, WritesEachEventOnce) {
  auto log = MustOpen();
  EXPECT_TRUE(Has("\"event\":\"file\""));
  log->Append(Login("ann"));
  log->Append(Login("bob"));
  EXPECT_TRUE(Has("\"seq\":2,\"time\":\"2023-11-14T22:13:20.000Z\",\"event\":\"login\",\"user\":\"ann\""));
  EXPECT_TRUE(Has("\"seq\":3"));
  EXPECT_TRUE(log->Check().ok());
  EXPECT_EQ(Verified().damage_count, 0u);
  EXPECT_EQ(Verified().lines, 3u);
  EXPECT_EQ(Count("redkite_audit_lines_total"), 3);
}

TEST_F(AuditLogTest, EventsThatWaitShareOneWriteAndOneSync) {
  HeldExecutor held;
  auto log = AuditLog::Open({&fs, &clock, &held, &metrics, capture.logger()}, {.path = "a"}).value();
  const uint64_t writes = fs.op_count(io::FileOp::kWrite), syncs = fs.op_count(io::FileOp::kSync);
  for (int i = 0; i < 100; ++i) log->Append(Login("ann"));
  EXPECT_EQ(held.tasks.size(), 1u);
  EXPECT_EQ(fs.op_count(io::FileOp::kWrite), writes);
  held.RunAll();
  EXPECT_EQ(fs.op_count(io::FileOp::kWrite), writes + 1);
  EXPECT_EQ(fs.op_count(io::FileOp::kSync), syncs + 1);
  EXPECT_EQ(VerifyAuditLog(&fs, "a")->lines, 101u);
}

TEST_F(AuditLogTest, ARestartContinuesTheChain) {
  for (int i = 0; i < 3; ++i) MustOpen()->Append(Login("ann"));
  EXPECT_EQ(Verified().damage_count, 0u);
  EXPECT_EQ(Verified().lines, 4u);
}

TEST_F(AuditLogTest, ItsDirectory) {
  EXPECT_EQ(AuditDirectory("/var/log/redkite/audit.log"), "/var/log/redkite");
  EXPECT_EQ(AuditDirectory("audit.log"), ".");
}

TEST_F(AuditLogTest, OnlyOneAtATimeHasIt) {
  auto log = MustOpen();
  EXPECT_EQ(Open().status().code(), Code::kServiceUnavailable);
  log.reset();
  EXPECT_TRUE(Open().ok());
}

TEST_F(AuditLogTest, AFullFileIsFollowedByTheNext) {
  for (int round = 0; round < 2; ++round) {
    auto log = MustOpen({.file_bytes_max = 2'000});
    for (int i = 0; i < 40; ++i) log->Append(Login("ann"));
  }
  const auto numbers = FullFileNumbers(&fs, "d/a").value();
  EXPECT_GE(numbers.size(), 5u);
  for (const uint64_t number : numbers) {
    const size_t size = fs.ReadAll(FullFilePath("d/a", number))->size();
    EXPECT_GE(size, 2'000u);
    EXPECT_LT(size, 2'000u + 300);
  }
  const VerifyReport report = Verified();
  EXPECT_EQ(report.damage_count, 0u);
  EXPECT_EQ(report.lines, 80 + numbers.size() + 1);
}

TEST_F(AuditLogTest, ATornEndIsSetAsideAndALineSaysSo) {
  MustOpen()->Append(Login("ann"));
  const std::string whole = Bytes();
  fs.PutFile("d/a", whole + "{\"seq\":3,\"ti");
  MustOpen()->Append(Login("bob"));
  EXPECT_EQ(Bytes().substr(0, whole.size()), whole);
  EXPECT_TRUE(Has("\"event\":\"torn\",\"bytes\":12,\"kept\":\"a.damaged\""));
  EXPECT_EQ(fs.ReadAll("d/a.damaged").value(), "{\"seq\":3,\"ti");
  EXPECT_EQ(Verified().damage_count, 0u);
  EXPECT_EQ(Verified().lines, 4u);
  EXPECT_TRUE(capture.Has("torn end"));
}

TEST_F(AuditLogTest, AFileOfSomebodyElseIsLeftAlone) {
  ASSERT_TRUE(fs.CreateDirs("d").ok());
  for (const char* bytes : {"x", "Jan 1 syslog: hello\n", "{\"se\":1}\n"}) {
    fs.PutFile("d/a", bytes);
    for (const OnFailure policy : {OnFailure::kRefuse, OnFailure::kContinue}) {
      EXPECT_EQ(Open({.on_failure = policy}).status().code(), Code::kDataIntegrity);
      EXPECT_EQ(Bytes(), bytes);
    }
  }
}

TEST_F(AuditLogTest, DamageFarFromTheEndIsNoCrash) {
  Chain chain;
  std::string bytes;
  AppendLine(1, EncodeHead(chain.hash), &chain, &bytes);
  const size_t head_bytes = bytes.size();
  while (bytes.size() < kBatchBytesMax + 1'000'000) AppendLine(2, EncodeLost(1), &chain, &bytes);
  bytes[head_bytes + 100] ^= 1;
  ASSERT_TRUE(fs.CreateDirs("d").ok());
  fs.PutFile("d/a", bytes);
  const Status refused = Open().status();
  EXPECT_EQ(refused.code(), Code::kDataIntegrity);
  EXPECT_NE(refused.message().find("behind its line 1 "), std::string::npos) << refused.message();
  EXPECT_EQ(Bytes(), bytes);
  MustOpen({.on_failure = OnFailure::kContinue})->Append(Login("ann"));
  EXPECT_EQ(fs.ReadAll("d/a.000001").value(), bytes);
  EXPECT_TRUE(Has("\"event\":\"damage\",\"kept\":\"a.000001\""));
  EXPECT_GT(Verified().damage_count, 0u);
  // The new file is right in itself, and the next start is content with it.
  fs.PutFile("b", Bytes());
  EXPECT_EQ(VerifyAuditLog(&fs, "b", {.may_lack_begin = true})->damage_count, 0u);
  EXPECT_TRUE(Open({.on_failure = OnFailure::kContinue}).ok());
}

TEST_F(AuditLogTest, OnAFullDiskRefuseRefusesAndLosesNothing) {
  auto log = MustOpen();
  log->Append(Login("ann"));
  fs.SetDiskBytes(Bytes().size() + 30);
  log->Append(Login("bob"));
  EXPECT_EQ(log->Check().code(), Code::kServiceUnavailable);
  EXPECT_NE(log->Check().message().find("No space left"), std::string::npos);
  EXPECT_EQ(Verified().lines, 2u);  // nothing of it is left behind
  EXPECT_EQ(Verified().damage_count, 0u);
  log->Append(Login("eve"));
  fs.SetDiskBytes(UINT64_MAX);
  EXPECT_FALSE(log->Check().ok());  // not yet time
  NextTry();
  static_cast<void>(log->Check());  // tries again
  EXPECT_TRUE(log->Check().ok());
  EXPECT_EQ(Verified().lines, 4u);
  EXPECT_EQ(Verified().damage_count, 0u);
  EXPECT_TRUE(Has("\"user\":\"eve\""));
  EXPECT_EQ(Count("redkite_audit_lost_total"), 0);
  EXPECT_GE(Count("redkite_audit_write_failures_total"), 1);
}

TEST_F(AuditLogTest, OnAFullDiskContinueCountsWhatIsLost) {
  auto log = MustOpen({.on_failure = OnFailure::kContinue, .queue_events_max = 10});
  fs.SetDiskBytes(0);
  for (int i = 0; i < 25; ++i) {
    log->Append(Login("ann"));
    EXPECT_TRUE(log->Check().ok());
  }
  EXPECT_EQ(Count("redkite_audit_lost_total"), 15);
  fs.SetDiskBytes(UINT64_MAX);
  NextTry();
  log->Append(Login("bob"));  // no room for it either, but it begins the next try
  log->Append(Login("eve"));
  EXPECT_EQ(Verified().damage_count, 0u);
  EXPECT_EQ(Verified().lines, 1u + 10 + 1 + 1);
  EXPECT_TRUE(Has("\"event\":\"lost\",\"count\":16"));
  EXPECT_LT(Bytes().find("\"lost\""), Bytes().find("\"eve\""));
}

TEST_F(AuditLogTest, AFullDiskAtTheStart) {
  fs.SetDiskBytes(0);
  EXPECT_EQ(Open().status().code(), Code::kDiskLimitExceeded);
  auto log = MustOpen({.on_failure = OnFailure::kContinue});
  log->Append(Login("ann"));
  fs.SetDiskBytes(UINT64_MAX);
  NextTry();
  log->Append(Login("bob"));
  EXPECT_EQ(Verified().lines, 3u);
  EXPECT_EQ(Verified().damage_count, 0u);
}

TEST_F(AuditLogTest, AFullDiskWhileTheFileChanges) {
  auto log = MustOpen({.file_bytes_max = 1'000});
  while (Bytes().size() < 1'000) log->Append(Login("ann"));
  fs.FailNth(io::FileOp::kCreate, 1, Status(Code::kDiskLimitExceeded, "full"));
  log->Append(Login("bob"));
  EXPECT_FALSE(log->Check().ok());
  EXPECT_FALSE(fs.Exists("d/a").value());
  NextTry();
  log->Append(Login("eve"));
  EXPECT_TRUE(log->Check().ok());
  EXPECT_EQ(Verified().damage_count, 0u);
  EXPECT_EQ(Verified().files, 2u);
  EXPECT_TRUE(Has("\"bob\""));
  EXPECT_TRUE(Has("\"eve\""));
}

TEST_F(AuditLogTest, AFailedSyncIsFinalUntilTheNextStart) {
  auto log = MustOpen();
  fs.FailNth(io::FileOp::kSync, 1, Status::Io("sync failed"));
  log->Append(Login("ann"));
  EXPECT_EQ(log->Check().code(), Code::kServiceUnavailable);
  NextTry();
  log->Append(Login("bob"));
  EXPECT_FALSE(log->Check().ok());
  log.reset();
  fs.Crash();
  auto next = MustOpen();
  next->Append(Login("eve"));
  EXPECT_TRUE(next->Check().ok());
  EXPECT_EQ(Verified().damage_count, 0u);
}

TEST_F(AuditLogTest, RefuseRefusesBeforeTheQueueIsFull) {
  HeldExecutor held;
  auto log =
      AuditLog::Open({&fs, &clock, &held, &metrics, capture.logger()}, {.path = "a", .queue_events_max = 10})
          .value();
  int accepted = 0;
  while (log->Check().ok()) {
    log->Append(Login("ann"));
    ++accepted;
  }
  EXPECT_EQ(accepted, 6);
  EXPECT_EQ(Count("redkite_audit_lost_total"), 0);
  held.RunAll();
  EXPECT_TRUE(log->Check().ok());
  for (int i = 0; i < 12; ++i) log->Append(Login("who asks nobody"));
  EXPECT_EQ(Count("redkite_audit_lost_total"), 2);
  held.RunAll();
  EXPECT_EQ(VerifyAuditLog(&fs, "a")->lines, 1u + 6 + 10 + 1);
}

TEST_F(AuditLogTest, TheQueueIsBoundedInBytesToo) {
  HeldExecutor held;
  auto log = AuditLog::Open({&fs, &clock, &held, &metrics, capture.logger()},
                            {.path = "a", .queue_bytes_max = 4'000})
                 .value();
  for (int i = 0; i < 100; ++i) log->Append(Login(std::string(200, 'x')));
  EXPECT_GT(Count("redkite_audit_lost_total"), 80);
  log->Close();
  EXPECT_EQ(VerifyAuditLog(&fs, "a")->damage_count, 0u);
}

TEST_F(AuditLogTest, CloseWritesWhatWaits) {
  HeldExecutor held;
  auto log = AuditLog::Open({&fs, &clock, &held, &metrics, capture.logger()}, {.path = "a"}).value();
  log->Append({.kind = EventKind::kStop});
  held.tasks.clear();  // as a pool that stopped
  log->Close();
  EXPECT_EQ(VerifyAuditLog(&fs, "a")->lines, 2u);
  log->Append(Login("late"));
  log->Close();
  EXPECT_EQ(VerifyAuditLog(&fs, "a")->lines, 2u);
  EXPECT_EQ(Count("redkite_audit_lost_total"), 1);
}

// What a run wrote and knew to be durable is there after a crash at any of its changes, and the chain is
// whole.
TEST_F(AuditLogTest, ACrashAtEveryChange) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    for (uint64_t cut = 1;; ++cut) {
      SCOPED_TRACE("seed " + std::to_string(seed) + " cut " + std::to_string(cut));
      io::MemFileSystem disk(seed * 1'000 + cut);
      const auto open = [&] {
        return AuditLog::Open({&disk, &clock, &executor, &metrics, capture.logger()},
                              {.path = "d/a", .file_bytes_max = 1'500});
      };
      disk.CutPowerAt(cut);
      uint64_t durable = 0;
      if (auto log = open(); log.ok()) {
        for (int i = 0; i < 20; ++i) {
          (*log)->Append(Login("user-" + std::to_string(i)));
          if ((*log)->Check().ok()) durable = static_cast<uint64_t>(i) + 1;
        }
      }
      const bool struck = disk.cut_call().has_value();
      disk.Crash();
      // The start after it, too.
      disk.CutPowerAt(1 + cut % 5);
      static_cast<void>(open());
      disk.Crash();
      auto log = open();
      ASSERT_TRUE(log.ok()) << log.status().ToString();
      (*log)->Append(Login("after"));
      (*log)->Close();
      const VerifyReport report = VerifyAuditLog(&disk, "d/a").value();
      ASSERT_EQ(report.damage_count, 0u) << report.findings[0].path << ": " << report.findings[0].what;
      std::string all;
      for (const uint64_t n : FullFileNumbers(&disk, "d/a").value())
        all += disk.ReadAll(FullFilePath("d/a", n)).value();
      all += disk.ReadAll("d/a").value();
      for (uint64_t i = 0; i < durable; ++i) {
        ASSERT_NE(all.find("\"user-" + std::to_string(i) + "\""), std::string::npos) << i;
      }
      ASSERT_NE(all.find("\"after\""), std::string::npos);
      if (!struck) break;
    }
  }
}

TEST_F(AuditLogTest, ManyThreadsLoseNothingAndMixNothing) {
  constexpr int kThreads = 4, kEach = 200;
  ThreadPool writers(kThreads, 0, "writers");
  ThreadPool files(1, 0, "files");
  auto log = AuditLog::Open({&fs, &clock, &files, &metrics, capture.logger()}, {.path = "a"}).value();
  Mutex mutex;
  CondVar done;
  int left = kThreads;
  for (int t = 0; t < kThreads; ++t) {
    writers.Submit(Priority::kControl, [&, t] {
      for (int i = 0; i < kEach; ++i) log->Append(Login("user-" + std::to_string(t * kEach + i)));
      MutexLock lock(mutex);
      --left;
      done.NotifyAll();
    });
  }
  {
    MutexLock lock(mutex);
    while (left > 0) done.Wait(mutex);
  }
  files.Stop();
  log->Close();
  const std::string bytes = fs.ReadAll("a").value();
  for (int i = 0; i < kThreads * kEach; ++i) {
    ASSERT_NE(bytes.find("\"user-" + std::to_string(i) + "\""), std::string::npos) << i;
  }
  EXPECT_EQ(VerifyAuditLog(&fs, "a")->lines, 1u + kThreads * kEach);
  EXPECT_EQ(VerifyAuditLog(&fs, "a")->damage_count, 0u);
}

TEST_F(AuditLogTest, OnARealDiskOnlyItsOwnerReadsIt) {
  std::string dir = io::JoinPath(testing::TempDir(), "redkite_audit_XXXXXX");
  ASSERT_NE(::mkdtemp(dir.data()), nullptr);
  io::PosixFileSystem disk;
  const std::string path = dir + "/log/audit.log";
  {
    auto log = AuditLog::Open({&disk, &clock, &executor, &metrics, capture.logger()},
                              {.path = path, .file_bytes_max = 1'000});
    ASSERT_TRUE(log.ok()) << log.status().ToString();
    for (int i = 0; i < 10; ++i) (*log)->Append(Login("ann"));
  }
  ASSERT_TRUE(disk.Exists(path + ".000001").value());
  for (const std::string& file : {path, path + ".000001"}) {
    struct stat st {};
    ASSERT_EQ(::stat(file.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 07777, 0600u) << file;
  }
  EXPECT_EQ(VerifyAuditLog(&disk, path)->damage_count, 0u);
  EXPECT_TRUE(disk.RemoveTree(dir).ok());
}

}  // namespace
}  // namespace redkite::audit
