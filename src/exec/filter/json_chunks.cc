#include "exec/filter/json_chunks.h"

#include <bit>

#include "exec/filter/json_cell.h"

namespace redkite::exec {
namespace {

size_t CountActive(const BlockValues& block, const RowBits& active) {
  size_t count = 0;
  for (size_t w = 0; w < block.rows.words(); ++w)
    count += static_cast<size_t>(std::popcount(active.words[w] & block.ValidWord(w)));
  return count;
}

void Fill(const plan::ColumnRef& ref, const BlockValues& block, segment::JsonPathChunk* chunk,
          FilterStats* stats) {
  chunk->present = 0;
  for (size_t i = 0; i < block.rows.count; ++i) {
    const size_t row = block.rows.begin + i;
    JsonCell cell;
    if (block.column.IsValid(row)) {
      const std::string_view text = block.column.TextAt(row);
      cell = PackJson(FindJson(text, ref.path), text);
      ++stats->json_lookups;
    }
    chunk->kinds[i] = cell.kind;
    chunk->values[i] = cell.value;
    chunk->present |= KindBitOf(cell);
  }
}

}  // namespace

JsonChunks::Kept* JsonChunks::KeptOf(const plan::ColumnRef& ref) {
  const auto [it, is_new] = kept_.try_emplace(&ref);
  Kept& kept = it->second;
  if (is_new) {
    for (const plan::JsonStep& step : ref.path) kept.path += std::to_string(step.key.size()) + ":" + step.key;
    kept.values = paths_->Open(ref.field, kept.path, row_count_);
  }
  return kept.values == nullptr ? nullptr : &kept;
}

const segment::JsonPathChunk* JsonChunks::Find(const plan::ColumnRef& ref, const BlockValues& block,
                                               const RowBits& active, FilterStats* stats) {
  Kept* kept = paths_ == nullptr ? nullptr : KeptOf(ref);
  if (kept == nullptr) return nullptr;
  const size_t wanted = CountActive(block, active);
  const size_t number = block.rows.begin / segment::kJsonChunkRows;
  if (const segment::JsonPathChunk* found = kept->values->Find(number)) {
    stats->json_kept += wanted;
    return found;
  }
  // Where few rows are asked for, the others' texts are not read.
  if (wanted == 0 || wanted * 2 < block.rows.count) return nullptr;
  if (spare_ == nullptr) spare_ = std::make_unique<segment::JsonPathChunk>();
  Fill(ref, block, spare_.get(), stats);
  if (paths_->Keep(ref.field, kept->path, kept->values.get(), number, &spare_))
    return kept->values->Find(number);
  if (kept->values->Find(number) == nullptr) kept->values.reset();  // no room: the texts from now on
  return spare_.get();
}

}  // namespace redkite::exec
