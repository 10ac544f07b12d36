#include "text/analyzer.h"

#include "text/token_filter.h"
#include "text/tokenizer.h"
#include "types/json_tree.h"

namespace redkite::text {
namespace {

using FilterPtr = std::unique_ptr<const TokenFilter>;

constexpr size_t kFiltersMax = 32;

Status Bad(std::string why) { return {Code::kParameterInvalid, std::move(why)}; }

Status AddStopWords(const JsonTree& tree, std::vector<FilterPtr>* filters) {
  const JsonTree* words = tree.Find("stop_words");
  if (words == nullptr) return Status::Ok();
  RK_ASSIGN_OR_RETURN(FilterPtr stop, TokenFilter::MakeStop(*words));
  filters->push_back(std::move(stop));
  return Status::Ok();
}

// One of the analyzers that have a name.
Status BuiltIn(const JsonTree& tree, const std::string& name, std::vector<FilterPtr>* filters) {
  for (const char* unbuilt : {"chinese", "arabic", "thai"}) {
    if (name == unbuilt) return Status::Unimplemented("analyzer " + name + " is not implemented");
  }
  if (name != "standard" && name != "english") return Bad("unknown type of analyzer_params: " + name);
  for (const auto& [key, value] : tree.members) {
    if (key == "tokenizer" || key == "filter")
      return Bad("analyzer_params with a type have no " + key + ", the analyzer has its own: " + name);
    if (key != "type" && key != "stop_words")
      return Bad("unknown parameter of analyzer " + name + ": " + key);
  }
  filters->push_back(std::make_unique<TokenFilter>(TokenFilter::Kind::kLowercase));
  if (name == "standard") return AddStopWords(tree, filters);
  RK_ASSIGN_OR_RETURN(FilterPtr stemmer, TokenFilter::MakeStemmer("english"));
  filters->push_back(std::move(stemmer));
  if (tree.Find("stop_words") != nullptr) return AddStopWords(tree, filters);
  filters->push_back(TokenFilter::EnglishStop());
  return Status::Ok();
}

// A tokenizer and filters.
Result<Tokenizer> Composed(const JsonTree& tree, std::vector<FilterPtr>* filters) {
  for (const auto& [key, value] : tree.members) {
    if (key != "tokenizer" && key != "filter") return Bad("unknown key of analyzer_params: " + key);
  }
  const JsonTree* list = tree.Find("filter");
  if (list != nullptr && !list->is(JsonTree::Kind::kArray))
    return Bad("filter of analyzer_params should be a list");
  if (list != nullptr && list->items.size() > kFiltersMax)
    return Bad("analyzer_params have more than " + std::to_string(kFiltersMax) + " filters");
  for (size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    RK_ASSIGN_OR_RETURN(FilterPtr filter, TokenFilter::Make(list->items[i]));
    filters->push_back(std::move(filter));
  }
  const JsonTree* tokenizer = tree.Find("tokenizer");
  return tokenizer == nullptr ? Result<Tokenizer>(Tokenizer()) : Tokenizer::Make(*tokenizer);
}

}  // namespace

Analyzer::Analyzer() = default;
Analyzer::~Analyzer() = default;

Result<std::shared_ptr<const Analyzer>> Analyzer::Make(std::string_view params) {
  JsonTree tree;
  if (params.find_first_not_of(" \t\r\n") == params.npos) params = "{}";
  RK_ASSIGN_OR_RETURN(tree, JsonTree::Parse(params));
  if (!tree.is(JsonTree::Kind::kObject)) return Bad("analyzer_params should be a JSON object");
  std::shared_ptr<Analyzer> out(new Analyzer());
  const JsonTree* type = tree.Find("type");
  if (tree.members.empty() || type != nullptr) {
    if (type != nullptr && !type->is(JsonTree::Kind::kText))
      return Bad("type of analyzer_params should be a text");
    RK_RETURN_IF_ERROR(BuiltIn(tree, type == nullptr ? "standard" : type->text, &out->filters_));
    out->tokenizer_ = std::make_unique<Tokenizer>();
  } else {
    RK_ASSIGN_OR_RETURN(Tokenizer tokenizer, Composed(tree, &out->filters_));
    out->tokenizer_ = std::make_unique<Tokenizer>(std::move(tokenizer));
  }
  return std::shared_ptr<const Analyzer>(std::move(out));
}

struct Analysis::State {
  const Analyzer& analyzer;
  std::unique_ptr<BreakIterator> breaks;
  std::vector<FilterState> filters;
  std::vector<WordSpan> spans;
  std::string word;
  Tokens tokens;
};

Analysis::Analysis(const Analyzer& analyzer) : state_(new State{analyzer, nullptr, {}, {}, {}, {}}) {
  if (analyzer.tokenizer_->kind() == Tokenizer::Kind::kIcu)
    state_->breaks = std::make_unique<BreakIterator>();
  for (const FilterPtr& filter : analyzer.filters_) state_->filters.push_back(filter->NewState());
}

Analysis::~Analysis() = default;

void Analysis::ForEach(std::string_view text, const Visit& visit) {
  State& s = *state_;
  s.analyzer.tokenizer_->FindWords(text, s.breaks.get(), &s.spans);
  for (uint32_t i = 0; i < s.spans.size(); ++i) {
    const WordSpan span = s.spans[i];
    s.word.assign(text.substr(span.begin, span.end - span.begin));
    bool kept = true;
    for (size_t f = 0; kept && f < s.filters.size(); ++f)
      kept = s.analyzer.filters_[f]->Apply(&s.word, &s.filters[f]);
    if (kept && !s.word.empty() && !visit({span.begin, span.end, i, 0, 0}, s.word)) return;
  }
}

const Tokens& Analysis::Run(std::string_view text) {
  Tokens& tokens = state_->tokens;
  tokens.Clear();
  ForEach(text, [&tokens](const Tokens::Token& token, std::string_view word) {
    tokens.Append(token, word);
    return true;
  });
  return tokens;
}

}  // namespace redkite::text
