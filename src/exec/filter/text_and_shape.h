// What one evaluation of a filter keeps for text_match, phrase_match and relations of shapes, from row to
// row. Thread safety: one thread. Bound to the predicates of one plan, which outlive it.
#pragma once

#include <map>
#include <memory>
#include <string_view>

#include "geo/geometry.h"
#include "text/text_query.h"

namespace redkite::exec {

class TextAndShape {
 public:
  /// TermQuery or PhraseQuery.
  template <class Query>
  bool Matches(const Query& query, std::string_view text) {
    return query.Matches(text, &AnalysisOf(query.analyzer()), &scratch_);
  }
  bool Holds(const geo::Predicate& predicate, std::string_view wkb) {
    auto& scratch = shapes_[&predicate];
    if (scratch == nullptr) scratch = predicate.NewScratch();
    return predicate.Holds(wkb, scratch.get());
  }

 private:
  text::Analysis& AnalysisOf(const text::Analyzer& analyzer) {
    auto& analysis = analyses_[&analyzer];
    if (analysis == nullptr) analysis = std::make_unique<text::Analysis>(analyzer);
    return *analysis;
  }
  std::map<const text::Analyzer*, std::unique_ptr<text::Analysis>> analyses_;
  std::map<const geo::Predicate*, std::unique_ptr<geo::Scratch>> shapes_;
  text::MatchScratch scratch_;
};

}  // namespace redkite::exec
