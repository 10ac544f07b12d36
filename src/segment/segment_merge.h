// SegmentMerge: rows of several sealed segments become the files of one, without the rows that no read can
// ask for any more. Kept rows stay in the order of the inputs; primary keys and timestamps are what they
// were.
//
// ChooseRows decides once which rows go; deletes that come later are moved by MapDeletes. Thread safety: one
// thread at a time. Memory: 4 bytes per kept row for MergeRows; while it runs, 12 bytes per row more and one
// step's bytes (texts: 8 bytes per row more), never a whole column.
#pragma once

#include <memory>
#include <vector>

#include "segment/segment_snapshot.h"
#include "storage/column_file_writer.h"
#include "storage/manifest.h"

namespace redkite::segment {

/// Rows that may go: those deleted at or before `horizon`, and those inserted before `expired_before`, which
/// had outlived their time to live at the horizon (0: none have).
struct DropRule {
  Timestamp horizon = 0;
  Timestamp expired_before = 0;
};
/// How many rows of a sealed segment the rule drops.
size_t CountDropped(const SegmentSnapshot& segment, const DropRule& rule);

struct MergeInput {
  std::shared_ptr<const SegmentSnapshot> segment;  // sealed
  std::vector<RowOffset> kept;                     // rising
  RowOffset first_row = 0;                         // where its rows begin in the output
};

struct MergeRows {
  std::vector<MergeInput> inputs;
  size_t row_count = 0;
  Timestamp min_ts = kMaxTimestamp, max_ts = 0;  // of the kept rows
  /// The newest delete of a dropped row: reads before it would miss that row.
  Timestamp history_from = 0;
  /// Reads before it would miss a row that had not outlived its time to live by then; 0: there is none.
  Timestamp expiry_from = 0;
};

/// Leaves out what the rule drops. `inputs` are of one partition.
MergeRows ChooseRows(std::vector<std::shared_ptr<const SegmentSnapshot>> inputs, const DropRule& rule);

/// `deletes` of the input as deletes of the output. Those of dropped rows are left out.
void MapDeletes(const MergeInput& input, std::span<const DeleteEntry> deletes, std::vector<DeleteEntry>* out);

class SegmentMerge {
 public:
  /// `rows` and `schema` outlive it; `rows` are not none.
  SegmentMerge(io::FileSystem* fs, storage::SegmentFiles files, const MergeRows* rows,
               const CollectionSchema* schema);
  /// Writes about `bytes_max` more; true when all files are written.
  Result<bool> Step(size_t bytes_max);
  /// After the last step. Without deletes and indexes.
  const storage::SegmentMeta& meta() const { return meta_; }

 private:
  Status StepColumn(const FieldSchema& field, size_t bytes_max);
  Status WriteRowArrays();

  io::FileSystem* const fs_;
  const storage::SegmentFiles files_;
  const MergeRows& rows_;
  const CollectionSchema& schema_;
  storage::SegmentMeta meta_;
  std::unique_ptr<storage::ColumnFileWriter> writer_;  // of the column under way
  size_t field_ = 0;                                   // in schema_.fields
  size_t input_ = 0, at_ = 0;                          // the next row of that column: position in `kept`
};

}  // namespace redkite::segment
