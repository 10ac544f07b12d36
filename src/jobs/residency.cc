#include "jobs/residency.h"

#include <algorithm>

#include "types/collection_properties.h"

namespace redkite::jobs {
namespace {

std::optional<bool> MmapOf(const Params& params) {
  const std::string* text = FindParam(params, kMmapProperty);
  return text == nullptr ? std::nullopt : ParsePropertyFlag(*text);
}

bool IsMapped(const meta::CollectionMeta& collection, const FieldSchema& field, const Params* index_params) {
  if (index_params != nullptr) {
    if (const auto own = MmapOf(*index_params)) return *own;
  }
  if (const auto own = MmapOf(field.type_params)) return *own;
  return MmapOf(collection.properties).value_or(false);
}

bool IsLoaded(const meta::CollectionMeta& collection, PartitionId partition) {
  return std::any_of(
      collection.partitions.begin(), collection.partitions.end(),
      [&](const meta::PartitionMeta& p) { return p.id == partition && p.loaded && collection.loaded; });
}

template <class T>
bool IsPartOf(const std::vector<T>& some, const std::vector<T>& all) {
  return std::all_of(some.begin(), some.end(),
                     [&](const T& x) { return std::find(all.begin(), all.end(), x) != all.end(); });
}

int64_t BytesOf(const storage::SegmentMeta& meta, const segment::ResidentParts& parts) {
  uint64_t bytes = 0;
  for (const storage::IndexRef& i : meta.indexes) {
    if (IsPartOf<IndexId>({i.index}, parts.indexes)) bytes += i.file.length_bytes;
  }
  for (const storage::ColumnRef& c : meta.columns) {
    if (IsPartOf<FieldId>({c.field}, parts.columns)) bytes += c.file.length_bytes;
  }
  return static_cast<int64_t>(bytes);
}

}  // namespace

segment::ResidentParts ChooseResidentParts(const meta::CollectionMeta& collection,
                                           const storage::SegmentMeta& segment, uint64_t bytes_min,
                                           int64_t room_bytes) {
  segment::ResidentParts parts;
  const auto fits = [&](const storage::FileRef& file) {
    const auto bytes = static_cast<int64_t>(file.length_bytes);
    if (file.length_bytes < bytes_min || bytes > room_bytes) return false;
    room_bytes -= bytes;
    return true;
  };
  for (const storage::IndexRef& ref : segment.indexes) {
    const FieldSchema* field = collection.schema.Find(ref.field);
    const auto index = std::find_if(collection.indexes.begin(), collection.indexes.end(),
                                    [&](const meta::IndexMeta& i) { return i.id == ref.index; });
    if (field == nullptr || index == collection.indexes.end()) continue;
    if (!IsMapped(collection, *field, &index->params) && fits(ref.file)) parts.indexes.push_back(ref.index);
  }
  for (const storage::ColumnRef& ref : segment.columns) {
    const FieldSchema* field = collection.schema.Find(ref.field);
    if (field == nullptr || !IsVector(field->type)) continue;
    if (!IsMapped(collection, *field, nullptr) && fits(ref.file)) parts.columns.push_back(ref.field);
  }
  return parts;
}

std::optional<segment::ResidentParts> Residency::Wanted(const shard::Shard& shard,
                                                        const segment::SegmentSnapshot& view) const {
  const auto collection = seams_.catalog->GetCollection(shard.options().collection);
  const auto manifest = shard.manifest();
  const storage::SegmentMeta* meta = manifest->Find(view.id);
  if (!collection.ok() || meta == nullptr) return std::nullopt;
  const segment::ResidentParts now = segment::ResidentPartsOf(view);
  segment::ResidentParts wanted;
  const bool loaded = IsLoaded(**collection, view.partition);
  if (options_.enabled && loaded) {
    const auto limit =
        static_cast<int64_t>(options_.memory_share * static_cast<double>(seams_.memory->limit_bytes()));
    const int64_t used = seams_.memory->needed_bytes(), held = BytesOf(*meta, now);
    storage::SegmentMeta usable = *meta;  // without indexes that were lost and wait for a build
    std::erase_if(usable.indexes, [&](const storage::IndexRef& ref) { return !view.HasIndex(ref.index); });
    wanted = ChooseResidentParts(**collection, usable, options_.bytes_min, limit - used + held);
    const bool in_place = IsPartOf(wanted.columns, now.columns) && IsPartOf(wanted.indexes, now.indexes);
    const auto all = ChooseResidentParts(**collection, usable, options_.bytes_min, INT64_MAX);
    const bool allowed = IsPartOf(now.columns, all.columns) && IsPartOf(now.indexes, all.indexes);
    // Both copies are there until the last reader of the old one has gone.
    const bool fits = BytesOf(*meta, wanted) <= seams_.memory->limit_bytes() - used;
    if ((in_place && allowed) || !fits) {
      if (!view.deferred) return std::nullopt;
      if (!fits) wanted = {};
    }
  } else if (now.columns.empty() && now.indexes.empty() && !(loaded && view.deferred)) {
    return std::nullopt;
  }
  wanted.memory = seams_.memory;
  return wanted;
}

void Residency::Maintain(const std::vector<std::shared_ptr<shard::Shard>>& shards) {
  {
    MutexLock lock(mutex_);
    if (stopping_ || running_) return;
  }
  std::vector<Move> moves;
  for (const auto& shard : shards) {
    const auto snapshot = shard->snapshot();
    for (const auto& segment : snapshot->segments) {
      if (!segment->growing && Wanted(*shard, *segment)) moves.push_back({shard, segment->id});
    }
  }
  if (moves.empty()) return;
  {
    MutexLock lock(mutex_);
    moves_ = std::move(moves);
    running_ = true;
  }
  seams_.file_executor->Submit(Priority::kBackground, [this] { Step(); });
}

void Residency::Step() {
  Move move;
  {
    MutexLock lock(mutex_);
    if (stopping_ || moves_.empty()) {
      moves_.clear();
      running_ = false;
      idle_.NotifyAll();
      return;
    }
    move = std::move(moves_.back());
    moves_.pop_back();
  }
  const auto snapshot = move.shard->snapshot();
  for (const auto& segment : snapshot->segments) {
    if (segment->growing || segment->id != move.segment) continue;
    const auto wanted = Wanted(*move.shard, *segment);
    if (!wanted) continue;
    if (const Status s = move.shard->Reopen(segment->id, *wanted, &stop_); !s.ok() && !stop_.cancelled()) {
      seams_.logger->Warn(
          "a segment stays where it is",
          {{"shard", move.shard->options().shard}, {"segment", segment->id}, {"error", s.message()}});
    }
  }
  move = {};
  seams_.file_executor->Submit(Priority::kBackground, [this] { Step(); });
}

void Residency::BeginStop() {
  stop_.Cancel();
  MutexLock lock(mutex_);
  stopping_ = true;
}

void Residency::Stop() {
  BeginStop();
  MutexLock lock(mutex_);
  while (running_) idle_.Wait(mutex_);
}

}  // namespace redkite::jobs
