#include "wal/log_check.h"

#include "io/file_paths.h"
#include "wal/log_test_kit.h"

namespace redkite::wal {
namespace {

class LogCheckTest : public testing::Test {
 protected:
  LogCheckTest() : fs_(1), t_(&fs_, 256 << 10) {
    EXPECT_TRUE(t_.OpenAndStart().ok());
    for (uint64_t i = 1; i <= 100; ++i) {
      starts_.push_back(t_.log->BytesSince(0));
      EXPECT_TRUE(AppendNow(t_.log.get(), TestRequest(TestPayload(i, 1000))).ok());
    }
    t_.log.reset();
    bytes_ = fs_.ReadAll(path_).value();
  }
  LogFileCheck Check() {
    told_.clear();
    const auto found = CheckLogFile(&fs_, path_, [this](const Status& s) { told_.push_back(s.message()); });
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    EXPECT_EQ(found->damage_count, static_cast<int>(told_.size()));
    return *found;
  }
  void Flip(size_t record, size_t byte) { bytes_[starts_[record - 1] + byte] ^= 4; }

  const std::string path_ = io::JoinPath(kTestDir, LogFileName(1));
  io::MemFileSystem fs_;
  TestLog t_;
  std::vector<uint64_t> starts_;
  std::string bytes_;
  std::vector<std::string> told_;
};

TEST_F(LogCheckTest, AWholeFile) {
  EXPECT_EQ(Check().record_count, 100u);
  EXPECT_TRUE(told_.empty());
}

TEST_F(LogCheckTest, EachDamageIsToldWithItsOffset) {
  for (const size_t record : {3, 40, 41, 77}) Flip(record, record == 77 ? 9 : 500);  // a header, payloads
  fs_.PutFile(path_, bytes_);
  EXPECT_EQ(Check().record_count, 96u);
  ASSERT_EQ(told_.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    const size_t record = std::array<size_t, 4>{3, 40, 41, 77}[i];
    EXPECT_EQ(told_[i].find(path_ + ": offset " + std::to_string(starts_[record - 1]) + ": "), 0u)
        << told_[i];
  }
}

TEST_F(LogCheckTest, ATornTailIsNoDamage) {
  std::fill(bytes_.begin() + static_cast<long>(starts_[99] + 100), bytes_.end(), '\0');
  fs_.PutFile(path_, bytes_);
  EXPECT_EQ(Check().record_count, 99u);
  EXPECT_TRUE(told_.empty());
}

TEST_F(LogCheckTest, ManyDamagesAreNotAllWalkedThrough) {
  for (size_t record = 1; record < 100; record += 2) Flip(record, 500);
  fs_.PutFile(path_, bytes_);
  EXPECT_EQ(Check().damage_count, kDamagesToldPerFile + 1);
  EXPECT_NE(told_.back().find("not looked at any further"), std::string::npos);
}

TEST_F(LogCheckTest, AHeaderAnEndAndAName) {
  fs_.PutFile(path_, std::string_view(bytes_).substr(0, starts_[50]));
  EXPECT_EQ(Check().record_count, 50u);
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_NE(told_[0].find("it was cut"), std::string::npos);
  bytes_[20] ^= 1;
  fs_.PutFile(path_, bytes_);
  EXPECT_EQ(Check().record_count, 0u);
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].find(path_ + ": offset 0: "), 0u);
}

}  // namespace
}  // namespace redkite::wal
