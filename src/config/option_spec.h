// The kinds of option: default value, bounds and unit. A kind knows the C++ type of its member.
// Units: bytes and milliseconds. Bounds are inclusive. Texts are literals: nothing here owns memory.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "base/log.h"

namespace redkite::config {

inline constexpr int64_t kKiB = int64_t{1} << 10;
inline constexpr int64_t kMiB = int64_t{1} << 20;
inline constexpr int64_t kGiB = int64_t{1} << 30;
inline constexpr int64_t kSecond = 1000;
inline constexpr int64_t kMinute = 60 * kSecond;
inline constexpr int64_t kHour = 60 * kMinute;

/// With an empty default also "" and "none", which both mean empty.
struct Text {
  using Value = std::string;
  constexpr explicit Text(const char* value) : value(value) {}
  const char* value;
};

/// "host:port", "[v6]:port".
struct Address {
  using Value = std::string;
  constexpr explicit Address(const char* value) : value(value) {}
  const char* value;
};

struct Flag {
  using Value = bool;
  constexpr explicit Flag(bool value) : value(value) {}
  bool value;
};

struct Count {
  using Value = int64_t;
  constexpr Count(int64_t value, int64_t min, int64_t max) : value(value), min(min), max(max) {}
  int64_t value, min, max;
};

struct Bytes {
  using Value = int64_t;
  constexpr Bytes(int64_t value, int64_t min, int64_t max) : value(value), min(min), max(max) {}
  int64_t value, min, max;
};

struct Duration {
  using Value = int64_t;
  constexpr Duration(int64_t value, int64_t min, int64_t max) : value(value), min(min), max(max) {}
  int64_t value, min, max;
};

/// One of `words`, which blanks part.
struct Choice {
  using Value = std::string;
  constexpr Choice(const char* value, const char* words) : value(value), words(words) {}
  const char* value;
  const char* words;
};

struct Level {
  using Value = LogLevel;
  constexpr explicit Level(LogLevel value) : value(value) {}
  LogLevel value;
};

}  // namespace redkite::config
