#include "segment/segment_merge.h"

#include <algorithm>

#include "storage/column_file.h"
#include "types/absent_value.h"

namespace redkite::segment {
namespace {

storage::ColumnShape ShapeOf(SegmentId segment, const FieldSchema& field, size_t rows) {
  return {segment, field.id, field.type, field.dim, rows};
}

// Appends kept rows of one input to `run`, from position `at` on, until it holds `bytes_max`; returns where
// it stopped.
size_t Gather(const MergeInput& input, const FieldSchema& field, size_t at, size_t bytes_max, Column* run) {
  const ColumnView* view = input.segment->blocks[0]->Find(field.id);
  const std::vector<RowOffset>& kept = input.kept;
  const bool plain = view != nullptr && view->validity == nullptr && view->offsets == nullptr;
  const size_t value_bytes = std::max<size_t>(1, ValueBytes(run->type(), run->dim()));
  while (at < kept.size() && run->view().data_bytes() < bytes_max) {
    if (view == nullptr) {
      AppendAbsent(field, run);
      ++at;
    } else if (!plain) {
      run->AppendFrom(*view, kept[at++]);
    } else {
      const size_t most = std::min(kept.size() - at, bytes_max / value_bytes + 1);
      size_t n = 1;  // neighbours at once
      while (n < most && kept[at + n] == kept[at] + n) ++n;
      run->AppendRaw(view->data + kept[at] * value_bytes, n);
      at += n;
    }
  }
  return at;
}

// Rows that were deleted in time, and with them the newest of these deletes.
ExcludeBitset DroppedRows(const SegmentSnapshot& segment, const DropRule& rule, Timestamp* newest_delete) {
  ExcludeBitset dropped(segment.row_count);
  for (const DeleteEntry& e : segment.deletes->Entries()) {
    if (e.ts > rule.horizon) continue;
    dropped.Exclude(e.row);
    *newest_delete = std::max(*newest_delete, e.ts);
  }
  return dropped;
}

bool HasExpired(const SegmentSnapshot& segment, const DropRule& rule) {
  return segment.min_ts < rule.expired_before;
}

size_t DropExpired(const SegmentSnapshot& segment, const DropRule& rule, ExcludeBitset* dropped) {
  size_t count = 0;
  for (size_t r = 0; r < segment.row_count; ++r) {
    if (segment.blocks[0]->timestamps[r] >= rule.expired_before || dropped->Test(r)) continue;
    dropped->Exclude(r);
    ++count;
  }
  return count;
}

}  // namespace

size_t CountDropped(const SegmentSnapshot& segment, const DropRule& rule) {
  const size_t deleted = segment.deletes->CountUpTo(rule.horizon);
  if (!HasExpired(segment, rule)) return deleted;
  Timestamp newest_delete = 0;
  ExcludeBitset dropped = DroppedRows(segment, rule, &newest_delete);
  return deleted + DropExpired(segment, rule, &dropped);
}

MergeRows ChooseRows(std::vector<std::shared_ptr<const SegmentSnapshot>> inputs, const DropRule& rule) {
  MergeRows rows;
  for (auto& segment : inputs) {
    CHECK(!segment->growing && segment->blocks.size() == 1);
    ExcludeBitset dropped = DroppedRows(*segment, rule, &rows.history_from);
    if (HasExpired(*segment, rule) && DropExpired(*segment, rule, &dropped) > 0)
      rows.expiry_from = rule.horizon;
    MergeInput input;
    input.first_row = static_cast<RowOffset>(rows.row_count);
    input.kept.reserve(dropped.CountKept());
    for (size_t r = 0; r < segment->row_count; ++r) {
      if (dropped.Test(r)) continue;
      input.kept.push_back(static_cast<RowOffset>(r));
      const Timestamp ts = segment->blocks[0]->timestamps[r];
      rows.min_ts = std::min(rows.min_ts, ts);
      rows.max_ts = std::max(rows.max_ts, ts);
    }
    rows.row_count += input.kept.size();
    input.segment = std::move(segment);
    rows.inputs.push_back(std::move(input));
  }
  return rows;
}

void MapDeletes(const MergeInput& input, std::span<const DeleteEntry> deletes,
                std::vector<DeleteEntry>* out) {
  for (const DeleteEntry& e : deletes) {
    const auto at = std::lower_bound(input.kept.begin(), input.kept.end(), e.row);
    if (at == input.kept.end() || *at != e.row) continue;
    out->push_back({static_cast<RowOffset>(input.first_row + (at - input.kept.begin())), e.ts});
  }
}

SegmentMerge::SegmentMerge(io::FileSystem* fs, storage::SegmentFiles files, const MergeRows* rows,
                           const CollectionSchema* schema)
    : fs_(fs), files_(std::move(files)), rows_(*rows), schema_(*schema) {
  CHECK(rows_.row_count > 0);
  meta_.id = files_.segment;
  meta_.partition = rows_.inputs[0].segment->partition;
  meta_.row_count = rows_.row_count;
  meta_.schema_version = schema_.version;
  meta_.min_timestamp = rows_.min_ts;
  meta_.max_timestamp = rows_.max_ts;
}

Result<bool> SegmentMerge::Step(size_t bytes_max) {
  if (field_ < schema_.fields.size()) {
    RK_RETURN_IF_ERROR(StepColumn(schema_.fields[field_], bytes_max));
    return false;
  }
  RK_RETURN_IF_ERROR(WriteRowArrays());
  return true;
}

Status SegmentMerge::StepColumn(const FieldSchema& field, size_t bytes_max) {
  if (writer_ == nullptr) {
    RK_ASSIGN_OR_RETURN(writer_, storage::ColumnFileWriter::Create(
                                     fs_, files_, ShapeOf(files_.segment, field, rows_.row_count)));
    input_ = at_ = 0;
  }
  Column run(field.id, field.type, field.dim);
  while (input_ < rows_.inputs.size() && run.view().data_bytes() < bytes_max) {
    const MergeInput& input = rows_.inputs[input_];
    at_ = Gather(input, field, at_, bytes_max, &run);
    if (at_ < input.kept.size()) break;
    ++input_;
    at_ = 0;
  }
  RK_RETURN_IF_ERROR(writer_->Append(run.view()));
  if (input_ < rows_.inputs.size()) return Status::Ok();
  RK_ASSIGN_OR_RETURN(auto ref, writer_->Finish());
  meta_.columns.push_back(std::move(ref));
  writer_.reset();
  ++field_;
  return Status::Ok();
}

Status SegmentMerge::WriteRowArrays() {
  std::vector<Timestamp> timestamps;
  timestamps.reserve(rows_.row_count);
  for (const MergeInput& input : rows_.inputs) {
    for (const RowOffset row : input.kept) timestamps.push_back(input.segment->blocks[0]->timestamps[row]);
  }
  const FieldSchema& pk = schema_.primary();
  const auto ref = std::find_if(meta_.columns.begin(), meta_.columns.end(),
                                [&](const storage::ColumnRef& c) { return c.field == pk.id; });
  RK_ASSIGN_OR_RETURN(
      const auto keys,
      storage::ColumnFile::Open(fs_, files_.dir, ref->file, ShapeOf(files_.segment, pk, rows_.row_count)));
  const std::vector<uint32_t> order = SortByPrimaryKey(keys->view());
  RK_ASSIGN_OR_RETURN(auto refs, storage::WriteColumns(fs_, files_, {{}, timestamps, order}));
  meta_.timestamps = std::move(refs.timestamps);
  meta_.primary_key_order = std::move(refs.primary_key_order);
  return Status::Ok();
}

}  // namespace redkite::segment
