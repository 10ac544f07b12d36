// The start of the engine: stores, shards, replay, and what a crash left unfinished or damage has taken away.
#include <algorithm>
#include <map>
#include <set>

#include "base/planted.h"
#include "engine/catalog_witness.h"
#include "engine/engine.h"

namespace redkite::engine {
namespace {

// One node keeps all rows of a collection in one shard, whatever shards_num says.
ShardId ShardOf(CollectionId collection) { return ShardId(collection.value()); }

// An index that left the catalog, but not yet its segments, when the process ended.
Status RemoveDroppedIndexes(const meta::CollectionMeta& collection, shard::Shard* shard) {
  std::set<IndexId> dropped;
  const auto manifest = shard->manifest();
  for (const storage::SegmentMeta& segment : manifest->segments) {
    for (const storage::IndexRef& ref : segment.indexes) {
      const bool defined = std::any_of(collection.indexes.begin(), collection.indexes.end(),
                                       [&](const meta::IndexMeta& i) { return i.id == ref.index; });
      if (!defined) dropped.insert(ref.index);
    }
  }
  for (IndexId index : dropped) RK_RETURN_IF_ERROR(shard->RemoveIndex(index));
  return Status::Ok();
}

// More than any log can have had: what a manifest says beyond it is damage.
constexpr wal::LogPosition kPositionMax = uint64_t{1} << 62;

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
  job_seams.memory = &engine->memory_;
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
  const int64_t known_id_max = engine->catalog_->collection_id_max();  // a rescue skips ids of what it finds
  RK_ASSIGN_OR_RETURN(const CollectionDirs::Survey survey, engine->LookForLostCollections());
  RK_RETURN_IF_ERROR(engine->OpenShards());
  RK_RETURN_IF_ERROR(engine->ReplayLog(known_id_max));
  // Up to here nothing was changed, if nothing had to be rescued; what is refused is refused by now.
  RK_RETURN_IF_ERROR(engine->kv_->Start());
  RK_RETURN_IF_ERROR(engine->log_->Start());
  if (!RK_PLANTED("dropped_files_stay")) engine->collection_dirs_->Clean(survey);
  proxy::Proxy::Seams proxy_seams{engine->catalog_.get(), engine->oracle_.get(), engine.get(),
                                  &engine->memory_,       seams.clock,           &engine->time_zones_};
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
  RK_ASSIGN_OR_RETURN(kv_, meta::LocalKv::Open(seams_.fs, dir_->meta_dir(),
                                               {.log_bytes_before_snapshot = options_.catalog_log_bytes,
                                                .recover_truncate = options_.recover_truncate,
                                                .starts_later = true,
                                                .logger = seams_.logger}));
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
  options.scan = options_.scan;
  options.scan_due = [this, id = collection.id] {
    const auto found = catalog_->GetCollection(id);
    if (found.ok() && jobs::HasBuiltIndex(**found)) RequestFlush(id);
  };
  options.index_lost = [this, id = collection.id] {
    if (auto shard = FindLocal(id); shard.ok()) scheduler_->RequestIndexes(*shard);
  };
  options.is_new = is_new;
  if (is_new) RK_RETURN_IF_ERROR(seams_.fs->CreateDirs(options.dir));
  return shard::Shard::Open({seams_.fs, log_.get(), seams_.executor, oracle_.get(), seams_.logger, &memory_,
                             &seen_position_, json_paths_},
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
      if (slot.broken.ok() && (*shard)->replay_from() > kPositionMax)
        slot.broken = Status::Corrupt("the MANIFEST names an impossible position of the log: " +
                                      (*shard)->options().dir);
    }
    if (!slot.broken.ok()) {
      seams_.logger->Error("collection cannot be opened and is not served",
                           {{"collection", collection->name}, {"error", slot.broken.message()}});
    } else {
      slot.shard = std::move(*shard);
      if (slot.shard->replay_from() > log_->last_position() + 1 && !options_.recover_truncate) {
        return Status::Corrupt("the log ends at position " + std::to_string(log_->last_position()) +
                               ", but collection " + collection->name + " was flushed up to " +
                               std::to_string(slot.shard->replay_from() - 1) + ": " + dir_->wal_dir());
      }
    }
    MutexLock lock(shards_mutex_);
    shards_[collection->id] = std::move(slot);
  }
  return options_.recover_truncate ? SkipToCheckpoints() : Status::Ok();
}

// The log ends before what a collection's files hold: it is older than they are, or was cut. A record at such
// a position would not be replayed, so none gets one.
Status Engine::SkipToCheckpoints() {
  wal::LogPosition next = 0;
  {
    MutexLock lock(shards_mutex_);
    for (const auto& [id, slot] : shards_) {
      if (!slot.shard || slot.shard->replay_from() <= log_->last_position() + 1) continue;
      seams_.logger->Warn(
          "rescue: the log ends before a collection's files, rows that are only in it are lost",
          {{"log_end", log_->last_position()},
           {"collection", id},
           {"files_end", slot.shard->replay_from() - 1}});
      next = std::max(next, slot.shard->replay_from());
    }
  }
  RK_RETURN_IF_ERROR(log_->SkipTo(next));
  seen_position_ = log_->last_position();
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
  for (const CollectionDirs::Renamed& renamed : survey.renamed) {
    const Status refusal = collection_dirs_->Refusal(renamed);
    if (!options_.recover_truncate)
      return Status::Corrupt(refusal.message() +
                             ". Nothing was changed. Give it its name back, or remove it");
    RK_RETURN_IF_ERROR(collection_dirs_->SetAside(renamed.id, refusal.message()));
  }
  for (const CollectionId id : survey.lost) {
    if (!options_.recover_truncate) return Lost("a collection has files in " + dir_->collection_dir(id));
    RK_RETURN_IF_ERROR(collection_dirs_->SetAside(id, "the catalog does not know it"));
    RK_RETURN_IF_ERROR(catalog_->SkipIds(id.value()));
  }
  return survey;
}

Status Engine::ReplayLog(int64_t known_id_max) {
  std::map<int64_t, LostRecords> lost;
  {
    MutexLock lock(shards_mutex_);
    RK_RETURN_IF_ERROR(
        log_->Read(log_->first_position(), [&](const wal::LogRecord& record) REQUIRES(shards_mutex_) {
          if (record.shard.value() <= known_id_max) return ReplayRecord(record);
          if (!options_.recover_truncate)
            return Lost("the log has rows of collection " + std::to_string(record.shard.value()));
          LostRecords& records = lost[record.shard.value()];
          if (records.count++ == 0) records.first = record.position;
          records.last = record.position;
          return Status::Ok();
        }));
  }
  return KeepLostRecords(lost);
}

Status Engine::ReplayRecord(const wal::LogRecord& record) {
  auto it = shards_.find(CollectionId(record.shard.value()));
  if (it == shards_.end() || !it->second.shard) return Status::Ok();  // dropped since, or broken
  Status applied = it->second.shard->Replay(record);
  if (applied.ok()) return applied;
  seams_.logger->Error("log record cannot be applied; its collection is not served",
                       {{"position", record.position}, {"error", applied.message()}});
  it->second.broken = applied;
  it->second.shard = nullptr;
  return Status::Ok();
}

// The log is trimmed some time: what only it has is copied before.
Status Engine::KeepLostRecords(const std::map<int64_t, LostRecords>& lost) {
  if (lost.empty()) return Status::Ok();
  wal::LogPosition first = UINT64_MAX, last = 0;
  for (const auto& [id, records] : lost) {
    seams_.logger->Warn("rescue: the log has records of a collection that the catalog does not know",
                        {{"collection", id},
                         {"records", records.count},
                         {"first_position", records.first},
                         {"last_position", records.last}});
    first = std::min(first, records.first);
    last = std::max(last, records.last);
  }
  RK_RETURN_IF_ERROR(log_->CopyAside(first, last));
  return catalog_->SkipIds(lost.rbegin()->first);
}

// A partition whose rows outlived it: in files, or in the log's tail, when the process ended while it was
// being dropped or before the log was trimmed. A partition that the catalog never had is not one of them.
Status Engine::RemoveDroppedPartitions(const meta::CollectionMeta& collection, shard::Shard* shard) {
  if (RK_PLANTED("dropped_partition_comes_back")) return Status::Ok();
  std::set<PartitionId> dropped;
  std::map<PartitionId, size_t> lost;  // and their rows
  const auto snapshot = shard->snapshot();
  for (const auto& segment : snapshot->segments) {
    const bool defined = std::any_of(collection.partitions.begin(), collection.partitions.end(),
                                     [&](const auto& p) { return p.id == segment->partition; });
    if (defined) continue;
    if (segment->partition.value() <= collection.partition_id_max) {
      dropped.insert(segment->partition);
    } else {
      lost[segment->partition] += segment->row_count;
    }
  }
  if (!lost.empty() && !options_.recover_truncate) {
    return Status::Corrupt(
        "collection " + collection.name + " has rows of partition " +
        std::to_string(lost.begin()->first.value()) +
        ", which the catalog does not know: the catalog is damaged or older than the rows");
  }
  for (const auto& [partition, rows] : lost)
    RK_RETURN_IF_ERROR(KeepLostPartition(collection, partition, rows));
  for (PartitionId partition : dropped) RK_RETURN_IF_ERROR(shard->DropPartition(partition));
  return Status::Ok();
}

// It is defined again, not loaded: its rows are kept, and nobody reads them unasked.
Status Engine::KeepLostPartition(const meta::CollectionMeta& collection, PartitionId partition,
                                 size_t row_count) {
  std::string name = "recovered_" + std::to_string(partition.value());
  while (collection.FindPartition(name) != nullptr) name += "_";
  RK_RETURN_IF_ERROR(catalog_->SkipIds(partition.value()));
  RK_ASSIGN_OR_RETURN(const Timestamp now, oracle_->Next());
  const auto define = [&](meta::CollectionMeta* meta) {
    meta->partitions.push_back({.id = partition, .name = name, .created = now, .loaded = false});
    return Status::Ok();
  };
  RK_RETURN_IF_ERROR(catalog_->UpdateCollection(collection.id, define).status());
  seams_.logger->Warn("rescue: rows of a partition that the catalog does not know are kept in a new one",
                      {{"collection", collection.name}, {"partition", name}, {"rows", row_count}});
  return Status::Ok();
}

void Engine::FinishDrops() {
  for (const meta::CollectionPtr& collection : catalog_->ListCollections(DatabaseId(0))) {
    auto shard = FindLocal(collection->id);
    if (!shard.ok()) continue;
    Status removed = RemoveDroppedPartitions(*collection, shard->get());
    if (!removed.ok()) {
      seams_.logger->Error("collection has rows that it should not have and is not served",
                           {{"collection", collection->name}, {"error", removed.message()}});
      MutexLock lock(shards_mutex_);
      shards_[collection->id] = {nullptr, std::move(removed)};
      continue;
    }
    if (Status s = (*shard)->RemoveTruncated(); !s.ok()) {
      seams_.logger->Warn("files of a truncated collection stay until its next flush",
                          {{"collection", collection->name}, {"error", s.message()}});
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
