#include "shard/shard.h"

#include <algorithm>
#include <utility>

#include "base/planted.h"
#include "io/file_paths.h"
#include "segment/sealed_segment.h"

namespace redkite::shard {

using segment::DeleteEntry;
using segment::GrowingSegment;
using segment::PrimaryKey;

Result<std::shared_ptr<Shard>> Shard::Open(ShardSeams seams, ShardOptions options) {
  std::shared_ptr<Shard> shard(new Shard(seams, std::move(options)));
  auto manifests = storage::ManifestStore::Open(seams.fs, shard->options_.dir);
  if (manifests.status().code() == Code::kKeyNotFound) {
    return Status::Corrupt("the collection's directory is missing: " + shard->options_.dir);
  }
  RK_ASSIGN_OR_RETURN(shard->manifests_, std::move(manifests));
  if (!shard->manifests_->current()) RK_RETURN_IF_ERROR(shard->CommitFirstManifest());
  RK_RETURN_IF_ERROR(shard->OpenSegments());
  if (shard->options_.is_new) RK_RETURN_IF_ERROR(shard->RemoveGarbage());
  return shard;
}

// From here on the directory always has a manifest, so that a lost one is told from a new collection.
Status Shard::CommitFirstManifest() {
  if (!options_.is_new) return Status::Corrupt("the MANIFEST is missing: " + options_.dir);
  RK_ASSIGN_OR_RETURN(auto listing, seams_.fs->List(options_.dir));
  for (const io::FileInfo& file : listing) {
    if (file.name.rfind("MANIFEST", 0) == 0) continue;  // a first one that was not finished
    return Status::Corrupt("the MANIFEST is missing beside segment files: " + options_.dir);
  }
  return manifests_
      ->Commit([this](storage::Manifest* manifest) {
        manifest->collection = options_.collection;
        manifest->shard = options_.shard;
        // Ids name segments to clients, who may ask about one without its collection, so they differ between
        // collections.
        manifest->next_segment_id = (options_.collection.value() << 32) + 1;
        return Status::Ok();
      })
      .status();
}

void Shard::AddDamagedLocked(DamagedSegment damaged) {
  seams_.logger->Error("a segment is damaged and set aside; its collection takes no writes",
                       {{"shard", options_.shard},
                        {"partition", damaged.partition},
                        {"segment", damaged.id},
                        {"rows", damaged.row_count},
                        {"error", damaged.error.message()}});
  damaged.error = Status(Code::kDataIntegrity,
                         "segment " + std::to_string(damaged.id.value()) + " of collection " +
                             options_.schema->name + " (" + std::to_string(damaged.row_count) +
                             " rows) is damaged and set aside: " + damaged.error.message() +
                             "; `redkite check` tells what else is. Restore the file and start again, or "
                             "drop its partition or the collection");
  damaged_.push_back(std::move(damaged));
}

void Shard::SetAside(SegmentId segment, const Status& error) {
  MutexLock lock(state_mutex_);
  const auto it =
      std::find_if(sealed_.begin(), sealed_.end(), [&](const Sealed& s) { return s.view->id == segment; });
  if (it == sealed_.end()) return;  // merged or dropped meanwhile
  const segment::SegmentSnapshot& view = *it->view;
  AddDamagedLocked({segment, view.partition, view.row_count, view.min_ts, error});
  sealed_.erase(it);
  PublishLocked();
}

void Shard::ForgetIndex(SegmentId segment, IndexId index) {
  MutexLock lock(state_mutex_);
  for (Sealed& sealed : sealed_) {
    if (sealed.view->id != segment) continue;
    auto next = std::make_shared<segment::SegmentSnapshot>(*sealed.view);
    std::erase_if(next->indexes, [&](const segment::FieldIndex& i) { return i.id == index; });
    next->EraseDeferredIndexes([index](const auto& i) { return i.second == index; });
    sealed.view = std::move(next);
  }
  PublishLocked();
}

bool Shard::HasNewMapFaults() const {
  return io::MapFaultCount() != map_faults_.load(std::memory_order_acquire);
}

void Shard::HandleMapFaults() {
  if (!HasNewMapFaults()) return;
  const uint64_t count = io::MapFaultCount();
  const std::vector<std::string> faulted = io::FaultedMaps();
  const auto is_faulted = [&](const storage::FileRef& file) {
    const std::string path = io::JoinPath(options_.dir, file.name);
    return std::find(faulted.begin(), faulted.end(), path) != faulted.end();
  };
  const auto manifest = manifests_->current();
  bool index_lost = false;
  for (storage::SegmentMeta meta : manifest->segments) {
    for (const storage::IndexRef& index : meta.indexes) {
      if (!is_faulted(index.file)) continue;
      ForgetIndex(meta.id, index.index);
      index_lost = true;
    }
    meta.indexes.clear();
    std::vector<storage::FileRef> files;
    storage::AddFilesOf(meta, &files);
    const auto bad = std::find_if(files.begin(), files.end(), is_faulted);
    if (bad == files.end()) continue;
    SetAside(meta.id, Status::Corrupt("a part of the mapped file cannot be read any more: " +
                                      io::JoinPath(options_.dir, bad->name)));
  }
  map_faults_.store(count, std::memory_order_release);
  if (index_lost && options_.index_lost) options_.index_lost();
}

Status Shard::CheckWritable() const {
  const auto snapshot = this->snapshot();
  return snapshot->damaged.empty() ? Status::Ok() : snapshot->damaged[0].error;
}

Status Shard::OpenSegments() {
  MutexLock lock(state_mutex_);
  schema_ = options_.schema;
  const auto manifest = manifests_->current();
  if (manifest->collection != options_.collection || manifest->shard != options_.shard) {
    return Status::Corrupt("manifest of another collection: " + options_.dir);
  }
  next_segment_id_ = manifest->next_segment_id;
  applied_position_ = manifest->checkpoint.log_position == 0 ? 0 : manifest->checkpoint.log_position - 1;
  applied_ts_ = manifest->checkpoint.timestamp;
  history_from_ = manifest->history_from;
  expiry_from_ = manifest->expiry_from;
  for (const storage::SegmentMeta& meta : manifest->segments) {
    auto view = segment::OpenSegment(seams_.fs, options_.dir, meta, *options_.schema,
                                     {.json_paths = seams_.json_paths, .values_later = true});
    if (IsDamage(view.status())) {
      AddDamagedLocked({meta.id, meta.partition, meta.row_count, meta.min_timestamp, view.status()});
      continue;
    }
    RK_RETURN_IF_ERROR(view.status());
    sealed_.push_back({*view, (*view)->deletes->count()});
    has_deferred_.store(true, std::memory_order_relaxed);
  }
  PublishLocked();
  return Status::Ok();
}

Status Shard::RemoveGarbage() {
  auto manifest = manifests_->current();
  RK_ASSIGN_OR_RETURN(auto listing, seams_.fs->List(options_.dir));
  for (const std::string& name : storage::FindGarbage(*manifest, listing)) {
    RK_RETURN_IF_ERROR(seams_.fs->Remove(io::JoinPath(options_.dir, name)));
  }
  return Status::Ok();
}

wal::LogPosition Shard::replay_from() const {
  return std::max<wal::LogPosition>(1, manifests_->current()->checkpoint.log_position);
}

Status Shard::Replay(const wal::LogRecord& record) {
  if (record.position < replay_from() && !RK_PLANTED("replay_twice")) return Status::Ok();
  if (record.type != kWriteRecordType) {
    return Status(Code::kOperationNotSupported,
                  "log record of an unknown type: " + std::to_string(record.type));
  }
  RK_ASSIGN_OR_RETURN(WriteRecord write, DecodeWriteRecord(record.payload, options_.schema->primary().id));
  if (seams_.memory != nullptr) {
    write.ForEachRows([this](PartitionId, segment::PreparedRows& rows) {
      rows.memory = seams_.memory->ReserveAnyway(segment::AccountedBytes(rows.rows));
    });
  }
  seams_.oracle->Observe(record.timestamp);
  {
    MutexLock lock(queue_mutex_);
    if (unflushed_from_ == 0) unflushed_from_ = record.position;
  }
  MutexLock lock(state_mutex_);
  ApplyLocked(&write, record.timestamp, record.position);
  PublishLocked();
  return Status::Ok();
}

Status OutdatedWrite(const std::string& collection) {
  return {Code::kServiceUnavailable,
          "rows of collection " + collection + " were written since they were read: service unavailable"};
}

void Shard::Append(std::shared_ptr<WriteRecord> record, WriteDone done) {
  wal::LogPayload payload = EncodeWriteRecord(record);
  if (record->unique.checked && record->rows)
    return AppendUnique(std::move(record), std::move(payload), std::move(done));
  AppendUnchecked(std::move(record), std::move(payload), std::move(done));
}

void Shard::AppendUnchecked(std::shared_ptr<WriteRecord> record, wal::LogPayload payload, WriteDone done) {
  wal::AppendRequest request;
  request.type = kWriteRecordType;
  request.shard = options_.shard;
  request.schema_version = record->schema ? record->schema->version : options_.schema->version;
  request.payload = std::move(payload);
  QueuedWrite write{std::move(record), 0, 0, std::move(done)};
  // What a damaged segment holds goes with the rest.
  Status refused = write.record->truncates ? Status::Ok() : CheckWritable();
  Timestamp newer = 0;
  if (refused.ok()) {
    MutexLock lock(append_mutex_);
    if (write.record->made_at && !RK_PLANTED("partial_update_overwrites"))
      newer = recent_keys_.OutdatedBy(*write.record);
    if (closed_) {
      newer = 0;
      refused =
          Status(Code::kCollectionNotFound, "collection not found[collection=" + options_.schema->name + "]");
    } else if (newer != 0) {
      refused = OutdatedWrite(options_.schema->name);
    } else if (auto ts = seams_.oracle->Next(); !ts.ok()) {
      refused = ts.status();
    } else {
      write.ts = request.timestamp = *ts;
      recent_keys_.Note(*write.record, options_.schema->primary().id, *ts);
      ++appended_;
      auto queued = std::make_shared<QueuedWrite>(std::move(write));
      seams_.log->Append(std::move(request),
                         [self = shared_from_this(), queued](Status s, wal::LogPosition position) {
                           if (!s.ok()) {
                             self->Finished(1);
                             queued->done(s, 0);
                             return;
                           }
                           queued->position = position;
                           self->OnDurable(std::move(*queued));
                         });
      return;
    }
  }
  write.done(refused, newer);
}

void Shard::OnDurable(QueuedWrite write) {
  {
    MutexLock lock(queue_mutex_);
    if (unflushed_from_ == 0) unflushed_from_ = write.position;
    seams_.seen_position->store(write.position, std::memory_order_release);
    queue_.push_back(std::move(write));
    if (draining_) return;
    draining_ = true;
  }
  seams_.executor->Submit(Priority::kIngest, [self = shared_from_this()] { self->DrainQueue(); });
}

void Shard::DrainQueue() {
  while (true) {
    std::deque<QueuedWrite> batch;
    bool flush_due = false, truncated = false;
    {
      // The batch leaves the queue under the lock under which it is applied: a flush finds each record either
      // in the queue or in a segment.
      MutexLock lock(state_mutex_);
      {
        MutexLock queue_lock(queue_mutex_);
        if (queue_.empty()) {
          draining_ = false;
          return;
        }
        batch.swap(queue_);
      }
      for (QueuedWrite& write : batch) {
        truncated = truncated || write.record->truncates;
        ApplyLocked(write.record.get(), write.ts, write.position);
      }
      PublishLocked();
      flush_due = FlushDueLocked();
      if (flush_due) flush_asked_ = true;
      MutexLock queue_lock(queue_mutex_);
      for (QueuedWrite& write : batch) answers_.push_back(std::move(write));
    }
    Finished(batch.size());
    if (truncated) TellIfFilesStay(RemoveTruncated());
    if (flush_due && options_.flush_due) options_.flush_due();
    GiveAnswers();
  }
}

void Shard::GiveAnswers() {
  std::deque<QueuedWrite> batch;
  {
    MutexLock lock(queue_mutex_);
    if (answering_) return;  // by another thread, which goes on until there are none
    answering_ = true;
  }
  while (true) {
    batch.clear();
    {
      MutexLock lock(queue_mutex_);
      batch.swap(answers_);
      if (batch.empty()) {
        answering_ = false;
        return;
      }
    }
    for (QueuedWrite& write : batch) write.done(Status::Ok(), write.ts);
  }
}

// Cannot fail: everything that may was done before the append.
void Shard::ApplyLocked(WriteRecord* record, Timestamp ts, wal::LogPosition position) {
  AdoptSchemaLocked(record->schema);
  if (record->truncates) TruncateLocked(ts);
  if (record->delete_keys.row_count() > 0) ApplyDeletesLocked(*record, ts);
  if (record->rows && RK_PLANTED("snapshot_half_upsert")) PublishLocked();
  const auto append = [&](PartitionId partition, segment::PreparedRows& rows) REQUIRES(state_mutex_) {
    if (!IsDropped(partition)) GrowingOfLocked(partition).Append(std::move(rows), ts);
  };
  if (record->rows) append(record->partition, *record->rows);
  for (const PartitionRows& part : record->more) append(part.partition, *part.rows);
  applied_ts_ = std::max(applied_ts_, ts);
  applied_position_ = position;
}

void Shard::SetSchema(std::shared_ptr<const CollectionSchema> schema) {
  MutexLock lock(state_mutex_);
  AdoptSchemaLocked(schema);
  PublishLocked();
}

void Shard::AdoptSchemaLocked(const std::shared_ptr<const CollectionSchema>& schema) {
  if (schema && schema->version > schema_->version) schema_ = schema;
}

void Shard::ApplyDeletesLocked(const WriteRecord& record, Timestamp ts) {
  const ColumnView keys = record.delete_keys.view();
  const bool up_to_now = record.delete_up_to == 0 || RK_PLANTED("delete_sees_future");
  const Timestamp newest = up_to_now ? ts - 1 : std::min(record.delete_up_to, ts - 1);
  // A delete that adds no rows may be restricted to one partition.
  const bool takes_all = (record.rows && !RK_PLANTED("upsert_leaves_other_partitions")) ||
                         RK_PLANTED("partition_delete_takes_all");
  const PartitionId only = takes_all ? PartitionId(0) : record.partition;
  std::vector<DeleteEntry> entries;
  const auto find = [&](const segment::SegmentSnapshot& segment) {
    entries.clear();
    if (segment.min_ts > newest || (only.value() != 0 && segment.partition != only)) return false;
    for (size_t i = 0; i < keys.row_count; ++i) {
      segment.ForEachRowOf(PrimaryKey::At(keys, i), [&](RowOffset row, Timestamp row_ts) {
        if (row_ts <= newest) entries.push_back({row, ts});
      });
    }
    return !entries.empty();
  };
  for (Sealed& sealed : sealed_) {
    if (record.rows && RK_PLANTED("upsert_forgets_delete")) continue;
    if (!find(*sealed.view)) continue;
    auto next = std::make_shared<segment::SegmentSnapshot>(*sealed.view);
    next->deletes = next->deletes->With(entries, next->row_count);
    sealed.view = std::move(next);
  }
  for (auto* list : {&frozen_, &growing_}) {
    for (auto& segment : *list) {
      if (find(segment->current())) segment->Delete(entries);
    }
  }
}

GrowingSegment& Shard::GrowingOfLocked(PartitionId partition) {
  for (auto& segment : growing_) {
    if (segment->partition() == partition) return *segment;
  }
  growing_.push_back(std::make_unique<GrowingSegment>(SegmentId(next_segment_id_++), partition,
                                                      options_.schema->primary().id));
  return *growing_.back();
}

void Shard::PublishLocked() {
  auto snapshot = std::make_shared<ShardSnapshot>();
  snapshot->schema = schema_;
  snapshot->applied_ts = applied_ts_;
  snapshot->history_from = history_from_;
  snapshot->expiry_from = expiry_from_;
  snapshot->damaged = damaged_;
  for (const Sealed& sealed : sealed_) snapshot->segments.push_back(sealed.view);
  for (auto* list : {&frozen_, &growing_}) {
    for (const auto& segment : *list) snapshot->segments.push_back(segment->Snapshot());
  }
  MutexLock lock(snapshot_mutex_);
  snapshot_ = std::move(snapshot);
}

bool Shard::FlushPausedLocked() {
  const int64_t now_ms = WallMsOf(applied_ts_);
  if (std::exchange(flush_pause_begins_, false)) {
    flush_pause_end_ms_ =
        now_ms + std::min<int64_t>(int64_t{1000} << std::min(flush_failures_ - 1, 10), 60'000);
  }
  return now_ms < flush_pause_end_ms_;
}

bool Shard::FlushDueLocked() {
  if (flushing_ || flush_asked_) return false;
  if (flush_failures_ > 0) return !FlushPausedLocked();  // what the failed one froze still waits
  size_t bytes = 0;
  Timestamp oldest = applied_ts_;
  for (const auto& segment : growing_) {
    bytes += segment->memory_bytes();
    oldest = std::min(oldest, segment->current().min_ts);
  }
  return bytes >= options_.seal_bytes || WallMsOf(applied_ts_) - WallMsOf(oldest) >= options_.seal_age_ms;
}

wal::LogPosition Shard::PinnedPosition() const {
  MutexLock lock(queue_mutex_);
  if (flushing_from_ != 0 && !RK_PLANTED("flush_unpins_early"))
    return flushing_from_;  // older than unflushed_from_
  return unflushed_from_;
}

void Shard::Close() {
  MutexLock lock(append_mutex_);
  closed_ = true;
}

std::shared_ptr<const ShardSnapshot> Shard::snapshot() const {
  MutexLock lock(snapshot_mutex_);
  return snapshot_;
}

}  // namespace redkite::shard
