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

TEST(WordSum, IsTheSameInPiecesAndSeesEveryByte) {
  std::string bytes;
  for (int i = 0; i < 61; ++i) bytes += static_cast<char>(i * 37 + 1);
  WordSum whole;
  whole.Add(bytes);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    WordSum pieces;
    pieces.Add(std::string_view(bytes).substr(0, cut / 2));
    pieces.Add(std::string_view(bytes).substr(cut / 2, cut - cut / 2));
    pieces.Add(std::string_view(bytes).substr(cut));
    ASSERT_EQ(pieces.value(), whole.value()) << cut;
    std::string padded = bytes.substr(0, cut);
    WordSum bare, filled;
    bare.Add(padded);
    padded.resize((cut + 7) / 8 * 8);
    filled.Add(padded);
    ASSERT_EQ(bare.value(), filled.value()) << cut;
  }
  for (char& c : bytes) {
    c = static_cast<char>(c ^ 16);
    WordSum other;
    other.Add(bytes);
    ASSERT_NE(other.value(), whole.value());
    c = static_cast<char>(c ^ 16);
  }
  WordSum words;
  words.Add(std::string_view("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\x80\3", 17));
  EXPECT_EQ(words.value(), 0x8000000000000006u);
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
