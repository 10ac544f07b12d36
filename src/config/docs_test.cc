#include "config/docs.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/load.h"
#include "config/options.h"

namespace redkite::config {
namespace {

std::string ReadSourceFile(const std::string& name) {
  // Not by +: g++ 12 warns of it where the folder's name has a certain length.
  std::string path = REDKITE_SOURCE_DIR "/";
  path += name;
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Docs, CheckedInFilesAreTheGeneratedOnes) {
  EXPECT_EQ(ReadSourceFile("docs/config.md"), MarkdownDoc()) << "run ./dev generate";
  EXPECT_EQ(ReadSourceFile("redkite.yaml"), SampleYaml()) << "run ./dev generate";
}

TEST(Docs, EachNamesEveryOption) {
  for (const OptionInfo& option : AllOptions()) {
    EXPECT_NE(HelpText().find("  --" + std::string(option.key)), std::string::npos) << option.key;
    EXPECT_NE(MarkdownDoc().find("| `" + std::string(option.key) + "` |"), std::string::npos) << option.key;
  }
}

TEST(Docs, TheSampleWithoutCommentMarksGivesTheDefaults) {
  std::istringstream in(SampleYaml());
  std::string yaml;
  std::string line;
  for (int number = 0; std::getline(in, line); ++number) {
    if (number >= 2 && line.starts_with("# ")) line = line.substr(2);
    yaml += line + "\n";
  }
  const std::string_view arguments[] = {"--config=sample.yaml"};
  const Result<Settings> settings =
      Load(arguments, [&yaml](const std::string&) -> Result<std::string> { return yaml; });
  ASSERT_TRUE(settings.ok()) << settings.status().message() << "\n" << yaml;
  EXPECT_EQ(*settings, Settings());
  EXPECT_NE(yaml.find("\nlisten: "), std::string::npos);
  EXPECT_NE(yaml.find("\nlimits:\n"), std::string::npos);
}

TEST(Docs, HelpFitsATerminal) {
  std::istringstream in(HelpText());
  for (std::string line; std::getline(in, line);) EXPECT_LE(line.size(), 100u) << line;
}

}  // namespace
}  // namespace redkite::config
