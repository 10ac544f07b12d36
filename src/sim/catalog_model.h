// CatalogModel: what the catalog must say: databases, and of each simulated collection its place, aliases,
// partitions, index and what of it is loaded. A request that changes the catalog is judged here: whether it
// may be refused, and what holds after it. Thread safety: plain data and pure functions.
//
// In an expectation some things are open until the engine has told them: an id of 0 is any id, the index "?"
// any index.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/script.h"
#include "types/collection_requests.h"

namespace redkite::sim {

inline constexpr char kDefaultDatabase[] = "default";
inline constexpr char kDefaultPartition[] = "_default";
inline constexpr char kAnyIndex[] = "?";

/// Where a name stands: names and aliases of a database share one space.
struct Place {
  std::string database;  // never empty
  std::string name;
  auto operator<=>(const Place&) const = default;
  CollectionName ToName() const { return {database, name}; }
  std::string ToString() const { return database + ":" + name; }
};

struct PartitionState {
  int64_t id = 0;
  bool loaded = false;
  bool operator==(const PartitionState&) const = default;
};

struct CollectionState {
  /// Whether a partition made later is loaded too. No request tells it, so after a change of unknown outcome
  /// it may be unknown.
  enum class LoadsNew { kNo, kYes, kUnknown };
  bool exists = false;
  int64_t id = 0;
  Place place;  // of one that does not exist: where requests look for it in vain
  std::set<std::string> aliases;
  std::map<std::string, PartitionState> partitions;
  bool loaded = false;  // whether any partition is
  std::string index;    // its parameters as one text; empty: none
  Timestamp created = 0;
  LoadsNew loads_new = LoadsNew::kNo;

  bool all_loaded() const;
  /// Those that answer reads.
  std::vector<int64_t> LoadedPartitions() const;
  std::string ToString() const;
};
/// Whether `seen` is as expected.
bool Agrees(const CollectionState& seen, const CollectionState& expected);
/// `seen`, and of what cannot be seen what is expected.
CollectionState Complete(CollectionState seen, const CollectionState& expected);

struct DatabaseState {
  bool exists = false;
  int64_t id = 0;
  std::string ToString() const { return exists ? "id " + std::to_string(id) : "absent"; }
};
bool Agrees(const DatabaseState& seen, const DatabaseState& expected);

/// A part of the catalog, or all of it: collections by their slot, databases by name.
struct CatalogState {
  std::map<size_t, CollectionState> collections;
  std::map<std::string, DatabaseState> databases;
};

struct Holder {
  size_t slot = 0;
  bool is_alias = false;
};
std::optional<Holder> FindHolder(const CatalogState& catalog, const Place& place);
bool HasCollections(const CatalogState& catalog, const std::string& database);

/// A request that changes the catalog.
struct CatalogRequest {
  StepKind kind = StepKind::kCreate;
  size_t slot = 0;
  Place place;                 // of a create, the new one of a rename; of an alias; of databases only that
  bool through_alias = false;  // a drop or rename by `alias`
  std::string alias;
  std::vector<std::string> partitions;
};
struct Verdict {
  bool may_refuse = false;   // or do it
  bool must_refuse = false;  // as long as no other request changes names meanwhile
  CatalogState after;        // when it is not refused: everything that it may touch
};
Verdict Judge(const CatalogState& before, const CatalogRequest& request);

/// Requests that use names, so that one of them may change how another one is answered.
bool UsesNames(StepKind kind);

/// `seen` against what is known for certain, and the outcomes of requests that nobody knows: each item is as
/// known, or some outcome is there as a whole that makes it what it is. Names the first item that is neither;
/// empty: none.
std::string FindUnexplained(const CatalogState& seen, const CatalogState& known,
                            const std::vector<CatalogState>& outcomes);

}  // namespace redkite::sim
