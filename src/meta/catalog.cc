#include "meta/catalog.h"

#include <algorithm>
#include <cstdio>

#include "base/coding.h"

namespace redkite::meta {
namespace {

constexpr int64_t kFirstId = 100;
constexpr int64_t kIdsPerReservation = 1000;

constexpr std::string_view kIdsKey = "counter/ids";
constexpr std::string_view kMarkKey = "counter/timestamp_mark";
constexpr std::string_view kDatabasePrefix = "database/";
constexpr std::string_view kCollectionPrefix = "collection/";

std::string IdKey(std::string_view prefix, int64_t id) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%019lld", static_cast<long long>(id));
  return std::string(prefix) + digits;
}

/// Holds the collection's id; its presence is what makes the name taken.
std::string NameKey(DatabaseId database, std::string_view name) {
  return IdKey("name/", database.value()) + "/" + std::string(name);
}

std::string EncodeNumber(uint64_t v) {
  std::string out;
  PutFixed<uint64_t>(&out, v);
  return out;
}

Result<uint64_t> DecodeNumber(const KvEntry& entry) {
  Decoder in(entry.value);
  const auto v = in.Fixed<uint64_t>();
  RK_RETURN_IF_ERROR(in.Finish("number in the catalog: " + entry.key));
  return v;
}

Status NotFound(CollectionId id) {
  return {Code::kCollectionNotFound, "collection not found[collection=" + std::to_string(id.value()) + "]"};
}

Status NameTaken(const std::string& name) { return Status::Invalid("collection already exists: " + name); }

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::Open(Kv* kv) {
  std::unique_ptr<Catalog> catalog(new Catalog(kv));
  RK_RETURN_IF_ERROR(catalog->Load());
  return catalog;
}

Status Catalog::LoadCounters() {
  RK_ASSIGN_OR_RETURN(const auto ids, kv_->Get(kIdsKey));
  if (ids.has_value()) {
    RK_ASSIGN_OR_RETURN(const uint64_t end, DecodeNumber(*ids));
    MutexLock lock(id_mutex_);
    next_id_ = ids_end_ = static_cast<int64_t>(end);  // what was reserved and not given is skipped
    ids_revision_ = ids->revision;
  } else {
    MutexLock lock(id_mutex_);
    next_id_ = ids_end_ = kFirstId;
  }
  RK_ASSIGN_OR_RETURN(const auto mark, kv_->Get(kMarkKey));
  if (mark.has_value()) {
    RK_ASSIGN_OR_RETURN(const uint64_t value, DecodeNumber(*mark));
    MutexLock write_lock(write_mutex_);
    mark_revision_ = mark->revision;
    MutexLock lock(mutex_);
    mark_ = value;
  }
  return Status::Ok();
}

Status Catalog::Load() {
  RK_RETURN_IF_ERROR(LoadCounters());
  RK_ASSIGN_OR_RETURN(auto databases, kv_->List(kDatabasePrefix));
  if (databases.empty()) {
    const DatabaseMeta made{kDefaultDatabaseId, std::string(kDefaultDatabaseName), {}, 0, 0};
    const KvPut put{IdKey(kDatabasePrefix, made.id.value()), EncodeDatabase(made)};
    RK_ASSIGN_OR_RETURN(const KvTxnResult result, kv_->Commit({{{put.key, 0}}, {put}, {}}));
    if (!result.applied) return {Code::kServiceUnavailable, "catalog is being created by another writer"};
    databases.push_back({put.key, put.value, result.revision});
  }
  RK_ASSIGN_OR_RETURN(const auto collections, kv_->List(kCollectionPrefix));
  MutexLock lock(mutex_);
  for (const KvEntry& e : databases) {
    RK_ASSIGN_OR_RETURN(DatabaseMeta database, DecodeDatabase(e.value));
    databases_.emplace(database.id.value(), std::move(database));
  }
  for (const KvEntry& e : collections) {
    Result<CollectionMeta> decoded = DecodeCollection(e.value);
    if (!decoded.ok()) return decoded.status().WithContext(e.key);
    auto meta = std::make_shared<const CollectionMeta>(std::move(decoded).value());
    names_.insert_or_assign({meta->database, meta->name}, meta->id);
    collections_.insert_or_assign(meta->id, Entry{meta, e.revision});
  }
  return Status::Ok();
}

Status Catalog::CommitOrConflict(const KvTxn& txn, uint64_t* revision) {
  RK_ASSIGN_OR_RETURN(const KvTxnResult result, kv_->Commit(txn));
  if (!result.applied) return {Code::kServiceUnavailable, "catalog was changed by another writer"};
  *revision = result.revision;
  return Status::Ok();
}

std::vector<DatabaseMeta> Catalog::ListDatabases() const {
  MutexLock lock(mutex_);
  std::vector<DatabaseMeta> out;
  for (const auto& [id, database] : databases_) out.push_back(database);
  return out;
}

Result<DatabaseMeta> Catalog::GetDatabase(std::string_view name) const {
  const std::string_view wanted = name.empty() ? kDefaultDatabaseName : name;
  MutexLock lock(mutex_);
  for (const auto& [id, database] : databases_) {
    if (database.name == wanted) return database;
  }
  return Status(Code::kDatabaseNotFound, "database not found[database=" + std::string(wanted) + "]");
}

Result<CollectionPtr> Catalog::CreateCollection(CollectionMeta meta) {
  if (meta.partitions.empty())
    meta.partitions.push_back({PartitionId(0), std::string(kDefaultPartitionName), meta.created});
  if (meta.id.value() == 0) {
    RK_ASSIGN_OR_RETURN(const int64_t id, AllocateId());
    meta.id = CollectionId(id);
  }
  for (PartitionMeta& p : meta.partitions) {
    if (p.id.value() != 0) continue;
    RK_ASSIGN_OR_RETURN(const int64_t id, AllocateId());
    p.id = PartitionId(id);
  }
  MutexLock write_lock(write_mutex_);
  {
    MutexLock lock(mutex_);
    if (!databases_.contains(meta.database.value())) {
      return Status(Code::kDatabaseNotFound,
                    "database not found[database=" + std::to_string(meta.database.value()) + "]");
    }
    if (names_.contains({meta.database, meta.name})) return NameTaken(meta.name);
    if (collections_.contains(meta.id)) return Status::Internal("collection id is taken: " + meta.name);
  }
  const std::string key = IdKey(kCollectionPrefix, meta.id.value());
  const std::string name_key = NameKey(meta.database, meta.name);
  Entry entry;
  RK_RETURN_IF_ERROR(CommitOrConflict(
      {{{key, 0}, {name_key, 0}},
       {{key, EncodeCollection(meta)}, {name_key, EncodeNumber(static_cast<uint64_t>(meta.id.value()))}},
       {}},
      &entry.revision));
  entry.meta = std::make_shared<const CollectionMeta>(std::move(meta));
  MutexLock lock(mutex_);
  names_.insert_or_assign({entry.meta->database, entry.meta->name}, entry.meta->id);
  collections_.insert_or_assign(entry.meta->id, entry);
  return entry.meta;
}

Status Catalog::DropCollection(CollectionId id) {
  MutexLock write_lock(write_mutex_);
  RK_ASSIGN_OR_RETURN(const Entry entry, FindEntry(id));
  const std::string key = IdKey(kCollectionPrefix, id.value());
  uint64_t revision = 0;
  RK_RETURN_IF_ERROR(CommitOrConflict(
      {{{key, entry.revision}}, {}, {key, NameKey(entry.meta->database, entry.meta->name)}}, &revision));
  MutexLock lock(mutex_);
  names_.erase({entry.meta->database, entry.meta->name});
  collections_.erase(id);
  return Status::Ok();
}

Result<Catalog::Entry> Catalog::FindEntry(CollectionId id) const {
  MutexLock lock(mutex_);
  auto it = collections_.find(id);
  if (it == collections_.end()) return NotFound(id);
  return it->second;
}

Result<CollectionPtr> Catalog::GetCollection(CollectionId id) const {
  RK_ASSIGN_OR_RETURN(const Entry entry, FindEntry(id));
  return entry.meta;
}

Result<CollectionPtr> Catalog::GetCollection(DatabaseId database, std::string_view name) const {
  MutexLock lock(mutex_);
  auto it = names_.find({database, std::string(name)});
  if (it == names_.end()) {
    auto db = databases_.find(database.value());
    const std::string db_name = db == databases_.end() ? std::to_string(database.value()) : db->second.name;
    return Status(Code::kCollectionNotFound,
                  "collection not found[database=" + db_name + "][collection=" + std::string(name) + "]");
  }
  return collections_.at(it->second).meta;
}

std::vector<CollectionPtr> Catalog::ListCollections(DatabaseId database) const {
  MutexLock lock(mutex_);
  std::vector<CollectionPtr> out;
  for (const auto& [name, id] : names_) {
    if (database.value() == 0 || name.first == database) out.push_back(collections_.at(id).meta);
  }
  return out;
}

Result<CollectionPtr> Catalog::UpdateCollection(CollectionId id,
                                                const std::function<Status(CollectionMeta*)>& change) {
  MutexLock write_lock(write_mutex_);
  RK_ASSIGN_OR_RETURN(Entry entry, FindEntry(id));
  const CollectionPtr before = entry.meta;
  CollectionMeta next = *before;
  RK_RETURN_IF_ERROR(change(&next));
  if (next.id != before->id || next.database != before->database) {
    return Status::Internal("ids of a collection do not change: " + before->name);
  }
  const std::string key = IdKey(kCollectionPrefix, id.value());
  KvTxn txn{{{key, entry.revision}}, {{key, EncodeCollection(next)}}, {}};
  if (next.name != before->name) {
    {
      MutexLock lock(mutex_);
      if (names_.contains({next.database, next.name})) return NameTaken(next.name);
    }
    const std::string name_key = NameKey(next.database, next.name);
    txn.compares.push_back({name_key, 0});
    txn.puts.push_back({name_key, EncodeNumber(static_cast<uint64_t>(id.value()))});
    txn.deletes.push_back(NameKey(before->database, before->name));
  }
  RK_RETURN_IF_ERROR(CommitOrConflict(txn, &entry.revision));
  entry.meta = std::make_shared<const CollectionMeta>(std::move(next));
  MutexLock lock(mutex_);
  names_.erase({before->database, before->name});
  names_.insert_or_assign({entry.meta->database, entry.meta->name}, id);
  collections_.insert_or_assign(id, entry);
  return entry.meta;
}

Result<int64_t> Catalog::AllocateId() {
  MutexLock lock(id_mutex_);
  if (next_id_ == ids_end_) {
    const int64_t end = ids_end_ + kIdsPerReservation;
    const std::string key(kIdsKey);
    RK_ASSIGN_OR_RETURN(
        const KvTxnResult result,
        kv_->Commit({{{key, ids_revision_}}, {{key, EncodeNumber(static_cast<uint64_t>(end))}}, {}}));
    if (!result.applied) return Status(Code::kServiceUnavailable, "ids were reserved by another writer");
    ids_revision_ = result.revision;
    ids_end_ = end;
  }
  return next_id_++;
}

Timestamp Catalog::timestamp_mark() const {
  MutexLock lock(mutex_);
  return mark_;
}

Status Catalog::PersistTimestampMark(Timestamp mark) {
  MutexLock write_lock(write_mutex_);
  if (mark <= timestamp_mark()) return Status::Ok();
  const std::string key(kMarkKey);
  RK_RETURN_IF_ERROR(
      CommitOrConflict({{{key, mark_revision_}}, {{key, EncodeNumber(mark)}}, {}}, &mark_revision_));
  MutexLock lock(mutex_);
  mark_ = mark;
  return Status::Ok();
}

}  // namespace redkite::meta
