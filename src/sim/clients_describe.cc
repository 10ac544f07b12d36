// What the catalog says of collections, their names and databases.
#include <algorithm>

#include "sim/clients.h"

namespace redkite::sim {

std::optional<CatalogState> Clients::ReadTouched(const CatalogRequest& request, const CatalogState& touched) {
  CatalogState now;
  for (const auto& [slot, state] : touched.collections) {
    const CollectionState& before = catalog_.collections.at(slot);
    const Place& place = request.kind == StepKind::kCreate ? request.place : before.place;
    DescribeCollectionRequest describe{place.ToName(), {}};
    if (before.exists) describe = {{}, CollectionId(before.id)};
    auto found = ReadCollection(describe, slots_[slot]);
    if (!found) return std::nullopt;
    // What already has the name that was asked for is another one.
    for (const auto& [other, of_other] : catalog_.collections) {
      if (other != slot && of_other.exists && found->id == of_other.id) found = CollectionState();
    }
    now.collections[slot] = *found;
  }
  for (const auto& [name, state] : touched.databases) now.databases[name] = ReadDatabase(name);
  return now;
}

DatabaseState Clients::ReadDatabase(const std::string& name) {
  const auto found = machine_->proxy().DescribeDatabase(name);
  if (found.ok()) return {true, found->id.value()};
  if (found.status().code() != Code::kDatabaseNotFound)
    Fail("describe of database " + name + " answered " + found.status().ToString());
  return {};
}

std::optional<CollectionState> Clients::ReadCollection(const DescribeCollectionRequest& request,
                                                       const Slot& slot) {
  CollectionState state;
  const auto described = machine_->proxy().DescribeCollection(request);
  const Code code = described.status().code();
  if (code == Code::kCollectionNotFound || code == Code::kDatabaseNotFound) return state;
  if (!described.ok()) {
    Fail("describe of slot " + std::to_string(slot.index) + " answered " + described.status().ToString());
    return std::nullopt;
  }
  state.exists = true;
  state.id = described->id.value();
  state.place = {described->database, described->schema.name};
  state.aliases = {described->aliases.begin(), described->aliases.end()};
  state.loaded = described->loaded;
  state.created = described->created_ts;
  const auto partitions = machine_->proxy().ShowPartitions({{}, described->id, {}, false});
  if (!partitions.ok()) return CollectionState();  // dropped in between
  for (const PartitionDescription& p : *partitions) state.partitions[p.name] = {p.id.value(), p.loaded};
  ReadIndex(&state);
  return state;
}

void Clients::ReadIndex(CollectionState* state) {
  const auto indexes = machine_->proxy().DescribeIndex({state->place.ToName(), "vec", ""});
  if (!indexes.ok()) {
    const Code code = indexes.status().code();
    if (code == Code::kIndexNotFound) return;
    if (code == Code::kCollectionNotFound || code == Code::kDatabaseNotFound) {
      *state = {};  // dropped or renamed in between
    } else {
      Fail("describe index of " + state->place.ToString() + " answered " + indexes.status().ToString());
    }
    return;
  }
  for (const auto& [key, value] : (*indexes)[0].params) state->index += key + "=" + value + ";";
  if ((*indexes)[0].indexed_rows > (*indexes)[0].total_rows) Fail("more rows indexed than there are");
}

// Its names lead to a collection, and those that it had before do not.
void Clients::CheckNames(const CollectionState& now, const CollectionState& before) {
  proxy::Proxy& proxy = machine_->proxy();
  const auto id_at = [&](const Place& place) -> int64_t {
    const auto found = proxy.DescribeCollection({place.ToName(), {}});
    return found.ok() ? found->id.value() : 0;
  };
  std::set<Place> names;
  if (now.exists) {
    names.insert(now.place);
    for (const std::string& alias : now.aliases) {
      names.insert({now.place.database, alias});
      const auto found = proxy.DescribeAlias({{now.place.database, ""}, alias});
      if (!found.ok() || found->name.collection != now.place.name)
        Fail("alias " + alias + " does not lead to " + now.place.ToString());
    }
  }
  for (const Place& name : names) {
    if (id_at(name) != now.id) Fail(name.ToString() + " does not lead to " + now.ToString());
  }
  if (!before.exists) return;
  std::set<Place> gone = {before.place};
  for (const std::string& alias : before.aliases) gone.insert({before.place.database, alias});
  for (const Place& name : gone) {
    if (!names.contains(name) && id_at(name) == before.id)
      Fail(name.ToString() + " still leads to " + before.ToString());
  }
}

void Clients::Describe(size_t slot_index) {
  if (!machine_->is_open()) return;
  Slot& slot = slots_[slot_index];
  const uint64_t events = EventsOf(slot, true);
  const bool upset = slot.catalog_busy || slot.is_doubtful;
  const CollectionState before = StateOf(slot);
  DescribeCollectionRequest request{before.place.ToName(), {}};
  if (!before.aliases.empty()) request.name.collection = *before.aliases.begin();
  const auto now = ReadCollection(request, slot);
  CheckLists();
  if (!now || upset || events != EventsOf(slot, true)) return;
  ++counters_->answers;
  if (!Agrees(*now, before)) Fail("catalog says " + now->ToString() + ", expected " + before.ToString());
}

// The lists of databases, collections and aliases, when nobody changes names meanwhile.
void Clients::CheckLists() {
  if (names_under_way_ > 0) return;
  const uint64_t events = names_events_;
  const CatalogState expected = catalog_;
  proxy::Proxy& proxy = machine_->proxy();
  std::string wrong;
  for (const auto& [name, state] : expected.databases) {
    if (!state.exists) {
      if (proxy.DescribeDatabase(name).ok()) wrong = "database " + name + " is there";
      continue;
    }
    std::set<std::string> places, found, aliases, found_aliases;
    for (const auto& [slot, collection] : expected.collections) {
      if (!collection.exists || collection.place.database != name) continue;
      places.insert(collection.place.name + " " + std::to_string(collection.id));
      aliases.insert(collection.aliases.begin(), collection.aliases.end());
    }
    const auto listed = proxy.ShowCollections({name, false, {}});
    const auto listed_aliases = proxy.ListAliases({name, ""});
    if (listed.ok()) {
      for (const auto& c : *listed) found.insert(c.schema.name + " " + std::to_string(c.id.value()));
    }
    if (listed_aliases.ok()) found_aliases = {listed_aliases->begin(), listed_aliases->end()};
    if (!listed.ok() || found != places) wrong = "the list of collections of " + name + " is wrong";
    if (!listed_aliases.ok() || found_aliases != aliases)
      wrong = "the list of aliases of " + name + " is wrong";
  }
  size_t count = 0;
  for (const auto& [name, state] : expected.databases) count += state.exists;
  if (proxy.ListDatabases().size() != count) wrong = "the list of databases is wrong";
  if (!wrong.empty() && events == names_events_) Fail(wrong);
}

}  // namespace redkite::sim
