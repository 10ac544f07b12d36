// GroupTable: numbers for the keys of groups, by open addressing. A look-up of a key that is there allocates
// nothing. Texts of keys are borrowed. Thread safety: one user at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "exec/cell.h"

namespace redkite::exec {

class GroupTable {
 public:
  GroupTable(size_t key_count, size_t group_count_max)
      : key_count_(key_count), group_count_max_(group_count_max), slots_(16) {}
  /// The number of the group with these keys, which is made when it is missing; nothing when there are as
  /// many as may be.
  std::optional<uint32_t> FindOrAdd(const Cell* keys);
  size_t group_count() const { return hashes_.size(); }
  const Cell* KeysOf(uint32_t group) const { return keys_.data() + group * key_count_; }

 private:
  uint64_t HashOf(const Cell* keys) const;
  bool HasKeys(uint32_t group, const Cell* keys) const;
  void Grow();

  const size_t key_count_;
  const size_t group_count_max_;
  std::vector<uint32_t> slots_;  // group + 1, 0: free; their number is a power of two
  std::vector<uint64_t> hashes_;
  std::vector<Cell> keys_;  // key_count_ of each group
};

}  // namespace redkite::exec
