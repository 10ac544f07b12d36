#include "exec/select_rows.h"

#include <algorithm>

#include "base/planted.h"
#include "base/random.h"
#include "exec/absent_values.h"

namespace redkite::exec {
namespace {

using segment::PrimaryKey;
using segment::RowBlock;
using segment::SegmentSnapshot;

// Leaves only the rows whose key is one of `keys`.
void KeepKeys(const plan::KeyEquality& keys, const SegmentSnapshot& segment, ExcludeBitset* exclude) {
  std::vector<RowOffset> kept;
  const auto keep = [&](const PrimaryKey& key) {
    segment.ForEachRowOf(key, [&](RowOffset row, Timestamp) {
      if (!exclude->Test(row)) kept.push_back(row);
    });
  };
  for (int64_t number : keys.ints) keep({false, number, {}});
  for (const std::string& text : keys.texts) keep({true, 0, text});
  exclude->ExcludeAll();
  for (RowOffset row : kept) exclude->words()[row >> 6] &= ~(uint64_t{1} << (row & 63));
}

// Leaves a part of the rows that are left. Selection sampling (D. Knuth, TAOCP 2, 3.4.2, algorithm S).
void SampleRows(double part, Random random, ExcludeBitset* exclude) {
  size_t left = exclude->CountKept();
  auto wanted = static_cast<size_t>(static_cast<double>(left) * part + random.Unit());
  std::vector<uint64_t>& words = exclude->words();
  for (size_t row = 0; row < exclude->size(); row += 64) {
    uint64_t kept = ~words[row / 64];
    if (exclude->size() - row < 64) kept &= (uint64_t{1} << (exclude->size() - row)) - 1;
    for (; kept != 0; kept &= kept - 1, --left) {
      if (random.Below(left) < wanted)
        --wanted;
      else
        words[row / 64] |= kept & (~kept + 1);
    }
  }
}

}  // namespace

void CopyBlockBits(const ExcludeBitset& segment_bits, const RowBlock& block, ExcludeBitset* block_bits) {
  const size_t shift = block.first_row & 63, word = block.first_row >> 6;
  const std::vector<uint64_t>& from = segment_bits.words();
  for (size_t i = 0; i < block_bits->words().size(); ++i) {
    uint64_t bits = from[word + i] >> shift;
    if (shift != 0 && word + i + 1 < from.size()) bits |= from[word + i + 1] << (64 - shift);
    block_bits->words()[i] = bits;
  }
  block_bits->ClearTail();
}

void AddBlockBits(const ExcludeBitset& block_bits, size_t first_row, ExcludeBitset* segment_bits) {
  const size_t shift = first_row & 63, word = first_row >> 6;
  std::vector<uint64_t>& to = segment_bits->words();
  for (size_t i = 0; i < block_bits.words().size(); ++i) {
    const uint64_t bits = block_bits.words()[i];
    if (bits == 0) continue;
    to[word + i] |= bits << shift;
    if (shift != 0 && (bits >> (64 - shift)) != 0) to[word + i + 1] |= bits >> (64 - shift);
  }
}

Status FilterBlock(const plan::RowSelection& selection, const RowBlock& block, const CancelToken* cancel,
                   FilterStats* stats, ExcludeBitset* exclude) {
  AbsentValues values(selection.schema.get());
  FilterInput input;
  input.row_count = block.row_count;
  input.column = [&block](FieldId field) -> std::optional<ColumnView> {
    const ColumnView* column = block.Find(field);
    return column == nullptr ? std::nullopt : std::optional<ColumnView>(*column);
  };
  input.absent = [&values](FieldId field) -> std::optional<ColumnView> {
    const ColumnView* value = values.Find(field);
    return value == nullptr ? std::nullopt : std::optional<ColumnView>(*value);
  };
  input.zones = [&block](FieldId field) { return block.FindZones(field); };
  input.json_paths = block.json_paths.get();
  input.cancel = cancel;
  return EvalFilter(selection.filter, input, exclude, stats);
}

void ExcludeUnseen(const plan::RowSelection& selection, const SegmentSnapshot& segment,
                   ExcludeBitset* exclude) {
  segment.ExcludeInvisible(selection.read_ts, exclude);
  segment.ExcludeInsertedBefore(selection.expired_before, exclude);
}

bool SelectsAllRows(const plan::RowSelection& selection, const SegmentSnapshot& segment) {
  const bool none_deleted =
      segment.deletes->empty() || (!segment.growing && RK_PLANTED("sealed_delete_ignored"));
  return selection.filter.always_true() && none_deleted && segment.max_ts <= selection.read_ts &&
         segment.min_ts >= selection.expired_before;
}

bool SkipsSegment(const plan::RowSelection& selection, const SegmentSnapshot& segment) {
  return segment.row_count == 0 || segment.min_ts > selection.read_ts ||
         segment.max_ts < selection.expired_before || (selection.ignore_growing && segment.growing) ||
         (!selection.partitions.empty() &&
          !std::binary_search(selection.partitions.begin(), selection.partitions.end(), segment.partition) &&
          !(segment.growing && RK_PLANTED("growing_ignores_partition")));
}

namespace {

Status SelectPassing(const plan::RowSelection& selection, const SegmentSnapshot& segment,
                     const CancelToken* cancel, ReadStats* stats, ExcludeBitset* exclude) {
  ExcludeUnseen(selection, segment, exclude);
  if (selection.filter.always_false()) {
    exclude->ExcludeAll();
    return Status::Ok();
  }
  if (selection.keys) KeepKeys(*selection.keys, segment, exclude);
  if (selection.filter.always_true() || (selection.keys && selection.keys->exact)) return Status::Ok();
  FilterStats work;
  for (const auto& block : segment.blocks) {
    if (segment.blocks.size() == 1) {
      RK_RETURN_IF_ERROR(FilterBlock(selection, *block, cancel, &work, exclude));
      break;
    }
    ExcludeBitset part(block->row_count);
    CopyBlockBits(*exclude, *block, &part);
    RK_RETURN_IF_ERROR(FilterBlock(selection, *block, cancel, &work, &part));
    AddBlockBits(part, RK_PLANTED("filter_wrong_block") ? 0 : block->first_row, exclude);
  }
  stats->rows_filtered += static_cast<int64_t>(work.rows);
  return Status::Ok();
}

}  // namespace

Status SelectRows(const plan::RowSelection& selection, const SegmentSnapshot& segment,
                  const CancelToken* cancel, ReadStats* stats, ExcludeBitset* exclude) {
  RK_RETURN_IF_ERROR(SelectPassing(selection, segment, cancel, stats, exclude));
  if (const auto part = selection.filter.sample()) {
    SampleRows(*part, Random(selection.sample_seed ^ static_cast<uint64_t>(segment.id.value())), exclude);
  }
  return Status::Ok();
}

Result<SelectedRows> SelectFrom(const plan::RowSelection& selection, const SegmentSnapshot& segment,
                                const CancelToken* cancel, ReadStats* stats) {
  SelectedRows selected;
  if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
  if (SkipsSegment(selection, segment)) return selected;
  ++stats->segments;
  selected.any = true;
  if (SelectsAllRows(selection, segment)) return selected;
  selected.excluded.emplace(segment.row_count);
  RK_RETURN_IF_ERROR(SelectRows(selection, segment, cancel, stats, &*selected.excluded));
  const size_t count = selected.excluded->CountExcluded();
  stats->rows_excluded += static_cast<int64_t>(count);
  selected.any = count < segment.row_count;
  return selected;
}

}  // namespace redkite::exec
