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
  cache_->used_bytes_.fetch_sub(bytes_, std::memory_order_relaxed);
}

std::shared_ptr<JsonPathValues> JsonPathCache::Open(Key key, size_t row_count) {
  if (bytes_max_ == 0) return nullptr;
  const int64_t bytes = kEntryBytes + static_cast<int64_t>(key.path.size() + row_count / kJsonChunkRows * 8);
  Dropped dropped;
  MutexLock lock(mutex_);
  const auto it = entries_.find(key);
  if (it != entries_.end()) {
    order_.splice(order_.begin(), order_, it->second.place);
    return it->second.values;
  }
  auto values = std::make_shared<JsonPathValues>(this, row_count);
  Order place(1, nullptr);  // allocated before anything changes
  if (!TakeLocked(bytes, values.get(), &dropped)) return nullptr;
  const auto added = entries_.emplace(std::move(key), Entry{values, place.begin()});
  place.front() = &added.first->first;
  order_.splice(order_.begin(), place);
  return values;
}

bool JsonPathCache::Keep(const Key& key, JsonPathValues* values, size_t chunk,
                         std::unique_ptr<JsonPathChunk>* filled) {
  Dropped dropped;
  MutexLock lock(mutex_);
  const auto it = entries_.find(key);
  if (it == entries_.end() || it->second.values.get() != values) return false;
  if (values->Find(chunk) != nullptr) return false;  // somebody else was faster
  if (!TakeLocked(kChunkBytes, values, &dropped)) return false;
  values->chunks_[chunk].store(filled->release(), std::memory_order_release);
  return true;
}

void JsonPathCache::Forget(uint64_t block) {
  Dropped dropped;
  MutexLock lock(mutex_);
  auto it = entries_.lower_bound({block, FieldId(), {}});
  while (it != entries_.end() && it->first.block == block) EraseLocked(it++, &dropped);
}

void JsonPathCache::GiveBack() {
  Dropped dropped;
  MutexLock lock(mutex_);
  while (!entries_.empty()) EraseLocked(entries_.begin(), &dropped);
}

void JsonPathCache::EraseLocked(Entries::iterator it, Dropped* dropped) {
  std::shared_ptr<JsonPathValues>& values = it->second.values;
  dropped->values.emplace_back();  // may throw; nothing changed yet
  if (values.use_count() == 1) dropped->bytes += values->bytes_;
  dropped->values.back() = std::move(values);
  order_.erase(it->second.place);
  entries_.erase(it);
}

bool JsonPathCache::DropOldestLocked(Dropped* dropped) {
  for (size_t looked = 0; looked < entries_.size(); ++looked) {
    const auto oldest = entries_.find(*order_.back());
    // Others than the cache get it under the mutex only.
    if (oldest->second.values.use_count() == 1) {
      EraseLocked(oldest, dropped);
      return true;
    }
    order_.splice(order_.begin(), order_, oldest->second.place);
  }
  return false;
}

bool JsonPathCache::TakeLocked(int64_t bytes, JsonPathValues* values, Dropped* dropped) {
  while (used_bytes_.load(std::memory_order_relaxed) - dropped->bytes + bytes > bytes_max_) {
    if (!DropOldestLocked(dropped)) return false;
  }
  if (memory_ != nullptr) {
    auto reserved = memory_->ReserveSpare(bytes);
    if (!reserved) return false;
    values->memory_.Absorb(std::move(*reserved));
  }
  values->bytes_ += bytes;
  used_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  return true;
}

}  // namespace redkite::segment
