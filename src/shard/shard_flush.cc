#include <algorithm>

#include "base/planted.h"
#include "io/file_paths.h"
#include "segment/sealed_segment.h"
#include "shard/shard.h"

namespace redkite::shard {
bool Shard::IsIdle(int64_t since_ms) const {
  MutexLock lock(state_mutex_);
  if (flushing_ || flush_asked_ || !damaged_.empty() || WallMsOf(applied_ts_) > since_ms) return false;
  MutexLock queue_lock(queue_mutex_);
  return queue_.empty() && (unflushed_from_ != 0 || flushing_from_ != 0);  // the latter of one that failed
}

std::optional<FlushWork> Shard::BeginFlush() {
  HandleMapFaults();
  MutexLock lock(state_mutex_);
  flush_asked_ = false;
  CHECK(!committing_compaction_);  // the deletes that it moves would be written down for its inputs
  if (flushing_ || !damaged_.empty()) return std::nullopt;
  for (auto& segment : growing_) frozen_.push_back(std::move(segment));
  growing_.clear();
  FlushWork work;
  work.schema = schema_;
  for (const auto& segment : frozen_) work.frozen.push_back(segment->Snapshot());
  for (const Sealed& sealed : sealed_) {
    if (sealed.view->deletes->count() > sealed.persisted_delete_count &&
        !RK_PLANTED("sealed_delete_not_flushed"))
      work.with_new_deletes.push_back(sealed.view);
  }
  MutexLock queue_lock(queue_mutex_);
  // Records that are durable but wait in the queue come after the checkpoint and keep pinning the log.
  const wal::LogPosition taken_from = flushing_from_ != 0 ? flushing_from_ : unflushed_from_;
  if (taken_from == 0 || taken_from > applied_position_) return std::nullopt;
  flushing_ = true;
  scanned_.store(0, std::memory_order_relaxed);
  flushing_from_ = taken_from;
  const bool none_queued = queue_.empty() || RK_PLANTED("queued_records_unpinned");
  unflushed_from_ = none_queued ? 0 : queue_.front().position;
  work.checkpoint = {applied_position_ + 1, applied_ts_};
  return work;
}

// A delete may have missed its row in a segment that cannot be read: the log must not be let go of then.
Status Shard::CommitFlush(const FlushWork& work, const FlushResult& result) {
  HandleMapFaults();
  RK_RETURN_IF_ERROR(CheckWritable());
  int64_t next_segment_id = 0;
  {
    MutexLock lock(state_mutex_);
    next_segment_id = next_segment_id_;
  }
  std::vector<storage::FileRef> replaced;
  auto committed = manifests_->Commit([&](storage::Manifest* manifest) {
    manifest->schema_version = work.schema->version;
    manifest->checkpoint = work.checkpoint;
    manifest->next_segment_id = std::max(manifest->next_segment_id, next_segment_id);
    for (const FlushedSegment& s : result.segments) {
      if (IsGone(s.meta)) {
        storage::AddFilesOf(s.meta, &replaced);
      } else {
        manifest->segments.push_back(s.meta);
      }
    }
    for (const FlushedDeletes& d : result.deletes) {
      storage::SegmentMeta* meta = manifest->Find(d.segment);
      if (meta == nullptr) {
        replaced.push_back(d.file);
        continue;
      }
      if (!meta->delta.empty()) replaced.push_back(meta->delta);
      meta->delta = d.file;
      meta->delete_count = d.count;
    }
    // The checkpoint may be behind a truncation, and then nothing else tells of it.
    EraseTruncated(manifest, &replaced);
    return Status::Ok();
  });
  if (!committed.ok()) return committed.status();
  {
    MutexLock lock(state_mutex_);
    for (const FlushedSegment& flushed : result.segments) {
      auto it = std::find_if(frozen_.begin(), frozen_.end(),
                             [&](const auto& segment) { return segment->id() == flushed.meta.id; });
      if (it == frozen_.end()) {
        CHECK(IsGone(flushed.meta));  // meanwhile; its files go with the partition or the truncation
        continue;
      }
      // Rows kept their offsets, so deletes that came meanwhile carry over; they are persisted by the next
      // flush.
      auto view = std::make_shared<segment::SegmentSnapshot>(*flushed.opened);
      const size_t persisted = view->deletes->count();
      if (!RK_PLANTED("delete_lost_in_flush")) view->deletes = (*it)->current().deletes;
      sealed_.push_back({std::move(view), persisted});
      frozen_.erase(it);
    }
    for (const FlushedDeletes& d : result.deletes) {
      for (Sealed& sealed : sealed_) {
        if (sealed.view->id == d.segment) sealed.persisted_delete_count = d.count;
      }
    }
    flushing_ = false;
    flush_failures_ = 0;
    PublishLocked();
    MutexLock queue_lock(queue_mutex_);
    flushing_from_ = 0;
  }
  RemoveFiles(replaced);
  return Status::Ok();
}

void Shard::AbandonFlush(const FlushWork& work, const FlushResult& result) {
  std::vector<SegmentId> segments;
  for (const auto& segment : work.frozen) segments.push_back(segment->id);
  RemoveUncommitted(segments);
  for (const FlushedDeletes& d : result.deletes) RemoveUncommitted(d.file);
  MutexLock lock(state_mutex_);
  flushing_ = false;  // flushing_from_ stays: the log is still needed from there
  ++flush_failures_;
  flush_pause_begins_ = true;
  if (RK_PLANTED("abandoned_flush_loses_rows")) frozen_.clear();
}

bool Shard::IsFlushFailing() const {
  MutexLock lock(state_mutex_);
  return flush_failures_ > 0;
}

int64_t Shard::UnflushedBytes() const {
  MutexLock lock(state_mutex_);
  size_t bytes = 0;
  for (auto* list : {&frozen_, &growing_}) {
    for (const auto& segment : *list) bytes += segment->memory_bytes();
  }
  return static_cast<int64_t>(bytes);
}

std::vector<SegmentId> Shard::UnflushedSegments() const {
  MutexLock lock(state_mutex_);
  std::vector<SegmentId> ids;
  for (auto* list : {&frozen_, &growing_}) {
    for (const auto& segment : *list) ids.push_back(segment->id());
  }
  return ids;
}

Result<uint64_t> Shard::NextGeneration() const {
  RK_RETURN_IF_ERROR(manifests_->health());
  return manifests_->current()->generation + 1;
}

bool Shard::IsDropped(IndexId index) const {
  MutexLock lock(dropped_mutex_);
  return dropped_indexes_.contains(index);
}

// Looks for a drop twice, in both places that RemoveIndex changes after it has noted the drop: whoever of the
// two comes to such a place last, the index is out of it.
bool Shard::IsSetAside(SegmentId segment) const {
  MutexLock lock(state_mutex_);
  return std::any_of(damaged_.begin(), damaged_.end(),
                     [&](const DamagedSegment& d) { return d.id == segment; });
}

Status Shard::InstallIndex(SegmentId segment_id, storage::IndexRef ref, segment::FieldIndex index) {
  HandleMapFaults();  // in the vectors that it was built from
  if (IsSetAside(segment_id)) {
    RemoveFiles({ref.file});
    return {Code::kSegmentNotFound,
            "segment not found[segment=" + std::to_string(segment_id.value()) + "]: it was set aside"};
  }
  std::vector<storage::FileRef> replaced;
  std::shared_ptr<const segment::SegmentSnapshot> moved;
  auto committed = manifests_->Commit([&](storage::Manifest* manifest) -> Status {
    if (IsDropped(ref.index)) {
      return {Code::kIndexNotFound, "index not found[index=" + std::to_string(ref.index.value()) + "]"};
    }
    storage::SegmentMeta* meta = manifest->Find(segment_id);
    if (meta == nullptr) {
      return {Code::kSegmentNotFound,
              "segment not found[segment=" + std::to_string(segment_id.value()) + "]"};
    }
    std::erase_if(meta->indexes, [&](const storage::IndexRef& old) {
      if (old.field == ref.field) replaced.push_back(old.file);
      return old.field == ref.field;
    });
    meta->indexes.push_back(ref);
    return Status::Ok();
  });
  if (!committed.ok()) {
    const Code code = committed.status().code();
    if (code == Code::kIndexNotFound || code == Code::kSegmentNotFound)
      RemoveFiles({ref.file});
    else
      RemoveUncommitted(ref.file);
    return committed.status();
  }
  {
    MutexLock lock(state_mutex_);
    for (Sealed& sealed : sealed_) {
      if (sealed.view->id != segment_id || IsDropped(ref.index)) continue;
      auto next = std::make_shared<segment::SegmentSnapshot>(*sealed.view);
      std::erase_if(next->indexes, [&](const segment::FieldIndex& old) { return old.field == ref.field; });
      next->indexes.push_back(index);
      std::erase_if(next->quantized, [&](const auto& q) { return q.field == ref.field; });
      next->EraseDeferredIndexes([&](const auto& old) { return old.first == ref.field; });
      if (next->blocks[0] != index.rows) moved = next;
      sealed.view = std::move(next);
    }
    PublishLocked();
  }
  RemoveFiles(replaced);
  // While it was built its vectors went from memory into their map or back: it would keep those that it
  // reads.
  if (moved) {
    segment::ResidentParts parts = segment::ResidentPartsOf(*moved);
    parts.memory = seams_.memory;
    if (Status s = OpenAnew(segment_id, parts); !s.ok()) {
      seams_.logger->Warn("a segment keeps the vectors that its index was built from",
                          {{"shard", options_.shard}, {"segment", segment_id}, {"error", s.message()}});
    }
  }
  return Status::Ok();
}

void Shard::SetQuantized(SegmentId segment, segment::QuantizedField quantized) {
  MutexLock lock(state_mutex_);
  for (Sealed& sealed : sealed_) {
    if (sealed.view->id != segment || IsDropped(quantized.index)) continue;
    const segment::FieldIndex* index = sealed.view->FindIndex(quantized.field);
    if (index != nullptr && index->metric == quantized.metric) return;
    auto next = std::make_shared<segment::SegmentSnapshot>(*sealed.view);
    std::erase_if(next->quantized, [&](const auto& q) { return q.field == quantized.field; });
    next->quantized.push_back(std::move(quantized));
    sealed.view = std::move(next);
    return PublishLocked();
  }
}

// Noted first: a compaction that commits from here on leaves the index out.
Status Shard::RemoveIndex(IndexId index) {
  {
    MutexLock lock(dropped_mutex_);
    dropped_indexes_.insert(index);
  }
  std::vector<storage::FileRef> removed;
  const auto is_gone = [index](const auto& i) {
    if constexpr (requires { i.index.value(); })
      return i.index == index;
    else
      return i.id == index;
  };
  auto committed = manifests_->Commit([&](storage::Manifest* manifest) {
    for (storage::SegmentMeta& meta : manifest->segments) {
      for (const storage::IndexRef& ref : meta.indexes) {
        if (ref.index == index) removed.push_back(ref.file);
      }
      std::erase_if(meta.indexes, is_gone);
    }
    return Status::Ok();
  });
  if (!committed.ok()) return committed.status();
  {
    MutexLock lock(state_mutex_);
    for (Sealed& sealed : sealed_) {
      auto next = std::make_shared<segment::SegmentSnapshot>(*sealed.view);
      std::erase_if(next->indexes, is_gone);
      std::erase_if(next->quantized, is_gone);
      next->EraseDeferredIndexes([index](const auto& old) { return old.second == index; });
      sealed.view = std::move(next);
    }
    PublishLocked();
  }
  RemoveFiles(removed);
  return Status::Ok();
}

bool Shard::IsDropped(PartitionId partition) const {
  MutexLock lock(dropped_mutex_);
  return dropped_.contains(partition);
}

// Noted first: a flush that commits from here on leaves the partition's segments out, and one that committed
// them just before has them taken out again below.
Status Shard::DropPartition(PartitionId partition) {
  {
    MutexLock lock(dropped_mutex_);
    dropped_.insert(partition);
  }
  {
    MutexLock lock(state_mutex_);
    std::erase_if(sealed_, [&](const Sealed& s) { return s.view->partition == partition; });
    std::erase_if(damaged_, [&](const DamagedSegment& d) { return d.partition == partition; });
    for (auto* list : {&frozen_, &growing_})
      std::erase_if(*list, [&](const auto& s) { return s->partition() == partition; });
    PublishLocked();
  }
  std::vector<storage::FileRef> removed;
  auto committed = manifests_->Commit([&](storage::Manifest* manifest) {
    removed.clear();
    std::erase_if(manifest->segments, [&](const storage::SegmentMeta& meta) {
      if (meta.partition == partition) storage::AddFilesOf(meta, &removed);
      return meta.partition == partition;
    });
    return Status::Ok();
  });
  if (!committed.ok()) return committed.status();
  RemoveFiles(removed);
  return Status::Ok();
}

void Shard::TruncateLocked(Timestamp ts) {
  // Noted first: a flush or compaction that commits from here on leaves the segments out, and what was
  // committed before is removed from the manifest.
  {
    MutexLock lock(dropped_mutex_);
    truncated_before_ = std::max(truncated_before_, ts);
  }
  sealed_.clear();
  damaged_.clear();
  frozen_.clear();
  growing_.clear();
  history_from_ = std::max(history_from_, ts);
}

bool Shard::IsGone(const storage::SegmentMeta& meta) const {
  MutexLock lock(dropped_mutex_);
  return dropped_.contains(meta.partition) || meta.max_timestamp < truncated_before_;
}

void Shard::EraseTruncated(storage::Manifest* manifest, std::vector<storage::FileRef>* removed) const {
  if (RK_PLANTED("truncation_leaves_files")) return;
  MutexLock lock(dropped_mutex_);
  std::erase_if(manifest->segments, [&](const storage::SegmentMeta& meta) REQUIRES(dropped_mutex_) {
    const bool gone = meta.max_timestamp < truncated_before_;
    if (gone) storage::AddFilesOf(meta, removed);
    return gone;
  });
  manifest->history_from = std::max(manifest->history_from, truncated_before_);
}

Status Shard::RemoveTruncated() {
  {
    MutexLock lock(dropped_mutex_);
    if (truncated_before_ == 0) return Status::Ok();
  }
  std::vector<storage::FileRef> removed;
  auto committed = manifests_->Commit([&](storage::Manifest* manifest) {
    removed.clear();
    EraseTruncated(manifest, &removed);
    return Status::Ok();
  });
  if (!committed.ok()) return committed.status();
  RemoveFiles(removed);
  return Status::Ok();
}

void Shard::TellIfFilesStay(const Status& removed) {
  if (removed.ok()) return;
  seams_.logger->Warn("files of a truncated collection stay until its next flush",
                      {{"shard", options_.shard}, {"error", removed.message()}});
}

bool Shard::HasUnflushedRows(Timestamp ts) const {
  MutexLock lock(state_mutex_);
  for (auto* list : {&frozen_, &growing_}) {
    for (const auto& segment : *list) {
      if (segment->current().min_ts <= ts) return true;
    }
  }
  return false;
}

void Shard::RemoveFiles(const std::vector<storage::FileRef>& files) {
  for (const storage::FileRef& file : files) {
    const std::string path = io::JoinPath(options_.dir, file.name);
    // What stays is garbage that the next start removes.
    if (Status s = seams_.fs->Remove(path); !s.ok()) {
      seams_.logger->Warn("a replaced file stays until the next start",
                          {{"path", path}, {"error", s.message()}});
    }
  }
}

}  // namespace redkite::shard
