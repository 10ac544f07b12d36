#include "types/instant.h"

#include "gtest/gtest.h"
#include "types/testing/tzif_bytes.h"

namespace redkite {
namespace {

TimeZone Fixed(int32_t offset_s) {
  TzifBytes file;
  file.offsets = {offset_s};
  return TimeZone::Parse(file.Encode()).value();
}

constexpr int64_t kNoon = 1746102600'000'000;  // 2025-05-01T12:30:00Z

TEST(Instant, FormsOfTheText) {
  const TimeZone shanghai = Fixed(8 * 3600);
  const auto parse = [&](std::string_view text) { return ParseInstant(text, shanghai).value(); };
  EXPECT_EQ(parse("2025-05-01T12:30:00Z"), kNoon);
  EXPECT_EQ(parse("2025-05-01t12:30:00z"), kNoon);
  EXPECT_EQ(parse("2025-05-01T20:30:00+08:00"), kNoon);
  EXPECT_EQ(parse("2025-05-01T20:30:00"), kNoon);
  EXPECT_EQ(parse("2025-05-01 20:30"), kNoon);
  EXPECT_EQ(parse("2025-05-01T07:30:00-0500"), kNoon);
  EXPECT_EQ(parse("2025-05-01T14:30:00+02"), kNoon);
  EXPECT_EQ(parse("2025-05-01T12:30:00.25Z"), kNoon + 250'000);
  EXPECT_EQ(parse("2025-05-01T12:30:00.000001999Z"), kNoon + 1);
  EXPECT_EQ(parse("2025-05-02"), kNoon + (3 * 60 + 30) * 60 * int64_t{1'000'000});
  EXPECT_EQ(parse("1969-12-31T23:59:59.999999Z"), -1);
}

TEST(Instant, WhatIsNone) {
  for (const char* text :
       {"", "2025", "2025-13-01", "2025-02-29", "2025-05-01T24:00:00", "2025-05-01T12:60:00",
        "2025-05-01T12:30:60", "2025-05-01T12:30:00+25:00", "2025-05-01T12:30:00.",
        "2025-05-01T12:30:00.1234567890Z", "0000-01-01", "2025-05-01X12:30", "2025-05-01T12:30:00Zx",
        "12025-05-01", "now", "2025-5-1", "0001-01-01T00:00:00+01:00", "9999-12-31T23:30:00-01:00"}) {
    const auto instant = ParseInstant(text, TimeZone::Utc());
    EXPECT_EQ(instant.status().message(), "got invalid timestamptz string '" + std::string(text) + "'");
  }
}

TEST(Instant, TextsInAZone) {
  EXPECT_EQ(FormatInstant(kNoon, TimeZone::Utc()), "2025-05-01T12:30:00Z");
  EXPECT_EQ(FormatInstant(kNoon + 250'000, Fixed(19800)), "2025-05-01T18:00:00.25+05:30");
  EXPECT_EQ(FormatInstant(kNoon + 1, Fixed(-3 * 3600)), "2025-05-01T09:30:00.000001-03:00");
  EXPECT_EQ(FormatInstant(-1, TimeZone::Utc()), "1969-12-31T23:59:59.999999Z");
  for (int64_t micros = -62'135'596'800'000'000; micros < 253'402'300'800'000'000;
       micros += 7'654'321'012'345'678) {
    EXPECT_EQ(ParseInstant(FormatInstant(micros, Fixed(3600)), TimeZone::Utc()).value(), micros);
  }
}

TEST(Instant, Parts) {
  const auto parts = ParseTimeParts("year, month,day,hour,minute,second,microsecond");
  ASSERT_TRUE(parts.ok());
  std::vector<int64_t> numbers = {7};
  AppendTimeParts(kNoon + 5, Fixed(13 * 3600), *parts, &numbers);
  EXPECT_EQ(numbers, (std::vector<int64_t>{7, 2025, 5, 2, 1, 30, 0, 5}));
  for (const char* text : {"", "years", "year,,day", "year,"})
    EXPECT_FALSE(ParseTimeParts(text).ok()) << text;
}

int64_t Of(std::string_view text) { return ParseInstant(text, TimeZone::Utc()).value(); }

std::string Sum(std::string_view instant, std::string_view interval, bool subtract = false) {
  return FormatInstant(AddInterval(Of(instant), ParseInterval(interval).value(), subtract), TimeZone::Utc());
}

TEST(Interval, CalendarAndLengths) {
  EXPECT_EQ(Sum("2024-01-31T10:00:00Z", "P1M"), "2024-02-29T10:00:00Z");
  EXPECT_EQ(Sum("2024-02-29", "P1Y"), "2025-02-28T00:00:00Z");
  EXPECT_EQ(Sum("2024-03-31", "P1M", true), "2024-02-29T00:00:00Z");
  EXPECT_EQ(Sum("2024-12-31", "P1DT1H1M1S"), "2025-01-01T01:01:01Z");
  EXPECT_EQ(Sum("2025-01-01", "P3DT2H", true), "2024-12-28T22:00:00Z");
  EXPECT_EQ(Sum("2025-01-15", "P13M", true), "2023-12-15T00:00:00Z");
  EXPECT_EQ(ParseInterval("PT5M")->micros, 300'000'000);
  EXPECT_EQ(ParseInterval("P5M")->months, 5);
  EXPECT_EQ(AddInterval(INT64_MAX, *ParseInterval("PT1S"), false), INT64_MAX);
  EXPECT_EQ(AddInterval(0, *ParseInterval("P999999999Y"), true), INT64_MIN);
  EXPECT_EQ(AddInterval(0, *ParseInterval("P999999999Y"), false), INT64_MAX);
  EXPECT_EQ(AddInterval(INT64_MIN, *ParseInterval("P1M"), true), INT64_MIN);
}

TEST(Interval, WhatIsNone) {
  for (const char* text : {"", "P", "PT", "P1", "1D", "P1W", "P1H", "PT1D", "P1M1Y", "P1D1D", "P1.5D", "P-1D",
                           "P1DT", "P99999999999D", "P9999999999DT9999999999H", "p1d", "P1D "}) {
    const auto interval = ParseInterval(text);
    EXPECT_EQ(interval.status().code(), Code::kParameterInvalid) << text;
  }
}

}  // namespace
}  // namespace redkite
