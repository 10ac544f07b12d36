// TokenFilter: one step that changes or drops words. Private to the room. Thread safety: immutable; what a
// step needs for one thread is in FilterState.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "types/json_tree.h"

struct sb_stemmer;

namespace redkite::text {

struct StemmerDeleter {
  void operator()(sb_stemmer* stemmer) const;
};
using Stemmer = std::unique_ptr<sb_stemmer, StemmerDeleter>;

struct FilterState {
  std::string scratch;
  Stemmer stemmer;
};

class TokenFilter {
 public:
  enum class Kind : uint8_t {
    kLowercase,
    kAsciiFolding,
    kAlphaNumOnly,
    kCnAlphaNumOnly,
    kCnCharOnly,
    kRemovePunct,
    kDecimalDigit,
    kLength,
    kStop,
    kStemmer
  };
  explicit TokenFilter(Kind kind) : kind_(kind) {}
  /// Of a name, or of an object with the name as its `type`.
  static Result<std::unique_ptr<const TokenFilter>> Make(const JsonTree& tree);
  /// Words, and `_english_` for a list of them.
  static Result<std::unique_ptr<const TokenFilter>> MakeStop(const JsonTree& words);
  static std::unique_ptr<const TokenFilter> EnglishStop();
  static Result<std::unique_ptr<const TokenFilter>> MakeStemmer(std::string language);

  FilterState NewState() const;
  /// False: the word is dropped.
  bool Apply(std::string* word, FilterState* state) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view word) const { return std::hash<std::string_view>()(word); }
  };
  void AddEnglishStopWords();

  Kind kind_;
  size_t length_min_ = 0, length_max_ = 0;
  std::unordered_set<std::string, Hash, std::equal_to<>> stop_words_;
  std::string language_;
};

}  // namespace redkite::text
