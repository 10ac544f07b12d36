// RegexPattern: the pattern of `=~`, compiled once for all rows. Syntax: RE2. A match anywhere in the text
// counts, unless the pattern is anchored.
//
// The engine is an automaton: time is linear in the text, whatever the pattern, and what a pattern and its
// states may take is limited (kRegexMemoryMax); a larger one is refused. Thread safety: immutable; matching
// locks inside for a moment. Owns the compiled pattern.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace redkite::plan {

inline constexpr size_t kRegexBytesMax = 16 << 10;
inline constexpr int64_t kRegexMemoryMax = 1 << 20;

class RegexPattern {
 public:
  /// "invalid regex pattern: …" for what is none, or is too large.
  static Result<std::shared_ptr<const RegexPattern>> Compile(std::string_view pattern);
  ~RegexPattern();

  bool Matches(std::string_view text) const;
  const std::string& pattern() const { return pattern_; }

 private:
  struct Compiled;
  RegexPattern(std::string_view pattern, std::unique_ptr<const Compiled> compiled);

  const std::string pattern_;
  const std::unique_ptr<const Compiled> compiled_;
};

}  // namespace redkite::plan
