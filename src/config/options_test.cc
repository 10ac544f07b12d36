#include "config/options.h"

#include <gtest/gtest.h>

#include <set>

namespace redkite::config {
namespace {

TEST(Options, KeysAreUniqueAndWellFormed) {
  std::set<std::string_view> keys;
  for (const OptionInfo& option : AllOptions()) {
    EXPECT_TRUE(keys.insert(option.key).second) << option.key;
    EXPECT_EQ(option.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_."), std::string_view::npos)
        << option.key;
    EXPECT_EQ(option.doc.back(), '.') << option.key;
    EXPECT_EQ(option.doc.find('|'), std::string_view::npos) << option.key << ": a bar would break the table";
  }
  EXPECT_FALSE(keys.contains("config"));
}

TEST(Options, EveryDefaultIsAValueOfItsOption) {
  const Settings defaults;
  for (const OptionInfo& option : AllOptions()) {
    Settings settings;
    EXPECT_TRUE(option.set(option.default_text, &settings).ok()) << option.key;
    EXPECT_EQ(settings, defaults) << option.key;
    EXPECT_EQ(option.print(settings), option.default_text) << option.key;
  }
}

TEST(Options, TheFixedNamesOfTheServer) {
  const Settings settings;
  EXPECT_EQ(settings.data_dir, "./redkite_data");
  EXPECT_EQ(settings.listen, "127.0.0.1:19530");
  EXPECT_EQ(settings.management, "127.0.0.1:9091");
  EXPECT_EQ(settings.log_level, LogLevel::kWarn);
  for (const char* key : {"data", "listen", "management", "insecure"})
    EXPECT_NE(FindOption(key), nullptr) << key;
}

TEST(Options, SettingOneChangesNoOther) {
  Settings settings;
  ASSERT_TRUE(FindOption("segment.seal_size")->set("2MiB", &settings).ok());
  Settings expected;
  expected.segment_seal_bytes = 2 * kMiB;
  EXPECT_EQ(settings, expected);
}

TEST(Options, UnknownKeysGetAQuestionWhenSomethingIsNear) {
  EXPECT_EQ(UnknownOptionText("lisen"), "unknown option \"lisen\"; did you mean \"listen\"?");
  EXPECT_EQ(UnknownOptionText("log.levle"), "unknown option \"log.levle\"; did you mean \"log.level\"?");
  EXPECT_EQ(UnknownOptionText("level"), "unknown option \"level\"; did you mean \"log.level\"?");
  EXPECT_EQ(UnknownOptionText("memory-limit"),
            "unknown option \"memory-limit\"; did you mean \"memory.limit\"?");
  EXPECT_EQ(UnknownOptionText("quux_frobnicate"), "unknown option \"quux_frobnicate\"");
  EXPECT_LT(UnknownOptionText(std::string(1 << 16, 'x')).size(), 200u);
}

}  // namespace
}  // namespace redkite::config
