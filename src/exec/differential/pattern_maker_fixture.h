// PatternMaker: random patterns of `like` and regular expressions. Tests only; one thread.
#pragma once

#include <string>

#include "exec/differential/filter_fixture.h"

namespace redkite::exec::differential {

class PatternMaker {
 public:
  explicit PatternMaker(Random* random) : maker_(random) {}

  /// A pattern of `like` with some of the characters of a text.
  std::string Like(const std::string& text) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
      size_t end = at + 1;
      while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
      const std::string character = text.substr(at, end - at);
      at = end;
      switch (maker_.Below(6)) {
        case 0:
          out += "_";
          break;
        case 1:
          out += "%";
          break;
        default:
          out += (character == "%" || character == "_" || character == "\\" ? "\\" : "") + character;
      }
    }
    if (maker_.OneIn(3)) out = "%" + out;
    if (maker_.OneIn(3)) out += "%";
    return out;
  }
  Pattern Regex(int depth) {
    static constexpr const char* kCharacters[] = {"a",  "b", "%", "\xc3\xa9", "\xe6\x97\xa5",
                                                  "\\", ".", "0", "A"};
    static constexpr const char* kClasses[] = {"ab", "a-c",
                                               "\xc3\xa9"
                                               "b",
                                               "0%"};
    Pattern pattern;
    const uint64_t choice = maker_.Below(depth > 0 ? 14 : 6);
    if (choice < 3) {
      pattern.text = maker_.OneOf(kCharacters);
    } else if (choice == 3) {
      pattern.kind = Pattern::Kind::kAny;
    } else if (choice == 4) {
      pattern.kind = Pattern::Kind::kClass;
      pattern.text = maker_.OneOf(kClasses);
      pattern.negated = maker_.OneIn(3);
    } else if (choice == 5) {
      pattern.kind = maker_.OneIn(2) ? Pattern::Kind::kBegin : Pattern::Kind::kEnd;
    } else if (choice < 9) {
      static constexpr Pattern::Kind kRepeats[] = {Pattern::Kind::kStar, Pattern::Kind::kPlus,
                                                   Pattern::Kind::kMaybe};
      pattern.kind = kRepeats[choice - 6];
      pattern.parts.push_back(Regex(depth - 1));
    } else {
      pattern.kind = choice < 12 ? Pattern::Kind::kSequence : Pattern::Kind::kEither;
      for (uint64_t n = 1 + maker_.Below(3); n > 0; --n) pattern.parts.push_back(Regex(depth - 1));
    }
    return pattern;
  }

 private:
  ValueMaker maker_;
};

}  // namespace redkite::exec::differential
