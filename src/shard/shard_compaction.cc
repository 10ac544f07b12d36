#include <algorithm>
#include <unordered_set>

#include "base/planted.h"
#include "io/file_paths.h"
#include "segment/sealed_segment.h"
#include "shard/shard.h"

namespace redkite::shard {
namespace {

using segment::DeleteEntry;
using segment::DeleteSet;

Status Gone(SegmentId segment) {
  return {Code::kSegmentNotFound, "segment not found[segment=" + std::to_string(segment.value()) + "]"};
}

void SortByTime(std::vector<DeleteEntry>* entries) {
  std::stable_sort(entries->begin(), entries->end(),
                   [](const DeleteEntry& a, const DeleteEntry& b) { return a.ts < b.ts; });
}

}  // namespace

// Deletes of the inputs as the output's delta file holds them.
struct Shard::MovedDeletes {
  std::vector<size_t> seen;  // of each input: how many of its deletes are among them or were dropped
  std::shared_ptr<const DeleteSet> set = std::make_shared<const DeleteSet>();
  storage::FileRef file;
  int64_t next_segment_id = 0;
};

std::vector<SealedSize> Shard::SealedSizes() const {
  const auto snapshot = this->snapshot();
  const auto manifest = manifests_->current();
  std::vector<SealedSize> out;
  if (!snapshot->damaged.empty()) return out;  // nothing is merged beside it
  for (const auto& segment : snapshot->segments) {
    const storage::SegmentMeta* meta = segment->growing ? nullptr : manifest->Find(segment->id);
    if (meta == nullptr) continue;
    SealedSize size{segment, 0};
    for (const storage::ColumnRef& column : meta->columns) size.bytes += column.file.length_bytes;
    for (const storage::FileRef* file : {&meta->timestamps, &meta->primary_key_order, &meta->delta})
      size.bytes += file->length_bytes;
    out.push_back(std::move(size));
  }
  return out;
}

SegmentId Shard::NewSegmentId() {
  MutexLock lock(state_mutex_);
  return SegmentId(next_segment_id_++);
}

Status Shard::BeginCommitCompaction(const CompactionResult& result, MovedDeletes* moved) {
  HandleMapFaults();
  RK_RETURN_IF_ERROR(CheckWritable());
  std::vector<std::shared_ptr<const DeleteSet>> now;
  {
    MutexLock lock(state_mutex_);
    CHECK(!flushing_ && !committing_compaction_);
    for (const segment::MergeInput& input : result.rows->inputs) {
      const auto it = std::find_if(sealed_.begin(), sealed_.end(),
                                   [&](const Sealed& s) { return s.view->id == input.segment->id; });
      if (it == sealed_.end()) return Gone(input.segment->id);
      now.push_back(RK_PLANTED("compaction_drops_late_delete") ? input.segment->deletes : it->view->deletes);
    }
    moved->next_segment_id = next_segment_id_;
    committing_compaction_ = true;
  }
  std::vector<DeleteEntry> entries;
  for (size_t i = 0; i < now.size(); ++i) {
    segment::MapDeletes(result.rows->inputs[i], now[i]->Entries(), &entries);
    moved->seen.push_back(now[i]->count());
  }
  SortByTime(&entries);
  moved->set = moved->set->With(entries, result.rows->row_count);
  return Status::Ok();
}

Status Shard::CommitCompaction(const CompactionResult& result) {
  MovedDeletes moved;
  RK_RETURN_IF_ERROR(BeginCommitCompaction(result, &moved));
  std::vector<storage::FileRef> replaced;
  const Status committed = EditForCompaction(result, moved, &replaced);
  {
    MutexLock lock(state_mutex_);
    committing_compaction_ = false;
    if (committed.ok()) SwapCompacted(result, moved);
  }
  // Readers of older snapshots keep their maps.
  if (committed.ok()) RemoveFiles(replaced);
  return committed;
}

Status Shard::EditForCompaction(const CompactionResult& result, const MovedDeletes& moved,
                                std::vector<storage::FileRef>* replaced) {
  storage::SegmentMeta meta = result.meta;
  if (result.opened && !RK_PLANTED("compaction_forgets_deletes")) {
    RK_ASSIGN_OR_RETURN(const uint64_t generation, NextGeneration());
    RK_ASSIGN_OR_RETURN(meta.delta,
                        segment::WriteDeletes(seams_.fs, {options_.dir, meta.id, generation}, *moved.set));
    meta.delete_count = moved.set->count();
  }
  return manifests_
      ->Commit([&](storage::Manifest* manifest) -> Status {
        replaced->clear();
        for (const segment::MergeInput& input : result.rows->inputs) {
          const storage::SegmentMeta* old = manifest->Find(input.segment->id);
          if (old == nullptr || IsGone(*old)) return Gone(input.segment->id);
          storage::AddFilesOf(*old, replaced);
        }
        std::erase_if(manifest->segments, [&](const storage::SegmentMeta& old) {
          return std::any_of(result.rows->inputs.begin(), result.rows->inputs.end(),
                             [&](const segment::MergeInput& input) { return input.segment->id == old.id; });
        });
        if (result.opened) {
          std::erase_if(meta.indexes, [&](const storage::IndexRef& index) {
            if (IsDropped(index.index)) replaced->push_back(index.file);
            return IsDropped(index.index);
          });
          manifest->segments.push_back(meta);
        }
        manifest->next_segment_id = std::max(manifest->next_segment_id, moved.next_segment_id);
        if (!RK_PLANTED("compaction_forgets_horizon"))
          manifest->history_from = std::max(manifest->history_from, result.rows->history_from);
        manifest->expiry_from = std::max(manifest->expiry_from, result.rows->expiry_from);
        return Status::Ok();
      })
      .status();
}

void Shard::SwapCompacted(const CompactionResult& result, const MovedDeletes& moved) {
  std::vector<DeleteEntry> newer;
  bool dropped = false;
  for (size_t i = 0; i < moved.seen.size(); ++i) {
    const segment::MergeInput& input = result.rows->inputs[i];
    const auto it = std::find_if(sealed_.begin(), sealed_.end(),
                                 [&](const Sealed& s) { return s.view->id == input.segment->id; });
    if (it == sealed_.end()) {
      dropped = true;  // with its partition, after the edit; the files of the output go that way too
      continue;
    }
    if (!RK_PLANTED("compaction_drops_late_delete"))
      segment::MapDeletes(input, it->view->deletes->Entries(moved.seen[i]), &newer);
    sealed_.erase(it);
  }
  if (result.opened && !dropped) {
    SortByTime(&newer);
    auto view = std::make_shared<segment::SegmentSnapshot>(*result.opened);
    view->deletes = moved.set->With(newer, view->row_count);
    std::erase_if(view->indexes, [&](const segment::FieldIndex& index) { return IsDropped(index.id); });
    sealed_.push_back({std::move(view), moved.set->count()});
  }
  if (!RK_PLANTED("compaction_forgets_horizon"))
    history_from_ = std::max(history_from_, result.rows->history_from);
  expiry_from_ = std::max(expiry_from_, result.rows->expiry_from);
  PublishLocked();
}

void Shard::RemoveUncommitted(const storage::FileRef& file) {
  if (!file.empty() && manifests_->health().ok())
    (void)seams_.fs->Remove(io::JoinPath(options_.dir, file.name));
}

void Shard::RemoveUncommitted(const std::vector<SegmentId>& segments) {
  if (!manifests_->health().ok()) return;
  const auto manifest = manifests_->current();
  std::unordered_set<std::string> prefixes;
  for (const SegmentId segment : segments) {
    if (manifest->Find(segment) == nullptr) prefixes.insert("s" + std::to_string(segment.value()));
  }
  const auto listing = seams_.fs->List(options_.dir);
  if (!listing.ok()) return;
  for (const io::FileInfo& info : *listing) {
    if (prefixes.contains(info.name.substr(0, info.name.find('-'))))
      (void)seams_.fs->Remove(io::JoinPath(options_.dir, info.name));
  }
}

}  // namespace redkite::shard
