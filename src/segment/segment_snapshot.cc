#include "segment/segment_snapshot.h"

#include <algorithm>

#include "storage/column_file.h"

namespace redkite::segment {

const FieldIndex* SegmentSnapshot::FindIndex(FieldId field) const {
  for (const FieldIndex& i : indexes) {
    if (i.field == field) return &i;
  }
  return nullptr;
}

bool SegmentSnapshot::HasIndex(IndexId index) const {
  const auto is_it = [index](const auto& i) { return i.second == index; };
  return std::any_of(indexes.begin(), indexes.end(), [&](const FieldIndex& i) { return i.id == index; }) ||
         (deferred && std::any_of(deferred->indexes.begin(), deferred->indexes.end(), is_it));
}

Status DeferredParts::Verify(std::span<const FieldId> fields, const CancelToken* cancel) const {
  for (const auto& [field, file] : columns) {
    const bool wanted = std::find(fields.begin(), fields.end(), field) != fields.end();
    if (wanted) RK_RETURN_IF_ERROR(file->VerifyAll(cancel));
  }
  return Status::Ok();
}

Status DeferredParts::VerifyAll(const CancelToken* cancel) const {
  for (const auto& [field, file] : columns) RK_RETURN_IF_ERROR(file->VerifyAll(cancel));
  return Status::Ok();
}

const QuantizedField* SegmentSnapshot::FindQuantized(FieldId field, Metric metric) const {
  for (const QuantizedField& q : quantized) {
    if (q.field == field && q.metric == metric) return &q;
  }
  return nullptr;
}

const RowBlock& SegmentSnapshot::BlockOf(RowOffset row) const {
  auto it = std::upper_bound(blocks.begin(), blocks.end(), row,
                             [](RowOffset r, const auto& block) { return r < block->first_row; });
  CHECK(it != blocks.begin());
  return **(it - 1);
}

void SegmentSnapshot::ExcludeInvisible(Timestamp read_ts, ExcludeBitset* exclude) const {
  deletes->ExcludeAt(read_ts, exclude);
  if (max_ts <= read_ts) return;
  for (const auto& block : blocks) {
    if (block->max_ts <= read_ts) continue;
    for (size_t r = 0; r < block->row_count; ++r) {
      if (block->timestamps[r] > read_ts) exclude->Exclude(block->first_row + r);
    }
  }
}

void SegmentSnapshot::ExcludeInsertedBefore(Timestamp ts, ExcludeBitset* exclude) const {
  if (min_ts >= ts) return;
  for (const auto& block : blocks) {
    if (block->min_ts >= ts) continue;
    for (size_t r = 0; r < block->row_count; ++r) {
      if (block->timestamps[r] < ts) exclude->Exclude(block->first_row + r);
    }
  }
}

size_t SegmentSnapshot::memory_bytes() const {
  size_t bytes = 0;
  for (const auto& block : blocks) bytes += block->memory_bytes;
  return bytes;
}

}  // namespace redkite::segment
