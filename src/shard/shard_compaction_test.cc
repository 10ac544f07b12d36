// Compaction at the shard: merged segments take the place of their inputs, whatever is written, flushed,
// dropped or lost with the power meanwhile.
#include <gtest/gtest.h>

#include <map>

#include "shard/hooked_file_system_test_kit.h"
#include "shard/shard_test_kit.h"

namespace redkite::shard {
namespace {

using segment::MergeRows;

/// A merge that the test drives: begun, its files written, then committed.
struct TestMerge {
  MergeRows rows;
  CompactionResult result;
};

std::unique_ptr<TestMerge> BeginMerge(ShardKit* kit, const std::vector<SegmentId>& ids, Timestamp horizon) {
  std::vector<std::shared_ptr<const segment::SegmentSnapshot>> inputs;
  for (const SealedSize& s : kit->shard->SealedSizes()) {
    if (std::find(ids.begin(), ids.end(), s.segment->id) != ids.end()) inputs.push_back(s.segment);
  }
  auto merge = std::make_unique<TestMerge>();
  merge->rows = segment::ChooseRows(inputs, {horizon, 0});
  merge->result.rows = &merge->rows;
  return merge;
}

Status WriteMerge(ShardKit* kit, TestMerge* merge) {
  if (merge->rows.row_count == 0) return Status::Ok();
  RK_ASSIGN_OR_RETURN(const uint64_t generation, kit->shard->NextGeneration());
  const storage::SegmentFiles files{kit->dir, kit->shard->NewSegmentId(), generation};
  segment::SegmentMerge writer(&kit->fs, files, &merge->rows, kit->options.schema.get());
  for (bool done = false; !done;) {
    RK_ASSIGN_OR_RETURN(done, writer.Step(200));
  }
  merge->result.meta = writer.meta();
  RK_ASSIGN_OR_RETURN(merge->result.opened,
                      segment::OpenSegment(&kit->fs, kit->dir, merge->result.meta, *kit->options.schema));
  return Status::Ok();
}

std::vector<SegmentId> SealedIds(const ShardKit& kit) {
  std::vector<SegmentId> ids;
  for (const SealedSize& s : kit.shard->SealedSizes()) ids.push_back(s.segment->id);
  return ids;
}

size_t FileCount(ShardKit* kit) { return kit->fs.List(kit->dir).value().size(); }

/// The log keeps only what the shard says that it needs.
void TrimLog(ShardKit* kit) {
  const wal::LogPosition pinned = kit->shard->PinnedPosition();
  ASSERT_TRUE(kit->log.Trim(pinned != 0 ? pinned : kit->log.last_position() + 1).ok());
}

TEST(ShardCompaction, OneSegmentTakesThePlaceOfTwo) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}, {2, "b", 2, {}}}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  const size_t files = FileCount(&kit);
  ASSERT_TRUE(kit.Write(TestRecord({{3, "c", 3, {}}, {4, "d", {}, {}}}, {1}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  TrimLog(&kit);
  const auto old_reader = kit.shard->snapshot();
  auto merge = BeginMerge(&kit, SealedIds(kit), kit.shard->snapshot()->applied_ts);
  ASSERT_TRUE(WriteMerge(&kit, merge.get()).ok());
  ASSERT_TRUE(kit.shard->CommitCompaction(merge->result).ok());
  const auto sizes = kit.shard->SealedSizes();
  ASSERT_EQ(sizes.size(), 1u);
  EXPECT_EQ(sizes[0].segment->row_count, 3u);
  EXPECT_TRUE(sizes[0].segment->deletes->empty());
  EXPECT_EQ(FileCount(&kit), files);  // one manifest, one segment; the deletes went with their rows
  const auto rows = kit.Rows();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(old_reader->segments.size(), 2u);
  EXPECT_EQ(old_reader->segments[0]->blocks[0]->Find(kTagField)->TextAt(0), "a");  // its map is still there
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.Rows(), rows);
}

// The delete comes after the merge has chosen its rows, and is persisted with an input or only in the log.
TEST(ShardCompaction, DeletesThatComeMeanwhileLandOnTheOutput) {
  for (const bool flushed : {false, true}) {
    for (const bool flushed_after : {false, true}) {
      SCOPED_TRACE(std::to_string(flushed) + std::to_string(flushed_after));
      ShardKit kit;
      ASSERT_TRUE(kit.Open().ok());
      for (int64_t id = 1; id <= 3; ++id) {
        ASSERT_TRUE(kit.Write(TestRecord({{id, "a", 1, {}}, {id + 10, "a", 1, {}}}))->ok());
        ASSERT_TRUE(kit.Flush().ok());
      }
      auto merge = BeginMerge(&kit, SealedIds(kit), 0);
      ASSERT_TRUE(kit.Write(TestRecord({{11, "new", 1, {}}}, {2, 11}))->ok());
      if (flushed) {
        ASSERT_TRUE(kit.Flush().ok());
        TrimLog(&kit);
      }
      ASSERT_TRUE(WriteMerge(&kit, merge.get()).ok());
      ASSERT_TRUE(kit.Write(TestRecord({}, {3}))->ok());
      ASSERT_TRUE(kit.shard->CommitCompaction(merge->result).ok());
      if (flushed_after) {
        ASSERT_TRUE(kit.Flush().ok());
      }
      TrimLog(&kit);
      for (const bool reopened : {false, true}) {
        if (reopened) {
          ASSERT_TRUE(kit.Open().ok());
        }
        const auto rows = kit.Rows();
        ASSERT_EQ(rows.size(), 4u);
        EXPECT_EQ(rows[0].id, 1);
        EXPECT_EQ(rows[1].tag, "new");
        EXPECT_EQ(rows[2].id, 12);
        EXPECT_EQ(rows[3].id, 13);
      }
    }
  }
}

// A write in the middle of the commit: its edit is written, readers do not see the output yet.
TEST(ShardCompaction, WhatComesDuringTheCommitIsKept) {
  for (const bool drop : {false, true}) {
    ShardKit kit;
    HookedFileSystem hooked(&kit.fs);
    kit.seam_fs = &hooked;
    ASSERT_TRUE(kit.Open().ok());
    for (int64_t id = 1; id <= 3; ++id) {
      ASSERT_TRUE(kit.Write(TestRecord({{id, "a", 1, {}}, {id + 10, "a", 1, {}}}))->ok());
      ASSERT_TRUE(kit.Flush().ok());
    }
    auto merge = BeginMerge(&kit, SealedIds(kit), 0);
    ASSERT_TRUE(WriteMerge(&kit, merge.get()).ok());
    hooked.before_rename = [&] {
      ASSERT_TRUE(
          kit.Write(TestRecord({{11, "new", 1, {}}}, {2, 11}, drop ? PartitionId(2) : PartitionId(1)))->ok());
    };
    ASSERT_TRUE(kit.shard->CommitCompaction(merge->result).ok());
    if (drop) {
      ASSERT_TRUE(kit.shard->DropPartition(PartitionId(1)).ok());
    }
    const auto rows = kit.Rows();
    ASSERT_EQ(rows.size(), drop ? 1u : 5u);
    EXPECT_EQ(rows[drop ? 0 : 2].tag, "new");
    ASSERT_TRUE(kit.Open().ok());
    if (drop) {
      ASSERT_TRUE(kit.shard->DropPartition(PartitionId(1)).ok());
    }
    EXPECT_EQ(kit.Rows(), rows);
    ASSERT_TRUE(kit.Flush().ok());
    TrimLog(&kit);
    ASSERT_TRUE(kit.Open().ok());
    EXPECT_EQ(kit.Rows(), rows);
  }
}

TEST(ShardCompaction, ReadsBeforeDroppedRowsAreRefused) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  const Timestamp before = kit.shard->snapshot()->applied_ts;
  ASSERT_TRUE(kit.Write(TestRecord({}, {1}))->ok());
  const Timestamp deleted = kit.shard->snapshot()->applied_ts;
  ASSERT_TRUE(kit.Flush().ok());
  auto merge = BeginMerge(&kit, SealedIds(kit), deleted);
  ASSERT_TRUE(WriteMerge(&kit, merge.get()).ok());
  ASSERT_TRUE(kit.shard->CommitCompaction(merge->result).ok());
  EXPECT_EQ(FileCount(&kit), 1u);  // the manifest: no row is left
  for (const bool reopened : {false, true}) {
    if (reopened) {
      ASSERT_TRUE(kit.Open().ok());
    }
    plan::QueryPlan query = TestQuery();
    query.rows.read_ts = before;
    const auto refused = kit.shard->Query(query, nullptr);
    EXPECT_EQ(refused.status().code(), Code::kParameterInvalid);
    EXPECT_NE(refused.status().message().find(std::to_string(deleted)), std::string::npos);
    plan::SearchPlan search = TestSearch({0, 0, 0}, 1);
    search.rows.read_ts = before;
    EXPECT_EQ(kit.shard->Search(search, nullptr).status().code(), Code::kParameterInvalid);
    query.rows.read_ts = deleted;
    EXPECT_TRUE(kit.shard->Query(query, nullptr).ok());
    EXPECT_TRUE(kit.Rows().empty());
  }
}

TEST(ShardCompaction, ADroppedPartitionStaysDropped) {
  for (const bool before_the_files : {false, true}) {
    ShardKit kit;
    ASSERT_TRUE(kit.Open().ok());
    for (int64_t id = 1; id <= 2; ++id) {
      ASSERT_TRUE(kit.Write(TestRecord({{id, "a", 1, {}}}))->ok());
      ASSERT_TRUE(kit.Flush().ok());
    }
    TrimLog(&kit);
    auto merge = BeginMerge(&kit, SealedIds(kit), 0);
    if (before_the_files) {
      ASSERT_TRUE(kit.shard->DropPartition(PartitionId(1)).ok());
    }
    ASSERT_TRUE(WriteMerge(&kit, merge.get()).ok());
    if (!before_the_files) {
      ASSERT_TRUE(kit.shard->DropPartition(PartitionId(1)).ok());
    }
    EXPECT_EQ(kit.shard->CommitCompaction(merge->result).code(), Code::kSegmentNotFound);
    EXPECT_TRUE(kit.Rows().empty());
    kit.shard->RemoveUncommitted({merge->result.meta.id});
    EXPECT_EQ(FileCount(&kit), 1u);
    ASSERT_TRUE(kit.Open().ok());
    EXPECT_TRUE(kit.Rows().empty());
    EXPECT_TRUE(kit.Flush().ok());
  }
}

TEST(ShardCompaction, AFailingDiskChangesNothing) {
  for (const io::FileOp op :
       {io::FileOp::kCreate, io::FileOp::kWrite, io::FileOp::kSync, io::FileOp::kMap, io::FileOp::kRename}) {
    for (uint64_t nth = 1; nth <= 10; ++nth) {
      SCOPED_TRACE("operation " + std::to_string(static_cast<int>(op)) + " number " + std::to_string(nth));
      ShardKit kit;
      ASSERT_TRUE(kit.Open().ok());
      for (int64_t id = 1; id <= 2; ++id) {
        ASSERT_TRUE(kit.Write(TestRecord({{id, "a", 1, {}}, {id + 10, "a", 1, {}}}, {11}))->ok());
        ASSERT_TRUE(kit.Flush().ok());
      }
      TrimLog(&kit);
      const auto rows = kit.Rows();
      const size_t files = FileCount(&kit);
      auto merge = BeginMerge(&kit, SealedIds(kit), 0);
      kit.fs.FailNth(op, nth, Status::Io("injected"));
      Status status = WriteMerge(&kit, merge.get());
      if (status.ok()) status = kit.shard->CommitCompaction(merge->result);
      kit.fs.ClearFaults();
      if (!status.ok()) {
        EXPECT_EQ(SealedIds(kit).size(), 2u);
        kit.shard->RemoveUncommitted({merge->result.meta.id});
        if (merge->result.meta.id.value() != 0 && kit.shard->NextGeneration().ok()) {
          EXPECT_EQ(FileCount(&kit), files);
        }
      }
      EXPECT_EQ(kit.Rows(), rows);
      ASSERT_TRUE(kit.Open().ok());
      EXPECT_EQ(kit.Rows(), rows);
    }
  }
}

/// What a shard must hold, now and at older timestamps.
class Model {
 public:
  struct Row {
    PartitionId partition;
    TestRow row;
  };
  using State = std::map<int64_t, Row>;
  State now;
  std::vector<std::pair<Timestamp, State>> past;

  void Note(Timestamp ts) { past.emplace_back(ts, now); }
  void Drop(PartitionId partition) {
    const auto drop = [&](State* s) {
      std::erase_if(*s, [&](auto& r) { return r.second.partition == partition; });
    };
    drop(&now);
    for (auto& [ts, state] : past) drop(&state);
  }
  static std::vector<TestRow> RowsOf(const State& state) {
    std::vector<TestRow> rows;
    for (const auto& [id, row] : state) rows.push_back(row.row);
    return rows;
  }
};

/// Random writes, flushes, merges in pieces, dropped partitions, power cuts.
class History {
 public:
  explicit History(uint64_t seed) : kit_(false, seed), random_(seed) { EXPECT_TRUE(kit_.Open().ok()); }

  void Step() {
    const uint64_t draw = random_.Below(100);
    if (draw < 45) return Write();
    if (draw < 60) return Flush();
    if (draw < 72) return Begin();
    if (draw < 82 && merge_) return WriteFiles();
    if (draw < 92 && merge_) return Commit();
    if (draw < 94) return DropPartition();
    if (draw < 97) return TrimLog(&kit_);
    if (draw < 98) kit_.fs.CutPowerAt(1 + random_.Below(30));
    if (draw == 99) Reopen();
  }

  void Check() {
    ASSERT_EQ(kit_.Rows(), Model::RowsOf(model_.now));
    if (model_.past.empty()) return;
    const auto& [ts, state] = model_.past[random_.Below(model_.past.size())];
    plan::QueryPlan query = TestQuery();
    query.rows.read_ts = ts;
    const auto found = kit_.shard->Query(query, nullptr);
    if (ts < horizon_ && !found.ok()) return;  // may be gone
    ASSERT_TRUE(found.ok()) << found.status().ToString();
    ASSERT_EQ(RowsOf(found->columns), Model::RowsOf(state)) << "at " << ts;
  }

  void Reopen() {
    merge_.reset();
    kit_.shard.reset();
    kit_.fs.Crash();
    kit_.log.Restart();
    ASSERT_TRUE(kit_.log.Start().ok());
    ASSERT_TRUE(kit_.Open().ok());
    for (const PartitionId p : dropped_)
      ASSERT_TRUE(kit_.shard->DropPartition(p).ok());  // as the engine does
  }
  size_t commits = 0;

 private:
  void Write() {
    const PartitionId partition = partitions_[random_.Below(partitions_.size())];
    std::map<int64_t, TestRow> rows;
    std::vector<int64_t> keys;
    for (uint64_t n = random_.Below(8); n > 0; --n) {
      const auto id = static_cast<int64_t>(random_.Below(40));
      const auto version = static_cast<int64_t>(random_.Below(1000));
      rows[id] = {id, "v" + std::to_string(version), version, {static_cast<float>(version), 0, 0}};
      if (random_.Below(8) == 0) rows[id].n.reset();
    }
    for (const auto& [id, row] : rows) keys.push_back(id);
    for (uint64_t n = random_.Below(3); n > 0; --n) keys.push_back(static_cast<int64_t>(random_.Below(40)));
    if (keys.empty()) return;
    std::vector<TestRow> list;
    for (const auto& [id, row] : rows) list.push_back(row);
    ASSERT_TRUE(kit_.Write(TestRecord(list, keys, list.empty() ? PartitionId(0) : partition))->ok());
    for (const int64_t key : keys) model_.now.erase(key);
    for (const auto& [id, row] : rows) model_.now[id] = {partition, row};
    model_.Note(kit_.shard->snapshot()->applied_ts);
  }
  void Flush() {
    if (!kit_.Flush().ok()) Reopen();  // the power went
  }
  void Begin() {
    if (merge_) return;
    std::vector<SegmentId> ids;
    const PartitionId partition = partitions_[random_.Below(partitions_.size())];
    for (const SealedSize& s : kit_.shard->SealedSizes()) {
      if (s.segment->partition == partition && random_.Below(4) != 0) ids.push_back(s.segment->id);
    }
    if (ids.empty()) return;
    Timestamp horizon = horizon_;
    if (random_.Below(2) == 0 && !model_.past.empty())
      horizon = std::max(horizon, model_.past[random_.Below(model_.past.size())].first);
    horizon_ = horizon;
    merge_ = BeginMerge(&kit_, ids, horizon);
  }
  void WriteFiles() {
    if (!merge_->result.opened && !WriteMerge(&kit_, merge_.get()).ok()) Reopen();
  }
  void Commit() {
    if (merge_->rows.row_count > 0 && !merge_->result.opened) return;
    const Status status = kit_.shard->CommitCompaction(merge_->result);
    commits += status.ok();
    if (!status.ok() && status.code() != Code::kSegmentNotFound) return Reopen();
    if (!status.ok()) kit_.shard->RemoveUncommitted({merge_->result.meta.id});
    merge_.reset();
  }
  void DropPartition() {
    const size_t at = random_.Below(partitions_.size());
    const PartitionId partition = partitions_[at];
    partitions_[at] = PartitionId(++last_partition_);
    dropped_.push_back(partition);
    model_.Drop(partition);
    if (!kit_.shard->DropPartition(partition).ok()) Reopen();
  }

  ShardKit kit_;
  Random random_;
  Model model_;
  std::unique_ptr<TestMerge> merge_;
  Timestamp horizon_ = 0;
  int64_t last_partition_ = 2;
  std::vector<PartitionId> partitions_{PartitionId(1), PartitionId(2)}, dropped_;
};

TEST(ShardCompaction, RandomHistoriesMatchAModelNowAndBefore) {
  size_t commits = 0;
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    for (int step = 0; step < 200; ++step) {
      history.Step();
      if (testing::Test::HasFatalFailure()) return;
      if (step % 3 == 0) history.Check();
      if (testing::Test::HasFatalFailure()) return;
    }
    history.Reopen();
    history.Check();
    if (testing::Test::HasFatalFailure()) return;
    commits += history.commits;
  }
  EXPECT_GT(commits, 300u);
}

}  // namespace
}  // namespace redkite::shard
