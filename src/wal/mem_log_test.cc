#include "wal/mem_log.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace redkite::wal {
namespace {

AppendRequest Request(std::string payload) {
  AppendRequest request;
  request.payload = LogPayload(std::move(payload));
  return request;
}

std::string ReadAll(MemLog* log, LogPosition from) {
  std::string all;
  const Status status = log->Read(from, [&](const LogRecord& record) {
    all += std::to_string(record.position) + std::string(record.payload) + " ";
    return Status::Ok();
  });
  return status.ok() ? all : status.ToString();
}

TEST(MemLog, AppendsReadsAndTrims) {
  MemLog log;
  EXPECT_EQ(AppendAndWait(&log, Request("x")).status().code(), Code::kServiceNotReady);
  ASSERT_TRUE(log.Start().ok());
  EXPECT_EQ(AppendAndWait(&log, Request("a")).value(), 1u);
  EXPECT_EQ(AppendAndWait(&log, Request("b")).value(), 2u);
  EXPECT_EQ(AppendAndWait(&log, Request("c")).value(), 3u);
  EXPECT_EQ(ReadAll(&log, 0), "1a 2b 3c ");
  ASSERT_TRUE(log.Trim(3).ok());
  EXPECT_EQ(log.first_position(), 3u);
  EXPECT_EQ(ReadAll(&log, 3), "3c ");
  EXPECT_EQ(ReadAll(&log, 4), "");
  EXPECT_NE(ReadAll(&log, 2).find("trimmed"), std::string::npos);
  EXPECT_NE(ReadAll(&log, 5).find("ends before"), std::string::npos);
}

TEST(MemLog, ManualCommitFailureAndRestart) {
  MemLog log(true);
  ASSERT_TRUE(log.Start().ok());
  std::string done;
  auto append = [&](const char* payload) {
    log.Append(Request(payload), [&](Status status, LogPosition position) {
      done += status.ok() ? std::to_string(position) : std::string("E");
    });
  };
  append("a");
  append("b");
  append("c");
  EXPECT_EQ(log.waiting_count(), 3u);
  EXPECT_EQ(log.last_position(), 0u);
  EXPECT_EQ(log.Commit(1), 1u);
  EXPECT_EQ(done, "1");
  log.FailNext(Status(Code::kDiskLimitExceeded, "full"));
  log.Commit();
  EXPECT_EQ(done, "1E2");
  append("d");
  log.Restart();
  EXPECT_EQ(log.Commit(), 0u);
  EXPECT_EQ(ReadAll(&log, 1), "1a 2c ");
  ASSERT_TRUE(log.Start().ok());
  log.FailNext(Status::Io("broken"));
  append("e");
  append("f");
  log.Commit();
  EXPECT_EQ(done, "1E2EE");
  EXPECT_FALSE(log.health().ok());
}

TEST(MemLog, ACallbackMayAppend) {
  MemLog log;
  ASSERT_TRUE(log.Start().ok());
  int done = 0;
  log.Append(Request("a"), [&](Status, LogPosition) {
    log.Append(Request("b"), [&](Status, LogPosition position) { done = static_cast<int>(position); });
  });
  EXPECT_EQ(done, 2);
}

TEST(MemLog, AFailedRecordMayBeThereAfterARestart) {
  for (const MemLog::Fate fate : {MemLog::Fate::kAbsent, MemLog::Fate::kPresent}) {
    MemLog log;
    ASSERT_TRUE(log.Start().ok());
    ASSERT_TRUE(AppendAndWait(&log, Request("a")).ok());
    log.FailNext(Status::Io("broken"), fate);
    EXPECT_EQ(AppendAndWait(&log, Request("b")).status().code(), Code::kIoFailed);
    EXPECT_EQ(AppendAndWait(&log, Request("c")).status().code(), Code::kIoFailed);
    EXPECT_EQ(ReadAll(&log, 0), "1a ");
    EXPECT_EQ(log.last_position(), 1u);
    log.Restart();
    EXPECT_EQ(ReadAll(&log, 0), fate == MemLog::Fate::kPresent ? "1a 2b " : "1a ");
    ASSERT_TRUE(log.Start().ok());
    EXPECT_EQ(AppendAndWait(&log, Request("d")).value(), fate == MemLog::Fate::kPresent ? 3u : 2u);
  }
}

TEST(MemLog, WithoutSpaceARecordIsAbsentWhateverItsFate) {
  MemLog log;
  ASSERT_TRUE(log.Start().ok());
  log.FailNext(Status(Code::kDiskLimitExceeded, "full"), MemLog::Fate::kPresent);
  EXPECT_FALSE(AppendAndWait(&log, Request("a")).ok());
  log.Restart();
  EXPECT_EQ(ReadAll(&log, 0), "");
}

TEST(MemLog, ACrashMayKeepTheFirstOfWhatWaits) {
  std::set<std::string> found;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    MemLog log(true, seed);
    ASSERT_TRUE(log.Start().ok());
    for (const char* payload : {"a", "b", "c"}) {
      log.Append(Request(payload), [](Status, LogPosition) { FAIL() << "a crash calls nobody"; });
    }
    log.Restart(true);
    found.insert(ReadAll(&log, 0));
  }
  EXPECT_EQ(found, (std::set<std::string>{"", "1a ", "1a 2b ", "1a 2b 3c "}));
}

// Random faults and crashes: what was acknowledged stays, what certainly failed never comes.
TEST(MemLog, SeededFaultsKeepThePromisesOfALog) {
  int unknown_kept = 0, unknown_lost = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    MemLog log(false, seed);
    log.SetFaults({.full_per_mille = 60, .fail_per_mille = 30, .delay_per_mille = 200});
    std::map<LogPosition, std::string> acknowledged;
    std::set<std::string> absent, unknown;
    ASSERT_TRUE(log.Start().ok());
    for (int i = 0; i < 200; ++i) {
      const std::string payload = std::to_string(i);
      unknown.insert(payload);
      log.Append(Request(payload), [&, payload](Status status, LogPosition position) {
        if (status.ok()) acknowledged[position] = payload;
        if (status.code() == Code::kDiskLimitExceeded) absent.insert(payload);
        if (status.ok() || status.code() == Code::kDiskLimitExceeded) unknown.erase(payload);
      });
      if (random.Below(40) == 0) {
        log.Restart(true);
        ASSERT_TRUE(log.Start().ok());
      }
    }
    log.Restart(true);
    std::map<LogPosition, std::string> found;
    ASSERT_TRUE(log.Read(0,
                         [&](const LogRecord& record) {
                           found[record.position] = std::string(record.payload);
                           return Status::Ok();
                         })
                    .ok());
    for (const auto& [position, payload] : acknowledged) ASSERT_EQ(found[position], payload);
    for (const auto& [position, payload] : found) {
      ASSERT_FALSE(absent.contains(payload)) << payload;
      if (unknown.erase(payload) > 0) ++unknown_kept;
    }
    unknown_lost += static_cast<int>(unknown.size());
  }
  EXPECT_GT(unknown_kept, 0);
  EXPECT_GT(unknown_lost, 0);
}

TEST(MemLog, TheSameSeedGivesTheSameFaults) {
  const auto run = [](uint64_t seed) {
    std::string outcome;
    MemLog log(false, seed);
    log.SetFaults({.full_per_mille = 200, .fail_per_mille = 5, .delay_per_mille = 100});
    EXPECT_TRUE(log.Start().ok());
    for (int i = 0; i < 100; ++i) {
      log.Append(Request("x"), [&](Status status, LogPosition) { outcome += status.ok() ? '.' : 'E'; });
      outcome += ' ';
    }
    log.Commit();
    return outcome;
  };
  EXPECT_EQ(run(9), run(9));
  EXPECT_NE(run(9), run(10));
}

}  // namespace
}  // namespace redkite::wal
