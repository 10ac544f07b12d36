// CollectionDirs: the directories of collections under `collections/`, and what they say at a start about
// collections that the catalog does not have.
//
// A directory is made before its collection is in the catalog and removed after it has left. While it is
// being made a marker file `<id>.new` stands beside it. So a directory without a record belongs to a create
// that was cut (it has its marker), to a drop that was cut (its id is not above the largest that the catalog
// ever had), or to a collection that the catalog has lost: a damaged or older `meta/`, which is refused;
// nothing of it is removed. Nor is anything of a directory that was renamed, which its MANIFEST tells.
// Thread safety: any thread; calls about one collection one after the other.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "io/file_system.h"
#include "storage/data_dir.h"

namespace redkite::engine {

/// kDataIntegrity when the MANIFEST in `dir`, of `generation`, is older than the catalog has noted one: the
/// log was trimmed for that one.
Status CheckGeneration(const std::string& dir, uint64_t generation, uint64_t noted);

class CollectionDirs {
 public:
  CollectionDirs(io::FileSystem* fs, const storage::DataDir* dir, Logger* logger)
      : fs_(fs), dir_(dir), logger_(logger) {}

  /// Durable marker; then the caller makes the directory.
  Status BeginCreate(CollectionId id);
  /// The collection is in the catalog.
  void EndCreate(CollectionId id);
  /// Directory, then marker.
  Status Remove(CollectionId id);

  struct Renamed {
    CollectionId id;     // by its name, which is not in the catalog
    CollectionId holds;  // by its MANIFEST
    bool operator==(const Renamed&) const = default;
  };
  struct Survey {
    std::vector<CollectionId> leftovers;  // of creates and drops that were cut
    std::vector<CollectionId> finished;   // in the catalog, the marker is still there
    std::vector<CollectionId> lost;       // from the catalog
    std::vector<Renamed> renamed;
  };
  /// `in_catalog` and `id_max` are the catalog's.
  Result<Survey> Look(const std::function<bool(CollectionId)>& in_catalog, int64_t id_max);
  /// Why a start refuses it.
  Status Refusal(const Renamed& renamed) const;
  /// For a rescue: gives the directory a name of io/set_aside.h, with a warning that says why.
  Status SetAside(CollectionId id, std::string_view why);
  /// What cannot be removed stays until the next start.
  void Clean(const Survey& survey);

 private:
  std::string MarkerOf(CollectionId id) const;
  /// The collection that the directory's manifest names; nothing when there is none that can be read.
  Result<std::optional<CollectionId>> HolderOf(CollectionId id) const;

  io::FileSystem* const fs_;
  const storage::DataDir* const dir_;
  Logger* const logger_;
};

}  // namespace redkite::engine
