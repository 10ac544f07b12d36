#include "engine/engine.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/planted.h"
#include "io/file_paths.h"
#include "wal/local_log.h"

namespace redkite::engine {
namespace {

// One node keeps all rows of a collection in one shard, whatever shards_num says.
ShardId ShardOf(CollectionId collection) { return ShardId(collection.value()); }

// An index that left the catalog, but not yet its segments, when the process ended.
Status RemoveDroppedIndexes(const meta::CollectionMeta& collection, shard::Shard* shard) {
  std::set<IndexId> dropped;
  const auto snapshot = shard->snapshot();
  for (const auto& segment : snapshot->segments) {
    for (const segment::FieldIndex& index : segment->indexes) {
      const bool defined = std::any_of(collection.indexes.begin(), collection.indexes.end(),
                                       [&](const meta::IndexMeta& i) { return i.id == index.id; });
      if (!defined) dropped.insert(index.id);
    }
  }
  for (IndexId index : dropped) RK_RETURN_IF_ERROR(shard->RemoveIndex(index));
  return Status::Ok();
}

// A partition whose rows outlived it: in files, or in the log's tail, when the process ended while it was
// being dropped or before the log was trimmed.
Status RemoveDroppedPartitions(const meta::CollectionMeta& collection, shard::Shard* shard) {
  std::set<PartitionId> dropped;
  const auto snapshot = shard->snapshot();
  for (const auto& segment : snapshot->segments) {
    const bool defined = std::any_of(collection.partitions.begin(), collection.partitions.end(),
                                     [&](const auto& p) { return p.id == segment->partition; });
    if (!defined) dropped.insert(segment->partition);
  }
  for (PartitionId partition : dropped) RK_RETURN_IF_ERROR(shard->DropPartition(partition));
  return Status::Ok();
}

}  // namespace

Engine::Engine(EngineSeams seams, EngineOptions options)
    : seams_(seams), options_(std::move(options)), memory_(options_.memory_limit_bytes) {}

Result<std::unique_ptr<Engine>> Engine::Open(EngineSeams seams, EngineOptions options) {
  std::unique_ptr<Engine> engine(new Engine(seams, std::move(options)));
  RK_RETURN_IF_ERROR(engine->OpenStores());
  jobs::JobScheduler::Seams job_seams;
  job_seams.executor = seams.executor;
  job_seams.file_executor = seams.file_executor;
  job_seams.catalog = engine->catalog_.get();
  job_seams.logger = seams.logger;
  job_seams.index_rows_min = engine->options_.index_rows_min;
  job_seams.flushed = [e = engine.get()] { e->TrimLog(); };
  engine->scheduler_ = std::make_unique<jobs::JobScheduler>(std::move(job_seams));
  RK_RETURN_IF_ERROR(engine->OpenShards());
  RK_RETURN_IF_ERROR(engine->ReplayLog());
  RK_RETURN_IF_ERROR(engine->log_->Start());
  RK_RETURN_IF_ERROR(engine->RemoveDroppedCollections());
  proxy::Proxy::Seams proxy_seams{engine->catalog_.get(), engine->oracle_.get(), engine.get(),
                                  &engine->memory_, seams.clock};
  engine->proxy_ = std::make_unique<proxy::Proxy>(proxy_seams, engine->options_.limits);
  engine->AddMetrics();
  for (const meta::CollectionPtr& collection : engine->catalog_->ListCollections(DatabaseId(0))) {
    auto shard = engine->FindLocal(collection->id);
    if (!shard.ok()) continue;
    RK_RETURN_IF_ERROR(RemoveDroppedPartitions(*collection, shard->get()));
    RK_RETURN_IF_ERROR(RemoveDroppedIndexes(*collection, shard->get()));
    engine->scheduler_->RequestIndexes(*shard);
  }
  // What only dropped collections needed would otherwise stay, and be read at each start, until some flush.
  engine->TrimLog();
  return engine;
}

void Engine::BeginStopJobs() {
  if (scheduler_) scheduler_->BeginStop();
}

void Engine::StopJobs() {
  if (scheduler_) scheduler_->Stop();
}

void Engine::Close() {
  if (closed_) return;
  closed_ = true;
  {
    MutexLock lock(shards_mutex_);
    for (auto& [id, slot] : shards_) {
      if (slot.shard) slot.shard->Close();
    }
  }
  log_.reset();
}

Status Engine::OpenStores() {
  RK_ASSIGN_OR_RETURN(dir_, storage::DataDir::Open(seams_.fs, options_.data_dir, seams_.random));
  RK_ASSIGN_OR_RETURN(kv_, meta::LocalKv::Open(seams_.fs, dir_->meta_dir(), options_.catalog_log_bytes));
  RK_ASSIGN_OR_RETURN(catalog_, meta::Catalog::Open(kv_.get()));
  oracle_ = std::make_unique<TimestampOracle>(
      seams_.clock, catalog_->timestamp_mark(),
      [this](Timestamp mark) { return catalog_->PersistTimestampMark(mark); });
  wal::LocalLogOptions log;
  log.fs = seams_.fs;
  log.dir = dir_->wal_dir();
  log.clock = seams_.clock;
  log.random = seams_.random;
  log.logger = seams_.logger;
  log.metrics = seams_.metrics;
  log.file_bytes = options_.log_file_bytes;
  log.group_bytes_max = options_.log_group_bytes_max;
  log.recover_truncate = options_.recover_truncate;
  log.has_thread = seams_.log_executor == nullptr;
  log.executor = seams_.log_executor;
  RK_ASSIGN_OR_RETURN(log_, wal::LocalLog::Open(std::move(log)));
  seen_position_ = log_->last_position();
  return Status::Ok();
}

Result<std::shared_ptr<shard::Shard>> Engine::OpenShard(const meta::CollectionMeta& collection) {
  shard::ShardOptions options;
  options.collection = collection.id;
  options.shard = ShardOf(collection.id);
  options.dir = dir_->shard_dir(options.collection, options.shard);
  options.schema = std::make_shared<const CollectionSchema>(collection.schema);
  options.seal_bytes = options_.seal_bytes;
  options.seal_age_ms = options_.seal_age_ms;
  options.flush_due = [this, id = collection.id] { RequestFlush(id); };
  RK_RETURN_IF_ERROR(seams_.fs->CreateDirs(options.dir));
  return shard::Shard::Open(
      {seams_.fs, log_.get(), seams_.executor, oracle_.get(), seams_.logger, &seen_position_},
      std::move(options));
}

Status Engine::OpenShards() {
  for (const meta::CollectionPtr& collection : catalog_->ListCollections(DatabaseId(0))) {
    auto shard = OpenShard(*collection);
    Slot slot;
    if (!shard.ok()) {
      seams_.logger->Error("collection cannot be opened and is not served",
                           {{"collection", collection->name}, {"error", shard.status().message()}});
      slot.broken = shard.status();
    } else {
      slot.shard = std::move(*shard);
      oracle_->Observe(slot.shard->snapshot()->applied_ts);
      if (slot.shard->replay_from() > log_->last_position() + 1) {
        return Status::Corrupt("the log ends at position " + std::to_string(log_->last_position()) +
                               ", but collection " + collection->name + " was flushed up to " +
                               std::to_string(slot.shard->replay_from() - 1) + ": " + dir_->wal_dir());
      }
    }
    MutexLock lock(shards_mutex_);
    shards_[collection->id] = std::move(slot);
  }
  return Status::Ok();
}

Status Engine::RemoveDroppedCollections() {
  if (RK_PLANTED("dropped_files_stay")) return Status::Ok();
  RK_ASSIGN_OR_RETURN(const bool exists, seams_.fs->Exists(dir_->collections_dir()));
  if (!exists) return Status::Ok();
  RK_ASSIGN_OR_RETURN(auto listing, seams_.fs->List(dir_->collections_dir()));
  for (const io::FileInfo& info : listing) {
    int64_t id = 0;
    const auto [end, error] = std::from_chars(info.name.data(), info.name.data() + info.name.size(), id);
    const bool is_ours = info.is_dir && error == std::errc() && end == info.name.data() + info.name.size();
    if (!is_ours || catalog_->GetCollection(CollectionId(id)).ok()) continue;
    RK_RETURN_IF_ERROR(seams_.fs->RemoveTree(io::JoinPath(dir_->collections_dir(), info.name)));
  }
  return Status::Ok();
}

Status Engine::ReplayLog() {
  MutexLock lock(shards_mutex_);
  return log_->Read(log_->first_position(), [this](const wal::LogRecord& record) REQUIRES(shards_mutex_) {
    auto it = shards_.find(CollectionId(record.shard.value()));
    if (it == shards_.end() || !it->second.shard) return Status::Ok();  // dropped since, or broken
    Status applied = it->second.shard->Replay(record);
    if (!applied.ok()) {
      seams_.logger->Error("log record cannot be applied; its collection is not served",
                           {{"position", record.position}, {"error", applied.message()}});
      it->second.broken = applied;
      it->second.shard = nullptr;
    }
    return Status::Ok();
  });
}

Result<std::shared_ptr<shard::Shard>> Engine::FindLocal(CollectionId collection) const {
  MutexLock lock(shards_mutex_);
  auto it = shards_.find(collection);
  if (it == shards_.end()) {
    return Status(Code::kCollectionNotFound,
                  "collection not found[collection=" + std::to_string(collection.value()) + "]");
  }
  if (!it->second.shard) return it->second.broken;
  return it->second.shard;
}

void Engine::RequestFlush(CollectionId collection) {
  if (auto shard = FindLocal(collection); shard.ok()) scheduler_->RequestFlush(*shard);
}

void Engine::TrimLog() {
  // Read before the shards are asked: whatever becomes durable after this is above it and stays.
  wal::LogPosition keep_from = seen_position_.load(std::memory_order_acquire) + 1;
  std::vector<std::shared_ptr<shard::Shard>> shards;
  {
    MutexLock lock(shards_mutex_);
    for (const auto& [id, slot] : shards_) {
      if (!slot.shard) return;  // a broken collection may need any of it
      shards.push_back(slot.shard);
    }
  }
  for (const auto& shard : shards) {
    const wal::LogPosition pinned = shard->PinnedPosition();
    if (pinned != 0) keep_from = std::min(keep_from, RK_PLANTED("log_trimmed_too_far") ? pinned + 1 : pinned);
  }
  if (Status s = log_->Trim(keep_from); !s.ok()) {
    seams_.logger->Warn("log cannot be trimmed", {{"error", s.message()}});
  }
  for (const auto& shard : shards) {
    const wal::LogPosition pinned = shard->PinnedPosition();
    if (pinned != 0 && log_->BytesSince(pinned) > options_.log_pin_bytes_max) scheduler_->RequestFlush(shard);
  }
}

void Engine::AddMetrics() {
  MetricsRegistry* m = seams_.metrics;
  m->AddGauge("redkite_memory_accounted_bytes", "Bytes reserved for rows that are not in files yet.",
              [this] { return memory_.used_bytes(); });
  m->AddGauge("redkite_collections", "Collections.",
              [this] { return static_cast<int64_t>(catalog_->ListCollections(DatabaseId(0)).size()); });
  m->AddGauge("redkite_log_position", "Position of the newest durable log record.",
              [this] { return log_ ? static_cast<int64_t>(log_->last_position()) : 0; });
}

Status Engine::CreateShard(const meta::CollectionPtr& collection) {
  auto shard = OpenShard(*collection);
  if (!shard.ok()) {
    // Nobody will ask for it: what is there of its files goes now, or at the next start.
    (void)seams_.fs->RemoveTree(dir_->collection_dir(collection->id));
    return shard.status();
  }
  MutexLock lock(shards_mutex_);
  shards_[collection->id] = {std::move(*shard), Status::Ok()};
  return Status::Ok();
}

void Engine::DropShard(CollectionId collection) {
  std::shared_ptr<shard::Shard> shard;
  {
    MutexLock lock(shards_mutex_);
    auto it = shards_.find(collection);
    if (it == shards_.end()) return;
    shard = std::move(it->second.shard);
    shards_.erase(it);
  }
  const std::string dir = dir_->collection_dir(collection);
  const auto remove = [this, dir] {
    // Readers of old snapshots keep their maps; what cannot be removed now goes at the next start.
    if (Status s = seams_.fs->RemoveTree(dir); !s.ok()) {
      seams_.logger->Warn("files of a dropped collection stay until the next start",
                          {{"dir", dir}, {"error", s.message()}});
    }
    TrimLog();
  };
  if (!shard) {
    remove();
    return;
  }
  shard->Close();
  scheduler_->CancelIndexes(shard->options().shard, IndexId(0));
  // After a flush that may be under way, so that it does not write into a directory which is going.
  scheduler_->RunAfterFlush(shard, remove);
}

Result<std::shared_ptr<shard::ShardClient>> Engine::FindShard(CollectionId collection) {
  RK_ASSIGN_OR_RETURN(auto shard, FindLocal(collection));
  return std::shared_ptr<shard::ShardClient>(std::move(shard));
}

Result<std::vector<SegmentId>> Engine::StartFlush(CollectionId collection) {
  RK_ASSIGN_OR_RETURN(auto shard, FindLocal(collection));
  auto segments = shard->UnflushedSegments();
  scheduler_->RequestFlush(shard);
  return segments;
}

bool Engine::IsFlushed(CollectionId collection, const std::vector<SegmentId>& segments) {
  auto shard = FindLocal(collection);
  if (!shard.ok()) return true;
  const auto unflushed = (*shard)->UnflushedSegments();
  return std::none_of(segments.begin(), segments.end(), [&](SegmentId s) {
    return std::find(unflushed.begin(), unflushed.end(), s) != unflushed.end();
  });
}

bool Engine::IsFlushedUpTo(CollectionId collection, Timestamp ts) {
  auto shard = FindLocal(collection);
  return !shard.ok() || !(*shard)->HasUnflushedRows(ts);
}

void Engine::DropPartition(CollectionId collection, PartitionId partition) {
  auto shard = FindLocal(collection);
  if (!shard.ok()) return;
  if (Status s = (*shard)->DropPartition(partition); !s.ok()) {
    seams_.logger->Warn("files of a dropped partition stay until the next start",
                        {{"collection", collection}, {"partition", partition}, {"error", s.message()}});
  }
}

void Engine::IndexesChanged(CollectionId collection) {
  if (auto shard = FindLocal(collection); shard.ok()) scheduler_->RequestIndexes(*shard);
}

Status Engine::RemoveIndex(CollectionId collection, IndexId index) {
  RK_ASSIGN_OR_RETURN(auto shard, FindLocal(collection));
  scheduler_->CancelIndexes(shard->options().shard, index);
  return shard->RemoveIndex(index);
}

proxy::IndexBuildState Engine::IndexState(CollectionId collection, const meta::IndexMeta& index) {
  auto shard = FindLocal(collection);
  auto meta = catalog_->GetCollection(collection);
  if (!shard.ok() || !meta.ok()) return {};
  const FieldSchema* field = (*meta)->schema.Find(index.field);
  if (field == nullptr) return {};
  const jobs::IndexProgress progress = scheduler_->Progress(**shard, index, *field);
  return {progress.total_rows, progress.indexed_rows, progress.building, progress.failure};
}

}  // namespace redkite::engine
