#include "config/load.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace redkite::config {
namespace {

Result<Settings> LoadWith(std::vector<std::string_view> arguments,
                          const std::map<std::string, std::string>& files = {}) {
  return Load(arguments, [&files](const std::string& path) -> Result<std::string> {
    const auto it = files.find(path);
    if (it == files.end()) return Status(Code::kIoFailed, "no such file: " + path);
    return it->second;
  });
}
std::string Message(std::vector<std::string_view> arguments,
                    const std::map<std::string, std::string>& files = {}) {
  return LoadWith(std::move(arguments), files).status().message();
}

TEST(Load, WithoutAnythingTheDefaults) {
  const Result<Settings> settings = LoadWith({});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(*settings, Settings());
}

TEST(Load, FlagsInBothForms) {
  const Result<Settings> settings = LoadWith({"--data", "dir", "--listen=127.0.0.1:1", "--insecure",
                                              "--log.level=debug", "--segment.seal_size", "2MiB"});
  ASSERT_TRUE(settings.ok()) << settings.status().message();
  EXPECT_EQ(settings->data_dir, "dir");
  EXPECT_EQ(settings->listen, "127.0.0.1:1");
  EXPECT_TRUE(settings->insecure);
  EXPECT_EQ(settings->log_level, LogLevel::kDebug);
  EXPECT_EQ(settings->segment_seal_bytes, 2 * kMiB);
}

TEST(Load, AFlagOfYesOrNoMayHaveAValue) {
  EXPECT_EQ(LoadWith({"--tls.certificate="})->tls_certificate, "");
  EXPECT_FALSE(LoadWith({"--data="}).ok());
  EXPECT_FALSE(LoadWith({"--insecure=false"})->insecure);
  EXPECT_TRUE(LoadWith({"--insecure", "--data=x"})->insecure);
}

TEST(Load, FlagsWinOverTheFileWhereverTheyStand) {
  const std::map<std::string, std::string> files = {{"r.yaml", "data: from_file\nlimits:\n  topk: 77\n"}};
  const Result<Settings> settings = LoadWith({"--data=from_flag", "--config", "r.yaml"}, files);
  ASSERT_TRUE(settings.ok()) << settings.status().message();
  EXPECT_EQ(settings->data_dir, "from_flag");
  EXPECT_EQ(settings->limit_topk, 77);
}

TEST(Load, LaterFlagsWin) { EXPECT_EQ(LoadWith({"--data=a", "--data=b"})->data_dir, "b"); }

TEST(Load, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Message({"--lisen=x"}), "unknown option \"lisen\"; did you mean \"listen\"?");
  EXPECT_EQ(Message({"data"}), "expected --option: \"data\"");
  EXPECT_EQ(Message({"--"}), "expected --option: \"--\"");
  EXPECT_EQ(Message({"--data"}), "no value after --data");
  EXPECT_EQ(Message({"--data="}), "option data expects a text: \"\"");
  EXPECT_EQ(Message({"--limits.topk=many"}),
            "option limits.topk expects a whole number in 1..1000000: \"many\"");
  EXPECT_EQ(Message({"--config=a", "--config=b"}), "--config twice: \"b\"");
}

TEST(Load, FileMistakesNameFileAndLine) {
  EXPECT_EQ(Message({"--config=r.yaml"}, {{"r.yaml", "data: x\nlog:\n  levle: info\n"}}),
            "r.yaml:3: unknown option \"log.levle\"; did you mean \"log.level\"?");
  EXPECT_EQ(Message({"--config=r.yaml"}, {{"r.yaml", "limits.nq: 0"}}),
            "r.yaml:1: option limits.nq expects 1..1000000: \"0\"");
  EXPECT_EQ(Message({"--config=gone.yaml"}),
            "cannot read the configuration file gone.yaml: no such file: gone.yaml");
}

TEST(Load, RulesBetweenOptionsHold) {
  EXPECT_TRUE(LoadWith({"--listen=0.0.0.0:19530"}).ok());
  EXPECT_TRUE(LoadWith({"--listen=0.0.0.0:19530", "--insecure"}).ok());
  EXPECT_FALSE(LoadWith({"--auth.enabled", "--insecure"}).ok());
}

}  // namespace
}  // namespace redkite::config
