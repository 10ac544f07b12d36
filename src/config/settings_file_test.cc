#include "config/settings_file.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace redkite::config {
namespace {

// "key=value@line" for each entry, or the message.
std::string Parsed(std::string_view text) {
  const Result<std::vector<FileEntry>> entries = ParseSettingsFile("f", text);
  if (!entries.ok()) return entries.status().message();
  std::string out;
  for (const FileEntry& e : *entries) out += e.key + "=" + e.value + "@" + std::to_string(e.line) + " ";
  return out;
}

TEST(SettingsFile, PlainDottedAndNested) {
  EXPECT_EQ(Parsed(""), "");
  EXPECT_EQ(Parsed("---\nlisten: 127.0.0.1:1\n"), "listen=127.0.0.1:1@2 ");
  EXPECT_EQ(Parsed("log.level: info"), "log.level=info@1 ");
  EXPECT_EQ(Parsed("log:\n  level: info\nlimits:\n    topk: 5\n    nq: 6\ndata: d\n"),
            "log.level=info@2 limits.topk=5@4 limits.nq=6@5 data=d@6 ");
  EXPECT_EQ(Parsed("a:\n  b:\n    c: 1\n  d: 2\n"), "a.b.c=1@3 a.d=2@4 ");
}

TEST(SettingsFile, CommentsQuotesAndLineEnds) {
  EXPECT_EQ(Parsed("# top\n\n  # indented\ndata: x # the place\r\n"), "data=x@4 ");
  EXPECT_EQ(Parsed("data: \"a # b: c\" # comment"), "data=a # b: c@1 ");
  EXPECT_EQ(Parsed("data: 'it'"), "data=it@1 ");
  EXPECT_EQ(Parsed("data: a#b"), "data=a#b@1 ");
}

TEST(SettingsFile, RefusesTheRestOfYamlWithItsLine) {
  EXPECT_EQ(Parsed("data: x\nnothing here\n"), "f:2: no \"key: value\"");
  EXPECT_EQ(Parsed("- a"), "f:1: only \"key: value\" is understood");
  EXPECT_EQ(Parsed("{a: b}"), "f:1: only \"key: value\" is understood");
  EXPECT_EQ(Parsed("a: [1, 2]"), "f:1: only plain and quoted values are understood");
  EXPECT_EQ(Parsed("a: *anchor"), "f:1: only plain and quoted values are understood");
  EXPECT_EQ(Parsed("a: |\n  text"), "f:1: only plain and quoted values are understood");
  EXPECT_EQ(Parsed("a:b"), "f:1: no blank after the colon");
  EXPECT_EQ(Parsed("a: \"x"), "f:1: the quoted value does not end");
  EXPECT_EQ(Parsed("a: \"x\" y"), "f:1: text after the quoted value");
  EXPECT_EQ(Parsed("\ta: b"), "f:1: indentation with a tab");
  EXPECT_EQ(Parsed("a b: c"), "f:1: malformed key");
  EXPECT_EQ(Parsed("  a: b"), "f:1: unexpected indentation");
  EXPECT_EQ(Parsed("g:\n  a: 1\n   b: 2"), "f:3: unexpected indentation");
  EXPECT_EQ(Parsed("a: 1\n  b: 2"), "f:2: unexpected indentation");
  EXPECT_EQ(Parsed("a: 1\nb: 2\na: 3"), "f:3: \"a\" again, first on line 1");
  EXPECT_EQ(Parsed("g:\n  a: 1\ng.a: 2"), "f:3: \"g.a\" again, first on line 2");
  EXPECT_EQ(Parsed(std::string_view("a: \0b", 5)), "f is not a text file");
  EXPECT_FALSE(ParseSettingsFile("f", std::string((1 << 20) + 1, '#')).ok());
}

TEST(SettingsFile, RandomTextNeverCrashes) {
  constexpr uint64_t kSeed = 5;
  constexpr std::string_view kAlphabet = "ab.: \n\n#\"'-[\t";
  Random random(kSeed);
  int accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string text(random.Below(60), ' ');
    for (char& c : text) c = kAlphabet[random.Below(kAlphabet.size())];
    const Result<std::vector<FileEntry>> entries = ParseSettingsFile("f", text);
    if (!entries.ok()) continue;
    ++accepted;
    for (const FileEntry& e : *entries) {
      EXPECT_FALSE(e.key.empty()) << "seed " << kSeed << " round " << round;
    }
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace redkite::config
