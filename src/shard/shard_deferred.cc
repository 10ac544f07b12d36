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

}  // namespace

bool Shard::IsClosed() {
  MutexLock lock(append_mutex_);
  return closed_;
}

Status Shard::Reopen(SegmentId segment, const segment::ResidentParts& parts) {
  return OpenAnew(segment, parts, false);
}

Status Shard::OpenAnew(SegmentId segment, const segment::ResidentParts& parts, bool deferred_only) {
  const auto manifest = manifests_->current();
  const storage::SegmentMeta* meta = manifest->Find(segment);
  if (meta == nullptr) return Status::Ok();  // merged or dropped meanwhile
  std::vector<Status> unusable;
  const auto opened = segment::OpenSegment(seams_.fs, options_.dir, *meta, *options_.schema,
                                           {.unusable = &unusable, .resident = &parts});
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
    if (deferred_only && !it->view->deferred) return Status::Ok();      // residency was faster
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
  for (const Status& error : unusable) {
    seams_.logger->Error("an index cannot be opened and is built again",
                         {{"shard", options_.shard}, {"segment", segment}, {"error", error.message()}});
  }
  if (!unusable.empty() && options_.index_lost) options_.index_lost();
  return Status::Ok();
}

Status Shard::ReadWhole(SegmentId segment, const CancelToken* cancel) {
  for (bool again = false;; again = true) {
    const auto now = snapshot();
    const auto found = std::find_if(now->segments.begin(), now->segments.end(),
                                    [&](const auto& s) { return s->id == segment; });
    if (found == now->segments.end() || !(*found)->deferred) return Status::Ok();
    if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
    {
      MutexLock lock(reading_mutex_);
      // The second time somebody else reads it, or is about to take it out of the snapshot.
      if (again) reading_ended_.WaitFor(reading_mutex_, kReadingCheckMs);
      if (!reading_.insert(segment).second) continue;
    }
    Status status = OpenAnew(segment, {}, true);
    {
      MutexLock lock(reading_mutex_);
      reading_.erase(segment);
      reading_ended_.NotifyAll();
    }
    RK_RETURN_IF_ERROR(std::move(status));
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
      if (IsDamage(status) && !IsClosed()) SetAside(segment->id, status);
    }
    // What is set aside the snapshot tells that the read takes next, if it needs it.
    if (!IsDamage(status) || IsClosed()) RK_RETURN_IF_ERROR(std::move(status));
  }
  if (!has_deferred) has_deferred_.store(false, std::memory_order_relaxed);
  return Status::Ok();
}

}  // namespace redkite::shard
