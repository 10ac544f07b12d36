// Ranked: a row with its distance as one 64-bit key whose order is (distance, row); and CandidatePool, the
// sorted list of the best candidates of a graph walk.
//
// Key layout: the distance's bits made order-preserving (32), the row (31), and the lowest bit "expanded",
// which only CandidatePool uses. So an index numbers at most 2^31 - 1 rows.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>

#include "index/any_index.h"

namespace redkite::index {

using Ranked = uint64_t;
inline constexpr size_t kMaxRows = (size_t{1} << 31) - 1;
inline constexpr Ranked kWorstRanked = ~Ranked{0};

/// A distance that is no number (sums of huge values overflow, and infinity minus itself follows) is the
/// largest.
inline Ranked MakeRanked(float distance, RowOffset row) {
  const float comparable = distance == distance ? distance : std::numeric_limits<float>::infinity();
  const uint32_t bits = std::bit_cast<uint32_t>(comparable + 0.0f);  // -0 and 0 are one distance
  const uint32_t ordered = bits ^ (static_cast<uint32_t>(static_cast<int32_t>(bits) >> 31) | 0x80000000u);
  return (Ranked{ordered} << 32) | (Ranked{row} << 1);
}
inline RowOffset RowOf(Ranked ranked) { return static_cast<uint32_t>(ranked) >> 1; }
inline float DistanceOf(Ranked ranked) {
  const auto ordered = static_cast<uint32_t>(ranked >> 32);
  const uint32_t bits = ordered ^ ((ordered >> 31) != 0 ? 0x80000000u : 0xffffffffu);
  return std::bit_cast<float>(bits);
}
inline Neighbour ToNeighbour(Ranked ranked) { return {RowOf(ranked), DistanceOf(ranked)}; }

/// The best `capacity` candidates, sorted; the first one not yet expanded is found without a search. For the
/// sizes that walks use (tens to hundreds) an insertion by memmove is cheaper than a heap.
class CandidatePool {
 public:
  void Reset(size_t capacity) {
    if (capacity > allocated_) {
      keys_ = std::make_unique_for_overwrite<Ranked[]>(capacity + 1);
      allocated_ = capacity;
    }
    capacity_ = capacity;
    size_ = next_ = 0;
    bound_ = kWorstRanked;
  }
  size_t size() const { return size_; }
  bool full() const { return size_ == capacity_; }
  const Ranked* begin() const { return keys_.get(); }
  const Ranked* end() const { return keys_.get() + size_; }
  /// Keys not below this are of no interest: the worst one while the pool has room, else the worst candidate.
  Ranked bound() const { return bound_; }

  /// `key` is below bound() and its row is not in the pool.
  void Insert(Ranked key) {
    size_t low = 0;
    size_t length = size_;
    while (length > 0) {
      const size_t half = length / 2;
      const bool after = keys_[low + half] < key;
      low += after ? length - half : 0;
      length = half;
    }
    // One slot beyond the capacity takes the key that falls out.
    std::memmove(keys_.get() + low + 1, keys_.get() + low, (size_ - low) * sizeof(Ranked));
    keys_[low] = key;
    if (size_ < capacity_) ++size_;
    if (size_ == capacity_) bound_ = keys_[size_ - 1];
    if (low < next_) next_ = low;
  }
  bool HasNext() const { return next_ < size_; }
  /// The best candidate not yet expanded, and marks it.
  RowOffset TakeNext() {
    keys_[next_] |= 1;
    const RowOffset row = RowOf(keys_[next_]);
    do {
      ++next_;
    } while (next_ < size_ && (keys_[next_] & 1) != 0);
    return row;
  }
  /// What TakeNext would give now. Only after HasNext().
  RowOffset PeekNext() const { return RowOf(keys_[next_]); }

 private:
  std::unique_ptr<Ranked[]> keys_;
  size_t allocated_ = 0;
  size_t capacity_ = 0;
  size_t size_ = 0;
  size_t next_ = 0;
  Ranked bound_ = kWorstRanked;
};

}  // namespace redkite::index
