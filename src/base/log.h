// Structured logs: one line per event, logfmt, to standard error or a capped file; quiet (warnings) by
// default. A Logger is passed in like the other seams. Thread safety: thread-safe. At most `per_second_max`
// lines are written per second; what is dropped is counted and reported with the next line.
//   log->Info("segment flushed", {{"segment", id}, {"rows", n}});
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"

namespace redkite {

enum class LogLevel : int { kDebug = 0, kInfo = 1, kWarn = 2, kError = 3, kOff = 4 };

/// One key and value of a log line; values are formatted when the line is written.
struct LogField {
  std::string_view key;
  std::string value;
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
  LogField(std::string_view k, double v) : key(k), value(std::to_string(v)) {}
  template <class T>
  requires std::is_integral_v<T> LogField(std::string_view k, T v) : key(k), value(std::to_string(v)) {}
  template <class T>
  requires requires(const T& t) { t.value(); }
  LogField(std::string_view k, const T& v) : key(k), value(std::to_string(v.value())) {}
};

class Logger {
 public:
  using Fields = std::initializer_list<LogField>;
  /// Writes to file descriptor `fd`, which stays the caller's.
  Logger(const Clock* clock, LogLevel level, int fd = 2, int per_second_max = 200);
  bool enabled(LogLevel level) const { return level >= level_; }
  void Debug(std::string_view message, Fields fields = {}) { Write(LogLevel::kDebug, message, fields); }
  void Info(std::string_view message, Fields fields = {}) { Write(LogLevel::kInfo, message, fields); }
  void Warn(std::string_view message, Fields fields = {}) { Write(LogLevel::kWarn, message, fields); }
  void Error(std::string_view message, Fields fields = {}) { Write(LogLevel::kError, message, fields); }
  void Write(LogLevel level, std::string_view message, Fields fields);

 private:
  const Clock* clock_;
  const LogLevel level_;
  const int fd_;
  const int per_second_max_;
  Mutex mutex_;
  int64_t second_ GUARDED_BY(mutex_) = 0;
  int lines_in_second_ GUARDED_BY(mutex_) = 0;
  int64_t dropped_ GUARDED_BY(mutex_) = 0;
};

}  // namespace redkite
