#include "base/planted.h"
#include "meta/catalog.h"
#include "meta/catalog_keys.h"

namespace redkite::meta {
namespace {

Status NotFound(std::string_view name) {
  return {Code::kDatabaseNotFound, "database not found[database=" + std::string(name) + "]"};
}

}  // namespace

std::vector<DatabaseMeta> Catalog::ListDatabases() const {
  MutexLock lock(mutex_);
  std::vector<DatabaseMeta> out;
  for (const auto& [id, entry] : databases_) out.push_back(entry.meta);
  return out;
}

Result<Catalog::DatabaseEntry> Catalog::FindDatabase(std::string_view name) const {
  const std::string_view wanted = name.empty() ? kDefaultDatabaseName : name;
  MutexLock lock(mutex_);
  for (const auto& [id, entry] : databases_) {
    if (entry.meta.name == wanted) return entry;
  }
  return NotFound(wanted);
}

std::string Catalog::DatabaseNameLocked(DatabaseId id) const {
  const auto it = databases_.find(id.value());
  return it == databases_.end() ? std::to_string(id.value()) : it->second.meta.name;
}

std::string Catalog::DatabaseName(DatabaseId id) const {
  MutexLock lock(mutex_);
  return DatabaseNameLocked(id);
}

Result<DatabaseMeta> Catalog::GetDatabase(std::string_view name) const {
  RK_ASSIGN_OR_RETURN(DatabaseEntry entry, FindDatabase(name));
  return std::move(entry.meta);
}

Result<DatabaseMeta> Catalog::CreateDatabase(DatabaseMeta meta, size_t count_max) {
  RK_ASSIGN_OR_RETURN(const int64_t id, AllocateId());
  meta.id = DatabaseId(id);
  MutexLock write_lock(write_mutex_);
  if (FindDatabase(meta.name).ok()) return Status::Invalid("database already exist: " + meta.name);
  {
    MutexLock lock(mutex_);
    if (databases_.size() >= count_max) {
      return Status(Code::kDatabaseNumLimitExceeded,
                    "exceeded the limit number of database[limit=" + std::to_string(count_max) + "]");
    }
  }
  const std::string key = IdKey(kDatabasePrefix, id), name_key = DatabaseNameKey(meta.name);
  DatabaseEntry entry{std::move(meta), 0};
  RK_RETURN_IF_ERROR(CommitOrConflict(
      {{{key, 0}, {name_key, 0}},
       {{key, EncodeDatabase(entry.meta)}, {name_key, EncodeNumber(static_cast<uint64_t>(id))}},
       {}},
      &entry.revision));
  MutexLock lock(mutex_);
  databases_.insert_or_assign(id, entry);
  return entry.meta;
}

// Creating a collection takes write_mutex_ too, so none can appear in a database that is going.
Status Catalog::DropDatabase(std::string_view name) {
  MutexLock write_lock(write_mutex_);
  RK_ASSIGN_OR_RETURN(const DatabaseEntry entry, FindDatabase(name));
  const DatabaseId id = entry.meta.id;
  if (id == kDefaultDatabaseId) return Status::Invalid("can not drop default database");
  if (!ListCollections(id).empty() && !RK_PLANTED("database_dropped_with_collections")) {
    return Status::Invalid("database:" + entry.meta.name +
                           " not empty, must drop all collections before drop database");
  }
  const std::string key = IdKey(kDatabasePrefix, id.value());
  uint64_t revision = 0;
  RK_RETURN_IF_ERROR(
      CommitOrConflict({{{key, entry.revision}}, {}, {key, DatabaseNameKey(entry.meta.name)}}, &revision));
  MutexLock lock(mutex_);
  databases_.erase(id.value());
  return Status::Ok();
}

Result<DatabaseMeta> Catalog::UpdateDatabase(std::string_view name,
                                             const std::function<Status(DatabaseMeta*)>& change) {
  MutexLock write_lock(write_mutex_);
  RK_ASSIGN_OR_RETURN(DatabaseEntry entry, FindDatabase(name));
  const DatabaseMeta before = entry.meta;
  RK_RETURN_IF_ERROR(change(&entry.meta));
  if (entry.meta.id != before.id || entry.meta.name != before.name) {
    return Status::Internal("id and name of a database do not change: " + before.name);
  }
  const std::string key = IdKey(kDatabasePrefix, before.id.value());
  RK_RETURN_IF_ERROR(
      CommitOrConflict({{{key, entry.revision}}, {{key, EncodeDatabase(entry.meta)}}, {}}, &entry.revision));
  MutexLock lock(mutex_);
  databases_.insert_or_assign(before.id.value(), entry);
  return entry.meta;
}

}  // namespace redkite::meta
