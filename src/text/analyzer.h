// Analyzer: how a text becomes words, as the `analyzer_params` of a field say (contract/admin.md section 8):
// one tokenizer, then filters that change or drop its tokens.
//
// Thread safety: an Analyzer is immutable; an Analysis is what one thread needs to run it, and keeps its
// buffers from text to text. Texts are UTF-8; bytes that are not count as U+FFFD. Offsets are in bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace redkite::text {

/// The words of one text.
class Tokens {
 public:
  struct Token {
    uint32_t begin = 0;  // of the word in the text
    uint32_t end = 0;
    uint32_t position = 0;  // the how many-th word; those that filters drop count
    uint32_t word_begin = 0;
    uint32_t word_size = 0;
  };
  void Clear() {
    tokens_.clear();
    words_.clear();
  }
  size_t size() const { return tokens_.size(); }
  const Token& operator[](size_t i) const { return tokens_[i]; }
  std::string_view Word(size_t i) const {
    return {words_.data() + tokens_[i].word_begin, tokens_[i].word_size};
  }
  void Append(Token token, std::string_view word) {
    token.word_begin = static_cast<uint32_t>(words_.size());
    token.word_size = static_cast<uint32_t>(word.size());
    words_.append(word);
    tokens_.push_back(token);
  }

 private:
  std::vector<Token> tokens_;
  std::string words_;
};

class Tokenizer;
class TokenFilter;

class Analyzer {
 public:
  /// Of a JSON object; an empty text is `standard`. kParameterInvalid for what is wrong, kUnimplemented by
  /// name for what this build does not have.
  static Result<std::shared_ptr<const Analyzer>> Make(std::string_view params);
  ~Analyzer();

 private:
  friend class Analysis;
  Analyzer();
  std::unique_ptr<const Tokenizer> tokenizer_;
  std::vector<std::unique_ptr<const TokenFilter>> filters_;
};

class Analysis {
 public:
  /// `analyzer` outlives it.
  explicit Analysis(const Analyzer& analyzer);
  ~Analysis();
  /// The words, valid until the next call.
  const Tokens& Run(std::string_view text);
  /// Called with each word, which is valid meanwhile, until it returns false. Takes less memory than Run.
  using Visit = std::function<bool(const Tokens::Token& token, std::string_view word)>;
  void ForEach(std::string_view text, const Visit& visit);

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace redkite::text
