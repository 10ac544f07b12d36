#include "engine/collection_dirs.h"

#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include "io/file_paths.h"

namespace redkite::engine {
namespace {

constexpr std::string_view kMarkerSuffix = ".new";
constexpr std::string_view kDamagedSuffix = ".damaged";

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
    } else if (marked || id.value() <= id_max) {
      survey.leftovers.push_back(id);
    } else {
      survey.lost.push_back(id);
    }
  }
  return survey;
}

Status CollectionDirs::SetAside(CollectionId id) {
  const std::string dir = dir_->collection_dir(id);
  RK_RETURN_IF_ERROR(fs_->Rename(dir, dir + std::string(kDamagedSuffix)));
  return fs_->SyncDir(dir_->collections_dir());
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
