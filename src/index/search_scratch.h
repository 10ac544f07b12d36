// SearchScratch: what one graph walk needs beside the graph; pooled, so that a search allocates nothing per
// row. Thread safety: a SearchScratch has one user at a time; ScratchPool is thread-safe and taken once per
// batch.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "index/ranked.h"

namespace redkite::index {

/// The rows that a walk has seen, one bit each: small enough to stay in the second-level cache for some
/// million rows. Clearing touches only the words of rows that were seen.
class VisitedSet {
 public:
  explicit VisitedSet(size_t rows) : words_((rows + 63) / 64, 0) {}
  /// True when the row was not in the set.
  bool Insert(RowOffset row) {
    uint64_t& word = words_[row >> 6];
    const uint64_t bit = uint64_t{1} << (row & 63);
    if ((word & bit) != 0) return false;
    word |= bit;
    seen_.push_back(row);
    return true;
  }
  void Clear() {
    for (RowOffset row : seen_) words_[row >> 6] = 0;
    seen_.clear();
  }
  size_t size() const { return seen_.size(); }

 private:
  std::vector<uint64_t> words_;
  std::vector<RowOffset> seen_;
};

struct SearchScratch {
  SearchScratch(size_t rows, size_t degree) : visited(rows), ids(degree), distances(degree) {}
  VisitedSet visited;
  CandidatePool pool;            // the best candidates, in a filtered walk those that may be returned
  std::vector<Ranked> frontier;  // filtered walk: heap of what is left to expand
  std::vector<RowOffset> ids;    // neighbours of one node that are new
  std::vector<float> distances;  // of ids
  // Insertion only.
  std::vector<Ranked> candidates;   // links to choose from
  std::vector<RowOffset> selected;  // what was chosen of them
  std::vector<RowOffset> chosen;    // the new row's links, from its top level down
  std::vector<size_t> chosen_end;   // where each level ends in `chosen`
};

class ScratchPool {
 public:
  /// For graphs of `rows` nodes with at most `degree` links each.
  ScratchPool(size_t rows, size_t degree) : rows_(rows), degree_(degree) {}
  std::unique_ptr<SearchScratch> Take() EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<SearchScratch> scratch = std::move(free_.back());
        free_.pop_back();
        return scratch;
      }
    }
    return std::make_unique<SearchScratch>(rows_, degree_);
  }
  void Give(std::unique_ptr<SearchScratch> scratch) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    free_.push_back(std::move(scratch));
  }

 private:
  const size_t rows_;
  const size_t degree_;
  Mutex mutex_;
  std::vector<std::unique_ptr<SearchScratch>> free_ GUARDED_BY(mutex_);
};

/// A scratch taken for one scope.
class ScratchLease {
 public:
  explicit ScratchLease(ScratchPool* pool) : pool_(pool), scratch_(pool->Take()) {}
  ~ScratchLease() { pool_->Give(std::move(scratch_)); }
  ScratchLease(const ScratchLease&) = delete;
  ScratchLease& operator=(const ScratchLease&) = delete;
  SearchScratch* operator->() { return scratch_.get(); }
  SearchScratch* get() { return scratch_.get(); }

 private:
  ScratchPool* pool_;
  std::unique_ptr<SearchScratch> scratch_;
};

}  // namespace redkite::index
