#include "sim/faults/subject.h"

#include <gtest/gtest.h>

namespace redkite::sim {
namespace {

class SubjectTest : public testing::Test {
 protected:
  SubjectTest() : subject_(Config()) {
    EXPECT_TRUE(subject_.Open().ok());
    subject_.Create("c", false, {{"index_type", "HNSW"}, {"metric_type", "L2"}});
    Mutation write;
    write.version = 1;
    for (int64_t key = 0; key < 20; ++key) write.keys.push_back(key);
    subject_.Write(0, write);
    subject_.Flush(0);
    Mutation erase;
    erase.kind = MutationKind::kDeleteKeys;
    erase.keys = {4, 5};
    subject_.Write(0, erase);
    subject_.Close();
  }
  static SimConfig Config() {
    SimConfig config;
    config.slot_count = 0;
    config.index_rows_min = 8;
    return config;
  }
  Subject subject_;
};

TEST_F(SubjectTest, UndamagedIsRight) {
  const auto fs = subject_.CopyOfDisk();
  const Verdict verdict = subject_.Judge(fs.get());
  EXPECT_EQ(verdict.kind, Verdict::kRight) << verdict.text;
  EXPECT_EQ(CountOf(subject_.Content()[0]), 18u);
}

TEST_F(SubjectTest, FewerMoreAndOtherRowsAreWrong) {
  for (const int64_t key : {0, 19}) {
    auto content = subject_.Content();
    content[0].erase(key);
    EXPECT_EQ(subject_.Judge(subject_.CopyOfDisk().get(), content).kind, Verdict::kWrong);
  }
  auto content = subject_.Content();
  content[0][4].push_back({1, 1, 0});
  EXPECT_EQ(subject_.Judge(subject_.CopyOfDisk().get(), content).kind, Verdict::kWrong);
  content = subject_.Content();
  content[0][7][0].version = 2;
  EXPECT_EQ(subject_.Judge(subject_.CopyOfDisk().get(), content).kind, Verdict::kWrong);
}

TEST_F(SubjectTest, DamageIsRefusedAndAnotherErrorIsWrong) {
  const auto fs = subject_.CopyOfDisk();
  for (const std::string& path : ListFiles(fs.get())) {
    if (path.ends_with(".col")) fs->FlipBit(path, 8 * 100);
  }
  EXPECT_EQ(subject_.Judge(fs.get()).kind, Verdict::kRefused);
  const auto failing = subject_.CopyOfDisk();
  failing->FailNth(io::FileOp::kRead, 1, Status::Io("injected fault"), true);
  EXPECT_EQ(subject_.Judge(failing.get()).kind, Verdict::kWrong);
}

}  // namespace
}  // namespace redkite::sim
