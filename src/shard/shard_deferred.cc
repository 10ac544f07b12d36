// What a start left unread, and segments that are opened anew.
#include <algorithm>

#include "base/planted.h"
#include "segment/sealed_segment.h"
#include "shard/shard.h"

namespace redkite::shard {
namespace {

constexpr int64_t kReadingCheckMs = 10;  // between looks at whether the waiting reader has gone

// The indexes of `now` as they were opened anew. One that could not be, whatever the reason, is missing from
// now on and built again.
std::vector<segment::FieldIndex> NewIndexes(const segment::SegmentSnapshot& now,
                                            const segment::SegmentSnapshot& opened) {
  std::vector<segment::FieldIndex> indexes;
  for (const segment::FieldIndex& index : opened.indexes) {
    if (now.HasIndex(index.id)) indexes.push_back(index);
  }
  return indexes;
}

bool Contains(const std::vector<std::pair<FieldId, IndexId>>& indexes, FieldId field, IndexId index) {
  return std::find(indexes.begin(), indexes.end(), std::pair(field, index)) != indexes.end();
}

}  // namespace

bool Shard::IsClosed() {
  MutexLock lock(append_mutex_);
  return closed_;
}

Status Shard::Reopen(SegmentId segment, const segment::ResidentParts& parts, const CancelToken* cancel) {
  if (parts.columns.empty() && parts.indexes.empty()) {
    const auto view = FindSealed(segment);
    if (view && view->deferred) return ReadInPlace(*view, cancel);
  }
  return OpenAnew(segment, parts);
}

std::shared_ptr<const segment::SegmentSnapshot> Shard::FindSealed(SegmentId segment) const {
  const auto now = snapshot();
  const auto found = std::find_if(now->segments.begin(), now->segments.end(),
                                  [&](const auto& s) { return s->id == segment && !s->growing; });
  return found == now->segments.end() ? nullptr : *found;
}

// Through the maps that are there: a process has only so many.
Status Shard::ReadInPlace(const segment::SegmentSnapshot& view, const CancelToken* cancel) {
  const auto manifest = manifests_->current();
  const storage::SegmentMeta* meta = manifest->Find(view.id);
  if (meta == nullptr) return Status::Ok();  // merged or dropped meanwhile
  if (Status read = view.deferred->VerifyAll(cancel); !read.ok()) {
    if (IsDamage(read) && !IsClosed()) SetAside(view.id, read);
    return read;
  }
  std::vector<Status> unusable;
  std::vector<segment::FieldIndex> opened;
  for (const storage::IndexRef& ref : meta->indexes) {
    if (!Contains(view.deferred->indexes, ref.field, ref.index)) continue;
    auto index = segment::OpenFieldIndex(seams_.fs, options_.dir, view, ref, {.cancel = cancel});
    if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
    if (!index.ok())
      unusable.push_back(index.status());
    else
      opened.push_back(std::move(*index));
  }
  {
    MutexLock lock(state_mutex_);
    const auto it =
        std::find_if(sealed_.begin(), sealed_.end(), [&](const Sealed& s) { return s.view->id == view.id; });
    if (it == sealed_.end() || !it->view->deferred) return Status::Ok();  // somebody was faster
    auto next = std::make_shared<segment::SegmentSnapshot>(*it->view);    // with the deletes of now
    for (segment::FieldIndex& index : opened) {
      if (Contains(it->view->deferred->indexes, index.field, index.id) && !IsDropped(index.id))
        next->indexes.push_back(std::move(index));
    }
    next->deferred = nullptr;
    it->view = std::move(next);
    PublishLocked();
  }
  TellUnusable(view.id, unusable);
  return Status::Ok();
}

void Shard::TellUnusable(SegmentId segment, const std::vector<Status>& unusable) {
  for (const Status& error : unusable) {
    seams_.logger->Error("an index cannot be opened and is built again",
                         {{"shard", options_.shard}, {"segment", segment}, {"error", error.message()}});
  }
  if (!unusable.empty() && options_.index_lost) options_.index_lost();
}

Status Shard::OpenAnew(SegmentId segment, const segment::ResidentParts& parts) {
  const auto manifest = manifests_->current();
  const storage::SegmentMeta* meta = manifest->Find(segment);
  if (meta == nullptr) return Status::Ok();  // merged or dropped meanwhile
  std::vector<Status> unusable;
  const auto opened =
      segment::OpenSegment(seams_.fs, options_.dir, *meta, *schema(),
                           {.unusable = &unusable, .resident = &parts, .json_paths = seams_.json_paths});
  if (!opened.ok()) {
    // What is replaced, of a flush's deletes or of all when something is dropped, leaves the manifest first.
    const auto newer = manifests_->current();
    const storage::SegmentMeta* now = newer->Find(segment);
    if (now == nullptr || *now != *meta) return Status::Ok();
    if (IsDamage(opened.status()) && !IsClosed()) SetAside(segment, opened.status());
    return opened.status();
  }
  {
    MutexLock lock(state_mutex_);
    const auto it =
        std::find_if(sealed_.begin(), sealed_.end(), [&](const Sealed& s) { return s.view->id == segment; });
    // With another set of indexes by now it is tried again when somebody looks the next time.
    const auto newer = manifests_->current();
    const storage::SegmentMeta* now = newer->Find(segment);
    if (it == sealed_.end() || now == nullptr || now->indexes != meta->indexes) return Status::Ok();
    auto next = std::make_shared<segment::SegmentSnapshot>(*it->view);  // with the deletes of now
    next->blocks = (*opened)->blocks;
    next->resident_columns = (*opened)->resident_columns;
    next->resident_column_bytes = (*opened)->resident_column_bytes;
    next->indexes = NewIndexes(*it->view, **opened);
    std::erase_if(next->indexes, [&](const segment::FieldIndex& i) { return IsDropped(i.id); });
    next->deferred = nullptr;
    it->view = std::move(next);
    PublishLocked();
  }
  TellUnusable(segment, unusable);
  return Status::Ok();
}

// Whatever ends a read, a throw for want of memory too, the next one of the segment may begin.
struct Shard::ReadingEnd {
  ReadingEnd(Shard* of, SegmentId which) : shard(of), segment(which) {}
  ReadingEnd(const ReadingEnd&) = delete;
  ~ReadingEnd() {
    MutexLock lock(shard->reading_mutex_);
    shard->reading_.erase(segment);
    shard->reading_ended_.NotifyAll();
  }
  Shard* const shard;
  const SegmentId segment;
};

Status Shard::ReadWhole(SegmentId segment, const CancelToken* cancel) {
  for (bool again = false;; again = true) {
    auto view = FindSealed(segment);
    if (!view || !view->deferred) return Status::Ok();
    if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
    {
      MutexLock lock(reading_mutex_);
      // The second time somebody else reads it, or is about to take it out of the snapshot.
      if (again) reading_ended_.WaitFor(reading_mutex_, kReadingCheckMs);
      if (!reading_.insert(segment).second) continue;
    }
    const ReadingEnd end(this, segment);
    view = FindSealed(segment);  // somebody may have read it by now
    if (view && view->deferred) RK_RETURN_IF_ERROR(ReadInPlace(*view, cancel));
  }
}

Status Shard::ReadDeferred(const plan::RowSelection& rows, bool is_search, const CancelToken* cancel) {
  if (!has_deferred_.load(std::memory_order_relaxed) || RK_PLANTED("deferred_not_verified"))
    return Status::Ok();
  const auto snapshot = this->snapshot();
  bool has_deferred = false;
  for (const auto& segment : snapshot->segments) {
    if (!segment->deferred) continue;
    has_deferred = true;
    if (!rows.Reads(segment->partition)) continue;
    Status status;
    if (is_search) {
      status = ReadWhole(segment->id, cancel);
    } else {
      status = segment->deferred->Verify(rows.filter.fields(), cancel);
      if (status.ok()) status = segment->deferred->Verify(rows.output_fields, cancel);
      if (status.ok()) status = segment->deferred->Verify(rows.also_read, cancel);
      if (IsDamage(status) && !IsClosed()) SetAside(segment->id, status);
    }
    // What is set aside the snapshot tells that the read takes next, if it needs it.
    if (!IsDamage(status) || IsClosed()) RK_RETURN_IF_ERROR(std::move(status));
  }
  if (!has_deferred) has_deferred_.store(false, std::memory_order_relaxed);
  return Status::Ok();
}

}  // namespace redkite::shard
