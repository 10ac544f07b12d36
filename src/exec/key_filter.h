// KeyFilter: leaves the first row of each primary key in a list of hits. Reusable, so that a search with many
// queries allocates once. Thread safety: one user at a time.
#pragma once

#include <unordered_set>
#include <vector>

#include "exec/read_snapshot.h"

namespace redkite::exec {

segment::PrimaryKey KeyOf(const Segments& segments, const RowRef& ref);

class KeyFilter {
 public:
  /// True when a row was dropped.
  bool DropRepeated(const Segments& segments, std::vector<ScoredRow>* hits);

 private:
  /// Open addressing; a slot is taken when its round is the present one.
  struct Slot {
    int64_t key = 0;
    uint32_t round = 0;
  };
  void StartRound(size_t keys);
  bool InsertNumber(int64_t key);

  std::vector<Slot> slots_;
  int shift_ = 0;  // 64 - log2(slots)
  uint32_t round_ = 0;
  std::unordered_set<std::string_view> texts_;
};

}  // namespace redkite::exec
