#include "jobs/scrubber.h"

#include "jobs/scheduler_test_kit.h"

namespace redkite::jobs {
namespace {

class Scrub : public SchedulerKit {
 protected:
  Scrub() {
    Write(100);
    Flush();
    Write(50);
    Flush();
    MakeScrubber({1000, int64_t{20} << 20});
  }
  ~Scrub() override { scrubber->Stop(); }
  void MakeScrubber(ScrubOptions options) {
    if (scrubber) scrubber->Stop();
    scrubber = std::make_unique<Scrubber>(
        Scrubber::Seams{&files, &kit.logger, &metrics,
                        [this](const auto& shard) { scheduler->RequestIndexes(shard); }},
        options);
    now_ms = 0;
    Maintain(0);
  }
  void Maintain(int64_t passed_ms) {
    now_ms += passed_ms;
    scrubber->Maintain(now_ms, {kit.shard});
    RunAll();
  }
  std::string FileWith(const std::string& part) {
    for (const io::FileInfo& file : kit.fs.List(kit.dir).value()) {
      if (file.name.find(part) != std::string::npos) return kit.dir + "/" + file.name;
    }
    ADD_FAILURE() << part;
    return "";
  }
  int64_t scrubbed() { return Count("redkite_scrubbed_bytes_total"); }
  int64_t damaged() { return Count("redkite_scrub_damaged_files_total"); }

  std::unique_ptr<Scrubber> scrubber;
  int64_t now_ms = 0;
};

TEST_F(Scrub, APassReadsEveryFileOnceInAnInterval) {
  Maintain(999);
  EXPECT_EQ(scrubbed(), 0);
  Maintain(500);
  EXPECT_GT(scrubbed(), 0);
  EXPECT_EQ(damaged(), 0);
  const int64_t whole = scrubbed();
  // Two segments of four columns, timestamps and the order of keys; each is a block.
  EXPECT_EQ(whole, 2 * 6 * static_cast<int64_t>(storage::kBlockBytes));
  Maintain(500);
  EXPECT_EQ(scrubbed(), whole);
  Maintain(500);
  EXPECT_EQ(scrubbed(), 2 * whole);
}

TEST_F(Scrub, TheFirstPassComesSoonAfterTheStart) {
  MakeScrubber({24 * 3'600'000, int64_t{20} << 20});
  Maintain(599'999);
  EXPECT_EQ(scrubbed(), 0);
  Maintain(1);
  EXPECT_GT(scrubbed(), 0);
  Maintain(1000);
  const int64_t whole = scrubbed();
  Maintain(20 * 3'600'000);
  EXPECT_EQ(scrubbed(), whole);
}

TEST_F(Scrub, ItIsNotFasterThanItsRate) {
  const auto block = static_cast<int64_t>(storage::kBlockBytes);
  MakeScrubber({1000, block});
  Maintain(1000);
  EXPECT_EQ(scrubbed(), block);
  Maintain(100);
  EXPECT_EQ(scrubbed(), 2 * block) << "begun when some of it is free, and paid later";
  Maintain(500);
  EXPECT_EQ(scrubbed(), 2 * block);
  for (int i = 0; i < 100; ++i) Maintain(100);
  EXPECT_GE(scrubbed(), 12 * block);
  MakeScrubber({0, block});
  const int64_t before = scrubbed();
  Maintain(1'000'000);
  EXPECT_EQ(scrubbed(), before) << "switched off";
}

TEST_F(Scrub, ADamagedColumnSetsItsSegmentAside) {
  const SegmentId first = Sealed().at(0);
  const std::string file = FileWith("s" + std::to_string(first.value()) + "-f101-");
  kit.fs.FlipBit(file, 8 * 70);
  EXPECT_EQ(kit.Rows().size(), 150u) << "nobody has noticed";
  Maintain(1000);
  EXPECT_EQ(damaged(), 1);
  const auto found = kit.shard->Query(shard::TestQuery(), nullptr);
  EXPECT_EQ(found.status().code(), Code::kDataIntegrity);
  EXPECT_NE(found.status().message().find(file), std::string::npos);
  Maintain(1000);
  EXPECT_EQ(damaged(), 2) << "each pass tells it";
}

TEST_F(Scrub, AFileThatCannotBeOpenedIsNoDamage) {
  kit.fs.FailNth(io::FileOp::kMap, 1, Status::Io("too many open files"), true);
  Maintain(1000);
  kit.fs.ClearFaults();
  EXPECT_EQ(damaged(), 0);
  EXPECT_EQ(kit.Rows().size(), 150u);
  Maintain(1000);
  EXPECT_GT(scrubbed(), 0) << "the next pass reads it";
}

TEST_F(Scrub, ADamagedIndexIsBuiltAgain) {
  const auto index = Define(7);
  scheduler->RequestIndexes(kit.shard);
  RunAll();
  const int64_t indexed = Progress(index).indexed_rows;
  ASSERT_GT(indexed, 0);
  const std::string file = FileWith(".idx");
  kit.fs.FlipBit(file, 8 * 70);
  Maintain(1000);
  EXPECT_EQ(damaged(), 1);
  EXPECT_FALSE(kit.fs.Exists(file).value());
  EXPECT_EQ(Progress(index).indexed_rows, indexed);
  EXPECT_EQ(kit.Rows().size(), 150u);
  Maintain(1000);
  EXPECT_EQ(damaged(), 1);
}

TEST_F(Scrub, ADeferredIndexThatIsDamagedIsBuiltAgain) {
  const auto index = Define(7);
  scheduler->RequestIndexes(kit.shard);
  RunAll();
  const std::string file = FileWith(".idx");
  kit.fs.FlipBit(file, 8 * 70);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(Progress(index).indexed_rows, Progress(index).total_rows);
  Maintain(1000);
  EXPECT_EQ(damaged(), 1);
  EXPECT_FALSE(kit.fs.Exists(file).value());
  EXPECT_EQ(kit.Rows().size(), 150u);
  Maintain(1000);
  EXPECT_EQ(damaged(), 1);
}

TEST_F(Scrub, AFileThatWasReplacedMeanwhileIsNoDamage) {
  MakeScrubber({1000, static_cast<int64_t>(storage::kBlockBytes)});
  Maintain(1000);  // one file, and the list of the others
  Write(30);
  Flush();
  Write(30);
  Flush();
  ASSERT_EQ(Sealed().size(), 2u) << "the three small ones are merged";
  for (int i = 0; i < 100; ++i) Maintain(100);
  EXPECT_EQ(damaged(), 0);
  EXPECT_EQ(kit.Rows().size(), 210u);
}

}  // namespace
}  // namespace redkite::jobs
