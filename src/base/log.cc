#include "base/log.h"

#include <unistd.h>

#include <cstdio>
#include <ctime>

namespace redkite {
namespace {

constexpr std::string_view kLevelNames[] = {"debug", "info", "warn", "error", "off"};

void AppendTime(int64_t wall_ms, std::string* out) {
  std::time_t seconds = wall_ms / 1000;
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  char text[96];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, static_cast<int>(wall_ms % 1000));
  out->append(text);
}

// Quotes what would break a logfmt line, so that a name chosen by a client cannot forge a second line.
void AppendValue(std::string_view v, std::string* out) {
  bool plain = !v.empty();
  for (unsigned char c : v) plain = plain && c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
  if (plain) {
    out->append(v);
    return;
  }
  out->push_back('"');
  for (unsigned char c : v) {
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(static_cast<char>(c));
    } else if (c < 0x20 || c == 0x7f) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02x", c);
      out->append(hex);
    } else {
      out->push_back(static_cast<char>(c));
    }
  }
  out->push_back('"');
}

}  // namespace

Logger::Logger(const Clock* clock, LogLevel level, int fd, int per_second_max)
    : clock_(clock), level_(level), fd_(fd), per_second_max_(per_second_max) {}

void Logger::Write(LogLevel level, std::string_view message, Fields fields) {
  if (!enabled(level)) return;
  constexpr size_t kValueBytesMax = 2048;
  std::string line = "time=";
  const int64_t now_ms = clock_->WallMs();
  AppendTime(now_ms, &line);
  line.append(" level=").append(kLevelNames[static_cast<int>(level)]).append(" msg=");
  AppendValue(message, &line);
  for (const LogField& f : fields) {
    line.push_back(' ');
    line.append(f.key).push_back('=');
    AppendValue(std::string_view(f.value).substr(0, kValueBytesMax), &line);
  }
  MutexLock lock(mutex_);
  if (now_ms / 1000 != second_) {
    second_ = now_ms / 1000;
    lines_in_second_ = 0;
  }
  if (++lines_in_second_ > per_second_max_) {
    ++dropped_;
    return;
  }
  if (dropped_ > 0) line.append(" dropped_lines=").append(std::to_string(std::exchange(dropped_, 0)));
  line.push_back('\n');
  // A log line that cannot be written has nowhere to be reported.
  [[maybe_unused]] ssize_t n = ::write(fd_, line.data(), line.size());
}

}  // namespace redkite
