// Fuzzes the reader of zone files and of instants: bounds, and that a text made of an instant is read as it.
#include "base/check.h"
#include "base/testing/fuzz_target.h"
#include "types/instant.h"
#include "types/testing/tzif_bytes.h"

namespace redkite {
namespace {

void Run(std::string_view bytes) {
  const auto zone = TimeZone::Parse(bytes);
  const TimeZone& used = zone.ok() ? *zone : TimeZone::Utc();
  for (const int64_t second : {int64_t{-1} << 40, int64_t{0}, int64_t{1} << 31, int64_t{1} << 40}) {
    used.UtcOf(second + used.OffsetAt(second));
  }
  if (const auto instant = ParseInstant(bytes.substr(0, 64), used); instant.ok()) {
    const auto again = ParseInstant(FormatInstant(*instant, TimeZone::Utc()), TimeZone::Utc());
    CHECK(again.ok() && *again == *instant);
  }
  if (const auto interval = ParseInterval(bytes.substr(0, 64)); interval.ok()) {
    AddInterval(INT64_MAX, *interval, false);
    AddInterval(INT64_MIN, *interval, true);
  }
}

fuzz::Inputs Seeds() {
  TzifBytes file;
  file.offsets = {0, 3600};
  file.transitions = {{100, 1}, {200, 0}};
  file.footer = "CET-1CEST,M3.5.0,M10.5.0/3";
  return {file.Encode(), "2024-02-29 23:59:59.123456+05:30", "0001-01-01", "P1Y2M3DT4H5M6S"};
}

}  // namespace
}  // namespace redkite

FUZZ_TARGET(time_zone_fuzz, redkite::Run, redkite::Seeds, 20000)
