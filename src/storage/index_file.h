// Index file: the sections of one built index in a block file; what they mean belongs to the index (room
// `index`, which knows nothing of files' containers). Format: docs/formats/column_file.md, file kind 5.
// Thread safety: as block_file.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/status.h"
#include "storage/block_file.h"

namespace redkite::storage {

/// Which build of which index a file holds; in the file too, so that a wrong file is refused.
struct IndexIdent {
  SegmentId segment;
  FieldId field;
  IndexId index;
  int64_t build_id = 0;
  uint32_t format_version = 0;  // of the index's own sections
  bool operator==(const IndexIdent&) const = default;
};

/// Section kinds below this are the container's own; the index uses kFirstIndexSection and up.
inline constexpr uint16_t kFirstIndexSection = 16;

/// Begins an index file (its identity is written); the caller adds sections and calls Finish.
Result<std::unique_ptr<BlockFileWriter>> CreateIndexFile(io::FileSystem* fs, const SegmentFiles& files,
                                                         const IndexIdent& ident);
/// Opens it and checks the identity; sections are verified when they are read.
Result<std::unique_ptr<BlockFileReader>> OpenIndexFile(io::FileSystem* fs, const std::string& dir,
                                                       const FileRef& file, const IndexIdent& ident);

}  // namespace redkite::storage
