// BestK: the k nearest of rows that come in any order, in room that the caller provides. Thread safety: one
// thread.
#pragma once

#include <algorithm>

#include "index/ranked.h"

namespace redkite::index {

inline constexpr size_t kHeapMax = 128;  // from here on a heap costs more than a selection now and then

/// The k best keys so far. Few are a max-heap; many are a buffer of twice as many, of which the worse half is
/// dropped when it is full.
class BestK {
 public:
  /// Keys to provide room for.
  static size_t RoomFor(size_t k) { return k <= kHeapMax ? k : 2 * k; }
  BestK(Ranked* keys, size_t k) : keys_(keys), k_(k) {}
  /// The k-th best distance, or a larger one; infinite while there are fewer.
  float worst() const { return worst_; }
  /// Whether a row that far may be of interest. A distance that is no number ranks last and may be, too.
  bool Wants(float distance) const { return !(distance > worst_); }
  void Offer(float distance, RowOffset row) {
    const Ranked key = MakeRanked(distance, row);
    if (k_ > kHeapMax) return OfferToBuffer(key);
    if (size_ < k_) {
      keys_[size_++] = key;
      std::push_heap(keys_, keys_ + size_);
    } else {
      if (key >= keys_[0]) return;
      std::pop_heap(keys_, keys_ + k_);
      keys_[k_ - 1] = key;
      std::push_heap(keys_, keys_ + k_);
    }
    if (size_ == k_) worst_ = DistanceOf(keys_[0]);
  }
  size_t Write(Neighbour* out) {
    if (size_ > k_) DropWorse();
    std::sort(keys_, keys_ + size_);
    for (size_t i = 0; i < size_; ++i) out[i] = ToNeighbour(keys_[i]);
    return size_;
  }

 private:
  void OfferToBuffer(Ranked key) {
    if (key >= bound_) return;
    keys_[size_++] = key;
    if (size_ == 2 * k_) DropWorse();
  }
  void DropWorse() {
    std::nth_element(keys_, keys_ + k_ - 1, keys_ + size_);
    size_ = k_;
    bound_ = keys_[k_ - 1];
    worst_ = DistanceOf(bound_);
  }

  Ranked* keys_;
  size_t k_;
  size_t size_ = 0;
  Ranked bound_ = kWorstRanked;
  float worst_ = DistanceRange::kAny;
};

}  // namespace redkite::index
