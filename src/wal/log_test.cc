#include "wal/log.h"

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "wal/mem_log.h"

namespace redkite::wal {
namespace {

TEST(LogPayload, OwnsItsBytes) {
  LogPayload copy;
  {
    LogPayload payload(std::string("short"));
    copy = payload;
  }
  ASSERT_EQ(copy.pieces().size(), 1u);
  EXPECT_EQ(copy.pieces()[0], "short");
  EXPECT_EQ(copy.size_bytes(), 5u);
  EXPECT_EQ(copy.crc(), Crc32c("short"));
}

TEST(LogPayload, PiecesShareTheirOwnerAndOneChecksum) {
  auto owner = std::make_shared<const std::string>("abcdef");
  const std::weak_ptr<const std::string> watch = owner;
  const std::string_view all = *owner;
  {
    const LogPayload payload({all.substr(0, 2), {}, all.substr(2)}, std::move(owner));
    EXPECT_FALSE(watch.expired());
    EXPECT_EQ(payload.size_bytes(), 6u);
    EXPECT_EQ(payload.crc(), Crc32c("abcdef"));
  }
  EXPECT_TRUE(watch.expired());
}

TEST(AppendAndWait, ReportsPositionAndFailure) {
  MemLog log;
  ASSERT_TRUE(log.Start().ok());
  EXPECT_EQ(AppendAndWait(&log, {}).value(), 1u);
  log.FailNext(Status::Io("injected"));
  EXPECT_EQ(AppendAndWait(&log, {}).status().code(), Code::kIoFailed);
}

}  // namespace
}  // namespace redkite::wal
