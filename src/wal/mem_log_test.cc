#include "wal/mem_log.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace redkite::wal
