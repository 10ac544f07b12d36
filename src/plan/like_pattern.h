// LikePattern: a `like` pattern, taken apart once. `%` is any run of bytes, `_` exactly one UTF-8 character,
// a backslash takes the next character as it is. The whole text must match.
//
// The pattern is a list of pieces between `%`; the first and last are anchored unless the pattern starts or
// ends with
// `%`. Matching takes the leftmost place for each piece in turn, which is enough for this language: no
// backtracking, so the cost is O(text * pattern) at worst. Thread safety: immutable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace redkite::plan {

class LikePattern {
 public:
  /// Fails on a dangling backslash.
  static Result<LikePattern> Parse(std::string_view pattern);
  /// Matches texts that start with `prefix`, without any special character.
  static LikePattern Prefix(std::string_view prefix);

  bool Matches(std::string_view text) const;
  /// Bytes with which every match begins; empty when the pattern starts with a wildcard.
  std::string_view literal_prefix() const { return literal_prefix_; }
  const std::string& pattern() const { return pattern_; }

 private:
  /// One character: a literal byte, or any one character.
  struct Piece {
    std::string bytes;      // literal bytes; '\0' placeholders where any[i]
    std::vector<bool> any;  // empty when the piece holds no `_`
  };
  enum class Shape { kExact, kPrefix, kSuffix, kInfix, kGeneral };
  /// Length that `piece` takes at the start of `text`, or npos.
  static size_t MatchAt(const Piece& piece, std::string_view text);
  static size_t Find(const Piece& piece, std::string_view text, size_t* length);
  bool MatchesGeneral(std::string_view text) const;
  void Classify();

  std::string pattern_;
  std::string literal_prefix_;
  std::vector<Piece> pieces_;
  bool open_start_ = false;  // starts with %
  bool open_end_ = false;    // ends with %
  Shape shape_ = Shape::kExact;
};

}  // namespace redkite::plan
