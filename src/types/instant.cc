#include "types/instant.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "types/civil_time.h"

namespace redkite {
namespace {

constexpr int64_t kMicros = 1'000'000;
constexpr int64_t kDaySeconds = 86400;

/// Digits and signs, from the front.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool TakeOneOf(std::string_view set) {
    if (rest_.empty() || set.find(rest_.front()) == set.npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Exactly `digits` of them.
  bool Number(size_t digits, int low, int high, int* out) {
    if (rest_.size() < digits) return false;
    *out = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      *out = *out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return *out >= low && *out <= high;
  }
  /// Behind a point: one to nine digits, of which six count.
  bool Fraction(int* micros) {
    int digits = 0;
    *micros = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; ++digits) {
      if (digits == 9) return false;
      if (digits < 6) *micros = *micros * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    for (int i = digits; i < 6; ++i) *micros *= 10;
    return digits > 0;
  }

 private:
  std::string_view rest_;
};

struct Parsed {
  int year = 1, month = 1, day = 1, hour = 0, minute = 0, second = 0, micros = 0;
  bool has_offset = false;
  int offset_s = 0;
};

bool ParseOffset(Scanner* in, Parsed* out) {
  if (in->done()) return true;
  out->has_offset = true;
  if (in->TakeOneOf("Zz")) return in->done();
  const bool west = in->peek() == '-';
  int hours = 0, minutes = 0;
  if (!in->TakeOneOf("+-") || !in->Number(2, 0, 23, &hours)) return false;
  if (!in->done()) {
    in->TakeOneOf(":");
    if (!in->Number(2, 0, 59, &minutes)) return false;
  }
  out->offset_s = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
  return in->done();
}

bool ParseParts(std::string_view text, Parsed* out) {
  Scanner in(text);
  if (!in.Number(4, 1, 9999, &out->year) || !in.TakeOneOf("-") || !in.Number(2, 1, 12, &out->month) ||
      !in.TakeOneOf("-") || !in.Number(2, 1, DaysInMonth(out->year, out->month), &out->day))
    return false;
  if (in.done()) return true;
  if (!in.TakeOneOf("Tt ") || !in.Number(2, 0, 23, &out->hour) || !in.TakeOneOf(":") ||
      !in.Number(2, 0, 59, &out->minute))
    return false;
  if (in.TakeOneOf(":")) {
    if (!in.Number(2, 0, 59, &out->second)) return false;
    if (in.TakeOneOf(".,") && !in.Fraction(&out->micros)) return false;
  }
  return ParseOffset(&in, out);
}

struct Local {
  CivilDate date;
  int hour = 0, minute = 0, second = 0, micros = 0;
  int32_t offset_s = 0;
};

Local LocalOf(int64_t micros, const TimeZone& zone) {
  Local out;
  const int64_t utc_s = FloorDiv(micros, kMicros);
  out.micros = static_cast<int>(micros - utc_s * kMicros);
  out.offset_s = zone.OffsetAt(utc_s);
  const int64_t local_s = utc_s + out.offset_s;
  const int64_t days = FloorDiv(local_s, kDaySeconds);
  const int seconds = static_cast<int>(local_s - days * kDaySeconds);
  out.date = DateOfDays(days);
  out.hour = seconds / 3600;
  out.minute = seconds / 60 % 60;
  out.second = seconds % 60;
  return out;
}

constexpr std::string_view kPartNames[] = {"year", "month", "day", "hour", "minute", "second", "microsecond"};

int64_t PartOf(const Local& local, TimePart part) {
  switch (part) {
    case TimePart::kYear:
      return local.date.year;
    case TimePart::kMonth:
      return local.date.month;
    case TimePart::kDay:
      return local.date.day;
    case TimePart::kHour:
      return local.hour;
    case TimePart::kMinute:
      return local.minute;
    case TimePart::kSecond:
      return local.second;
    case TimePart::kMicrosecond:
      return local.micros;
  }
  return 0;
}

int64_t Saturated(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

/// A number with the unit behind it; false when there is none, or it has too many digits for any calendar.
bool TakeAmount(std::string_view* text, int64_t* amount, char* unit) {
  size_t digits = 0;
  *amount = 0;
  while (digits < text->size() && (*text)[digits] >= '0' && (*text)[digits] <= '9' && digits < 10)
    *amount = *amount * 10 + ((*text)[digits++] - '0');
  if (digits == 0 || digits == text->size()) return false;
  *unit = (*text)[digits];
  text->remove_prefix(digits + 1);
  return true;
}

}  // namespace

Result<int64_t> ParseInstant(std::string_view text, const TimeZone& zone) {
  constexpr int64_t kFirst = DaysOfDate({1, 1, 1}) * kDaySeconds,
                    kEnd = DaysOfDate({10000, 1, 1}) * kDaySeconds;
  Parsed parts;
  if (ParseParts(text, &parts)) {
    const int64_t local_s = DaysOfDate({parts.year, parts.month, parts.day}) * kDaySeconds +
                            parts.hour * 3600 + parts.minute * 60 + parts.second;
    const int64_t utc_s = parts.has_offset ? local_s - parts.offset_s : zone.UtcOf(local_s);
    if (utc_s >= kFirst && utc_s < kEnd) return utc_s * kMicros + parts.micros;
  }
  return Status(Code::kParameterInvalid,
                "got invalid timestamptz string '" + std::string(text.substr(0, 128)) + "'");
}

std::string FormatInstant(int64_t micros, const TimeZone& zone) {
  const Local local = LocalOf(micros, zone);
  char text[64];
  int size = std::snprintf(text, sizeof text, "%04lld-%02d-%02dT%02d:%02d:%02d",
                           static_cast<long long>(local.date.year), local.date.month, local.date.day,
                           local.hour, local.minute, local.second);
  if (local.micros != 0) {
    size += std::snprintf(text + size, sizeof text - static_cast<size_t>(size), ".%06d", local.micros);
    while (text[size - 1] == '0') --size;
  }
  std::string out(text, static_cast<size_t>(size));
  if (local.offset_s == 0) return out + "Z";
  const int minutes = (local.offset_s < 0 ? -local.offset_s : local.offset_s) / 60;
  size = std::snprintf(text, sizeof text, "%c%02d:%02d", local.offset_s < 0 ? '-' : '+', minutes / 60,
                       minutes % 60);
  out.append(text, static_cast<size_t>(size));
  return out;
}

Result<std::vector<TimePart>> ParseTimeParts(std::string_view text) {
  constexpr size_t kPartsMax = 16;
  std::vector<TimePart> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    std::string_view name = text.substr(at, end - at);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    const auto found = std::find(std::begin(kPartNames), std::end(kPartNames), name);
    if (found == std::end(kPartNames) || parts.size() == kPartsMax) {
      return Status::Invalid(
          "time_fields [" + std::string(text.substr(0, 128)) +
          "] is invalid, it should list year, month, day, hour, minute, second or microsecond");
    }
    parts.push_back(static_cast<TimePart>(found - std::begin(kPartNames)));
    at = end + 1;
  }
  return parts;
}

void AppendTimeParts(int64_t micros, const TimeZone& zone, const std::vector<TimePart>& parts,
                     std::vector<int64_t>* out) {
  const Local local = LocalOf(micros, zone);
  for (const TimePart part : parts) out->push_back(PartOf(local, part));
}

Result<Interval> ParseInterval(std::string_view text) {
  const Status bad(Code::kParameterInvalid, "got invalid interval string '" +
                                                std::string(text.substr(0, 128)) +
                                                "', it should be a duration like P1Y2M3DT4H5M6S");
  // Each unit at most once and in this order; what it counts in months or microseconds.
  constexpr std::string_view kUnits = "YMDTHMS";
  constexpr int64_t kMonthsOf[] = {12, 1, 0, 0, 0, 0, 0};
  constexpr int64_t kMicrosOf[] = {0, 0, kDaySeconds * kMicros, 0, 3600 * kMicros, 60 * kMicros, kMicros};
  constexpr size_t kTime = 3;
  Interval interval;
  if (!text.starts_with('P')) return bad;
  text.remove_prefix(1);
  size_t next = 0;
  bool any = false;
  while (!text.empty()) {
    if (text.front() == 'T' && next <= kTime) {
      next = kTime + 1;
      text.remove_prefix(1);
      if (text.empty()) return bad;
      continue;
    }
    int64_t amount = 0;
    char unit = 0;
    if (!TakeAmount(&text, &amount, &unit) || unit == 'T') return bad;
    const size_t end = next <= kTime ? kTime : kUnits.size();
    const size_t at = kUnits.find(unit, next);
    if (at >= end) return bad;
    int64_t micros = 0;
    if (__builtin_mul_overflow(amount, kMicrosOf[at], &micros) ||
        __builtin_add_overflow(interval.micros, micros, &interval.micros))
      return bad;
    interval.months += amount * kMonthsOf[at];
    next = at + 1;
    any = true;
  }
  return any ? Result<Interval>(interval) : Result<Interval>(bad);
}

int64_t AddInterval(int64_t micros, const Interval& interval, bool subtract) {
  if (interval.months != 0) {
    const int64_t day_micros = kDaySeconds * kMicros;
    const int64_t days = FloorDiv(micros, day_micros);
    const int64_t rest = micros % day_micros;  // days * day_micros may be beyond the least int64
    const int64_t of_day = rest < 0 ? rest + day_micros : rest;
    CivilDate date = DateOfDays(days);
    const int64_t months = date.year * 12 + date.month - 1 + (subtract ? -interval.months : interval.months);
    date.year = FloorDiv(months, 12);
    date.month = static_cast<int>(months - date.year * 12) + 1;
    date.day = std::min(date.day, DaysInMonth(date.year, date.month));
    int64_t moved = 0;
    if (__builtin_mul_overflow(DaysOfDate(date), day_micros, &moved)) {
      return subtract ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
    }
    micros = Saturated(moved, of_day);
  }
  return Saturated(micros, subtract ? -interval.micros : interval.micros);
}

}  // namespace redkite
