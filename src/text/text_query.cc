#include "text/text_query.h"

#include <algorithm>

namespace redkite::text {
namespace {

// The numbers of the words of a query, in the order of their first place.
uint32_t NumberOf(std::string_view word, WordPlaces* words) {
  const auto known = words->find(word);
  if (known != words->end()) return known->second;
  const auto number = static_cast<uint32_t>(words->size());
  words->emplace(std::string(word), number);
  return number;
}

using Cost = MatchScratch::Cost;

/// What it costs to have come to each place of `to` from the cheapest of `from`, whose places and those
/// ascend: the way from there. Both directions in one pass each.
void Move(const std::vector<Cost>& from, std::vector<Cost>* to) {
  size_t i = 0;
  constexpr uint64_t kNone = UINT64_MAX;
  uint64_t best = kNone;
  int64_t best_at = 0;
  for (Cost& cost : *to) {
    for (; i < from.size() && from[i].place <= cost.place; ++i) {
      const uint64_t moved = best == kNone ? kNone : best + static_cast<uint64_t>(from[i].place - best_at);
      if (from[i].slop <= moved) best = from[i].slop, best_at = from[i].place;
    }
    cost.slop = best == kNone ? kNone : best + static_cast<uint64_t>(cost.place - best_at);
  }
  best = kNone;
  i = from.size();
  for (size_t k = to->size(); k-- > 0;) {
    Cost& cost = (*to)[k];
    for (; i > 0 && from[i - 1].place >= cost.place; --i) {
      const uint64_t moved =
          best == kNone ? kNone : best + static_cast<uint64_t>(best_at - from[i - 1].place);
      if (from[i - 1].slop <= moved) best = from[i - 1].slop, best_at = from[i - 1].place;
    }
    if (best != kNone) cost.slop = std::min(cost.slop, best + static_cast<uint64_t>(best_at - cost.place));
  }
}

}  // namespace

TermQuery::TermQuery(AnalyzerPtr analyzer, std::string query, uint32_t least)
    : analyzer_(std::move(analyzer)), query_(std::move(query)), least_(std::max(least, 1u)) {
  Analysis analysis(*analyzer_);
  const Tokens& tokens = analysis.Run(query_);
  for (size_t i = 0; i < tokens.size(); ++i) NumberOf(tokens.Word(i), &words_);
}

bool TermQuery::Matches(std::string_view text, Analysis* analysis, MatchScratch* scratch) const {
  if (words_.size() < least_) return false;
  if (scratch->seen.size() != words_.size() || ++scratch->text == 0) {
    scratch->seen.assign(words_.size(), 0);
    scratch->text = 1;
  }
  uint32_t found = 0;
  analysis->ForEach(text, [&](const Tokens::Token&, std::string_view of_text) {
    const auto word = words_.find(of_text);
    if (word == words_.end() || scratch->seen[word->second] == scratch->text) return true;
    scratch->seen[word->second] = scratch->text;
    return ++found < least_;
  });
  return found == least_;
}

PhraseQuery::PhraseQuery(AnalyzerPtr analyzer, std::string phrase, uint32_t slop)
    : analyzer_(std::move(analyzer)), phrase_(std::move(phrase)), slop_(slop) {
  Analysis analysis(*analyzer_);
  const Tokens& tokens = analysis.Run(phrase_);
  for (size_t i = 0; i < tokens.size(); ++i)
    terms_.push_back({NumberOf(tokens.Word(i), &words_), static_cast<int64_t>(tokens[i].position)});
}

std::optional<uint64_t> PhraseQuery::LeastSlop(std::string_view text, Analysis* analysis,
                                               MatchScratch* scratch) const {
  if (terms_.empty()) return std::nullopt;
  scratch->places.resize(words_.size());
  for (auto& places : scratch->places) places.clear();
  analysis->ForEach(text, [&](const Tokens::Token& token, std::string_view of_text) {
    const auto word = words_.find(of_text);
    if (word != words_.end()) scratch->places[word->second].push_back(static_cast<int64_t>(token.position));
    return true;
  });
  for (const auto& places : scratch->places) {
    if (places.empty()) return std::nullopt;
  }
  // Each word would begin the phrase at its place less its offset; a match is cheap where these are near.
  std::vector<Cost>& costs = scratch->costs;
  costs.clear();
  for (size_t t = 0; t < terms_.size(); ++t) {
    std::vector<Cost>& next = scratch->next;
    next.clear();
    for (const int64_t place : scratch->places[terms_[t].word]) next.push_back({place - terms_[t].offset, 0});
    if (t > 0) Move(costs, &next);
    costs.swap(next);
  }
  const auto best = std::min_element(costs.begin(), costs.end(),
                                     [](const Cost& a, const Cost& b) { return a.slop < b.slop; });
  return best->slop;
}

bool PhraseQuery::Matches(std::string_view text, Analysis* analysis, MatchScratch* scratch) const {
  const auto least = LeastSlop(text, analysis, scratch);
  return least && *least <= slop_;
}

}  // namespace redkite::text
