// ColumnFileWriter: a column file written run by run, for columns that are too large to be held at once
// (compaction). WriteColumn of column_file.h writes one that is in memory; both make the same file but for
// the order of its sections. Thread safety: one thread. Memory: the run at hand; 8 bytes per row for texts,
// one bit per row where there are nulls.
#pragma once

#include <memory>
#include <vector>

#include "storage/column_file.h"

namespace redkite::storage {

class ColumnFileWriter {
 public:
  /// `shape.row_count` rows must follow. An unfinished file is garbage.
  static Result<std::unique_ptr<ColumnFileWriter>> Create(io::FileSystem* fs, const SegmentFiles& files,
                                                          const ColumnShape& shape);
  /// `rows` has the type of the shape.
  Status Append(const ColumnView& rows);
  /// The file is durable on return, its name with the manifest that names it.
  Result<ColumnRef> Finish();

 private:
  ColumnFileWriter(const ColumnShape& shape, std::unique_ptr<BlockFileWriter> writer);
  void AddValidity(const ColumnView& rows);

  const ColumnShape shape_;
  std::unique_ptr<BlockFileWriter> writer_;
  size_t row_count_ = 0;
  std::vector<uint64_t> offsets_;
  std::vector<uint64_t> validity_;  // empty while there is no null
  StatsSum stats_;
  ZoneSum zones_;
};

}  // namespace redkite::storage
