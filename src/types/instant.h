// Instants: what a Timestamptz field holds, microseconds since the epoch in UTC, as ISO-8601 texts and in
// parts; and the intervals that filters add to them (contract/types.md section 8, expressions.md section 10).
//
// Texts name the years 1 to 9999. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/time_zone.h"

namespace redkite {

/// "2025-05-01T12:30:00.5+08:00", with "Z", or without an offset: then it is a local time of `zone`. A blank
/// may stand for the T, and a date alone is its midnight. kParameterInvalid: "got invalid timestamptz string
/// 'X'".
Result<int64_t> ParseInstant(std::string_view text, const TimeZone& zone);
/// RFC 3339 with the offset of `zone`; the fraction without zeros at its end.
std::string FormatInstant(int64_t micros, const TimeZone& zone);

/// What time_fields names.
enum class TimePart : uint8_t { kYear, kMonth, kDay, kHour, kMinute, kSecond, kMicrosecond };
/// "year, month, …"
Result<std::vector<TimePart>> ParseTimeParts(std::string_view text);
/// The parts of the local time, one number each, behind those in `out`.
void AppendTimeParts(int64_t micros, const TimeZone& zone, const std::vector<TimePart>& parts,
                     std::vector<int64_t>* out);

/// Months are counted in the calendar (in UTC, on to the last day of a shorter month), all else is a length.
struct Interval {
  int64_t months = 0;
  int64_t micros = 0;
  bool operator==(const Interval&) const = default;
};
/// "P1Y2M3DT4H5M6S", any of them, whole numbers.
Result<Interval> ParseInterval(std::string_view text);
/// Stops at the ends of int64.
int64_t AddInterval(int64_t micros, const Interval& interval, bool subtract);

}  // namespace redkite
