// TimeZone: the offsets from UTC of one zone through time, read from a TZif file (RFC 9636), and TimeZones:
// those of the zone database of the machine, by their IANA names.
//
// Times are seconds since the epoch. The bytes of a zone are not trusted. Thread safety: a TimeZone is
// immutable; TimeZones may be asked by any thread, and reads a file once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"

namespace redkite {

/// What a zone does behind its last transition: a POSIX TZ string.
struct TimeZoneRule {
  struct Change {
    enum class Kind : uint8_t { kJulian, kZeroBased, kMonthWeekDay } kind = Kind::kMonthWeekDay;
    int month = 1, week = 1;
    int day = 0;         // of the week; or of the year
    int32_t time_s = 0;  // of the day in local time; may lie outside of it
  };
  int32_t standard_s = 0;  // offset, east is positive
  bool has_summer = false;
  int32_t summer_s = 0;
  Change begin, end;  // of the summer time
  /// Nothing for a text that is no rule.
  static std::optional<TimeZoneRule> Parse(std::string_view text);
  int32_t OffsetAt(int64_t utc_s) const;
};

class TimeZone {
 public:
  static const TimeZone& Utc();
  /// kDataIntegrity when the bytes are no TZif file.
  static Result<TimeZone> Parse(std::string_view tzif);

  /// Seconds to add to `utc_s` for the local time.
  int32_t OffsetAt(int64_t utc_s) const;
  /// The moment of a local time: of two the earlier one; one that a change of the clocks leaves out counts as
  /// if the change had not come yet.
  int64_t UtcOf(int64_t local_s) const;

 private:
  std::vector<int64_t> times_;         // of the transitions, ascending
  std::vector<int32_t> offsets_;       // from each transition on
  int32_t first_offset_ = 0;           // before the first one
  std::optional<TimeZoneRule> after_;  // behind the last one
};
using TimeZonePtr = std::shared_ptr<const TimeZone>;

class TimeZones {
 public:
  /// The bytes of the file of a zone in the database.
  using Reader = std::function<Result<std::string>(const std::string& name)>;
  /// Without a reader there is UTC alone.
  explicit TimeZones(Reader reader = {}) : reader_(std::move(reader)) {}
  /// kParameterInvalid, "unknown or invalid IANA Time Zone ID: X", for a name that the database does not
  /// have.
  Result<TimeZonePtr> Find(const std::string& name) const;

 private:
  const Reader reader_;
  mutable Mutex mutex_;
  mutable std::map<std::string, TimeZonePtr> known_ GUARDED_BY(mutex_);  // as many as the database has
};

}  // namespace redkite
