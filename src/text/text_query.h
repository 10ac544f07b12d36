// TermQuery and PhraseQuery: what text_match and phrase_match ask of a text, made once for all rows.
//
// Thread safety: immutable; the Analysis of the rows is the caller's, one per thread. They keep their
// analyzer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/analyzer.h"

namespace redkite::text {

using AnalyzerPtr = std::shared_ptr<const Analyzer>;

/// Hash and equality of words in either form.
struct WordHash {
  using is_transparent = void;
  size_t operator()(std::string_view word) const { return std::hash<std::string_view>()(word); }
};
using WordPlaces = std::unordered_map<std::string, uint32_t, WordHash, std::equal_to<>>;

/// What a query keeps between the texts of one thread.
struct MatchScratch {
  std::vector<uint32_t> seen;  // by word of the query: the text that had it last
  uint32_t text = 0;
  struct Cost {
    int64_t place = 0;
    uint64_t slop = 0;
  };
  std::vector<std::vector<int64_t>> places;  // by word
  std::vector<Cost> costs, next;
};

/// At least `least` different words of the query are in the text.
class TermQuery {
 public:
  TermQuery(AnalyzerPtr analyzer, std::string query, uint32_t least);
  bool Matches(std::string_view text, Analysis* analysis, MatchScratch* scratch) const;
  const Analyzer& analyzer() const { return *analyzer_; }
  const std::string& query() const { return query_; }
  uint32_t least() const { return least_; }

 private:
  const AnalyzerPtr analyzer_;
  const std::string query_;
  const uint32_t least_;
  WordPlaces words_;
};

/// All words of the phrase are in the text, where they would have to be moved by `slop` places in all, at
/// most, to stand as in the phrase. Two words in the other order are two moves.
class PhraseQuery {
 public:
  PhraseQuery(AnalyzerPtr analyzer, std::string phrase, uint32_t slop);
  bool Matches(std::string_view text, Analysis* analysis, MatchScratch* scratch) const;
  /// The smallest slop with which the text matches; nothing when a word is missing, or the phrase has none.
  std::optional<uint64_t> LeastSlop(std::string_view text, Analysis* analysis, MatchScratch* scratch) const;
  const Analyzer& analyzer() const { return *analyzer_; }
  const std::string& phrase() const { return phrase_; }
  uint32_t slop() const { return slop_; }

 private:
  struct Term {
    uint32_t word = 0;  // its place among words_
    int64_t offset = 0;
  };
  const AnalyzerPtr analyzer_;
  const std::string phrase_;
  const uint32_t slop_;
  WordPlaces words_;
  std::vector<Term> terms_;
};

}  // namespace redkite::text
