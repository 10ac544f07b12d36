#include "types/time_zone.h"

#include <algorithm>

#include "types/civil_time.h"

namespace redkite {
namespace {

constexpr int64_t kDaySeconds = 86400;
constexpr int32_t kOffsetMax = 26 * 3600;  // RFC 9636, 3.2

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// A POSIX TZ string, piece by piece.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool Name() {
    size_t length = 0;
    if (Take('<')) {
      length = std::min(rest_.find('>'), rest_.size());
      rest_.remove_prefix(length);
      return Take('>') && length >= 3;
    }
    while (length < rest_.size() && ((rest_[length] | 32) >= 'a' && (rest_[length] | 32) <= 'z')) ++length;
    rest_.remove_prefix(length);
    return length >= 3;
  }
  bool Number(int max, int* out) {
    if (rest_.empty() || !IsDigit(rest_.front())) return false;
    *out = 0;
    for (int digits = 0; !rest_.empty() && IsDigit(rest_.front()); ++digits) {
      if (digits == 4) return false;
      *out = *out * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return *out <= max;
  }
  /// [+-]hh[:mm[:ss]]
  bool Time(int hours_max, int32_t* out) {
    const bool negative = Take('-');
    if (!negative) Take('+');
    int part[3] = {};
    if (!Number(hours_max, &part[0])) return false;
    for (int i = 1; i < 3 && Take(':'); ++i) {
      if (!Number(59, &part[i])) return false;
    }
    *out = (part[0] * 3600 + part[1] * 60 + part[2]) * (negative ? -1 : 1);
    return true;
  }
  bool Change(TimeZoneRule::Change* out) {
    using Kind = TimeZoneRule::Change::Kind;
    bool good = false;
    if (Take('M')) {
      out->kind = Kind::kMonthWeekDay;
      good = Number(12, &out->month) && Take('.') && Number(5, &out->week) && Take('.') &&
             Number(6, &out->day) && out->month >= 1 && out->week >= 1;
    } else if (Take('J')) {
      out->kind = Kind::kJulian;
      good = Number(365, &out->day) && out->day >= 1;
    } else {
      out->kind = Kind::kZeroBased;
      good = Number(365, &out->day);
    }
    out->time_s = 2 * 3600;
    return good && (!Take('/') || Time(167, &out->time_s));
  }

 private:
  std::string_view rest_;
};

/// Seconds from the epoch to the change in `year`, in local time.
int64_t LocalTimeOf(const TimeZoneRule::Change& change, int64_t year) {
  using Kind = TimeZoneRule::Change::Kind;
  int64_t day = DaysOfDate({year, 1, 1});
  if (change.kind == Kind::kZeroBased) {
    day += change.day;
  } else if (change.kind == Kind::kJulian) {  // the 29th of February has no number
    day += change.day - 1 + (IsLeapYear(year) && change.day >= 60 ? 1 : 0);
  } else {
    const int64_t first = DaysOfDate({year, change.month, 1});
    const int64_t weekday = ((first + 4) % 7 + 7) % 7;  // the epoch was a Thursday
    int64_t offset = (change.day - weekday + 7) % 7 + (change.week - 1) * 7;
    if (offset >= DaysInMonth(year, change.month)) offset -= 7;
    day = first + offset;
  }
  return day * kDaySeconds + change.time_s;
}

/// Big-endian numbers within bounds.
class TzifReader {
 public:
  explicit TzifReader(std::string_view bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  std::string_view Raw(size_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view out = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return out;
  }
  int64_t Number(size_t bytes) {
    uint64_t value = 0;
    const std::string_view raw = Raw(bytes);
    for (const char c : raw) value = value << 8 | static_cast<uint8_t>(c);
    if (bytes == 4) return static_cast<int32_t>(static_cast<uint32_t>(value));
    return static_cast<int64_t>(value);
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

struct TzifHeader {
  char version = 0;
  size_t utc_flags = 0, standard_flags = 0, leaps = 0, times = 0, types = 0, chars = 0;
  size_t BodyBytes(size_t time_bytes) const {
    return times * (time_bytes + 1) + types * 6 + chars + leaps * (time_bytes + 4) + standard_flags +
           utc_flags;
  }
};

bool ReadHeader(TzifReader* in, TzifHeader* out) {
  if (in->Raw(4) != "TZif") return false;
  const std::string_view version = in->Raw(1);
  in->Raw(15);
  for (size_t* count :
       {&out->utc_flags, &out->standard_flags, &out->leaps, &out->times, &out->types, &out->chars}) {
    *count = static_cast<uint32_t>(in->Number(4));
    if (*count > 100'000) return false;
  }
  if (!in->ok()) return false;
  out->version = version[0];
  return true;
}

Status BadZone() { return Status::Corrupt("malformed time zone file"); }

}  // namespace

std::optional<TimeZoneRule> TimeZoneRule::Parse(std::string_view text) {
  TimeZoneRule rule;
  RuleReader in(text);
  if (!in.Name() || !in.Time(24, &rule.standard_s)) return std::nullopt;
  rule.standard_s = -rule.standard_s;  // POSIX counts to the west
  if (in.done()) return rule;
  rule.has_summer = true;
  rule.summer_s = rule.standard_s + 3600;
  if (!in.Name()) return std::nullopt;
  if (!in.next_is(',')) {
    if (!in.Time(24, &rule.summer_s)) return std::nullopt;
    rule.summer_s = -rule.summer_s;
  }
  if (!in.Take(',') || !in.Change(&rule.begin) || !in.Take(',') || !in.Change(&rule.end) || !in.done())
    return std::nullopt;
  return rule;
}

int32_t TimeZoneRule::OffsetAt(int64_t utc_s) const {
  if (!has_summer) return standard_s;
  const int64_t year = DateOfDays(FloorDiv(utc_s + standard_s, kDaySeconds)).year;
  const int64_t from = LocalTimeOf(begin, year) - standard_s;
  const int64_t to = LocalTimeOf(end, year) - summer_s;
  const bool summer = from < to ? utc_s >= from && utc_s < to : utc_s >= from || utc_s < to;
  return summer ? summer_s : standard_s;
}

const TimeZone& TimeZone::Utc() {
  static const TimeZone utc;
  return utc;
}

Result<TimeZone> TimeZone::Parse(std::string_view tzif) {
  TzifReader in(tzif);
  TzifHeader header;
  if (!ReadHeader(&in, &header)) return BadZone();
  size_t time_bytes = 4;
  if (header.version >= '2') {
    in.Raw(header.BodyBytes(4));
    if (!ReadHeader(&in, &header)) return BadZone();
    time_bytes = 8;
  }
  TimeZone zone;
  if (header.types == 0 || header.BodyBytes(time_bytes) > in.rest().size()) return BadZone();
  for (size_t i = 0; i < header.times; ++i) zone.times_.push_back(in.Number(time_bytes));
  if (!std::is_sorted(zone.times_.begin(), zone.times_.end())) return BadZone();
  const std::string_view kinds = in.Raw(header.times);
  std::vector<int32_t> offsets;
  for (size_t i = 0; i < header.types; ++i) {
    const int64_t offset = in.Number(4);
    if (offset < -kOffsetMax || offset > kOffsetMax) return BadZone();
    offsets.push_back(static_cast<int32_t>(offset));
    in.Raw(2);
  }
  for (const char kind : kinds) {
    if (static_cast<uint8_t>(kind) >= offsets.size()) return BadZone();
    zone.offsets_.push_back(offsets[static_cast<uint8_t>(kind)]);
  }
  zone.first_offset_ = offsets[0];
  in.Raw(header.chars + header.leaps * (time_bytes + 4) + header.standard_flags + header.utc_flags);
  std::string_view footer = in.rest();
  if (time_bytes == 8 && footer.size() >= 2 && footer.front() == '\n' && footer.back() == '\n') {
    footer = footer.substr(1, footer.size() - 2);
    zone.after_ = TimeZoneRule::Parse(footer);
    if (!zone.after_ && !footer.empty()) return BadZone();
  }
  return zone;
}

int32_t TimeZone::OffsetAt(int64_t utc_s) const {
  const auto next = std::upper_bound(times_.begin(), times_.end(), utc_s);
  if (next == times_.end() && after_) return after_->OffsetAt(utc_s);
  if (next == times_.begin()) return first_offset_;
  return offsets_[static_cast<size_t>(next - times_.begin()) - 1];
}

int64_t TimeZone::UtcOf(int64_t local_s) const {
  const int32_t before = OffsetAt(local_s - kDaySeconds);
  const int32_t after = OffsetAt(local_s + kDaySeconds);
  if (before == after || OffsetAt(local_s - before) == before) return local_s - before;
  return OffsetAt(local_s - after) == after ? local_s - after : local_s - before;
}

namespace {

// No way out of the folder, and no file of another kind: those have a dot in their names.
bool IsZoneName(std::string_view name) {
  constexpr size_t kLongest = 64;
  if (name.empty() || name.size() > kLongest || name.front() == '/' || name.back() == '/') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return IsDigit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '-' || c == '+' || c == '/';
  });
}

}  // namespace

Result<TimeZonePtr> TimeZones::Find(const std::string& name) const {
  const std::string shown = name.substr(0, 128);
  const std::string unknown = "unknown or invalid IANA Time Zone ID: " + shown;
  if (name == "UTC") return TimeZonePtr(TimeZonePtr(), &TimeZone::Utc());
  if (!IsZoneName(name)) return Status(Code::kParameterInvalid, unknown);
  if (!reader_) return Status(Code::kParameterInvalid, unknown + " (there is no time zone database)");
  {
    MutexLock lock(mutex_);
    if (const auto known = known_.find(name); known != known_.end()) return known->second;
  }
  auto bytes = reader_(name);
  if (!bytes.ok()) return Status(Code::kParameterInvalid, unknown + " (" + bytes.status().message() + ")");
  auto zone = TimeZone::Parse(*bytes);
  if (!zone.ok()) return Status(Code::kParameterInvalid, unknown + " (" + zone.status().message() + ")");
  MutexLock lock(mutex_);
  return known_.emplace(name, std::make_shared<const TimeZone>(std::move(*zone))).first->second;
}

}  // namespace redkite
