#include "engine/engine.h"

#include <algorithm>

#include "base/planted.h"
#include "types/collection_properties.h"

namespace redkite::engine {
namespace {

constexpr int64_t kRoomSteps = 64;
constexpr int64_t kRoomPauseMs = 100;

// Whether a commit that failed so may have reached the disk all the same.
bool IsOutcomeUnknown(const Status& failed) {
  return failed.code() == Code::kIoFailed || failed.code() == Code::kDiskLimitExceeded;
}

}  // namespace

Engine::Engine(EngineSeams seams, EngineOptions options)
    : seams_(seams),
      options_(std::move(options)),
      memory_(options_.memory_limit_bytes),
      json_paths_(std::make_shared<segment::JsonPathCache>(
          options_.memory_limit_bytes / 100 * options_.json_paths_percent, &memory_)),
      time_zones_([fs = seams.fs, dir = options_.time_zone_dir](const std::string& name) {
        constexpr uint64_t kZoneBytesMax = 1 << 20;
        return fs->ReadAll(dir + "/" + name, kZoneBytesMax);
      }) {
  memory_.SetSpare(json_paths_.get());
}

void Engine::BeginStopJobs() {
  if (scrubber_) scrubber_->BeginStop();
  if (residency_) residency_->BeginStop();
  if (scheduler_) scheduler_->BeginStop();
}

void Engine::StopJobs() {
  if (scrubber_) scrubber_->Stop();
  if (residency_) residency_->Stop();
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
  if (!oracle_) return;
  // Otherwise timestamps are ahead of the clock for some seconds after the next start; see TimestampOracle.
  const Status lowered =
      oracle_->Close([this](Timestamp mark) { return catalog_->LowerTimestampMark(mark); });
  if (!lowered.ok()) seams_.logger->Info("the timestamp mark stays ahead", {{"error", lowered.message()}});
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
  Status s = NoteGenerations(shards);
  if (s.ok()) s = log_->Trim(keep_from);
  if (!s.ok()) {
    seams_.logger->Warn("log cannot be trimmed", {{"error", s.message()}});
  }
  for (const auto& shard : shards) {
    const wal::LogPosition pinned = shard->PinnedPosition();
    if (pinned == 0 || log_->BytesSince(pinned) <= options_.log_pin_bytes_max) continue;
    if (shard->CheckWritable().ok()) scheduler_->RequestFlush(shard);
  }
}

// What the log is trimmed for must be told from an older copy of itself, which would need what is gone.
Status Engine::NoteGenerations(const std::vector<std::shared_ptr<shard::Shard>>& shards) {
  std::vector<std::pair<CollectionId, uint64_t>> changed;
  for (const auto& shard : shards) {
    const CollectionId id = shard->options().collection;
    const uint64_t generation = shard->generation();
    if (catalog_->generation(id) < generation) changed.emplace_back(id, generation);
  }
  return catalog_->NoteGenerations(changed);
}

std::vector<std::shared_ptr<shard::Shard>> Engine::OpenedShards() const {
  std::vector<std::shared_ptr<shard::Shard>> shards;
  MutexLock lock(shards_mutex_);
  for (const auto& [id, slot] : shards_) {
    if (slot.shard) shards.push_back(slot.shard);
  }
  return shards;
}

bool Engine::MayFreeRows(const shard::Shard& shard) const {
  const auto snapshot = shard.snapshot();
  if (snapshot->segments.empty()) return false;
  const bool deletes = std::any_of(snapshot->segments.begin(), snapshot->segments.end(),
                                   [](const auto& s) { return !s->growing && !s->deletes->empty(); });
  if (deletes) return true;
  const auto collection = catalog_->GetCollection(shard.options().collection);
  return collection.ok() && ExpiredBefore((*collection)->properties, kMaxTimestamp) != 0;
}

void Engine::Maintain() {
  const int64_t idle_since_ms = seams_.clock->WallMs() - options_.seal_idle_ms;
  const auto shards = OpenedShards();
  residency_->Maintain(shards);
  scrubber_->Maintain(seams_.clock->MonotonicNs() / 1'000'000, shards);
  scheduler_->RetryRefused(seams_.clock->MonotonicNs() / 1'000'000);
  may_retry_flushes_ = true;
  for (const auto& shard : shards) {
    if (shard->IsIdle(idle_since_ms)) {
      scheduler_->RequestFlush(shard);  // which looks for compactions too
    } else if (MayFreeRows(*shard)) {
      scheduler_->compactions().Request(shard);
    }
  }
}

void Engine::AddMetrics() {
  MetricsRegistry* m = seams_.metrics;
  m->AddGauge(
      "redkite_memory_accounted_bytes",
      "Bytes reserved for rows that are not in files yet, and those of redkite_memory_resident_bytes.",
      [this] { return memory_.used_bytes(); });
  m->AddGauge("redkite_memory_resident_bytes",
              "Of them, those of resident vectors and indexes, of bytes that scans use before there is an "
              "index, and of values at JSON paths that filters keep.",
              [this] {
                int64_t bytes = json_paths_->spare_bytes();
                for (const auto& shard : OpenedShards()) {
                  const auto snapshot = shard->snapshot();
                  for (const auto& segment : snapshot->segments) {
                    bytes += segment->resident_column_bytes;
                    for (const segment::FieldIndex& index : segment->indexes) bytes += index.resident_bytes;
                    for (const segment::QuantizedField& q : segment->quantized) bytes += q.memory->bytes();
                  }
                }
                return bytes;
              });
  m->AddGauge("redkite_memory_json_path_bytes",
              "Of those, the values at JSON paths, which are given back before anybody is refused.",
              [this] { return json_paths_->spare_bytes(); });
  m->AddGauge("redkite_collections", "Collections.",
              [this] { return static_cast<int64_t>(catalog_->ListCollections(DatabaseId(0)).size()); });
  m->AddGauge("redkite_log_position", "Position of the newest durable log record.",
              [this] { return log_ ? static_cast<int64_t>(log_->last_position()) : 0; });
}

Status Engine::CreateShard(const meta::CollectionPtr& collection, const std::function<Status()>& commit) {
  RK_RETURN_IF_ERROR(collection_dirs_->BeginCreate(collection->id));
  auto shard = OpenShard(*collection, true);
  if (!shard.ok()) {
    // Nobody will ask for it: what is there of its files goes now, or at the next start.
    (void)collection_dirs_->Remove(collection->id);
    return shard.status();
  }
  {
    MutexLock lock(shards_mutex_);
    shards_[collection->id] = {*shard, Status::Ok()};
  }
  Status committed = commit();
  if (committed.ok()) {
    collection_dirs_->EndCreate(collection->id);
  } else if (IsOutcomeUnknown(committed)) {
    // The next start knows whether the catalog has it: until then its files stay, and nobody finds it.
    MutexLock lock(shards_mutex_);
    shards_.erase(collection->id);
  } else {
    DropShard(collection->id);
  }
  return committed;
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
  const auto remove = [this, collection] {
    // Readers of old snapshots keep their maps; what cannot be removed now goes at the next start.
    collection_dirs_->Clean({.leftovers = {collection}, .finished = {}, .lost = {}, .renamed = {}});
    TrimLog();
  };
  if (!shard) {
    remove();
    return;
  }
  shard->Close();
  scheduler_->CancelShard(shard->options().shard);
  // After a flush or compaction that may be under way, so that it does not write into a directory which is
  // going.
  scheduler_->RunLast(shard, remove);
}

Result<std::shared_ptr<shard::ShardClient>> Engine::FindShard(CollectionId collection) {
  RK_ASSIGN_OR_RETURN(auto shard, FindLocal(collection));
  return std::shared_ptr<shard::ShardClient>(std::move(shard));
}

std::vector<std::shared_ptr<shard::Shard>> Engine::ShardsThatMakeRoom(bool failing_too) const {
  std::vector<std::pair<int64_t, std::shared_ptr<shard::Shard>>> found;
  int64_t all_bytes = 0;
  for (auto& shard : OpenedShards()) {
    const int64_t bytes = shard->UnflushedBytes();
    if (bytes == 0 || !shard->CheckWritable().ok() || (shard->IsFlushFailing() && !failing_too)) continue;
    all_bytes += bytes;
    found.emplace_back(bytes, std::move(shard));
  }
  if (all_bytes < memory_.limit_bytes() / kRoomSteps) return {};
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::shared_ptr<shard::Shard>> picked;
  int64_t picked_bytes = 0;
  for (auto& [bytes, shard] : found) {
    if (2 * picked_bytes >= all_bytes) break;
    picked_bytes += bytes;
    picked.push_back(std::move(shard));
  }
  return picked;
}

void Engine::MakeRoom() {
  const int64_t now_ms = seams_.clock->MonotonicNs() / 1'000'000;
  if (now_ms < next_room_look_ms_.load(std::memory_order_relaxed)) return;
  if (making_room_.exchange(true)) return;
  auto shards = ShardsThatMakeRoom(may_retry_flushes_.exchange(false));
  if (shards.empty()) {
    // With many collections a look at all of them is no small thing.
    next_room_look_ms_.store(now_ms + kRoomPauseMs, std::memory_order_relaxed);
    making_room_ = false;
    return;
  }
  auto left = std::make_shared<std::atomic<size_t>>(shards.size());
  for (auto& shard : shards) {
    scheduler_->RequestFlush(shard, [this, left](const Status&) {
      if (left->fetch_sub(1) == 1) making_room_ = false;
    });
  }
}

Result<std::vector<SegmentId>> Engine::StartFlush(CollectionId collection) {
  RK_ASSIGN_OR_RETURN(auto shard, FindLocal(collection));
  RK_RETURN_IF_ERROR(shard->CheckWritable());
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
  scheduler_->CancelPartition((*shard)->options().shard, partition);
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

Result<CompactionStart> Engine::StartCompaction(CollectionId collection, const CompactionRequest& request) {
  RK_ASSIGN_OR_RETURN(auto shard, FindLocal(collection));
  jobs::CompactionScope scope;
  scope.target_bytes = static_cast<uint64_t>(request.target_mib) << 20;
  scope.partition = request.partition;
  scope.segments = request.segments;
  return scheduler_->compactions().RequestFull(shard, scope);
}

std::vector<CompactionPlan> Engine::CompactionPlans(int64_t id, CollectionId collection) {
  return scheduler_->compactions().Plans(id, collection);
}

}  // namespace redkite::engine
