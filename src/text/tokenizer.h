// Tokenizers: where the words of a text are. Private to the room. Thread safety: a Tokenizer is immutable,
// its break iterator is the thread's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/json_tree.h"

namespace redkite::text {

struct WordSpan {
  uint32_t begin = 0;
  uint32_t end = 0;
};

/// The break iterator of ICU, which one thread uses; made when it is needed.
class BreakIterator {
 public:
  BreakIterator();
  ~BreakIterator();
  BreakIterator(const BreakIterator&) = delete;
  BreakIterator& operator=(const BreakIterator&) = delete;
  void FindWords(std::string_view text, std::vector<WordSpan>* out);

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

class Tokenizer {
 public:
  enum class Kind : uint8_t { kStandard, kWhitespace, kIcu, kNgram, kCharGroup };
  Tokenizer() = default;
  /// Of a name, or of an object with the name as its `type`.
  static Result<Tokenizer> Make(const JsonTree& tree);
  Kind kind() const { return kind_; }
  /// Words in their order. `breaks` is used by kIcu.
  void FindWords(std::string_view text, BreakIterator* breaks, std::vector<WordSpan>* out) const;

 private:
  bool IsDelimiter(int32_t character) const;
  void FindGrams(std::string_view text, std::vector<WordSpan>* out) const;
  template <class Delimits>
  void Split(std::string_view text, Delimits delimits, std::vector<WordSpan>* out) const;

  Kind kind_ = Kind::kStandard;
  size_t gram_min_ = 0, gram_max_ = 0;
  std::vector<int32_t> delimiters_;  // kCharGroup, sorted
  std::vector<std::string> delimiter_classes_;
};

/// The words of UAX #29 that have a letter or a digit.
void FindStandardWords(std::string_view text, std::vector<WordSpan>* out);

}  // namespace redkite::text
