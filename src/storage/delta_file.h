// Delta file: all deletes of one sealed segment as (row offset, delete timestamp). Format:
// docs/formats/delta_file.md. A later file replaces an earlier one: it holds the earlier deletes too. Thread
// safety: the functions share no state; DeltaRows is plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "storage/block_file.h"
#include "types/timestamp.h"

namespace redkite::storage {

struct DeltaRows {
  std::vector<RowOffset> rows;        // in the caller's order
  std::vector<Timestamp> timestamps;  // one per row
  bool operator==(const DeltaRows&) const = default;
};

Result<FileRef> WriteDelta(io::FileSystem* fs, const SegmentFiles& files, const DeltaRows& deltas);
/// Verified whole; every row is below `row_count`, the rows of the segment.
Result<DeltaRows> ReadDelta(io::FileSystem* fs, const std::string& dir, const FileRef& file,
                            SegmentId segment, uint64_t row_count);

}  // namespace redkite::storage
