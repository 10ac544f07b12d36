// Engine: one database in one process. Owns and wires the rooms below it; the only place where they are put
// together.
//
// Open: data directory → catalog → log → one shard per collection (manifest, mapped segments) → replay of the
// log's tail → background jobs. A collection whose files are damaged does not keep the others from being
// served: its requests answer what is wrong, and the log is kept for it. Thread safety: Open and Close from
// one thread; everything else from any. Seams outlive the engine.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/executor.h"
#include "base/log.h"
#include "base/memory_ledger.h"
#include "base/metrics.h"
#include "base/random.h"
#include "engine/collection_dirs.h"
#include "jobs/job_scheduler.h"
#include "jobs/residency.h"
#include "jobs/scrubber.h"
#include "meta/local_kv.h"
#include "proxy/proxy.h"
#include "shard/shard.h"
#include "storage/data_dir.h"
#include "types/limits.h"
#include "wal/local_log.h"
#include "wal/log_witness.h"

namespace redkite::engine {

struct EngineSeams {
  io::FileSystem* fs = nullptr;
  const Clock* clock = nullptr;
  Random* random = nullptr;  // used in Open only
  Logger* logger = nullptr;
  MetricsRegistry* metrics = nullptr;
  Executor* executor = nullptr;       // requests and index builds
  Executor* file_executor = nullptr;  // flushes; may block
  Executor* log_executor = nullptr;   // commits of the log; nullptr: it has a thread of its own
};

struct EngineOptions {
  std::string data_dir = "./redkite_data";
  size_t seal_bytes = size_t{256} << 20;
  int64_t seal_age_ms = 600'000;                     // of the oldest growing row, checked at writes
  int64_t seal_idle_ms = 60'000;                     // since the last write, checked by Maintain
  shard::ShardOptions::ScanDue scan;                 // seals what searches scan often
  uint64_t log_pin_bytes_max = uint64_t{256} << 20;  // a shard that needs more of the log is flushed
  int64_t memory_limit_bytes = int64_t{8} << 30;
  int json_paths_percent = 5;                         // of it, for values that filters found at JSON paths
  std::string time_zone_dir = "/usr/share/zoneinfo";  // the zone database of the machine
  bool recover_truncate = false;  // see wal::LocalLogOptions, meta::LocalKvOptions; also for lost collections
  jobs::CompactionOptions compaction;
  jobs::ScrubOptions scrub;
  jobs::ResidencyOptions residency;
  Limits limits;
  // Sizes that a simulation makes small.
  uint64_t log_file_bytes = uint64_t{64} << 20;
  uint64_t log_group_bytes_max = uint64_t{8} << 20;
  uint64_t catalog_log_bytes = meta::kLogBytesBeforeSnapshot;
  size_t index_rows_min = jobs::kMinIndexedRows;
};

class Engine final : private proxy::Backend {
 public:
  static Result<std::unique_ptr<Engine>> Open(EngineSeams seams, EngineOptions options);
  /// Lets running background jobs end and starts no more.
  void BeginStopJobs();
  /// The same, and waits for them. The executors may go after it, and must have gone before Close.
  void StopJobs();
  /// Ends the log, after StopJobs. What was acknowledged is durable; nothing else has to be written.
  void Close();
  ~Engine() override {
    StopJobs();
    Close();
  }

  /// What becomes due by time alone: flushes of collections that nobody writes to any more, and compactions
  /// that free expired rows, the scrubber's work, moves between maps and memory. To be called every few
  /// seconds; starts jobs and does not wait.
  void Maintain() EXCLUDES(shards_mutex_);
  proxy::Proxy& proxy() { return *proxy_; }
  /// Where the catalog is kept, for what else is: keys of other prefixes.
  meta::Kv* metadata() { return kv_.get(); }
  MemoryLedger& memory() { return memory_; }
  /// Ok, or why writes are refused (the log could not be written).
  Status health() const { return log_->health(); }

 private:
  explicit Engine(EngineSeams seams, EngineOptions options);
  Status OpenStores();
  Status OpenShards() EXCLUDES(shards_mutex_);
  Result<CollectionDirs::Survey> LookForLostCollections();
  Status SkipToCheckpoints() EXCLUDES(shards_mutex_);
  void FinishDrops() EXCLUDES(shards_mutex_);
  Status RemoveDroppedPartitions(const meta::CollectionMeta& collection, shard::Shard* shard);
  Status KeepLostPartition(const meta::CollectionMeta& collection, PartitionId partition, size_t row_count);
  Status CheckNothingIsThere() const;
  Status Lost(const std::string& what) const;
  Status ReplayLog(int64_t known_id_max) EXCLUDES(shards_mutex_);
  Status ReplayRecord(const wal::LogRecord& record) REQUIRES(shards_mutex_);
  /// Of a collection that the catalog does not know.
  struct LostRecords {
    uint64_t count = 0;
    wal::LogPosition first = 0, last = 0;
  };
  Status KeepLostRecords(const std::map<int64_t, LostRecords>& lost);
  Result<std::shared_ptr<shard::Shard>> OpenShard(const meta::CollectionMeta& collection, bool is_new);
  Result<std::shared_ptr<shard::Shard>> FindLocal(CollectionId collection) const EXCLUDES(shards_mutex_);
  void RequestFlush(CollectionId collection) EXCLUDES(shards_mutex_);
  void TrimLog() EXCLUDES(shards_mutex_);
  std::vector<std::shared_ptr<shard::Shard>> OpenedShards() const EXCLUDES(shards_mutex_);
  bool MayFreeRows(const shard::Shard& shard) const;
  /// The shards that hold half of what is in no file; none while that would be too little to be worth files.
  std::vector<std::shared_ptr<shard::Shard>> ShardsThatMakeRoom(bool failing_too) const
      EXCLUDES(shards_mutex_);
  Status NoteGenerations(const std::vector<std::shared_ptr<shard::Shard>>& shards);
  void AddMetrics();

  Status CreateShard(const meta::CollectionPtr& collection, const std::function<Status()>& commit) override
      EXCLUDES(shards_mutex_);
  void DropShard(CollectionId collection) override EXCLUDES(shards_mutex_);
  Result<std::shared_ptr<shard::ShardClient>> FindShard(CollectionId collection) override;
  void MakeRoom() override EXCLUDES(shards_mutex_);
  Result<std::vector<SegmentId>> StartFlush(CollectionId collection) override;
  bool IsFlushed(CollectionId collection, const std::vector<SegmentId>& segments) override;
  bool IsFlushedUpTo(CollectionId collection, Timestamp ts) override;
  void DropPartition(CollectionId collection, PartitionId partition) override;
  void IndexesChanged(CollectionId collection) override;
  Status RemoveIndex(CollectionId collection, IndexId index) override;
  proxy::IndexBuildState IndexState(CollectionId collection, const meta::IndexMeta& index) override;
  Result<CompactionStart> StartCompaction(CollectionId collection, const CompactionRequest& request) override;
  std::vector<CompactionPlan> CompactionPlans(int64_t id, CollectionId collection) override;

  const EngineSeams seams_;
  const EngineOptions options_;
  MemoryLedger memory_;
  const std::shared_ptr<segment::JsonPathCache> json_paths_;
  const TimeZones time_zones_;
  // Of MakeRoom: whether its flushes are under way; when it may look again after it found nothing; whether it
  // may try shards whose last flush failed, once for each Maintain.
  std::atomic<bool> making_room_{false};
  std::atomic<int64_t> next_room_look_ms_{0};
  std::atomic<bool> may_retry_flushes_{false};
  std::unique_ptr<storage::DataDir> dir_;
  std::unique_ptr<CollectionDirs> collection_dirs_;
  std::unique_ptr<meta::LocalKv> kv_;
  std::unique_ptr<meta::Catalog> catalog_;
  std::unique_ptr<wal::LogWitness> log_witness_;
  std::unique_ptr<TimestampOracle> oracle_;
  std::unique_ptr<wal::LocalLog> log_;
  std::unique_ptr<jobs::JobScheduler> scheduler_;
  std::unique_ptr<jobs::Scrubber> scrubber_;
  std::unique_ptr<jobs::Residency> residency_;
  std::unique_ptr<proxy::Proxy> proxy_;
  std::atomic<wal::LogPosition> seen_position_{0};
  bool closed_ = false;

  struct Slot {
    std::shared_ptr<shard::Shard> shard;
    Status broken;  // why there is no shard
  };
  mutable Mutex shards_mutex_;
  std::map<CollectionId, Slot> shards_ GUARDED_BY(shards_mutex_);
};

}  // namespace redkite::engine
