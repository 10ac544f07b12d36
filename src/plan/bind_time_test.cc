// Instants, intervals and the time to live.
#include <gtest/gtest.h>

#include "plan/filter_plan.h"
#include "plan/filter_test_schema.h"
#include "types/testing/tzif_bytes.h"

namespace redkite::plan {
namespace {

CollectionSchema Schema() {
  CollectionSchema schema = FilterTestSchema();
  FieldSchema at;
  at.id = FieldId(140);
  at.name = "at";
  at.type = DataType::kTimestamptz;
  at.nullable = true;
  schema.fields.insert(schema.fields.end() - 1, at);
  return schema;
}

std::string Canonical(const std::string& text, const TimeZone& zone = TimeZone::Utc()) {
  const auto plan = ParseFilter(text, Schema(), {}, zone);
  return plan.ok() ? plan->ToString() : plan.status().message();
}

TEST(BindTime, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {
      {"at == ISO '1970-01-01T00:00:01Z'", "#140 == 1000000"},
      {"iso \"1970-01-01\" >= at", "#140 <= 0"},
      {"ISO '1970-01-01' < at", "#140 > 0"},
      {"at != ISO '1970-01-01T00:00:00+00:01'", "#140 != -60000000"},
      {"at + INTERVAL 'PT1S' > ISO '1970-01-01'", "#140 > -1000000"},
      {"at - interval 'P1D' > ISO '1970-01-01'", "#140 > 86400000000"},
      {"ISO '1970-01-01' < at - INTERVAL 'PT1M'", "#140 > 60000000"},
      {"at + INTERVAL 'P1Y1D' <= ISO '1970-01-01'", "(#140 + 12 months 86400000000 us) <= 0"},
      {"ISO '1970-01-01' < at - INTERVAL 'P1M'", "(#140 - 1 months 0 us) > 0"},
      {"ISO '1970-01-01' < at <= ISO '1970-01-02'", "0 < #140 <= 86400000000"},
      {"ISO '1970-01-02' >= at > ISO '1970-01-01'", "0 < #140 <= 86400000000"},
      {"at is null", "#140 is null"},
      {"at == ISO '1970-01-01' or at == ISO '1970-01-02'", "#140 in [0, 86400000000]"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(Canonical(text), expected) << text;
}

TEST(BindTime, LocalTimesAreOfTheZone) {
  TzifBytes file;
  file.offsets = {3600};
  const TimeZone zone = TimeZone::Parse(file.Encode()).value();
  EXPECT_EQ(Canonical("at > ISO '1970-01-01T01:00:00'", zone), "#140 > 0");
  EXPECT_EQ(Canonical("at > ISO '1970-01-01T01:00:00Z'", zone), "#140 > 3600000000");
}

TEST(BindTime, Refusals) {
  const std::pair<const char*, const char*> kCases[] = {
      {"at > '1970-01-01'", "comparisons between Timestamptz and VarChar are not supported"},
      {"at > 0", "comparisons between Timestamptz and Int64 are not supported"},
      {"at == at", "comparisons between Timestamptz and Timestamptz are not supported"},
      {"at in [1]", "value 1 in list cannot be casted to Timestamptz"},
      {"0 < at < 5", "comparisons between Timestamptz and Int64 are not supported"},
      {"at + 1 > ISO '1970-01-01'", "arithmetic between Timestamptz and Int64 is not supported"},
      {"i64 > ISO '1970-01-01'", "field 'i64' is not a timestamptz datatype"},
      {"color > ISO '1970-01-01'", "field 'color' is not a timestamptz datatype"},
      {"i64 + INTERVAL 'P1D' > ISO '1970-01-01'", "field 'i64' is not a timestamptz datatype"},
      {"ISO '1970-01-01' < i64 < ISO '1970-01-02'", "field 'i64' is not a timestamptz datatype"},
      {"ISO '1970-01-01' < at < 5", "the bounds of a range must be ISO timestamps both"},
      {"ISO '1970-01-01' < at < ISO '1970-01-01'", "invalid range: lowerbound is greater than upperbound"},
      {"ISO '1970-01-01' < ISO '1970-01-02'", "ISO timestamps can only be compared with a timestamptz field"},
      {"at > INTERVAL 'P1D'", "comparisons between Timestamptz and Timestamptz are not supported"},
      {"at > ISO '1970-13-01'", "got invalid timestamptz string '1970-13-01'"},
      {"at + INTERVAL 'P1X' > ISO '1970-01-01'", "got invalid interval string 'P1X'"},
      {"INTERVAL 'P1D' + at > ISO '1970-01-01'", "an INTERVAL can only be added to"},
      {"at * INTERVAL 'P1D' > ISO '1970-01-01'", "an INTERVAL can only be added to"},
      {"at + INTERVAL 'P1D' - INTERVAL 'P1D' > ISO '1970-01-01'", "an INTERVAL can only be added to"},
      {"ISO '1970-01-01'", "predicate is not a boolean expression"},
      {"at like 'x'", "like operation on non-string or no-json field is unsupported"},
      {"array_length(at) == 1", "only supported on json or array fields"}};
  for (const auto& [text, phrase] : kCases)
    EXPECT_NE(Canonical(text).find(phrase), std::string::npos) << text << ": " << Canonical(text);
}

TEST(WithoutExpired, AddsToEveryFilter) {
  const auto plan = [](const std::string& text) {
    return WithoutExpired(ParseFilter(text, Schema()).value(), FieldId(140), 7).ToString();
  };
  EXPECT_EQ(plan(""), "(#140 is null or #140 > 7)");
  const std::string both = plan("i64 > 1");
  EXPECT_NE(both.find("#105 > 1"), std::string::npos);
  EXPECT_NE(both.find("#140 is null or #140 > 7"), std::string::npos);
  EXPECT_NE(plan("random_sample(0.5)").find("random_sample(0.5)"), std::string::npos);
  EXPECT_EQ(plan("false"), "false");
}

}  // namespace
}  // namespace redkite::plan
