#include "base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/strong_id.h"

namespace redkite {
namespace {

// A Logger that writes to an unnamed file, and what it wrote.
class LogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = std::tmpfile();
    ASSERT_NE(file_, nullptr);
  }
  void TearDown() override { std::fclose(file_); }
  int fd() const { return fileno(file_); }
  std::string Written() const {
    std::string text(static_cast<size_t>(::lseek(fd(), 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(fd(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }
  std::FILE* file_ = nullptr;
  ManualClock clock_{1'700'000'000'123};
};

TEST_F(LogTest, OneLinePerEvent) {
  Logger log(&clock_, LogLevel::kInfo, fd());
  log.Info("segment flushed", {{"segment", StrongId<struct Tag>(7)}, {"rows", 1000}, {"clean", true}});
  EXPECT_EQ(
      Written(),
      "time=2023-11-14T22:13:20.123Z level=info msg=\"segment flushed\" segment=7 rows=1000 clean=true\n");
}

TEST_F(LogTest, BelowTheLevelNothing) {
  Logger log(&clock_, LogLevel::kWarn, fd());
  log.Debug("a");
  log.Info("b");
  EXPECT_EQ(Written(), "");
  log.Warn("c");
  log.Error("d");
  EXPECT_NE(Written().find("level=warn msg=c"), std::string::npos);
  EXPECT_NE(Written().find("level=error msg=d"), std::string::npos);
  EXPECT_FALSE(Logger(&clock_, LogLevel::kOff, fd()).enabled(LogLevel::kError));
}

TEST_F(LogTest, AClientCannotForgeALine) {
  Logger log(&clock_, LogLevel::kInfo, fd());
  log.Info("refused", {{"name", "x\nlevel=error msg=\"owned\\"}, {"empty", ""}, {"equals", "a=b"}});
  EXPECT_EQ(Written().substr(Written().find("msg=")),
            "msg=refused name=\"x\\x0alevel=error msg=\\\"owned\\\\\" empty=\"\" equals=\"a=b\"\n");
}

TEST_F(LogTest, LongValuesAreCut) {
  Logger log(&clock_, LogLevel::kInfo, fd());
  log.Info("filter", {{"text", std::string(1 << 20, 'x')}});
  EXPECT_LT(Written().size(), 4096u);
  EXPECT_GT(Written().size(), 2048u);
}

TEST_F(LogTest, LinesPerSecondAreCappedAndTheLossIsReported) {
  Logger log(&clock_, LogLevel::kInfo, fd(), 3);
  for (int i = 0; i < 10; ++i) log.Info("storm");
  const std::string first = Written();
  EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 3);
  clock_.AdvanceMs(1000);
  log.Info("after");
  const std::string after = Written().substr(first.size());
  EXPECT_NE(after.find("msg=after dropped_lines=7\n"), std::string::npos) << after;
  log.Info("again");
  EXPECT_EQ(Written().substr(first.size() + after.size()).find("dropped_lines"), std::string::npos);
}

}  // namespace
}  // namespace redkite
