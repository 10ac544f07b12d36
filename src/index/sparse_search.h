// SparseScan: inner products of sparse queries with every row of a column, without an index. The queries of a
// batch are inverted once, so that each pair of a row is looked at once for all of them, and most pairs,
// which no query has, cost a look at one bit. Thread safety: immutable; borrows the queries.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "index/any_index.h"

namespace redkite::index {

/// Borrowed sparse vectors (types/sparse_vector.h): vector i is the bytes [offsets[i], offsets[i + 1]).
struct SparseBatch {
  const std::byte* bytes = nullptr;
  const uint64_t* offsets = nullptr;
  size_t count = 0;
};

class SparseScan {
 public:
  explicit SparseScan(const SparseBatch& queries);

  /// Semantics of AnyIndex::Search; the distance is minus the inner product. A row that shares no index with
  /// the query, or whose product is 0, is no hit.
  Status Search(const ColumnView& rows, const SearchArgs& args, const SearchContext& context,
                TopK* out) const;

 private:
  /// An index that some query has, and its postings.
  struct Slot {
    uint32_t index = kNoIndex;
    uint32_t first = 0;
    uint32_t count = 0;
  };
  struct Posting {
    uint32_t query;
    float value;
  };
  static constexpr uint32_t kNoIndex = 0xffffffff;
  static constexpr uint32_t kSpread = 0x9e3779b1;  // neighbours go far apart

  std::span<const Posting> Find(uint32_t index) const {
    const uint32_t hash = index * kSpread;
    const uint32_t bit = hash >> filter_shift_;
    if (((filter_[bit >> 6] >> (bit & 63)) & 1) == 0) [[likely]]
      return {};
    for (uint32_t at = hash >> slot_shift_;; at = (at + 1) & slot_mask_) {
      const Slot& slot = slots_[at];
      if (slot.index == kNoIndex) return {};
      if (slot.index == index) return {postings_.data() + slot.first, slot.count};
    }
  }
  void MakeTable(size_t distinct);
  void Put(const Slot& slot);

  size_t query_count_;
  std::vector<Posting> postings_;
  std::vector<Slot> slots_;       // open addressing, at most half full
  std::vector<uint64_t> filter_;  // one bit for what each index hashes to
  uint32_t slot_mask_ = 0;
  uint32_t slot_shift_ = 0;
  uint32_t filter_shift_ = 0;
};

}  // namespace redkite::index
