#include "config/value_text.h"

#include <gtest/gtest.h>

namespace redkite::config {
namespace {

constexpr Bytes kSize(64 * kMiB, 1 * kMiB, 64 * kGiB);
constexpr Duration kTime(kMinute, kSecond, kHour);
constexpr Count kCount(5, 1, 100);

int64_t BytesOf(std::string_view text) {
  int64_t value = -1;
  return ParseValue(Bytes(0, 0, std::numeric_limits<int64_t>::max()), "k", text, &value).ok() ? value : -1;
}
int64_t MsOf(std::string_view text) {
  int64_t value = -1;
  return ParseValue(Duration(0, 0, std::numeric_limits<int64_t>::max()), "k", text, &value).ok() ? value : -1;
}

TEST(ValueText, SizesWithUnits) {
  EXPECT_EQ(BytesOf("0"), 0);
  EXPECT_EQ(BytesOf("1048576"), kMiB);
  EXPECT_EQ(BytesOf("64KiB"), 64 * kKiB);
  EXPECT_EQ(BytesOf("64 MiB"), 64 * kMiB);
  EXPECT_EQ(BytesOf("3B"), 3);
  EXPECT_EQ(BytesOf("1TiB"), 1024 * kGiB);
  for (const char* bad :
       {"", "MiB", "-1", "1.5GiB", "1mib", "1MB", "1 MiB x", "99999999999999999999", "9999999999TiB"}) {
    EXPECT_EQ(BytesOf(bad), -1) << bad;
  }
}

TEST(ValueText, TimesNeedAUnit) {
  EXPECT_EQ(MsOf("0"), 0);
  EXPECT_EQ(MsOf("250ms"), 250);
  EXPECT_EQ(MsOf("10s"), 10'000);
  EXPECT_EQ(MsOf("5min"), 300'000);
  EXPECT_EQ(MsOf("1h"), kHour);
  for (const char* bad : {"10", "10 sec", "1m", "s", "-1s"}) EXPECT_EQ(MsOf(bad), -1) << bad;
}

TEST(ValueText, BoundsAreInclusiveAndNamed) {
  int64_t value = 7;
  EXPECT_TRUE(ParseValue(kCount, "n", "1", &value).ok());
  EXPECT_TRUE(ParseValue(kCount, "n", "100", &value).ok());
  const Status low = ParseValue(kCount, "n", "0", &value);
  EXPECT_EQ(low.code(), Code::kParameterInvalid);
  EXPECT_EQ(low.message(), "option n expects 1..100: \"0\"");
  EXPECT_EQ(ParseValue(kSize, "size", "1GiBB", &value).message(),
            "option size expects a size such as 64MiB: \"1GiBB\"");
  EXPECT_EQ(ParseValue(kSize, "size", "1KiB", &value).message(), "option size expects 1MiB..64GiB: \"1KiB\"");
  EXPECT_EQ(ParseValue(kTime, "time", "2h", &value).message(), "option time expects 1s..1h: \"2h\"");
  EXPECT_EQ(value, 100) << "a refused value changes nothing";
}

TEST(ValueText, FlagsAndLevels) {
  bool flag = false;
  EXPECT_TRUE(ParseValue(Flag(false), "f", "true", &flag).ok());
  EXPECT_TRUE(flag);
  EXPECT_FALSE(ParseValue(Flag(false), "f", "yes", &flag).ok());
  LogLevel level = LogLevel::kWarn;
  EXPECT_TRUE(ParseValue(Level(level), "l", "debug", &level).ok());
  EXPECT_EQ(level, LogLevel::kDebug);
  EXPECT_FALSE(ParseValue(Level(level), "l", "WARN", &level).ok());
  EXPECT_EQ(PrintValue(Level(level), LogLevel::kOff), "off");
}

TEST(ValueText, PrintsInTheLargestUnitThatDivides) {
  EXPECT_EQ(PrintValue(kSize, 64 * kMiB), "64MiB");
  EXPECT_EQ(PrintValue(kSize, 1536 * kMiB), "1536MiB");
  EXPECT_EQ(PrintValue(kSize, 1000), "1000B");
  EXPECT_EQ(PrintValue(kSize, 0), "0");
  EXPECT_EQ(PrintValue(kTime, 90 * kSecond), "90s");
  EXPECT_EQ(PrintValue(kTime, 2 * kHour), "2h");
  EXPECT_EQ(PrintBounds(kTime), "1s..1h");
  EXPECT_EQ(PrintBounds(Flag(true)), "");
}

TEST(HostPort, Forms) {
  const auto parsed = [](std::string_view text) -> std::string {
    const Result<HostPort> r = ParseHostPort(text);
    return r.ok() ? r->host + "|" + std::to_string(r->port) : "refused";
  };
  EXPECT_EQ(parsed("127.0.0.1:19530"), "127.0.0.1|19530");
  EXPECT_EQ(parsed("localhost:0"), "localhost|0");
  EXPECT_EQ(parsed("[::1]:9091"), "::1|9091");
  EXPECT_EQ(parsed(":80"), "|80");
  for (const char* bad :
       {"", "127.0.0.1", "127.0.0.1:", "h:65536", "h:-1", "h:80x", "::1:80", "[::1:80", "a b:1", "[]x:1"}) {
    EXPECT_EQ(parsed(bad), "refused") << bad;
  }
}

TEST(ValueText, AChoiceIsOneOfItsWords) {
  constexpr Choice kChoice("auto", "auto required off");
  std::string value = "auto";
  for (const char* word : {"auto", "required", "off"}) {
    EXPECT_TRUE(ParseValue(kChoice, "k", word, &value).ok());
    EXPECT_EQ(value, word);
  }
  for (const char* bad : {"", "aut", "autoo", "auto required", " ", "Auto", "required "}) {
    EXPECT_FALSE(ParseValue(kChoice, "k", bad, &value).ok()) << bad;
  }
  EXPECT_EQ(value, "off");
  EXPECT_EQ(ParseValue(kChoice, "k", "no", &value).message(), "option k expects auto, required, off: \"no\"");
  EXPECT_EQ(PrintBounds(kChoice), "auto, required, off");
}

TEST(ValueText, ATextMayBeEmptyWhereItsDefaultIs) {
  std::string value = "x";
  EXPECT_FALSE(ParseValue(Text("d"), "k", "", &value).ok());
  EXPECT_TRUE(ParseValue(Text("d"), "k", "none", &value).ok());
  EXPECT_EQ(value, "none");
  for (const char* empty : {"none", ""}) {
    value = "x";
    EXPECT_TRUE(ParseValue(Text(""), "k", empty, &value).ok());
    EXPECT_EQ(value, "");
  }
}

TEST(HostPort, OnlyTheLoopbackIsLoopback) {
  for (const char* host : {"127.0.0.1", "127.1.2.3", "localhost", "::1"})
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  for (const char* host : {"", "0.0.0.0", "::", "10.0.0.1", "127.example.a.b", "127.0.0.1.example",
                           "localhost.example", "1127.0.0.1"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

}  // namespace
}  // namespace redkite::config
