// HnswBuilder: inserts rows into a growing HnswGraph (algorithms 1 and 4 of Malkov and Yashunin), by several
// threads.
//
// Insertion reads links without locks; a list is changed under one of a fixed number of mutexes. A row's own
// lists are complete before the first link to it is published, so a walk never meets a half-inserted row.
// Levels are drawn for all rows at the start, so that they depend on the seed alone. Thread safety: see
// IndexBuilder. Ownership: borrows the vectors.
#pragma once

#include <array>
#include <atomic>

#include "base/aligned_buffer.h"
#include "base/mutex.h"
#include "index/builder.h"
#include "index/hnsw_graph.h"

namespace redkite::index {

class HnswBuilder final : public IndexBuilder {
 public:
  HnswBuilder(const IndexSpec& spec, const VectorView& vectors);
  bool Step(size_t row_count) override;
  size_t rows_done() const override { return rows_done_.load(std::memory_order_acquire); }
  Result<std::unique_ptr<AnyIndex>> Finish() override;
  size_t memory_bytes() const override;

 private:
  static constexpr size_t kLockCount = 4096;

  void DrawLevels();
  void InsertRow(RowOffset row, SearchScratch* scratch);
  void InsertBelow(uint64_t entry, RowOffset row, SearchScratch* scratch);
  void Connect(RowOffset from, RowOffset to, int level, SearchScratch* scratch);
  void SelectNeighbours(const std::vector<Ranked>& candidates, size_t most, SearchScratch* scratch);
  bool IsDiverse(Ranked candidate, const RowOffset* selected, size_t count, SearchScratch* scratch) const;
  uint32_t* MutableLinks(RowOffset row, int level);
  int LevelOf(RowOffset row) const { return levels_[row]; }

  const IndexSpec spec_;
  const VectorView vectors_;
  AlignedBuffer inverse_norms_;  // COSINE: float per row, set before the row is linked
  AlignedBuffer base_links_;
  AlignedBuffer upper_slot_;
  AlignedBuffer upper_links_;
  std::vector<uint8_t> levels_;
  HnswGraph graph_;  // entry and max_level are set by Finish
  Scorer scorer_;
  ScratchPool scratch_pool_;

  std::atomic<size_t> next_row_{0};
  std::atomic<size_t> rows_done_{0};
  static constexpr uint64_t kNoEntry = ~uint64_t{0};
  std::atomic<uint64_t> entry_{kNoEntry};  // level << 32 | row
  Mutex entry_mutex_;                      // held while a row above the entry's level is inserted
  std::array<Mutex, kLockCount> list_mutexes_;
};

}  // namespace redkite::index
