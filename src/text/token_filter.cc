#include "text/token_filter.h"

#include <libstemmer.h>

#include <algorithm>

#include "base/check.h"
#include "text/characters.h"

namespace redkite::text {
namespace {

Status Bad(std::string why) { return {Code::kParameterInvalid, std::move(why)}; }

constexpr std::string_view kEnglishStopWords[] = {
    "a",   "an",    "and",  "are",   "as",    "at",   "be",   "but", "by",  "for",  "if",
    "in",  "into",  "is",   "it",    "no",    "not",  "of",   "on",  "or",  "such", "that",
    "the", "their", "then", "there", "these", "they", "this", "to",  "was", "will", "with"};

constexpr std::string_view kLanguages[] = {
    "arabic",  "danish",    "dutch",      "english",  "finnish", "french",  "german",  "greek", "hungarian",
    "italian", "norwegian", "portuguese", "romanian", "russian", "spanish", "swedish", "tamil", "turkish"};

struct PlainFilter {
  std::string_view name;
  TokenFilter::Kind kind;
};
constexpr PlainFilter kPlain[] = {{"lowercase", TokenFilter::Kind::kLowercase},
                                  {"asciifolding", TokenFilter::Kind::kAsciiFolding},
                                  {"alphanumonly", TokenFilter::Kind::kAlphaNumOnly},
                                  {"cnalphanumonly", TokenFilter::Kind::kCnAlphaNumOnly},
                                  {"cncharonly", TokenFilter::Kind::kCnCharOnly},
                                  {"removepunct", TokenFilter::Kind::kRemovePunct},
                                  {"decimaldigit", TokenFilter::Kind::kDecimalDigit}};

bool IsAsciiAlphaNum(int32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <class Test>
bool AllCharacters(std::string_view word, Test test) {
  for (size_t at = 0; at < word.size();) {
    if (!test(NextCharacter(word, &at))) return false;
  }
  return true;
}

void Stem(std::string* word, FilterState* state) {
  const sb_symbol* stem = sb_stemmer_stem(
      state->stemmer.get(), reinterpret_cast<const sb_symbol*>(word->data()), static_cast<int>(word->size()));
  if (stem == nullptr) return;  // out of memory in the library: the word as it is
  word->assign(reinterpret_cast<const char*>(stem),
               static_cast<size_t>(sb_stemmer_length(state->stemmer.get())));
}

Status CheckKeys(const JsonTree& tree, const std::string& name,
                 std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : tree.members) {
    if (key == "type" || std::find(known.begin(), known.end(), key) != known.end()) continue;
    if (key == "stop_words_file")
      return Status::Unimplemented("stop_words_file of a filter is not implemented");
    return Bad("unknown parameter of filter " + name + ": " + key);
  }
  return Status::Ok();
}

}  // namespace

void StemmerDeleter::operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }

FilterState TokenFilter::NewState() const {
  FilterState state;
  if (kind_ == Kind::kStemmer) {
    state.stemmer.reset(sb_stemmer_new(language_.c_str(), "UTF_8"));
    CHECK(state.stemmer != nullptr);  // the language was looked up when the filter was made
  }
  return state;
}

bool TokenFilter::Apply(std::string* word, FilterState* state) const {
  switch (kind_) {
    case Kind::kLowercase:
      LowerWord(word, &state->scratch);
      return true;
    case Kind::kAsciiFolding:
      FoldWord(word, &state->scratch);
      return true;
    case Kind::kDecimalDigit:
      FoldDigits(word, &state->scratch);
      return true;
    case Kind::kAlphaNumOnly:
      return AllCharacters(*word, IsAsciiAlphaNum);
    case Kind::kCnAlphaNumOnly:
      return AllCharacters(*word, [](int32_t c) { return IsAsciiAlphaNum(c) || IsHan(c); });
    case Kind::kCnCharOnly:
      return AllCharacters(*word, IsHan);
    case Kind::kRemovePunct:
      return !AllCharacters(*word, IsPunctuation);
    case Kind::kLength: {
      const size_t length = CountCharacters(*word);
      return length >= length_min_ && length <= length_max_;
    }
    case Kind::kStop:
      return stop_words_.find(std::string_view(*word)) == stop_words_.end();
    case Kind::kStemmer:
      Stem(word, state);
      return true;
  }
  return true;
}

void TokenFilter::AddEnglishStopWords() {
  for (const std::string_view word : kEnglishStopWords) stop_words_.emplace(word);
}

std::unique_ptr<const TokenFilter> TokenFilter::EnglishStop() {
  auto out = std::make_unique<TokenFilter>(Kind::kStop);
  out->AddEnglishStopWords();
  return out;
}

Result<std::unique_ptr<const TokenFilter>> TokenFilter::MakeStop(const JsonTree& words) {
  if (!words.is(JsonTree::Kind::kArray))
    return Bad("stop_words of analyzer_params should be a list of words");
  auto out = std::make_unique<TokenFilter>(Kind::kStop);
  for (const JsonTree& word : words.items) {
    if (!word.is(JsonTree::Kind::kText))
      return Bad("stop_words of analyzer_params should be a list of words");
    if (word.text == "_english_") {
      out->AddEnglishStopWords();
    } else if (word.text.size() > 2 && word.text.front() == '_' && word.text.back() == '_') {
      return Status::Unimplemented("the list of stop words " + word.text + " is not implemented");
    } else {
      out->stop_words_.insert(word.text);
    }
  }
  return std::unique_ptr<const TokenFilter>(std::move(out));
}

Result<std::unique_ptr<const TokenFilter>> TokenFilter::MakeStemmer(std::string language) {
  std::transform(language.begin(), language.end(), language.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  if (std::find(std::begin(kLanguages), std::end(kLanguages), language) == std::end(kLanguages))
    return Bad("unknown language of filter stemmer: " + language);
  auto out = std::make_unique<TokenFilter>(Kind::kStemmer);
  out->language_ = std::move(language);
  return std::unique_ptr<const TokenFilter>(std::move(out));
}

Result<std::unique_ptr<const TokenFilter>> TokenFilter::Make(const JsonTree& tree) {
  const JsonTree* type = tree.is(JsonTree::Kind::kObject) ? tree.Find("type") : &tree;
  if (type == nullptr || !type->is(JsonTree::Kind::kText))
    return Bad("a filter of analyzer_params should be a name, or an object with a type");
  const std::string& name = type->text;
  for (const PlainFilter& plain : kPlain) {
    if (plain.name != name) continue;
    RK_RETURN_IF_ERROR(CheckKeys(tree, name, {}));
    return std::unique_ptr<const TokenFilter>(std::make_unique<TokenFilter>(plain.kind));
  }
  if (name == "stop") {
    RK_RETURN_IF_ERROR(CheckKeys(tree, name, {"stop_words"}));
    const JsonTree* words = tree.Find("stop_words");
    if (words == nullptr) return Bad("filter stop needs stop_words");
    return MakeStop(*words);
  }
  if (name == "stemmer") {
    RK_RETURN_IF_ERROR(CheckKeys(tree, name, {"language"}));
    const JsonTree* language = tree.Find("language");
    if (language == nullptr || !language->is(JsonTree::Kind::kText))
      return Bad("filter stemmer needs a language");
    return MakeStemmer(language->text);
  }
  if (name == "length") {
    RK_RETURN_IF_ERROR(CheckKeys(tree, name, {"min", "max"}));
    const JsonTree* low = tree.Find("min");
    const JsonTree* high = tree.Find("max");
    const auto is_size = [](const JsonTree* t) { return t->is(JsonTree::Kind::kInt) && t->integer >= 0; };
    if (high == nullptr || !is_size(high) || (low != nullptr && !is_size(low)))
      return Bad("filter length needs max, and may have min, both numbers of characters");
    auto out = std::make_unique<TokenFilter>(Kind::kLength);
    out->length_max_ = static_cast<size_t>(high->integer);
    out->length_min_ = low == nullptr ? 0 : static_cast<size_t>(low->integer);
    return std::unique_ptr<const TokenFilter>(std::move(out));
  }
  for (const char* unbuilt : {"arabic_normalization", "pinyin", "decompounder", "regex", "synonym"}) {
    if (name == unbuilt)
      return Status::Unimplemented("filter " + name + " of analyzer_params is not implemented");
  }
  return Bad("unknown filter of analyzer_params: " + name);
}

}  // namespace redkite::text
