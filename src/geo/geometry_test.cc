#include "geo/geometry.h"

#include "gtest/gtest.h"

namespace redkite::geo {
namespace {

std::string RoundTrip(std::string_view wkt) {
  const auto wkb = WkbOfWkt(wkt);
  if (!wkb.ok()) return wkb.status().message();
  return WktOfWkb(*wkb).value();
}

TEST(Geometry, TextsOfEveryKindComeBack) {
  for (const char* wkt :
       {"POINT (1 2)", "POINT (1.5 -2.25)", "POINT EMPTY", "LINESTRING (0 0, 1 1, 2 0)",
        "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))", "MULTIPOINT (1 2, 3 4)",
        "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))",
        "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))", "POINT Z (1 2 3)", "POLYGON EMPTY"})
    EXPECT_EQ(RoundTrip(wkt), wkt);
  EXPECT_EQ(RoundTrip(" point empty\n"), "POINT EMPTY");
  EXPECT_EQ(RoundTrip("point( 116.4074   39.9042 )"), "POINT (116.4074 39.9042)");
}

TEST(Geometry, WhatIsNoShape) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "GEOMETRYCOLLECTION(";
  const std::string nul = std::string("POINT (1 2)") + '\0' + "x";
  for (const std::string_view wkt :
       {std::string_view(""), std::string_view("POINT"), std::string_view("POINT (1)"),
        std::string_view("POINT (1 2"), std::string_view("POINT (1 2) x"), std::string_view("POINT EMPTY x"),
        std::string_view("POINT (1 2))"), std::string_view("CIRCLE (1 2)"),
        std::string_view("POLYGON ((0 0, 1 1))"), std::string_view("POLYGON ((0 0, 1 0, 1 1, 0 1))"),
        std::string_view("LINESTRING (0 0)"), std::string_view("POINT (1e999 0)"),
        std::string_view("POINT (nan nan)"), std::string_view("LINESTRING (0 0, NaN 1, 2 2)"),
        std::string_view("LINESTRING (0 0, -INF 1)"), std::string_view(nul), std::string_view(deep)}) {
    const auto wkb = WkbOfWkt(wkt);
    ASSERT_FALSE(wkb.ok()) << wkt.substr(0, 60);
    EXPECT_EQ(wkb.status().code(), Code::kParameterInvalid);
    EXPECT_TRUE(wkb.status().message().starts_with("invalid WKT: ")) << wkb.status().message();
    EXPECT_LT(wkb.status().message().size(), 400u);
  }
}

TEST(Geometry, CutAndFlippedBytesAreNoCrash) {
  const std::string wkb =
      WkbOfWkt("GEOMETRYCOLLECTION (POLYGON ((0 0, 4 0, 4 4, 0 0)), POINT (1 2))").value();
  const auto touches = Predicate::Make(Relation::kTouches, "POINT (4 0)").value();
  const auto scratch = touches->NewScratch();
  for (size_t size = 0; size < wkb.size(); ++size) EXPECT_FALSE(WktOfWkb(wkb.substr(0, size)).ok());
  for (size_t at = 0; at < wkb.size(); ++at) {
    std::string flipped = wkb;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    touches->Holds(flipped, scratch.get());
  }
}

bool Holds(Relation relation, std::string_view row, std::string_view constant) {
  const auto predicate = Predicate::Make(relation, constant);
  EXPECT_TRUE(predicate.ok()) << predicate.status().message();
  const auto scratch = (*predicate)->NewScratch();
  const bool first = (*predicate)->Holds(WkbOfWkt(row).value(), scratch.get());
  EXPECT_EQ((*predicate)->Holds(WkbOfWkt(row).value(), scratch.get()), first);  // the scratch is used again
  return first;
}

TEST(Relations, OfTheRowToTheConstant) {
  const char* square = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))";
  const char* inner = "POLYGON ((1 1, 2 1, 2 2, 1 2, 1 1))";
  const char* beside = "POLYGON ((4 0, 8 0, 8 4, 4 4, 4 0))";
  const char* over = "POLYGON ((2 2, 6 2, 6 6, 2 6, 2 2))";
  EXPECT_TRUE(Holds(Relation::kContains, square, inner));
  EXPECT_FALSE(Holds(Relation::kContains, inner, square));
  EXPECT_TRUE(Holds(Relation::kWithin, inner, square));
  EXPECT_FALSE(Holds(Relation::kWithin, square, inner));
  EXPECT_FALSE(Holds(Relation::kContains, square, "POINT (0 0)"));  // on its border
  EXPECT_TRUE(Holds(Relation::kIntersects, square, "POINT (0 0)"));
  EXPECT_TRUE(Holds(Relation::kTouches, square, beside));
  EXPECT_FALSE(Holds(Relation::kTouches, square, over));
  EXPECT_TRUE(Holds(Relation::kOverlaps, square, over));
  EXPECT_FALSE(Holds(Relation::kOverlaps, square, inner));
  EXPECT_TRUE(Holds(Relation::kCrosses, "LINESTRING (-1 2, 5 2)", square));
  EXPECT_TRUE(Holds(Relation::kCrosses, square, "LINESTRING (-1 2, 5 2)"));
  EXPECT_FALSE(Holds(Relation::kCrosses, "LINESTRING (1 2, 3 2)", square));
  EXPECT_TRUE(Holds(Relation::kEquals, square, "POLYGON ((4 4, 0 4, 0 0, 4 0, 4 4))"));
  EXPECT_FALSE(Holds(Relation::kEquals, square, inner));
  EXPECT_FALSE(Holds(Relation::kIntersects, "POINT EMPTY", square));
}

TEST(Relations, Validity) {
  const Predicate valid;
  const auto scratch = valid.NewScratch();
  EXPECT_TRUE(valid.Holds(WkbOfWkt("POLYGON ((0 0, 4 0, 4 4, 0 0))").value(), scratch.get()));
  EXPECT_FALSE(valid.Holds(WkbOfWkt("POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0))").value(), scratch.get()));
  EXPECT_FALSE(valid.Holds("nonsense", scratch.get()));
}

TEST(Relations, DistanceInMeters) {
  const auto near = [](std::string_view row, std::string_view point, double meters) {
    const auto predicate = Predicate::MakeDWithin(point, meters).value();
    return predicate->Holds(WkbOfWkt(row).value(), predicate->NewScratch().get());
  };
  // Berlin to Munich: 504 km.
  EXPECT_TRUE(near("POINT (13.405 52.52)", "POINT (11.5755 48.1374)", 505'000));
  EXPECT_FALSE(near("POINT (13.405 52.52)", "POINT (11.5755 48.1374)", 503'000));
  EXPECT_TRUE(near("POINT (1 1)", "POINT (1 1)", 0));
  // Across the line of the date the sphere is short.
  EXPECT_TRUE(near("POINT (179.9 0)", "POINT (-179.9 0)", 23'000));
  // Other shapes by degrees: one is 111.2 km.
  EXPECT_TRUE(near("LINESTRING (0 1, 5 1)", "POINT (2 0)", 111'200));
  EXPECT_FALSE(near("LINESTRING (0 1, 5 1)", "POINT (2 0)", 111'000));
  EXPECT_FALSE(near("POINT EMPTY", "POINT (2 0)", 1e9));
  EXPECT_NE(Predicate::MakeDWithin("LINESTRING (0 0, 1 1)", 1)
                .status()
                .message()
                .find("only supports POINT geometry"),
            std::string::npos);
}

TEST(Relations, Names) {
  EXPECT_EQ(ParseRelation("st_dwithin"), Relation::kDWithin);
  EXPECT_EQ(RelationName(Relation::kIsValid), "st_isvalid");
  EXPECT_FALSE(ParseRelation("st_union"));
}

}  // namespace
}  // namespace redkite::geo
