// LogCapture: a Logger for tests, at the default level, and what it wrote. Thread safety: as Logger.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/check.h"
#include "base/log.h"

namespace redkite {

class LogCapture {
 public:
  explicit LogCapture(const Clock* clock)
      : file_(std::tmpfile()), logger_(clock, LogLevel::kWarn, ::fileno(file_)) {}
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;
  ~LogCapture() { std::fclose(file_); }
  Logger* logger() { return &logger_; }
  std::string text() const {
    std::string text(static_cast<size_t>(::lseek(::fileno(file_), 0, SEEK_END)), '\0');
    CHECK(::pread(::fileno(file_), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    return text;
  }
  bool Has(const std::string& part) const { return text().find(part) != std::string::npos; }

 private:
  std::FILE* const file_;
  Logger logger_;
};

}  // namespace redkite
