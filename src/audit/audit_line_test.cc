#include "audit/audit_line.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace redkite::audit {
namespace {

constexpr int64_t kTimeMs = 1'767'225'599'042;  // 2025-12-31T23:59:59.042Z

std::string LineOf(const Event& event) {
  Chain chain;
  std::string out;
  AppendLine(kTimeMs, EncodeEvent(event), &chain, &out);
  return out;
}

TEST(AuditLine, HasOneOrderOfKeys) {
  Event event;
  event.kind = EventKind::kDenied;
  event.transport = Transport::kGrpc;
  event.user = "ann";
  event.peer = "10.0.0.1:5";
  event.method = "DropCollection";
  event.database = "db";
  event.collection = "c";
  event.subject = "role";
  event.trace_id = "t1";
  event.code = 1401;
  EXPECT_EQ(
      LineOf(event).substr(0, LineOf(event).find(",\"hash\"")),
      "{\"seq\":1,\"time\":\"2025-12-31T23:59:59.042Z\",\"event\":\"denied\",\"user\":\"ann\","
      "\"peer\":\"10.0.0.1:5\",\"transport\":\"grpc\",\"method\":\"DropCollection\",\"database\":\"db\","
      "\"collection\":\"c\",\"subject\":\"role\",\"code\":1401,\"trace\":\"t1\"");
}

TEST(AuditLine, WithoutTextsOnlyWhatIsThere) {
  const std::string line = LineOf({.kind = EventKind::kStop});
  EXPECT_EQ(line.substr(0, line.find(",\"hash\"")),
            "{\"seq\":1,\"time\":\"2025-12-31T23:59:59.042Z\",\"event\":\"stop\",\"code\":0");
}

TEST(AuditLine, TheHashIsSha256) {
  // FIPS 180-4's example, in two parts.
  EXPECT_EQ(HashOf("a", "bc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(AuditLine, ParsesWhatItMakesAndContinuesTheChain) {
  Chain chain;
  std::string out;
  AppendLine(kTimeMs, EncodeHead(chain.hash), &chain, &out);
  const auto head = ParseLine(std::string_view(out).substr(0, out.size() - 1));
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->seq, 1u);
  EXPECT_EQ(head->previous, std::string(kHashDigits, '0'));
  EXPECT_EQ(head->hash, chain.hash);
  EXPECT_EQ(HashOf(Chain().hash, head->body), chain.hash);
  const Chain before = chain;
  std::string second;
  AppendLine(kTimeMs, EncodeLost(7), &chain, &second);
  const auto line = ParseLine(std::string_view(second).substr(0, second.size() - 1));
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->seq, 2u);
  EXPECT_FALSE(line->previous.has_value());
  EXPECT_EQ(HashOf(before.hash, line->body), line->hash);
  EXPECT_NE(second.find("\"event\":\"lost\",\"count\":7"), std::string::npos);
}

TEST(AuditLine, NoTextEndsALineOrAValue) {
  const std::string hostile =
      "x\n{\"seq\":9}\r\"\\\x1b[2J\x7f\xc3\xa9\xf0\x9f\x98\x80\xff\xc0\x80\xed\xa0\x80\0y";
  const std::string line = LineOf({.kind = EventKind::kLogin, .user = hostile});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_NE(
      line.find("\"user\":\"x\\u000a{\\\"seq\\\":9}\\u000d\\\"\\\\\\u001b[2J\\u007f\\u00e9\\ud83d\\ude00"
                "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd"),
      std::string::npos)
      << line;
}

TEST(AuditLine, IsPrintableAsciiAndBoundedWhateverComes) {
  SCOPED_TRACE("seed 7");
  Random random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random.Below(600), '\0');
    for (char& c : text) c = static_cast<char>(round % 2 == 0 ? random.Next() : 0x01);
    const std::string line = LineOf({.transport = Transport::kManagement,
                                     .user = text,
                                     .peer = text,
                                     .method = text,
                                     .database = text,
                                     .collection = text,
                                     .subject = text,
                                     .trace_id = text,
                                     .code = -2147483647});
    ASSERT_LE(line.size(), kLineBytesMax);
    for (const char c : line.substr(0, line.size() - 1)) ASSERT_TRUE(c >= 0x20 && c < 0x7f);
    ASSERT_TRUE(ParseLine(std::string_view(line).substr(0, line.size() - 1)).has_value());
  }
}

TEST(AuditLine, LongTextsAreCutBetweenCharacters) {
  std::string text(kTextBytesMax - 1, 'a');
  EXPECT_EQ(LineOf({.user = text + "b"}).find("\\u2026"), std::string::npos);
  EXPECT_NE(LineOf({.user = text + "bc"}).find("ab\\u2026\""), std::string::npos);
  EXPECT_NE(LineOf({.user = text + "\xc3\xa9"}).find("a\\u2026\""), std::string::npos);
}

TEST(AuditLine, TimesOutsideOfTheCalendarStayAtItsEnds) {
  Chain chain;
  std::string out;
  AppendLine(-5, EncodeLost(1), &chain, &out);
  AppendLine(INT64_MAX, EncodeLost(1), &chain, &out);
  EXPECT_NE(out.find("\"1970-01-01T00:00:00.000Z\""), std::string::npos);
  EXPECT_NE(out.find("\"9999-12-31T23:59:59.999Z\""), std::string::npos);
}

TEST(AuditLine, OtherTextsAreNoLines) {
  Chain chain;
  std::string line;
  AppendLine(kTimeMs, EncodeHead(chain.hash), &chain, &line);
  line.pop_back();
  ASSERT_TRUE(ParseLine(line).has_value());
  for (size_t i = 0; i < line.size(); ++i) EXPECT_FALSE(ParseLine(line.substr(0, i)).has_value()) << i;
  for (const std::string& bad : {std::string(), "{}" + line, line + " ", " " + line, std::string(200, '{')}) {
    EXPECT_FALSE(ParseLine(bad).has_value()) << bad;
  }
  for (const char* seq : {"0", "01", "-1", "x", "18446744073709551615", "18446744073709551616"}) {
    std::string other = line;
    other.replace(other.find(":1,") + 1, 1, seq);
    EXPECT_FALSE(ParseLine(other).has_value()) << seq;
  }
}

}  // namespace
}  // namespace redkite::audit
