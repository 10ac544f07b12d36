#include "proxy/read_point.h"

#include <gtest/gtest.h>

#include <limits>

namespace redkite::proxy {
namespace {

constexpr Timestamp kNow = MakeTimestamp(1'700'000'000'000, 7);
constexpr Timestamp kYesterday = MakeTimestamp(1'700'000'000'000 - 86'400'000);

ReadPoint Point(Timestamp guarantee, Consistency level, bool use_default = false) {
  ReadPoint point;
  point.guarantee_ts = guarantee;
  point.consistency = level;
  point.use_default = use_default;
  return point;
}

TEST(ReadPointTest, EveryLevelReadsTheNewestState) {
  for (int level = 0; level <= 4; ++level) {
    for (Timestamp ts : {Timestamp{0}, Timestamp{1}, Timestamp{2}, kYesterday, kNow}) {
      for (bool use_default : {false, true}) {
        const auto read_ts = ChooseReadTs(Point(ts, static_cast<Consistency>(level), use_default), false,
                                          Consistency::kSession, kNow);
        ASSERT_TRUE(read_ts.ok()) << level << " " << ts;
        EXPECT_EQ(*read_ts, kMaxTimestamp);
      }
    }
  }
}

TEST(ReadPointTest, PagesReadAtTheirTimestamp) {
  const auto read = [](Timestamp ts) {
    return *ChooseReadTs(Point(ts, Consistency::kStrong, true), true, Consistency::kBounded, kNow);
  };
  EXPECT_EQ(read(kYesterday), kYesterday);
  EXPECT_EQ(read(kNow), kNow);
  for (Timestamp sentinel : {0, 1, 2}) EXPECT_EQ(read(sentinel), kMaxTimestamp);
}

TEST(ReadPointTest, TravelsBetweenTheCollectionsBeginningAndNow) {
  const auto travel = [](Timestamp of_request, Timestamp of_params) {
    ReadPoint point;
    point.travel_ts = of_request;
    CommonReadParams params;
    params.travel_ts = of_params;
    return ChooseTravelTs(point, params, kYesterday, kNow);
  };
  EXPECT_EQ(travel(0, 0).value(), 0u);
  for (const Timestamp ts : {kYesterday, kYesterday + 1, kNow}) {
    EXPECT_EQ(travel(ts, 0).value(), ts);
    EXPECT_EQ(travel(0, ts).value(), ts);
    EXPECT_EQ(travel(ts, ts).value(), ts);
  }
  const auto message = [&](Timestamp of_request, Timestamp of_params) {
    return travel(of_request, of_params).status().message();
  };
  EXPECT_NE(message(kNow + 1, 0).find("is ahead of the server's time [" + std::to_string(kNow)),
            std::string::npos);
  EXPECT_NE(message(0, 1).find("created at [" + std::to_string(kYesterday)), std::string::npos);
  EXPECT_NE(message(kNow, kNow - 1).find("differs"), std::string::npos);
}

TEST(ReadPointTest, FarFutureIsRefusedWhereItCounts) {
  const Timestamp skewed = kNow + MakeTimestamp(kGuaranteeAheadMaxMs);
  const Timestamp far = skewed + MakeTimestamp(1);
  const auto code = [](Timestamp ts, Consistency level, bool use_default, bool iterator) {
    return ChooseReadTs(Point(ts, level, use_default), iterator, Consistency::kBounded, kNow).status().code();
  };
  for (Consistency level : {Consistency::kStrong, Consistency::kSession, Consistency::kCustomized}) {
    EXPECT_EQ(code(skewed, level, false, false), Code::kOk);
    EXPECT_EQ(code(far, level, false, false), Code::kParameterInvalid);
  }
  // These levels do not look at it.
  EXPECT_EQ(code(far, Consistency::kBounded, false, false), Code::kOk);
  EXPECT_EQ(code(far, Consistency::kEventually, false, false), Code::kOk);
  EXPECT_EQ(code(far, Consistency::kStrong, true, false), Code::kOk);
  EXPECT_EQ(code(far, Consistency::kStrong, true, true), Code::kParameterInvalid);
  EXPECT_EQ(code(kMaxTimestamp, Consistency::kCustomized, false, false), Code::kParameterInvalid);
}

TEST(ReadPointTest, AnotherCollectionIsRefused) {
  CommonReadParams params;
  EXPECT_TRUE(CheckIteratorCollection(params, CollectionId(5)).ok());
  params.collection_id = 5;
  EXPECT_TRUE(CheckIteratorCollection(params, CollectionId(5)).ok());
  const Status refused = CheckIteratorCollection(params, CollectionId(6));
  EXPECT_EQ(refused.code(), Code::kParameterInvalid);
  EXPECT_NE(refused.message().find("collection id:5"), std::string::npos);
  EXPECT_NE(refused.message().find("is not consistent"), std::string::npos);
}

TEST(ReadPointTest, TheBoundOfAPage) {
  constexpr float kMax = std::numeric_limits<float>::max();
  SearchPageParams first;
  EXPECT_EQ(NextSearchPage(first, 0.5f, true, 1).last_bound, 0.5f);
  EXPECT_EQ(NextSearchPage(first, std::nullopt, true, 1).last_bound, kMax);
  EXPECT_EQ(NextSearchPage(first, std::nullopt, false, 1).last_bound, -kMax);
  const SearchIteratorState state = NextSearchPage(first, 0.5f, true, 1);
  EXPECT_EQ(state.token.size(), 36u);
  EXPECT_NE(state.token, NextSearchPage(first, 0.5f, true, 2).token);
  const SearchPageParams second{state.token, 0.5f};
  EXPECT_EQ(NextSearchPage(second, std::nullopt, true, 3).last_bound, 0.5f);
  EXPECT_EQ(NextSearchPage(second, std::nullopt, true, 3).token, state.token);
}

}  // namespace
}  // namespace redkite::proxy
