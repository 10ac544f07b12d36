#include "segment/json_path_cache.h"

#include <utility>

namespace redkite::segment {
namespace {

constexpr auto kChunkBytes = static_cast<int64_t>(sizeof(JsonPathChunk));
// Of an entry beside its chunks and its path, about.
constexpr int64_t kEntryBytes = 256;

}  // namespace

JsonPathValues::~JsonPathValues() {
  for (auto& chunk : chunks_) delete chunk.load(std::memory_order_relaxed);
}

std::shared_ptr<JsonPathValues> JsonPathCache::Open(Key key, size_t row_count) {
  if (bytes_max_ == 0) return nullptr;
  const int64_t bytes = kEntryBytes + static_cast<int64_t>(key.path.size() + row_count / kJsonChunkRows * 8);
  Dropped dropped;  // destroyed after the lock is given back
  MutexLock lock(mutex_);
  const auto it = entries_.find(key);
  if (it != entries_.end()) {
    order_.splice(order_.begin(), order_, it->second.place);
    return it->second.values;
  }
  if (!MakeRoomLocked(bytes, nullptr, &dropped)) return nullptr;
  auto values = std::make_shared<JsonPathValues>(row_count);
  if (!ReserveLocked(bytes, values.get())) return nullptr;
  Order place(1, nullptr);  // allocated before anything changes
  const auto added = entries_.emplace(std::move(key), Entry{std::move(values), bytes, place.begin()});
  place.front() = &added.first->first;
  order_.splice(order_.begin(), place);
  used_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  return added.first->second.values;
}

bool JsonPathCache::Keep(const Key& key, JsonPathValues* values, size_t chunk,
                         std::unique_ptr<JsonPathChunk>* filled) {
  Dropped dropped;
  MutexLock lock(mutex_);
  const auto it = entries_.find(key);
  if (it == entries_.end() || it->second.values.get() != values) return false;
  if (values->Find(chunk) != nullptr) return false;  // somebody else was faster
  if (!MakeRoomLocked(kChunkBytes, values, &dropped)) return false;
  if (!ReserveLocked(kChunkBytes, values)) return false;
  it->second.bytes += kChunkBytes;
  used_bytes_.fetch_add(kChunkBytes, std::memory_order_relaxed);
  values->chunks_[chunk].store(filled->release(), std::memory_order_release);
  return true;
}

void JsonPathCache::Forget(uint64_t block) {
  Dropped dropped;
  MutexLock lock(mutex_);
  auto it = entries_.lower_bound({block, FieldId(), {}});
  while (it != entries_.end() && it->first.block == block) EraseLocked(it++, &dropped);
}

void JsonPathCache::Clear() {
  Dropped dropped;
  MutexLock lock(mutex_);
  while (!entries_.empty()) EraseLocked(entries_.begin(), &dropped);
}

bool JsonPathCache::ReserveLocked(int64_t bytes, JsonPathValues* values) {
  if (memory_ == nullptr) return true;
  auto reserved = memory_->Reserve(bytes, "values at JSON paths");
  if (!reserved.ok()) return false;
  values->memory_.Absorb(std::move(*reserved));
  return true;
}

void JsonPathCache::EraseLocked(Entries::iterator it, Dropped* dropped) {
  used_bytes_.fetch_sub(it->second.bytes, std::memory_order_relaxed);
  order_.erase(it->second.place);
  dropped->push_back(std::move(it->second.values));
  entries_.erase(it);
}

bool JsonPathCache::MakeRoomLocked(int64_t bytes, const JsonPathValues* kept, Dropped* dropped) {
  if (memory_ != nullptr && memory_->is_short()) return false;
  while (used_bytes() + bytes > bytes_max_) {
    if (order_.empty()) return false;
    const auto oldest = entries_.find(*order_.back());
    if (oldest->second.values.get() == kept) return false;  // it alone is as large as all may be
    EraseLocked(oldest, dropped);
  }
  return true;
}

}  // namespace redkite::segment
