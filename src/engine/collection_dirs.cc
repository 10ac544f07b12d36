#include "engine/collection_dirs.h"

#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include "io/file_paths.h"
#include "io/set_aside.h"
#include "storage/manifest.h"

namespace redkite::engine {
namespace {

constexpr std::string_view kMarkerSuffix = ".new";

std::optional<CollectionId> ParseId(std::string_view name) {
  int64_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (error != std::errc() || end != name.data() + name.size() || id <= 0) return std::nullopt;
  return CollectionId(id);
}

}  // namespace

Status CheckGeneration(const std::string& dir, uint64_t generation, uint64_t noted) {
  if (generation >= noted) return Status::Ok();
  return Status::Corrupt("the MANIFEST in " + dir + " is of generation " + std::to_string(generation) +
                         ", but there was one of " + std::to_string(noted) + ": it is an older copy");
}

std::string CollectionDirs::MarkerOf(CollectionId id) const {
  return dir_->collection_dir(id) + std::string(kMarkerSuffix);
}

Status CollectionDirs::BeginCreate(CollectionId id) {
  RK_RETURN_IF_ERROR(fs_->CreateDirs(dir_->collections_dir()));
  RK_ASSIGN_OR_RETURN(const auto marker, fs_->Create(MarkerOf(id)));
  RK_RETURN_IF_ERROR(marker->Close());
  return fs_->SyncDir(dir_->collections_dir());
}

void CollectionDirs::EndCreate(CollectionId id) {
  // Not synced: beside a collection of the catalog it means nothing.
  (void)fs_->Remove(MarkerOf(id));
}

Status CollectionDirs::Remove(CollectionId id) {
  RK_RETURN_IF_ERROR(fs_->RemoveTree(dir_->collection_dir(id)));
  RK_ASSIGN_OR_RETURN(const bool has_marker, fs_->Exists(MarkerOf(id)));
  if (!has_marker) return Status::Ok();
  RK_RETURN_IF_ERROR(fs_->SyncDir(dir_->collections_dir()));  // or a power cut could bring it back unmarked
  return fs_->Remove(MarkerOf(id));
}

Result<CollectionDirs::Survey> CollectionDirs::Look(const std::function<bool(CollectionId)>& in_catalog,
                                                    int64_t id_max) {
  Survey survey;
  RK_ASSIGN_OR_RETURN(const bool exists, fs_->Exists(dir_->collections_dir()));
  if (!exists) return survey;
  RK_ASSIGN_OR_RETURN(const auto listing, fs_->List(dir_->collections_dir()));
  std::map<CollectionId, bool> has_marker;
  for (const io::FileInfo& info : listing) {
    std::string_view name = info.name;
    const bool is_marker = !info.is_dir && name.ends_with(kMarkerSuffix);
    if (is_marker) name.remove_suffix(kMarkerSuffix.size());
    const auto id = ParseId(name);
    if (id && (info.is_dir || is_marker)) has_marker[*id] = has_marker[*id] || is_marker;
  }
  for (const auto& [id, marked] : has_marker) {
    if (in_catalog(id)) {
      if (marked) survey.finished.push_back(id);
      continue;
    }
    RK_ASSIGN_OR_RETURN(const auto holder, HolderOf(id));
    if (holder.has_value() && *holder != id) {
      survey.renamed.push_back({id, *holder});
    } else if (marked || id.value() <= id_max) {
      survey.leftovers.push_back(id);
    } else {
      survey.lost.push_back(id);
    }
  }
  return survey;
}

Result<std::optional<CollectionId>> CollectionDirs::HolderOf(CollectionId id) const {
  const std::string dir = dir_->collection_dir(id);
  const auto listing = fs_->List(dir);
  // Of a create or drop that was cut there may be a marker alone.
  if (listing.status().code() == Code::kKeyNotFound) return std::optional<CollectionId>();
  RK_RETURN_IF_ERROR(listing.status());
  for (const io::FileInfo& info : *listing) {
    if (!info.is_dir) continue;
    const auto manifests = storage::ManifestStore::Open(fs_, io::JoinPath(dir, info.name));
    if (manifests.status().code() == Code::kDataIntegrity) continue;
    RK_RETURN_IF_ERROR(manifests.status());
    if (const auto manifest = (*manifests)->current())
      return std::optional<CollectionId>(manifest->collection);
  }
  return std::optional<CollectionId>();
}

Status CollectionDirs::Refusal(const Renamed& renamed) const {
  return Status::Corrupt("the MANIFEST in " + dir_->collection_dir(renamed.id) + " is of collection " +
                         std::to_string(renamed.holds.value()) +
                         ": the directory was renamed or copied from " + dir_->collection_dir(renamed.holds));
}

Status CollectionDirs::SetAside(CollectionId id, std::string_view why) {
  const std::string dir = dir_->collection_dir(id);
  RK_ASSIGN_OR_RETURN(const std::string aside, io::SetAside(fs_, dir));
  logger_->Warn("rescue: a collection's directory was set aside",
                {{"dir", dir}, {"as", aside}, {"why", why}});
  return Status::Ok();
}

void CollectionDirs::Clean(const Survey& survey) {
  for (const CollectionId id : survey.finished) EndCreate(id);
  for (const CollectionId id : survey.leftovers) {
    if (Status removed = Remove(id); !removed.ok()) {
      logger_->Warn("files of a dropped collection stay until the next start",
                    {{"dir", dir_->collection_dir(id)}, {"error", removed.message()}});
    }
  }
}

}  // namespace redkite::engine
