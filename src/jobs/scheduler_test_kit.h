// For tests of background jobs: one shard, its collection in a catalog, a scheduler and executors that the
// test drives. Thread safety: one thread.
#pragma once

#include <gtest/gtest.h>

#include "jobs/job_scheduler.h"
#include "meta/mem_kv.h"
#include "shard/shard_test_kit.h"

namespace redkite::jobs {

/// One shard, its collection in a catalog, and executors that the test drives.
struct SchedulerKit : testing::Test {
  SchedulerKit() {
    meta::CollectionMeta collection;
    collection.id = kit.options.collection;
    collection.name = "items";
    collection.schema = *kit.options.schema;
    EXPECT_TRUE(catalog->CreateCollection(collection).ok());
    JobScheduler::Seams seams;
    seams.executor = &compute;
    seams.file_executor = &files;
    seams.catalog = catalog.get();
    seams.logger = &kit.logger;
    seams.flushed = [this] { ++flushed; };
    seams.index_rows_min = 64;
    seams.metrics = &metrics;
    seams.memory = &memory;
    seams.compaction.fan_in = 3;
    seams.compaction.retention_ms = 0;
    scheduler_seams = seams;
    scheduler = std::make_unique<JobScheduler>(std::move(seams));
    EXPECT_TRUE(kit.Open().ok());
  }
  /// Compute tasks are index builds alone then.
  void RestartWithoutQuantizing() {
    scheduler_seams.memory = nullptr;
    Restart();
  }
  /// A new scheduler; the one before has nothing under way.
  void Restart() {
    scheduler->Stop();
    scheduler = std::make_unique<JobScheduler>(scheduler_seams);
  }
  ~SchedulerKit() override {
    scheduler->BeginStop();
    RunAll();
    scheduler->Stop();
  }
  void RunAll() {
    while (compute.RunOne() || files.RunOne()) continue;
  }
  void Flush() {
    scheduler->RequestFlush(kit.shard);
    RunAll();
  }
  std::vector<SegmentId> Sealed() const {
    std::vector<SegmentId> ids;
    for (const shard::SealedSize& s : kit.shard->SealedSizes()) ids.push_back(s.segment->id);
    return ids;
  }
  size_t FileCount() { return kit.fs.List(kit.dir).value().size(); }
  int64_t Count(const std::string& name) { return metrics.GetCounter(name, "")->value(); }
  void Write(size_t rows) {
    Random random(++seed);
    std::vector<shard::TestRow> batch;
    for (size_t i = 0; i < rows; ++i) {
      batch.push_back(
          {++id, "t", 1, {static_cast<float>(random.Unit()), static_cast<float>(random.Unit()), 0}});
    }
    ASSERT_TRUE(kit.Write(shard::TestRecord(batch))->ok());
  }
  meta::IndexMeta Define(int64_t index_id, const std::string& type = "HNSW") {
    meta::IndexMeta index;
    index.id = IndexId(index_id);
    index.field = shard::kVectorField;
    index.name = "vec";
    index.params = {{"index_type", type}, {"metric_type", "L2"}, {"M", "8"}, {"efConstruction", "40"}};
    const auto changed = catalog->UpdateCollection(kit.options.collection, [&](meta::CollectionMeta* c) {
      c->indexes = {index};
      return Status::Ok();
    });
    EXPECT_TRUE(changed.ok());
    return index;
  }
  IndexProgress Progress(const meta::IndexMeta& index) {
    return scheduler->Progress(*kit.shard, index, *kit.options.schema->Find(shard::kVectorField));
  }

  shard::ShardKit kit;
  meta::MemKv kv;
  std::unique_ptr<meta::Catalog> catalog = meta::Catalog::Open(&kv).value();
  MetricsRegistry metrics;
  MemoryLedger memory{1 << 30};
  shard::HandExecutor compute, files;
  int flushed = 0;
  uint64_t seed = 0;
  int64_t id = 0;
  JobScheduler::Seams scheduler_seams;
  std::unique_ptr<JobScheduler> scheduler;
};

}  // namespace redkite::jobs
