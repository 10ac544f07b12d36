// FileRef: what a manifest knows about a file: enough to find that it is the very file which was committed.
// SegmentFiles: where the files of one segment go and how they are named.
// Thread safety: plain data. Units: bytes.
#pragma once

#include <cstdint>
#include <string>

#include "types/ids.h"

namespace redkite::storage {

struct FileRef {
  std::string name;  // inside the shard's directory; empty = no file
  uint64_t length_bytes = 0;
  uint64_t generation = 0;  // also in the file's header and in every block checksum
  uint64_t table_hash = 0;  // of the block table, which holds the checksum of every block
  bool empty() const { return name.empty(); }
  bool operator==(const FileRef&) const = default;
};

/// Names are unique by (segment, what, generation): a file that a manifest may name is never written again.
struct SegmentFiles {
  std::string dir;  // the shard's directory, which exists
  SegmentId segment{};
  uint64_t generation =
      1;  // a number that was never used before for this segment (manifest generation, build id)
};

}  // namespace redkite::storage
