#include "meta/catalog.h"

#include <algorithm>
#include <charconv>

#include "base/planted.h"
#include "meta/catalog_keys.h"

namespace redkite::meta {
namespace {

constexpr int64_t kFirstId = 100;
constexpr int64_t kIdsPerReservation = 1000;

constexpr std::string_view kIdsKey = "counter/ids";
constexpr std::string_view kMarkKey = "counter/timestamp_mark";
constexpr std::string_view kCollectionIdMaxKey = "counter/collection_id_max";
constexpr std::string_view kLogMarkKey = "log/mark";

int64_t LargestPartitionId(const CollectionMeta& meta) {
  int64_t id = meta.partition_id_max;
  for (const PartitionMeta& p : meta.partitions) id = std::max(id, p.id.value());
  return id;
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

std::string JoinTexts(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

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
  return LoadWitnesses();
}

Status Catalog::LoadWitnesses() {
  RK_ASSIGN_OR_RETURN(const auto id_max, kv_->Get(kCollectionIdMaxKey));
  RK_ASSIGN_OR_RETURN(const auto log_mark, kv_->Get(kLogMarkKey));
  uint64_t value = 0;
  if (id_max.has_value()) {
    RK_ASSIGN_OR_RETURN(value, DecodeNumber(*id_max));
  } else {
    MutexLock lock(id_mutex_);
    value = static_cast<uint64_t>(ids_end_ - 1);  // of a store that did not keep it
  }
  MutexLock write_lock(write_mutex_);
  if (id_max.has_value()) collection_id_max_revision_ = id_max->revision;
  if (log_mark.has_value()) log_mark_revision_ = log_mark->revision;
  MutexLock lock(mutex_);
  collection_id_max_ = static_cast<int64_t>(value);
  if (log_mark.has_value()) log_mark_ = log_mark->value;
  RK_ASSIGN_OR_RETURN(const auto generations, kv_->List(kGenerationPrefix));
  for (const KvEntry& e : generations) {
    int64_t id = 0;
    std::from_chars(e.key.data() + kGenerationPrefix.size(), e.key.data() + e.key.size(), id);
    RK_ASSIGN_OR_RETURN(generations_[CollectionId(id)], DecodeNumber(e));
  }
  return Status::Ok();
}

uint64_t Catalog::generation(CollectionId id) const {
  MutexLock lock(mutex_);
  const auto it = generations_.find(id);
  return it == generations_.end() ? 0 : it->second;
}

Status Catalog::NoteGenerations(const std::vector<std::pair<CollectionId, uint64_t>>& generations) {
  if (generations.empty()) return Status::Ok();
  MutexLock write_lock(write_mutex_);
  KvTxn txn;
  for (const auto& [id, generation] : generations) {
    if (FindEntry(id).ok())
      txn.puts.push_back({IdKey(kGenerationPrefix, id.value()), EncodeNumber(generation)});
  }
  if (txn.puts.empty()) return Status::Ok();
  uint64_t revision = 0;
  RK_RETURN_IF_ERROR(CommitOrConflict(txn, &revision));
  MutexLock lock(mutex_);
  for (const auto& [id, generation] : generations) generations_[id] = generation;
  return Status::Ok();
}

Status Catalog::Load() {
  RK_RETURN_IF_ERROR(LoadCounters());
  RK_RETURN_IF_ERROR(LoadResourceGroups());
  RK_ASSIGN_OR_RETURN(auto databases, kv_->List(kDatabasePrefix));
  if (databases.empty() && kv_->revision() != 0)
    return Status::Corrupt("the catalog has no database at revision " + std::to_string(kv_->revision()));
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
    const int64_t id = database.id.value();
    databases_.insert_or_assign(id, DatabaseEntry{std::move(database), e.revision});
  }
  for (const KvEntry& e : collections) {
    Result<CollectionMeta> decoded = DecodeCollection(e.value);
    if (!decoded.ok()) return decoded.status().WithContext(e.key);
    auto meta = std::make_shared<const CollectionMeta>(std::move(decoded).value());
    names_.insert_or_assign({meta->database, meta->name}, meta->id);
    for (const std::string& alias : meta->aliases)
      aliases_.insert_or_assign({meta->database, alias}, meta->id);
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

Status Catalog::CommitCollections(std::vector<Entry> changed, KvTxn txn, uint64_t* committed_at) {
  for (const Entry& entry : changed) {
    const std::string key = IdKey(kCollectionPrefix, entry.meta->id.value());
    txn.compares.push_back({key, entry.revision});
    txn.puts.push_back({key, EncodeCollection(*entry.meta)});
  }
  uint64_t revision = 0;
  RK_RETURN_IF_ERROR(CommitOrConflict(txn, &revision));
  if (committed_at != nullptr) *committed_at = revision;
  MutexLock lock(mutex_);
  for (Entry& entry : changed) {
    entry.revision = revision;
    const CollectionId id = entry.meta->id;
    if (auto old = collections_.find(id); old != collections_.end()) {
      const CollectionMeta& before = *old->second.meta;
      names_.erase({before.database, before.name});
      for (const std::string& alias : before.aliases) {
        // An alias that another collection of this transaction took over is that one's already.
        if (auto at = aliases_.find({before.database, alias}); at != aliases_.end() && at->second == id)
          aliases_.erase(at);
      }
    }
    names_.insert_or_assign({entry.meta->database, entry.meta->name}, id);
    for (const std::string& alias : entry.meta->aliases)
      aliases_.insert_or_assign({entry.meta->database, alias}, id);
    collections_.insert_or_assign(id, std::move(entry));
  }
  return Status::Ok();
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
    if (names_.contains({meta.database, meta.name}) || aliases_.contains({meta.database, meta.name}))
      return NameTaken(meta.name);
    if (collections_.contains(meta.id)) return Status::Internal("collection id is taken: " + meta.name);
  }
  const std::string name_key = NameKey(meta.database, meta.name);
  const int64_t id_max = std::max(collection_id_max(), meta.id.value());
  KvTxn txn{{{name_key, 0}, {std::string(kCollectionIdMaxKey), collection_id_max_revision_}},
            {{name_key, EncodeId(meta.id)},
             {std::string(kCollectionIdMaxKey), EncodeNumber(static_cast<uint64_t>(id_max))}},
            {}};
  meta.partition_id_max = LargestPartitionId(meta);
  auto made = std::make_shared<const CollectionMeta>(std::move(meta));
  RK_RETURN_IF_ERROR(CommitCollections({{made, 0}}, std::move(txn), &collection_id_max_revision_));
  MutexLock lock(mutex_);
  collection_id_max_ = id_max;
  return CollectionPtr(std::move(made));
}

Status Catalog::DropCollection(CollectionId id) {
  MutexLock write_lock(write_mutex_);
  RK_ASSIGN_OR_RETURN(const Entry entry, FindEntry(id));
  if (!entry.meta->aliases.empty()) {
    return Status::Invalid("unable to drop the collection [" + entry.meta->name +
                           "] because it has associated aliases [" + JoinTexts(entry.meta->aliases) +
                           "], please remove all aliases before dropping the collection");
  }
  const std::string key = IdKey(kCollectionPrefix, id.value());
  uint64_t revision = 0;
  RK_RETURN_IF_ERROR(CommitOrConflict(
      {{{key, entry.revision}},
       {},
       {key, NameKey(entry.meta->database, entry.meta->name), IdKey(kGenerationPrefix, id.value())}},
      &revision));
  MutexLock lock(mutex_);
  generations_.erase(id);
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
  const std::pair<DatabaseId, std::string> key(database, name);
  MutexLock lock(mutex_);
  auto it = names_.find(key);
  if (it == names_.end()) {
    it = aliases_.find(key);
    if (it == aliases_.end()) {
      return Status(Code::kCollectionNotFound,
                    "collection not found[database=" + DatabaseNameLocked(database) +
                        "][collection=" + key.second + "]");
    }
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
  RK_ASSIGN_OR_RETURN(const Entry entry, FindEntry(id));
  const CollectionPtr before = entry.meta;
  CollectionMeta next = *before;
  RK_RETURN_IF_ERROR(change(&next));
  if (next.id != before->id || next.aliases != before->aliases) {
    return Status::Internal("id and aliases of a collection do not change here: " + before->name);
  }
  KvTxn txn;
  if (next.name != before->name || next.database != before->database) {
    {
      MutexLock lock(mutex_);
      const std::pair<DatabaseId, std::string> name(next.database, next.name);
      if (names_.contains(name) || aliases_.contains(name)) return NameTaken(next.name);
      if (!databases_.contains(next.database.value())) {
        return Status(Code::kDatabaseNotFound,
                      "database not found[database=" + DatabaseNameLocked(next.database) + "]");
      }
    }
    if (next.database != before->database && !next.aliases.empty())
      return Status::Internal("a collection with aliases does not change its database: " + before->name);
    const std::string name_key = NameKey(next.database, next.name);
    txn.compares.push_back({name_key, 0});
    txn.puts.push_back({name_key, EncodeId(id)});
    if (!RK_PLANTED("rename_keeps_name_taken"))
      txn.deletes.push_back(NameKey(before->database, before->name));
  }
  next.partition_id_max = LargestPartitionId(next);
  auto changed = std::make_shared<const CollectionMeta>(std::move(next));
  RK_RETURN_IF_ERROR(CommitCollections({{changed, entry.revision}}, std::move(txn)));
  return CollectionPtr(std::move(changed));
}

Result<CollectionPtr> Catalog::AddPartition(
    CollectionId id, PartitionMeta partition,
    const std::function<Status(CollectionMeta*, const PartitionMeta& partition)>& add) {
  MutexLock partition_lock(partition_mutex_);
  RK_ASSIGN_OR_RETURN(const int64_t partition_id, AllocateId());
  partition.id = PartitionId(partition_id);
  return UpdateCollection(id, [&](CollectionMeta* meta) { return add(meta, partition); });
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

int64_t Catalog::collection_id_max() const {
  MutexLock lock(mutex_);
  return collection_id_max_;
}

Status Catalog::SkipIds(int64_t id) {
  MutexLock id_lock(id_mutex_);
  MutexLock write_lock(write_mutex_);
  const std::string ids_key(kIdsKey), max_key(kCollectionIdMaxKey);
  const int64_t end = std::max(ids_end_, id + 1);
  const int64_t id_max = std::max(collection_id_max(), id);
  uint64_t revision = 0;
  RK_RETURN_IF_ERROR(CommitOrConflict({{{ids_key, ids_revision_}, {max_key, collection_id_max_revision_}},
                                       {{ids_key, EncodeNumber(static_cast<uint64_t>(end))},
                                        {max_key, EncodeNumber(static_cast<uint64_t>(id_max))}},
                                       {}},
                                      &revision));
  ids_revision_ = collection_id_max_revision_ = revision;
  next_id_ = std::max(next_id_, id + 1);
  ids_end_ = end;
  MutexLock lock(mutex_);
  collection_id_max_ = id_max;
  return Status::Ok();
}

std::optional<std::string> Catalog::log_mark() const {
  MutexLock lock(mutex_);
  return log_mark_;
}

Status Catalog::PersistLogMark(std::string mark) {
  MutexLock write_lock(write_mutex_);
  const std::string key(kLogMarkKey);
  RK_RETURN_IF_ERROR(CommitOrConflict({{{key, log_mark_revision_}}, {{key, mark}}, {}}, &log_mark_revision_));
  MutexLock lock(mutex_);
  log_mark_ = std::move(mark);
  return Status::Ok();
}

Timestamp Catalog::timestamp_mark() const {
  MutexLock lock(mutex_);
  return mark_;
}

Status Catalog::PersistTimestampMark(Timestamp mark) {
  MutexLock write_lock(write_mutex_);
  return mark <= timestamp_mark() ? Status::Ok() : WriteTimestampMark(mark);
}

Status Catalog::LowerTimestampMark(Timestamp mark) {
  MutexLock write_lock(write_mutex_);
  return mark >= timestamp_mark() ? Status::Ok() : WriteTimestampMark(mark);
}

Status Catalog::WriteTimestampMark(Timestamp mark) {
  const std::string key(kMarkKey);
  RK_RETURN_IF_ERROR(
      CommitOrConflict({{{key, mark_revision_}}, {{key, EncodeNumber(mark)}}, {}}, &mark_revision_));
  MutexLock lock(mutex_);
  mark_ = mark;
  return Status::Ok();
}

}  // namespace redkite::meta
