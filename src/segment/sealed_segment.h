// Sealed segments: a frozen growing segment becomes files, and files become a SegmentSnapshot of one mapped
// block. Row offsets stay the same, so deletes and indexes carry over. Thread safety: the functions share no
// state.
#pragma once

#include <memory>

#include "io/file_system.h"
#include "segment/segment_snapshot.h"
#include "storage/index_file.h"
#include "storage/manifest.h"

namespace redkite::segment {

/// Writes the rows of `segment` as column files. Deletes are not among them (see WriteDeletes).
Result<storage::SegmentMeta> WriteSegment(io::FileSystem* fs, const storage::SegmentFiles& files,
                                          const SegmentSnapshot& segment, const CollectionSchema& schema);
/// The deletes of a segment as one delta file; an empty ref when there are none.
Result<storage::FileRef> WriteDeletes(io::FileSystem* fs, const storage::SegmentFiles& files,
                                      const DeleteSet& deletes);
/// What of a segment is copied into memory instead of being mapped, as far as the ledger has room.
struct ResidentParts {
  MemoryLedger* memory = nullptr;
  std::vector<FieldId> columns;
  std::vector<IndexId> indexes;
  bool operator==(const ResidentParts&) const = default;
};
/// Those of a segment that are in memory; without the ledger.
ResidentParts ResidentPartsOf(const SegmentSnapshot& segment);
struct OpenOptions {
  /// An index that cannot be opened is left out and its error noted here: it can be built again.
  std::vector<Status>* unusable = nullptr;
  const ResidentParts* resident = nullptr;
  /// Where filters may keep what they find in the segment's JSON columns; may be nullptr.
  std::shared_ptr<JsonPathCache> json_paths;
  /// Only what tells which rows there are is read; see DeferredParts.
  bool values_later = false;
};
/// Maps and verifies the files that `meta` names: rows, deletes and indexes.
Result<std::shared_ptr<const SegmentSnapshot>> OpenSegment(io::FileSystem* fs, const std::string& dir,
                                                           const storage::SegmentMeta& meta,
                                                           const CollectionSchema& schema,
                                                           const OpenOptions& options = {});
/// Writes a built index; `ref` says which one it is and gets the file.
Status WriteIndex(io::FileSystem* fs, const storage::SegmentFiles& files, const index::AnyIndex& index,
                  storage::IndexRef* ref);
/// Maps an index over the vectors of `segment`, whose rows it keeps; with `options.memory`, see
/// ResidentParts.
Result<FieldIndex> OpenFieldIndex(io::FileSystem* fs, const std::string& dir, const SegmentSnapshot& segment,
                                  const storage::IndexRef& ref,
                                  const storage::IndexOpenOptions& options = {});

}  // namespace redkite::segment
