#include "server/transport/grpc_framing.h"

#include <gtest/gtest.h>

#include <limits>

namespace redkite::server {
namespace {

TEST(GrpcTimeout, AllUnits) {
  EXPECT_EQ(ParseGrpcTimeout("2H"), 7'200'000'000'000);
  EXPECT_EQ(ParseGrpcTimeout("3M"), 180'000'000'000);
  EXPECT_EQ(ParseGrpcTimeout("4S"), 4'000'000'000);
  EXPECT_EQ(ParseGrpcTimeout("5m"), 5'000'000);
  EXPECT_EQ(ParseGrpcTimeout("6u"), 6'000);
  EXPECT_EQ(ParseGrpcTimeout("7n"), 7);
  EXPECT_EQ(ParseGrpcTimeout("0n"), 0);
  EXPECT_EQ(ParseGrpcTimeout("99999999H"), std::numeric_limits<int64_t>::max());
}

TEST(GrpcTimeout, RejectsMalformed) {
  for (const char* text : {"", "S", "1", "1x", "-1S", "1.5S", "123456789S", "1 S", "+1S"}) {
    EXPECT_FALSE(ParseGrpcTimeout(text)) << text;
  }
}

TEST(PercentEncode, KeepsPrintableAscii) {
  EXPECT_EQ(PercentEncode("a b~!"), "a b~!");
  EXPECT_EQ(PercentEncode("100%\n\xc3\xb6"), "100%25%0A%C3%B6");
}

TEST(GrpcContentType, TellsGrpcFromOthers) {
  EXPECT_TRUE(IsGrpcContentType("application/grpc"));
  EXPECT_TRUE(IsGrpcContentType("application/grpc+proto"));
  EXPECT_TRUE(IsGrpcContentType("application/grpc;x=1"));
  EXPECT_FALSE(IsGrpcContentType("application/grpc-web"));
  EXPECT_FALSE(IsGrpcContentType("application/json"));
  EXPECT_FALSE(IsGrpcContentType(""));
}

std::string Framed(std::string_view message) {
  char prefix[5];
  EncodeMessagePrefix(static_cast<uint32_t>(message.size()), prefix);
  return std::string(prefix, 5).append(message);
}

TEST(MessageAssembler, EverySplitGivesTheMessage) {
  std::string framed = Framed("hello");
  for (size_t cut = 0; cut <= framed.size(); ++cut) {
    MessageAssembler assembler(100);
    std::string message;
    EXPECT_EQ(assembler.Append(framed.substr(0, cut), &message), MessageAssembler::Outcome::kOk);
    EXPECT_EQ(assembler.complete(), cut == framed.size());
    EXPECT_EQ(assembler.Append(framed.substr(cut), &message), MessageAssembler::Outcome::kOk);
    EXPECT_TRUE(assembler.complete());
    EXPECT_EQ(message, "hello");
  }
}

TEST(MessageAssembler, EmptyMessageIsComplete) {
  MessageAssembler assembler(100);
  std::string message;
  EXPECT_EQ(assembler.Append(Framed(""), &message), MessageAssembler::Outcome::kOk);
  EXPECT_TRUE(assembler.complete());
}

TEST(MessageAssembler, Limits) {
  std::string message;
  EXPECT_EQ(MessageAssembler(5).Append(Framed("hello"), &message), MessageAssembler::Outcome::kOk);
  MessageAssembler small(4);
  EXPECT_EQ(small.Append(Framed("hello"), &message), MessageAssembler::Outcome::kTooLarge);
  EXPECT_EQ(small.declared_bytes(), 5u);
  std::string compressed = Framed("x");
  compressed[0] = 1;
  EXPECT_EQ(MessageAssembler(9).Append(compressed, &message), MessageAssembler::Outcome::kCompressed);
  EXPECT_EQ(MessageAssembler(9).Append(Framed("x") + Framed("y"), &message),
            MessageAssembler::Outcome::kSecondMessage);
}

TEST(MessageAssembler, ForgedLengthAllocatesLittle) {
  MessageAssembler assembler(64 << 20);
  std::string message;
  std::string start("\0\x03\xff\xff\xff", 5);
  EXPECT_EQ(assembler.Append(start + "abc", &message), MessageAssembler::Outcome::kOk);
  EXPECT_LE(message.capacity(), size_t{128} << 10);
}

}  // namespace
}  // namespace redkite::server
