// JsonChunks: the values at the JSON paths of one filter for the block of rows at hand: from what earlier
// filters kept, or found in the texts and kept for later ones. Thread safety: one thread.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "exec/filter/filter_stats.h"
#include "exec/filter/row_mask.h"
#include "plan/expr.h"
#include "segment/json_path_cache.h"

namespace redkite::exec {

class JsonChunks {
 public:
  /// `paths` may be nullptr: nothing is kept.
  JsonChunks(const segment::JsonPaths* paths, size_t row_count) : paths_(paths), row_count_(row_count) {}
  /// The cells (exec/filter/json_cell.h) of the block, valid until the next call; `ref` lives as long as
  /// this. nullptr: looking at the texts of the `active` rows costs less, or nothing is kept.
  const segment::JsonPathChunk* Find(const plan::ColumnRef& ref, const BlockValues& block,
                                     const RowBits& active, FilterStats* stats);

 private:
  struct Kept {
    std::string path;
    std::shared_ptr<segment::JsonPathValues> values;  // nullptr: not kept
  };
  Kept* KeptOf(const plan::ColumnRef& ref);

  const segment::JsonPaths* const paths_;
  const size_t row_count_;
  std::unordered_map<const plan::ColumnRef*, Kept> kept_;
  std::unique_ptr<segment::JsonPathChunk> spare_;  // of a block that found no room
};

}  // namespace redkite::exec
