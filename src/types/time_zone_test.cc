#include "types/time_zone.h"

#include "gtest/gtest.h"
#include "types/civil_time.h"
#include "types/testing/tzif_bytes.h"

namespace redkite {
namespace {

int64_t At(int64_t year, int month, int day, int hour = 0) {
  return DaysOfDate({year, month, day}) * 86400 + hour * 3600;
}

TEST(CivilTime, DaysAndDatesAreInverse) {
  EXPECT_EQ(DaysOfDate({1970, 1, 1}), 0);
  EXPECT_EQ(DaysOfDate({2000, 3, 1}), 11017);
  for (int64_t day = -800'000; day < 800'000; day += 37) EXPECT_EQ(DaysOfDate(DateOfDays(day)), day);
  EXPECT_EQ(DaysInMonth(2100, 2), 28);
  EXPECT_EQ(DaysInMonth(2000, 2), 29);
  EXPECT_EQ(FloorDiv(-1, 60), -1);
}

TEST(TimeZone, RuleOfTheNorthAndOfTheSouth) {
  const auto berlin = TimeZoneRule::Parse("CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_TRUE(berlin);
  EXPECT_EQ(berlin->OffsetAt(At(2040, 1, 15)), 3600);
  EXPECT_EQ(berlin->OffsetAt(At(2040, 7, 15)), 7200);
  // The last Sunday of March 2040 is the 25th, at 01:00 UTC.
  EXPECT_EQ(berlin->OffsetAt(At(2040, 3, 25, 1) - 1), 3600);
  EXPECT_EQ(berlin->OffsetAt(At(2040, 3, 25, 1)), 7200);
  const auto sydney = TimeZoneRule::Parse("AEST-10AEDT,M10.1.0,M4.1.0/3");
  ASSERT_TRUE(sydney);
  EXPECT_EQ(sydney->OffsetAt(At(2040, 1, 15)), 11 * 3600);
  EXPECT_EQ(sydney->OffsetAt(At(2040, 7, 15)), 10 * 3600);
  const auto fixed = TimeZoneRule::Parse("<+0530>-5:30");
  ASSERT_TRUE(fixed);
  EXPECT_EQ(fixed->OffsetAt(0), 19800);
  const auto julian = TimeZoneRule::Parse("AAA0BBB,J60,300/-1");
  ASSERT_TRUE(julian);
  EXPECT_EQ(julian->OffsetAt(At(2040, 3, 1, 2)), 3600);  // J60 is the 1st of March, in leap years too
  EXPECT_EQ(julian->OffsetAt(At(2040, 3, 1, 1)), 0);
}

TEST(TimeZone, BadRules) {
  for (const char* text :
       {"", "A0", "ABC", "ABC99", "ABC0DEF", "ABC0DEF,M13.1.0,M1.1.0", "ABC0DEF,M3.6.0,M1.1.0",
        "ABC0DEF,J0,J1", "ABC0DEF,1,2x", "<AB>0", "ABC1:60", "ABC0DEF,M3.1.0"})
    EXPECT_FALSE(TimeZoneRule::Parse(text)) << text;
}

TEST(TimeZone, TransitionsOfAFile) {
  TzifBytes file;
  file.offsets = {600, 3600, 7200};
  file.transitions = {{1000, 1}, {2000, 2}};
  file.footer = "XXX-5";
  const auto zone = TimeZone::Parse(file.Encode());
  ASSERT_TRUE(zone.ok()) << zone.status().message();
  EXPECT_EQ(zone->OffsetAt(999), 600);
  EXPECT_EQ(zone->OffsetAt(1000), 3600);
  EXPECT_EQ(zone->OffsetAt(1999), 3600);
  EXPECT_EQ(zone->OffsetAt(2000), 5 * 3600);  // behind the last one the rule holds
}

TEST(TimeZone, LocalTimesThatAreTwiceOrNever) {
  TzifBytes file;
  file.offsets = {3600, 7200};
  const int64_t spring = At(2024, 3, 31, 1), autumn = At(2024, 10, 27, 1);
  file.transitions = {{spring, 1}, {autumn, 0}};
  const auto zone = TimeZone::Parse(file.Encode());
  ASSERT_TRUE(zone.ok());
  EXPECT_EQ(zone->UtcOf(At(2024, 7, 1, 12)), At(2024, 7, 1, 10));
  EXPECT_EQ(zone->UtcOf(At(2024, 1, 1, 12)), At(2024, 1, 1, 11));
  EXPECT_EQ(zone->UtcOf(At(2024, 10, 27, 2)), autumn - 3600);  // the earlier of the two
  EXPECT_EQ(zone->UtcOf(At(2024, 3, 31, 2)), spring);          // 02:00 does not exist: 03:00
}

TEST(TimeZone, EveryCutAndManyFlipsOfAFileAreRefusedOrRead) {
  TzifBytes file;
  file.offsets = {0, 3600};
  file.transitions = {{100, 1}, {200, 0}, {300, 1}};
  file.footer = "CET-1CEST,M3.5.0,M10.5.0/3";
  const std::string bytes = file.Encode();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto cut = TimeZone::Parse(std::string_view(bytes).substr(0, size));
    if (cut.ok()) cut->OffsetAt(250);
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string flipped = bytes;
    for (const int bit : {0, 3, 7}) {
      flipped[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      const auto zone = TimeZone::Parse(flipped);
      if (zone.ok()) zone->UtcOf(zone->OffsetAt(INT32_MAX));
    }
  }
  EXPECT_FALSE(TimeZone::Parse("").ok());
  EXPECT_FALSE(TimeZone::Parse("TZif").ok());
}

TEST(TimeZones, FindsOnceAndSaysWhatItDoesNotKnow) {
  int reads = 0;
  TzifBytes file;
  file.offsets = {3600};
  const TimeZones zones([&](const std::string& name) -> Result<std::string> {
    ++reads;
    if (name == "Europe/Berlin") return file.Encode();
    if (name == "Bad") return std::string("nonsense");
    return Status(Code::kIoFailed, "no such file");
  });
  for (int i = 0; i < 2; ++i) {
    const auto zone = zones.Find("Europe/Berlin");
    ASSERT_TRUE(zone.ok());
    EXPECT_EQ((*zone)->OffsetAt(0), 3600);
  }
  EXPECT_EQ(reads, 1);
  EXPECT_EQ((*zones.Find("UTC"))->OffsetAt(0), 0);
  for (const char* name : {"Bad", "Nowhere", "../passwd", "/etc/passwd", "", "zone.tab", "A/"}) {
    const auto zone = zones.Find(name);
    EXPECT_EQ(zone.status().code(), Code::kParameterInvalid) << name;
    EXPECT_TRUE(
        zone.status().message().starts_with("unknown or invalid IANA Time Zone ID: " + std::string(name)));
  }
  EXPECT_EQ(reads, 3);  // what is no name is not looked for
  EXPECT_NE(TimeZones().Find("Europe/Berlin").status().message().find("no time zone database"),
            std::string::npos);
}

}  // namespace
}  // namespace redkite
