#include <algorithm>

#include "base/planted.h"
#include "meta/catalog.h"
#include "meta/catalog_keys.h"

namespace redkite::meta {
namespace {

// A copy with the alias added or removed.
CollectionPtr With(const CollectionMeta& meta, const std::string& alias) {
  auto next = std::make_shared<CollectionMeta>(meta);
  next->aliases.push_back(alias);
  return next;
}
CollectionPtr Without(const CollectionMeta& meta, const std::string& alias) {
  auto next = std::make_shared<CollectionMeta>(meta);
  std::erase(next->aliases, alias);
  return next;
}

}  // namespace

Result<CollectionId> Catalog::FindAlias(DatabaseId database, const std::string& alias) const {
  MutexLock lock(mutex_);
  const auto it = aliases_.find({database, alias});
  if (it != aliases_.end()) return it->second;
  return Status(Code::kAliasNotFound,
                "alias not found[database=" + DatabaseNameLocked(database) + "][alias=" + alias + "]");
}

Status Catalog::CreateAlias(DatabaseId database, const std::string& alias, CollectionId collection) {
  MutexLock write_lock(write_mutex_);
  RK_ASSIGN_OR_RETURN(const Entry entry, FindEntry(collection));
  {
    MutexLock lock(mutex_);
    const std::string where = "[database=" + DatabaseNameLocked(database) + "][alias=" + alias + "]";
    if (names_.contains({database, alias})) {
      return {Code::kAliasCollectionNameConflict, "alias and collection name conflict" + where};
    }
    if (const auto it = aliases_.find({database, alias}); it != aliases_.end()) {
      if (it->second == collection) return Status::Ok();
      return {Code::kAliasAlreadyExist,
              alias + " is alias to another collection: " + collections_.at(it->second).meta->name +
                  ": alias already exist" + where};
    }
  }
  const std::string key = NameKey(database, alias);
  return CommitCollections({{With(*entry.meta, alias), entry.revision}},
                           {{{key, 0}}, {{key, EncodeId(collection)}}, {}});
}

Status Catalog::AlterAlias(DatabaseId database, const std::string& alias, CollectionId collection) {
  MutexLock write_lock(write_mutex_);
  RK_ASSIGN_OR_RETURN(const CollectionId from, FindAlias(database, alias));
  RK_ASSIGN_OR_RETURN(const Entry target, FindEntry(collection));
  if (from == collection) return Status::Ok();
  RK_ASSIGN_OR_RETURN(const Entry source, FindEntry(from));
  if (RK_PLANTED("alias_moves_in_two_steps")) {
    RK_RETURN_IF_ERROR(CommitCollections({{Without(*source.meta, alias), source.revision}}, {}));
    return CommitCollections({{With(*target.meta, alias), target.revision}},
                             {{}, {{NameKey(database, alias), EncodeId(collection)}}, {}});
  }
  return CommitCollections(
      {{Without(*source.meta, alias), source.revision}, {With(*target.meta, alias), target.revision}},
      {{}, {{NameKey(database, alias), EncodeId(collection)}}, {}});
}

Status Catalog::DropAlias(DatabaseId database, const std::string& alias) {
  MutexLock write_lock(write_mutex_);
  RK_ASSIGN_OR_RETURN(const CollectionId from, FindAlias(database, alias));
  RK_ASSIGN_OR_RETURN(const Entry entry, FindEntry(from));
  return CommitCollections({{Without(*entry.meta, alias), entry.revision}},
                           {{}, {}, {NameKey(database, alias)}});
}

}  // namespace redkite::meta
