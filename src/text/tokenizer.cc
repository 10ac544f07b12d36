#include "text/tokenizer.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <algorithm>

#include "text/characters.h"

namespace redkite::text {
namespace {

Status Bad(std::string why) { return {Code::kParameterInvalid, std::move(why)}; }

bool IsIgnored(WordBreak b) {
  return b == WordBreak::kExtend || b == WordBreak::kFormat || b == WordBreak::kZwj;
}
bool IsLetter(WordBreak b) { return b == WordBreak::kALetter || b == WordBreak::kHebrewLetter; }
bool IsMidNumLetQ(WordBreak b) { return b == WordBreak::kMidNumLet || b == WordBreak::kSingleQuote; }

/// No boundary between two neighbours: WB5, WB8 to WB10, WB13 to WB13b.
bool Joins(WordBreak a, WordBreak b) {
  const bool letter_a = IsLetter(a), letter_b = IsLetter(b);
  const bool number_a = a == WordBreak::kNumeric, number_b = b == WordBreak::kNumeric;
  if ((letter_a || number_a) && (letter_b || number_b)) return true;
  const bool kana_a = a == WordBreak::kKatakana, kana_b = b == WordBreak::kKatakana;
  if (kana_a && kana_b) return true;
  if (b == WordBreak::kExtendNumLet) return letter_a || number_a || kana_a || a == WordBreak::kExtendNumLet;
  return a == WordBreak::kExtendNumLet && (letter_b || number_b || kana_b);
}

/// No boundary around `middle`, which stands between two others: WB6, WB7, WB7b, WB7c, WB11, WB12.
bool JoinsAround(WordBreak a, WordBreak middle, WordBreak b) {
  if (IsLetter(a) && IsLetter(b) && (middle == WordBreak::kMidLetter || IsMidNumLetQ(middle))) return true;
  if (a == WordBreak::kNumeric && b == a && (middle == WordBreak::kMidNum || IsMidNumLetQ(middle)))
    return true;
  return a == WordBreak::kHebrewLetter && b == a && middle == WordBreak::kDoubleQuote;
}

/// Characters with their classes, one ahead.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text), table_(CharacterTable::Get()) {}
  size_t at() const { return at_; }
  bool done() const { return at_ >= text_.size(); }
  void MoveTo(size_t at) { at_ = at; }
  CharacterClass Take() { return table_.Of(NextCharacter(text_, &at_)); }
  /// WB4: what is ignored belongs to what stands before it.
  void SkipIgnored() {
    while (!done()) {
      const size_t before = at_;
      if (IsIgnored(Take().word_break())) continue;
      at_ = before;
      return;
    }
  }

 private:
  const std::string_view text_;
  const CharacterTable& table_;
  size_t at_ = 0;
};

/// The end of the word whose first character, of class `last`, was just taken.
size_t EndOfWord(WordBreak last, bool* has_word, Walker* walker) {
  walker->SkipIgnored();
  size_t end = walker->at();
  while (!walker->done()) {
    const CharacterClass next = walker->Take();
    if (Joins(last, next.word_break())) {
      last = next.word_break();
      *has_word |= next.is_alphanumeric();
      walker->SkipIgnored();
      end = walker->at();
      continue;
    }
    walker->SkipIgnored();
    const size_t behind_middle = walker->at();
    const CharacterClass after = walker->done() ? CharacterClass() : walker->Take();
    if (behind_middle < walker->at() && JoinsAround(last, next.word_break(), after.word_break())) {
      last = after.word_break();
      *has_word |= after.is_alphanumeric();
      walker->SkipIgnored();
      end = walker->at();
      continue;
    }
    // WB7a
    if (last == WordBreak::kHebrewLetter && next.word_break() == WordBreak::kSingleQuote) end = behind_middle;
    break;
  }
  walker->MoveTo(end);
  return end;
}

bool BeginsWord(CharacterClass c) {
  switch (c.word_break()) {
    case WordBreak::kALetter:
    case WordBreak::kHebrewLetter:
    case WordBreak::kNumeric:
    case WordBreak::kKatakana:
    case WordBreak::kExtendNumLet:
      return true;
    default:
      return false;
  }
}

}  // namespace

void FindStandardWords(std::string_view text, std::vector<WordSpan>* out) {
  Walker walker(text);
  while (!walker.done()) {
    const size_t begin = walker.at();
    const CharacterClass first = walker.Take();
    bool has_word = first.is_alphanumeric();
    size_t end = 0;
    if (BeginsWord(first)) {
      end = EndOfWord(first.word_break(), &has_word, &walker);
    } else if (has_word && !IsIgnored(first.word_break())) {
      // An ideograph and the like: a word of its own.
      walker.SkipIgnored();
      end = walker.at();
    } else {
      continue;
    }
    if (has_word) out->push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
  }
}

namespace {

bool HasWord(std::string_view segment) {
  Walker walker(segment);
  while (!walker.done()) {
    if (walker.Take().is_alphanumeric()) return true;
  }
  return false;
}

}  // namespace

struct BreakIterator::State {
  UBreakIterator* breaks = nullptr;
  UText text = UTEXT_INITIALIZER;
};

BreakIterator::BreakIterator() : state_(std::make_unique<State>()) {
  UErrorCode error = U_ZERO_ERROR;
  state_->breaks = ubrk_open(UBRK_WORD, "", nullptr, 0, &error);
}

BreakIterator::~BreakIterator() {
  if (state_->breaks != nullptr) ubrk_close(state_->breaks);
  utext_close(&state_->text);
}

void BreakIterator::FindWords(std::string_view text, std::vector<WordSpan>* out) {
  UErrorCode error = U_ZERO_ERROR;
  utext_openUTF8(&state_->text, text.data(), static_cast<int64_t>(text.size()), &error);
  if (state_->breaks == nullptr || U_FAILURE(error)) return;
  ubrk_setUText(state_->breaks, &state_->text, &error);
  if (U_FAILURE(error)) return;
  int32_t begin = ubrk_first(state_->breaks);
  for (int32_t end = ubrk_next(state_->breaks); end != UBRK_DONE; end = ubrk_next(state_->breaks)) {
    if (HasWord(text.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin))))
      out->push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
    begin = end;
  }
}

template <class Delimits>
void Tokenizer::Split(std::string_view text, Delimits delimits, std::vector<WordSpan>* out) const {
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t before = at;
    if (!delimits(NextCharacter(text, &at))) continue;
    if (before > begin) out->push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(before)});
    begin = at;
  }
  if (text.size() > begin) out->push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(text.size())});
}

bool Tokenizer::IsDelimiter(int32_t c) const {
  return std::binary_search(delimiters_.begin(), delimiters_.end(), c) ||
         std::any_of(delimiter_classes_.begin(), delimiter_classes_.end(),
                     [c](const std::string& name) { return IsOfClass(name, c); });
}

void Tokenizer::FindGrams(std::string_view text, std::vector<WordSpan>* out) const {
  std::vector<uint32_t> starts;
  for (size_t at = 0; at < text.size(); NextCharacter(text, &at)) starts.push_back(static_cast<uint32_t>(at));
  const size_t count = starts.size();
  starts.push_back(static_cast<uint32_t>(text.size()));
  for (size_t i = 0; i < count; ++i) {
    for (size_t n = gram_min_; n <= gram_max_ && i + n <= count; ++n)
      out->push_back({starts[i], starts[i + n]});
  }
}

void Tokenizer::FindWords(std::string_view text, BreakIterator* breaks, std::vector<WordSpan>* out) const {
  out->clear();
  switch (kind_) {
    case Kind::kStandard:
      return FindStandardWords(text, out);
    case Kind::kWhitespace: {
      const CharacterTable& table = CharacterTable::Get();
      return Split(
          text, [&table](int32_t c) { return table.Of(c).is_white(); }, out);
    }
    case Kind::kIcu:
      return breaks->FindWords(text, out);
    case Kind::kNgram:
      return FindGrams(text, out);
    case Kind::kCharGroup:
      return Split(
          text, [this](int32_t c) { return IsDelimiter(c); }, out);
  }
}

Result<Tokenizer> Tokenizer::Make(const JsonTree& tree) {
  constexpr int64_t kGramMax = 64, kGramRange = 4;  // a text has about as many grams as bytes for each length
  Tokenizer out;
  const JsonTree* type = tree.is(JsonTree::Kind::kObject) ? tree.Find("type") : &tree;
  if (type == nullptr || !type->is(JsonTree::Kind::kText))
    return Bad("tokenizer of analyzer_params should be a name, or an object with a type");
  const std::string& name = type->text;
  for (const auto& [key, value] : tree.members) {
    const bool known = key == "type" || (name == "ngram" && (key == "min_gram" || key == "max_gram")) ||
                       (name == "char_group" && key == "delimiters");
    const bool unbuilt = name == "ngram" && (key == "token_chars" || key == "custom_token_chars");
    if (unbuilt) return Status::Unimplemented(key + " of the tokenizer ngram is not implemented");
    if (!known) return Bad("unknown parameter of tokenizer " + name + ": " + key);
  }
  if (name == "standard") return out;
  if (name == "whitespace") {
    out.kind_ = Kind::kWhitespace;
    return out;
  }
  if (name == "icu") {
    out.kind_ = Kind::kIcu;
    return out;
  }
  if (name == "ngram") {
    const JsonTree* low = tree.Find("min_gram");
    const JsonTree* high = tree.Find("max_gram");
    const bool good = low != nullptr && high != nullptr && low->is(JsonTree::Kind::kInt) &&
                      high->is(JsonTree::Kind::kInt) && low->integer >= 1 && low->integer <= high->integer &&
                      high->integer <= kGramMax && high->integer - low->integer < kGramRange;
    if (!good)
      return Bad("tokenizer ngram needs 1 <= min_gram <= max_gram <= " + std::to_string(kGramMax) +
                 ", and at most " + std::to_string(kGramRange) + " lengths");
    out.kind_ = Kind::kNgram;
    out.gram_min_ = static_cast<size_t>(low->integer);
    out.gram_max_ = static_cast<size_t>(high->integer);
    return out;
  }
  if (name == "char_group") {
    const JsonTree* list = tree.Find("delimiters");
    if (list == nullptr || !list->is(JsonTree::Kind::kArray))
      return Bad("tokenizer char_group needs delimiters, a list of characters and classes");
    for (const JsonTree& item : list->items) {
      if (item.is(JsonTree::Kind::kText) && IsClassName(item.text)) {
        out.delimiter_classes_.push_back(item.text);
      } else if (item.is(JsonTree::Kind::kText) && CountCharacters(item.text) == 1) {
        size_t at = 0;
        out.delimiters_.push_back(NextCharacter(item.text, &at));
      } else {
        return Bad("a delimiter of tokenizer char_group is one character or a class: " + item.text);
      }
    }
    std::sort(out.delimiters_.begin(), out.delimiters_.end());
    out.kind_ = Kind::kCharGroup;
    return out;
  }
  for (const char* unbuilt : {"jieba", "lindera", "thai", "language_identifier", "grpc"}) {
    if (name == unbuilt) return Status::Unimplemented("tokenizer " + name + " is not implemented");
  }
  return Bad("unknown tokenizer of analyzer_params: " + name);
}

}  // namespace redkite::text
