// Catalog: databases, collections, partitions, index definitions, the id allocator and the timestamp mark,
// over a Kv. Format of keys and values: docs/formats/catalog.md.
//
// Thread safety: any thread. Readers take a mutex for one map lookup and get an immutable CollectionMeta;
// writers are serialised and hold nothing that readers need while the disk works. Invariants: what a reader
// sees is durable. Ids are never given twice, across restarts too. Names are unique inside a database. One
// Catalog per Kv writes; a second writer is found by its revision and refused. Units: created_ms is Unix
// milliseconds; timestamps are hybrid (types/timestamp.h).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "meta/kv.h"
#include "types/ids.h"
#include "types/resource_groups.h"
#include "types/schema.h"
#include "types/timestamp.h"

namespace redkite::meta {

inline constexpr DatabaseId kDefaultDatabaseId{1};
inline constexpr std::string_view kDefaultDatabaseName = "default";
inline constexpr std::string_view kDefaultPartitionName = "_default";

struct DatabaseMeta {
  DatabaseId id{};
  std::string name;
  Params properties;
  Timestamp created = 0;
  int64_t created_ms = 0;
  bool operator==(const DatabaseMeta&) const = default;
};

struct PartitionMeta {
  PartitionId id{};
  std::string name;
  Timestamp created = 0;
  bool loaded = false;  // whether its rows answer reads
  bool operator==(const PartitionMeta&) const = default;
};

struct IndexMeta {
  IndexId id{};
  FieldId field{};
  std::string name;
  Params params;  // as sent: index_type, metric_type, params …
  Timestamp created = 0;
  bool operator==(const IndexMeta&) const = default;
};

struct ResourceGroupMeta {
  std::string name;
  ResourceGroupConfig config;
  bool has_node = false;
  bool operator==(const ResourceGroupMeta&) const = default;
};
/// By name; the default one is always there, and one of them has the node.
using ResourceGroups = std::map<std::string, ResourceGroupMeta, std::less<>>;

struct CollectionMeta {
  CollectionId id{};
  DatabaseId database = kDefaultDatabaseId;
  std::string name;
  CollectionSchema schema;
  Params properties;
  int shards_num = 1;
  int consistency_level = 0;  // as on the wire
  /// With a partition key: over how many of its partitions, the first, rows are spread by it.
  int64_t num_partitions = 0;
  Timestamp created = 0;
  int64_t created_ms = 0;
  Timestamp updated = 0;              // of the newest change that clients have to learn of
  bool loaded = false;                // whether reads are answered: from the partitions that are loaded
  bool loads_new_partitions = false;  // loaded as a whole: a partition made later is loaded too
  /// `_default` is first and always there, but with a partition key. Ids are never used again.
  std::vector<PartitionMeta> partitions;
  /// The largest id that a partition of it ever had: rows of a larger one belong to a partition that the
  /// catalog has lost, rows of a smaller one that is not listed to a partition that was dropped. In records
  /// of the first builds it is not known, and then INT64_MAX.
  int64_t partition_id_max = 0;
  int64_t field_id_max = 0;          // that a field ever had, where fields were added or dropped; else 0
  std::string resource_group;        // where it is loaded; empty: in the default one
  std::vector<FieldId> load_fields;  // sorted: what is loaded of it, while it is; empty: all
  std::vector<IndexMeta> indexes;
  std::vector<std::string> aliases;
  bool operator==(const CollectionMeta&) const = default;

  const PartitionMeta* FindPartition(std::string_view partition) const;
  const IndexMeta* FindIndex(std::string_view index) const;
  const IndexMeta* FindIndexOfField(FieldId field) const;
  bool all_partitions_loaded() const;
  /// Of one that is loaded.
  bool IsFieldLoaded(FieldId field) const;
};

using CollectionPtr = std::shared_ptr<const CollectionMeta>;

std::string EncodeDatabase(const DatabaseMeta& database);
Result<DatabaseMeta> DecodeDatabase(std::string_view value);
std::string EncodeCollection(const CollectionMeta& collection);
std::string EncodeResourceGroup(const ResourceGroupMeta& group);
/// Of these: kDataIntegrity for a malformed value, kOperationNotSupported for a newer one.
Result<ResourceGroupMeta> DecodeResourceGroup(std::string_view value);
Result<CollectionMeta> DecodeCollection(std::string_view value);

class Catalog {
 public:
  /// Reads everything; creates the default database in an empty store. `kv` must outlive the catalog.
  static Result<std::unique_ptr<Catalog>> Open(Kv* kv);

  std::vector<DatabaseMeta> ListDatabases() const EXCLUDES(mutex_);
  /// kDatabaseNotFound. An empty name is the default database.
  Result<DatabaseMeta> GetDatabase(std::string_view name) const EXCLUDES(mutex_);
  /// Of a database that exists; else its number.
  std::string DatabaseName(DatabaseId id) const EXCLUDES(mutex_);
  /// `meta` is complete but for its id. kParameterInvalid when the name is taken, kDatabaseNumLimitExceeded
  /// when there are `count_max` already.
  Result<DatabaseMeta> CreateDatabase(DatabaseMeta meta, size_t count_max) EXCLUDES(write_mutex_, mutex_);
  /// kDatabaseNotFound; kParameterInvalid for the default one and for one that has collections.
  Status DropDatabase(std::string_view name) EXCLUDES(write_mutex_, mutex_);
  /// As UpdateCollection; id and name stay.
  Result<DatabaseMeta> UpdateDatabase(std::string_view name,
                                      const std::function<Status(DatabaseMeta*)>& change)
      EXCLUDES(write_mutex_, mutex_);

  /// `meta` is complete but for its ids: the collection's when it is 0, and those of partitions with id 0;
  /// without partitions `_default` is added. The fields' ids are the caller's. kParameterInvalid when the
  /// name is taken, kDatabaseNotFound. Collections get into the catalog in the order of their ids, which is
  /// the caller's to see to.
  Result<CollectionPtr> CreateCollection(CollectionMeta meta) EXCLUDES(write_mutex_, mutex_);
  /// kCollectionNotFound; kParameterInvalid while it has aliases. The collection's files are the caller's to
  /// remove, after this.
  Status DropCollection(CollectionId id) EXCLUDES(write_mutex_, mutex_);
  Result<CollectionPtr> GetCollection(CollectionId id) const EXCLUDES(mutex_);
  /// By name or by alias: the one found under an alias has another name.
  Result<CollectionPtr> GetCollection(DatabaseId database, std::string_view name) const EXCLUDES(mutex_);
  /// By name. All databases when `database` is 0.
  std::vector<CollectionPtr> ListCollections(DatabaseId database) const EXCLUDES(mutex_);
  /// Changes a copy and publishes it when it is durable; `change` may fail, and then nothing changed. The
  /// collection's id and aliases stay; the name may change (kParameterInvalid when it is taken), and so may
  /// the database of one without aliases.
  Result<CollectionPtr> UpdateCollection(CollectionId id,
                                         const std::function<Status(CollectionMeta*)>& change)
      EXCLUDES(write_mutex_, mutex_);

  /// `partition` is complete but for its id, which `add` finds set. As UpdateCollection, but partitions get
  /// into the catalog in the order of their ids: of a catalog that lost its end, a larger id tells that it
  /// did. Nothing changes where `add` adds nothing.
  Result<CollectionPtr> AddPartition(
      CollectionId id, PartitionMeta partition,
      const std::function<Status(CollectionMeta*, const PartitionMeta& partition)>& add)
      EXCLUDES(partition_mutex_, id_mutex_, write_mutex_, mutex_);

  /// Names and aliases share one space in a database. Creating the same pair again changes nothing.
  /// kAliasCollectionNameConflict, kAliasAlreadyExist, kCollectionNotFound.
  Status CreateAlias(DatabaseId database, const std::string& alias, CollectionId collection)
      EXCLUDES(write_mutex_, mutex_);
  /// Moves an alias in one transaction. kAliasNotFound, kCollectionNotFound.
  Status AlterAlias(DatabaseId database, const std::string& alias, CollectionId collection)
      EXCLUDES(write_mutex_, mutex_);
  /// kAliasNotFound.
  Status DropAlias(DatabaseId database, const std::string& alias) EXCLUDES(write_mutex_, mutex_);

  ResourceGroups ListResourceGroups() const EXCLUDES(mutex_);
  /// Changes a copy and publishes it when it is durable, in one transaction; `change` may fail, and then
  /// nothing changed. No collection changes meanwhile.
  Status UpdateResourceGroups(const std::function<Status(ResourceGroups*)>& change)
      EXCLUDES(write_mutex_, mutex_);

  /// A positive number that was never returned before, for collections, partitions, indexes, segments ….
  Result<int64_t> AllocateId() EXCLUDES(id_mutex_, write_mutex_);

  /// The largest id of a collection that ever was in the catalog (in a store of the first builds: that it may
  /// have had). Files of a larger one, if no create is under way, show that the catalog has lost it.
  int64_t collection_id_max() const EXCLUDES(mutex_);
  /// No collection, partition … gets an id up to this one; collection_id_max() is at least `id` from then on.
  Status SkipIds(int64_t id) EXCLUDES(id_mutex_, write_mutex_, mutex_);

  /// The largest generation of a collection's manifest that was noted; 0: none was.
  uint64_t generation(CollectionId id) const EXCLUDES(mutex_);
  /// In one transaction; collections that are not in the catalog any more are left out.
  Status NoteGenerations(const std::vector<std::pair<CollectionId, uint64_t>>& generations)
      EXCLUDES(write_mutex_, mutex_);

  /// What is known of the log's files beside the log (wal::LogWitness); nullopt: nothing yet.
  std::optional<std::string> log_mark() const EXCLUDES(mutex_);
  Status PersistLogMark(std::string mark) EXCLUDES(write_mutex_, mutex_);

  /// The timestamp up to which the oracle may have given timestamps out; 0 in a new store.
  Timestamp timestamp_mark() const EXCLUDES(mutex_);
  /// Durable on return; a mark below the current one changes nothing.
  Status PersistTimestampMark(Timestamp mark) EXCLUDES(write_mutex_, mutex_);
  /// A mark below the current one, which nothing was given out above and nothing will be.
  Status LowerTimestampMark(Timestamp mark) EXCLUDES(write_mutex_, mutex_);

 private:
  Status WriteTimestampMark(Timestamp mark) REQUIRES(write_mutex_) EXCLUDES(mutex_);
  struct Entry {
    CollectionPtr meta;
    uint64_t revision = 0;
  };
  struct DatabaseEntry {
    DatabaseMeta meta;
    uint64_t revision = 0;
  };
  using NameMap = std::map<std::pair<DatabaseId, std::string>, CollectionId>;
  explicit Catalog(Kv* kv) : kv_(kv) {}
  Status Load();
  Status LoadCounters();
  Status LoadResourceGroups() EXCLUDES(mutex_);
  Status LoadWitnesses();
  Result<Entry> FindEntry(CollectionId id) const EXCLUDES(mutex_);
  Result<DatabaseEntry> FindDatabase(std::string_view name) const EXCLUDES(mutex_);
  std::string DatabaseNameLocked(DatabaseId id) const REQUIRES(mutex_);
  /// The collection that has the alias, or kAliasNotFound.
  Result<CollectionId> FindAlias(DatabaseId database, const std::string& alias) const EXCLUDES(mutex_);
  /// Puts changed collections and what else `txn` holds in one transaction and publishes them.
  Status CommitCollections(std::vector<Entry> changed, KvTxn txn, uint64_t* committed_at = nullptr)
      REQUIRES(write_mutex_) EXCLUDES(mutex_);
  Status CommitOrConflict(const KvTxn& txn, uint64_t* revision) REQUIRES(write_mutex_);

  Kv* kv_;
  // Order: partition_mutex_, id_mutex_, write_mutex_, mutex_. All but the last are held over the disk.
  Mutex partition_mutex_;  // from an id's allocation to its partition's commit
  Mutex id_mutex_;
  int64_t next_id_ GUARDED_BY(id_mutex_) = 0;
  int64_t ids_end_ GUARDED_BY(id_mutex_) = 0;  // first id that is not reserved on disk
  uint64_t ids_revision_ GUARDED_BY(id_mutex_) = 0;
  Mutex write_mutex_;
  uint64_t mark_revision_ GUARDED_BY(write_mutex_) = 0;
  uint64_t log_mark_revision_ GUARDED_BY(write_mutex_) = 0;
  uint64_t collection_id_max_revision_ GUARDED_BY(write_mutex_) = 0;
  mutable Mutex mutex_;
  Timestamp mark_ GUARDED_BY(mutex_) = 0;
  std::optional<std::string> log_mark_ GUARDED_BY(mutex_);
  std::unordered_map<CollectionId, uint64_t> generations_ GUARDED_BY(mutex_);
  int64_t collection_id_max_ GUARDED_BY(mutex_) = 0;
  std::map<int64_t, DatabaseEntry> databases_ GUARDED_BY(mutex_);
  std::unordered_map<CollectionId, Entry> collections_ GUARDED_BY(mutex_);
  ResourceGroups groups_ GUARDED_BY(mutex_);
  std::map<std::string, uint64_t, std::less<>> group_revisions_ GUARDED_BY(mutex_);  // of stored ones
  NameMap names_ GUARDED_BY(mutex_);
  NameMap aliases_ GUARDED_BY(mutex_);
};

}  // namespace redkite::meta
