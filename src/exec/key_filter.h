// KeyFilter: leaves the first row of each primary key in a list of hits, with all its elements that are
// there. Reusable, so that a search with many queries allocates once. Thread safety: one user at a time.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "exec/read_snapshot.h"

namespace redkite::exec {

segment::PrimaryKey KeyOf(const Segments& segments, const RowRef& ref);

class KeyFilter {
 public:
  /// True when a row was dropped.
  bool DropRepeated(const Segments& segments, std::vector<ScoredRow>* hits);

 private:
  struct Place {
    RowRef row;
    uint32_t element = 0;
    /// Of a hit with the same key as the first one, which is here.
    bool IsOtherElement(const Place& o) const {
      return row.segment == o.row.segment && row.row == o.row.row && element != o.element;
    }
  };
  /// Open addressing; a slot is taken when its round is the present one.
  struct Slot {
    int64_t key = 0;
    uint32_t round = 0;
    Place first;
  };
  void StartRound(size_t keys);
  /// Whether the hit stays.
  bool InsertNumber(int64_t key, const Place& place);

  std::vector<Slot> slots_;
  int shift_ = 0;  // 64 - log2(slots)
  uint32_t round_ = 0;
  std::unordered_map<std::string_view, Place> texts_;
};

}  // namespace redkite::exec
