#include "text/characters.h"

#include "gtest/gtest.h"

namespace redkite::text {
namespace {

TEST(Characters, TextsToCharactersAndBack) {
  const std::string text = "a\u00e9\u4e16\U0001F600";
  std::string again;
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) AppendCharacter(NextCharacter(text, &at), &again);
  EXPECT_EQ(again, text);
  EXPECT_EQ(count, 4u);
  EXPECT_EQ(CountCharacters(text), 4u);
  size_t at = 0;
  EXPECT_EQ(NextCharacter("\xff", &at), 0xFFFD);
  EXPECT_EQ(at, 1u);
  at = 0;
  NextCharacter("\xe4\xb8", &at);  // cut: stays within the text
  EXPECT_LE(at, 2u);
  std::string replaced;
  AppendCharacter(0xD800, &replaced);
  EXPECT_EQ(replaced, "\uFFFD");
}

TEST(Characters, Table) {
  const CharacterTable& table = CharacterTable::Get();
  EXPECT_EQ(table.Of('a').word_break(), WordBreak::kALetter);
  EXPECT_EQ(table.Of('5').word_break(), WordBreak::kNumeric);
  EXPECT_EQ(table.Of(0x5D0).word_break(), WordBreak::kHebrewLetter);
  EXPECT_EQ(table.Of(0x200D).word_break(), WordBreak::kZwj);
  EXPECT_TRUE(table.Of(0x4E16).is_alphanumeric());
  EXPECT_FALSE(table.Of('!').is_alphanumeric());
  EXPECT_TRUE(table.Of(0x3000).is_white());
  EXPECT_FALSE(table.Of(0x10FFFF).is_white());
}

TEST(Characters, Classes) {
  EXPECT_TRUE(IsClassName("ascii_letter"));
  EXPECT_FALSE(IsClassName("vowel"));
  EXPECT_TRUE(IsOfClass("letter", 0x430));
  EXPECT_FALSE(IsOfClass("ascii_letter", 0x430));
  EXPECT_TRUE(IsOfClass("symbol", '+') && IsOfClass("punctuation", '+') && IsOfClass("punctuation", 0x3002));
  EXPECT_TRUE(IsHan(0x4E16));
  EXPECT_FALSE(IsHan('a'));
}

TEST(Characters, Changes) {
  std::string scratch;
  const auto changed = [&](std::string word, void (*change)(std::string*, std::string*)) {
    change(&word, &scratch);
    return word;
  };
  EXPECT_EQ(changed("ABC\u00c9", LowerWord), "abc\u00e9");
  EXPECT_EQ(changed("ABC", LowerWord), "abc");
  EXPECT_EQ(changed("\u00c5\u01fa\ufb01 \u00bd", FoldWord), "AAfi \u00bd");
  EXPECT_EQ(changed("\uac00", FoldWord), "\uac00");  // Hangul is not taken apart
  EXPECT_EQ(changed("\u0967\u0968a", FoldDigits), "12a");
}

}  // namespace
}  // namespace redkite::text
