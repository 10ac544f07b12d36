#include "exec/group_table.h"

#include <algorithm>

namespace redkite::exec {

uint64_t GroupTable::HashOf(const Cell* keys) const {
  uint64_t h = 0;
  for (size_t i = 0; i < key_count_; ++i) h = (h ^ keys[i].Hash()) * 0x9e3779b97f4a7c15;
  return h ^ (h >> 32);
}

bool GroupTable::HasKeys(uint32_t group, const Cell* keys) const {
  return std::equal(keys, keys + key_count_, KeysOf(group));
}

std::optional<uint32_t> GroupTable::FindOrAdd(const Cell* keys) {
  const uint64_t hash = HashOf(keys);
  size_t at = hash & (slots_.size() - 1);
  for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    const uint32_t group = slots_[at] - 1;
    if (hashes_[group] == hash && HasKeys(group, keys)) return group;
  }
  if (group_count() >= group_count_max_) return std::nullopt;
  hashes_.push_back(hash);
  keys_.insert(keys_.end(), keys, keys + key_count_);
  slots_[at] = static_cast<uint32_t>(hashes_.size());
  if (hashes_.size() * 2 > slots_.size()) Grow();
  return static_cast<uint32_t>(hashes_.size() - 1);
}

void GroupTable::Grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (size_t group = 0; group < hashes_.size(); ++group) {
    size_t at = hashes_[group] & (slots_.size() - 1);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = static_cast<uint32_t>(group + 1);
  }
}

}  // namespace redkite::exec
