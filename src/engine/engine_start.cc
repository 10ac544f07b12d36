// The start of the engine: stores, shards, replay, and what a crash left unfinished or damage has taken away.
#include <algorithm>
#include <set>

#include "base/planted.h"
#include "engine/catalog_witness.h"
#include "engine/engine.h"
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
// being dropped or before the log was trimmed. A partition that the catalog never had is not one of them.
Status RemoveDroppedPartitions(const meta::CollectionMeta& collection, shard::Shard* shard, bool recover) {
  if (RK_PLANTED("dropped_partition_comes_back")) return Status::Ok();
  std::set<PartitionId> dropped;
  const auto snapshot = shard->snapshot();
  for (const auto& segment : snapshot->segments) {
    const bool defined = std::any_of(collection.partitions.begin(), collection.partitions.end(),
                                     [&](const auto& p) { return p.id == segment->partition; });
    if (defined) continue;
    if (segment->partition.value() > collection.partition_id_max && !recover) {
      return Status::Corrupt(
          "collection " + collection.name + " has rows of partition " +
          std::to_string(segment->partition.value()) +
          ", which the catalog does not know: the catalog is damaged or older than the rows");
    }
    dropped.insert(segment->partition);
  }
  for (PartitionId partition : dropped) RK_RETURN_IF_ERROR(shard->DropPartition(partition));
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::Open(EngineSeams seams, EngineOptions options) {
  std::unique_ptr<Engine> engine(new Engine(seams, std::move(options)));
  RK_RETURN_IF_ERROR(engine->OpenStores());
  jobs::JobScheduler::Seams job_seams;
  job_seams.executor = seams.executor;
  job_seams.file_executor = seams.file_executor;
  job_seams.catalog = engine->catalog_.get();
  job_seams.logger = seams.logger;
  job_seams.index_rows_min = engine->options_.index_rows_min;
  job_seams.metrics = seams.metrics;
  job_seams.compaction = engine->options_.compaction;
  job_seams.flushed = [e = engine.get()] { e->TrimLog(); };
  engine->scheduler_ = std::make_unique<jobs::JobScheduler>(std::move(job_seams));
  engine->residency_ = std::make_unique<jobs::Residency>(
      jobs::Residency::Seams{seams.file_executor, engine->catalog_.get(), &engine->memory_, seams.logger},
      engine->options_.residency);
  engine->scrubber_ = std::make_unique<jobs::Scrubber>(
      jobs::Scrubber::Seams{seams.file_executor, seams.logger, seams.metrics,
                            [s = engine->scheduler_.get()](const auto& shard) { s->RequestIndexes(shard); }},
      engine->options_.scrub);
  RK_ASSIGN_OR_RETURN(const CollectionDirs::Survey survey, engine->LookForLostCollections());
  RK_RETURN_IF_ERROR(engine->OpenShards());
  RK_RETURN_IF_ERROR(engine->ReplayLog());
  // Up to here nothing was changed, if nothing had to be rescued; what is refused is refused by now.
  RK_RETURN_IF_ERROR(engine->kv_->Start());
  RK_RETURN_IF_ERROR(engine->log_->Start());
  if (!RK_PLANTED("dropped_files_stay")) engine->collection_dirs_->Clean(survey);
  proxy::Proxy::Seams proxy_seams{engine->catalog_.get(), engine->oracle_.get(), engine.get(),
                                  &engine->memory_, seams.clock};
  engine->proxy_ = std::make_unique<proxy::Proxy>(proxy_seams, engine->options_.limits);
  engine->AddMetrics();
  engine->FinishDrops();
  // What only dropped collections needed would otherwise stay, and be read at each start, until some flush.
  engine->TrimLog();
  return engine;
}

Status Engine::OpenStores() {
  RK_ASSIGN_OR_RETURN(dir_, storage::DataDir::Open(seams_.fs, options_.data_dir, seams_.random));
  collection_dirs_ = std::make_unique<CollectionDirs>(seams_.fs, dir_.get(), seams_.logger);
  RK_ASSIGN_OR_RETURN(kv_,
                      meta::LocalKv::Open(seams_.fs, dir_->meta_dir(),
                                          {options_.catalog_log_bytes, options_.recover_truncate, true}));
  if (kv_->is_new() && !options_.recover_truncate) RK_RETURN_IF_ERROR(CheckNothingIsThere());
  RK_ASSIGN_OR_RETURN(catalog_, meta::Catalog::Open(kv_.get()));
  log_witness_ = std::make_unique<CatalogWitness>(catalog_.get());
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
  log.witness = log_witness_.get();
  log.has_thread = seams_.log_executor == nullptr;
  log.executor = seams_.log_executor;
  RK_ASSIGN_OR_RETURN(log_, wal::LocalLog::Open(std::move(log)));
  seen_position_ = log_->last_position();
  return Status::Ok();
}

Result<std::shared_ptr<shard::Shard>> Engine::OpenShard(const meta::CollectionMeta& collection, bool is_new) {
  shard::ShardOptions options;
  options.collection = collection.id;
  options.shard = ShardOf(collection.id);
  options.dir = dir_->shard_dir(options.collection, options.shard);
  options.schema = std::make_shared<const CollectionSchema>(collection.schema);
  options.seal_bytes = options_.seal_bytes;
  options.seal_age_ms = options_.seal_age_ms;
  options.flush_due = [this, id = collection.id] { RequestFlush(id); };
  options.is_new = is_new;
  if (is_new) RK_RETURN_IF_ERROR(seams_.fs->CreateDirs(options.dir));
  return shard::Shard::Open(
      {seams_.fs, log_.get(), seams_.executor, oracle_.get(), seams_.logger, &seen_position_},
      std::move(options));
}

Status Engine::OpenShards() {
  for (const meta::CollectionPtr& collection : catalog_->ListCollections(DatabaseId(0))) {
    auto shard = OpenShard(*collection, false);
    Slot slot;
    slot.broken = shard.status();
    if (shard.ok()) {
      oracle_->Observe((*shard)->snapshot()->applied_ts);
      slot.broken = CheckGeneration((*shard)->options().dir, (*shard)->generation(),
                                    catalog_->generation(collection->id));
    }
    if (!slot.broken.ok()) {
      seams_.logger->Error("collection cannot be opened and is not served",
                           {{"collection", collection->name}, {"error", slot.broken.message()}});
    } else {
      slot.shard = std::move(*shard);
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

// A first start makes the catalog before anything else.
Status Engine::CheckNothingIsThere() const {
  for (const std::string& dir : {dir_->wal_dir(), dir_->collections_dir()}) {
    RK_ASSIGN_OR_RETURN(const bool exists, seams_.fs->Exists(dir));
    if (!exists) continue;
    RK_ASSIGN_OR_RETURN(const auto listing, seams_.fs->List(dir));
    if (!listing.empty())
      return Status::Corrupt("the catalog is missing: " + dir_->meta_dir() + ", but there is data in " + dir);
  }
  return Status::Ok();
}

Status Engine::Lost(const std::string& what) const {
  return Status::Corrupt(
      what + ", which the catalog does not know: " + dir_->meta_dir() +
      " is damaged or older than the data. Nothing was changed. Put the right one back, or "
      "start once with wal.recover_truncate to go on without what it does not know");
}

Result<CollectionDirs::Survey> Engine::LookForLostCollections() {
  const auto in_catalog = [this](CollectionId id) { return catalog_->GetCollection(id).ok(); };
  RK_ASSIGN_OR_RETURN(auto survey, collection_dirs_->Look(in_catalog, catalog_->collection_id_max()));
  for (const CollectionId id : survey.lost) {
    if (!options_.recover_truncate) return Lost("a collection has files in " + dir_->collection_dir(id));
    RK_RETURN_IF_ERROR(collection_dirs_->SetAside(id));
    RK_RETURN_IF_ERROR(catalog_->SkipIds(id.value()));
  }
  return survey;
}

Status Engine::ReplayLog() {
  MutexLock lock(shards_mutex_);
  return log_->Read(log_->first_position(), [this](const wal::LogRecord& record) REQUIRES(shards_mutex_) {
    if (record.shard.value() > catalog_->collection_id_max()) {
      if (!options_.recover_truncate) {
        return Lost("the log has rows of collection " + std::to_string(record.shard.value()));
      }
      RK_RETURN_IF_ERROR(catalog_->SkipIds(record.shard.value()));
    }
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

void Engine::FinishDrops() {
  for (const meta::CollectionPtr& collection : catalog_->ListCollections(DatabaseId(0))) {
    auto shard = FindLocal(collection->id);
    if (!shard.ok()) continue;
    Status removed = RemoveDroppedPartitions(*collection, shard->get(), options_.recover_truncate);
    if (!removed.ok()) {
      seams_.logger->Error("collection has rows that it should not have and is not served",
                           {{"collection", collection->name}, {"error", removed.message()}});
      MutexLock lock(shards_mutex_);
      shards_[collection->id] = {nullptr, std::move(removed)};
      continue;
    }
    if (Status s = (*shard)->RemoveGarbage(); !s.ok()) {
      seams_.logger->Warn("files that nothing names stay until the next start",
                          {{"collection", collection->name}, {"error", s.message()}});
    }
    // One that stays is used by no search.
    if (Status s = RemoveDroppedIndexes(*collection, shard->get()); !s.ok()) {
      seams_.logger->Warn("files of a dropped index stay until the next start",
                          {{"collection", collection->name}, {"error", s.message()}});
    }
    scheduler_->compactions().Request(*shard);
    scheduler_->RequestIndexes(*shard);
  }
}

}  // namespace redkite::engine
