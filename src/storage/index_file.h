// Index file: what one built index saved, in a block file. What the bytes mean belongs to the index, which
// writes to and reads from plain bytes and knows nothing of the container. Format:
// docs/formats/column_file.md, file kind 5. Thread safety: the functions share no state; an open IndexFile is
// immutable and shared. Ownership: an IndexFile owns its map; bytes() lives as long as the IndexFile.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/status.h"
#include "storage/block_file.h"

namespace redkite::storage {

/// Which build of which index a file holds; in the file too, so that a wrong file is refused.
struct IndexIdent {
  SegmentId segment{};
  FieldId field{};
  IndexId index{};
  int64_t build_id = 0;
  uint32_t format_version = 0;  // of the index's own bytes
  bool operator==(const IndexIdent&) const = default;
};

/// `save` appends the index to the file that it gets (Append alone; Sync and Close do nothing there). Durable
/// on return.
Result<FileRef> WriteIndexFile(io::FileSystem* fs, const SegmentFiles& files, const IndexIdent& ident,
                               const std::function<Status(io::WritableFile*)>& save);

struct IndexOpenOptions {
  MemoryLedger* memory = nullptr;       // see BlockFileReader::Open
  const CancelToken* cancel = nullptr;  // ends the verification
};

class IndexFile {
 public:
  /// Checks the identity and verifies every block.
  static Result<std::shared_ptr<const IndexFile>> Open(io::FileSystem* fs, const std::string& dir,
                                                       const FileRef& file, const IndexIdent& ident,
                                                       const IndexOpenOptions& options = {});
  /// What `save` appended, aligned to 64 bytes.
  std::span<const std::byte> bytes() const { return bytes_; }
  uint64_t mapped_bytes() const { return reader_->ref().length_bytes; }
  bool is_resident() const { return reader_->is_resident(); }

 private:
  IndexFile() = default;
  std::unique_ptr<BlockFileReader> reader_;
  std::span<const std::byte> bytes_;
};

}  // namespace redkite::storage
