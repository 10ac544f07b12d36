#include "sim/catalog_model.h"

#include <algorithm>

namespace redkite::sim {
namespace {

using LoadsNew = CollectionState::LoadsNew;

void LoadAll(CollectionState* state) {
  for (auto& [name, partition] : state->partitions) partition.loaded = true;
  state->loaded = true;
  state->loads_new = LoadsNew::kYes;
}

void ReleaseAll(CollectionState* state) {
  for (auto& [name, partition] : state->partitions) partition.loaded = false;
  state->loaded = false;
  state->loads_new = LoadsNew::kNo;
}

void ReleaseSome(const std::vector<std::string>& names, CollectionState* state) {
  for (const std::string& name : names) state->partitions[name].loaded = false;
  state->loaded = !state->LoadedPartitions().empty();
  if (!state->loaded) state->loads_new = LoadsNew::kNo;
}

bool HasAll(const CollectionState& state, const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [&](const auto& n) { return state.partitions.contains(n); });
}

bool DatabaseExists(const CatalogState& catalog, const std::string& name) {
  const auto it = catalog.databases.find(name);
  return it != catalog.databases.end() && it->second.exists;
}

void JudgeCreate(const CatalogState& before, const CatalogRequest& request, Verdict* out) {
  CollectionState& state = out->after.collections[request.slot];
  if (state.exists) return;  // the same again
  if (const auto holder = FindHolder(before, request.place)) {
    // One of the same shape is "there already".
    out->may_refuse = true;
    out->must_refuse = holder->is_alias;
    return;
  }
  out->must_refuse = !DatabaseExists(before, request.place.database);
  state = {};
  state.exists = true;
  state.place = request.place;
  state.partitions[kDefaultPartition] = {};
}

void JudgeRename(const CatalogState& before, const CatalogRequest& request, Verdict* out) {
  CollectionState& state = out->after.collections[request.slot];
  const bool moves = state.place.database != request.place.database;
  out->must_refuse = !state.exists || request.through_alias || FindHolder(before, request.place) ||
                     !DatabaseExists(before, request.place.database) || (moves && !state.aliases.empty());
  if (state.exists) state.place = request.place;
}

void JudgeAlias(const CatalogState& before, const CatalogRequest& request, Verdict* out) {
  const auto holder = FindHolder(before, request.place);
  const bool is_alias = holder && holder->is_alias;
  const std::string& alias = request.place.name;
  auto& after = out->after.collections;
  if (request.kind == StepKind::kDropAlias) {
    if (is_alias) {
      after[holder->slot] = before.collections.at(holder->slot);
      after[holder->slot].aliases.erase(alias);
    }
    return;
  }
  const bool alters = request.kind == StepKind::kAlterAlias;
  const bool exists = before.collections.at(request.slot).exists;
  const bool is_own = is_alias && holder->slot == request.slot;
  out->must_refuse = !exists || (alters ? !is_alias : holder && !is_own);
  if (out->must_refuse) return;
  if (is_alias) {
    after[holder->slot] = before.collections.at(holder->slot);
    after[holder->slot].aliases.erase(alias);
  }
  after[request.slot].aliases.insert(alias);
}

void JudgeDatabase(const CatalogState& before, const CatalogRequest& request, Verdict* out) {
  const std::string& name = request.place.database;
  DatabaseState& state = out->after.databases[name];
  state = before.databases.at(name);
  if (request.kind == StepKind::kCreateDatabase) {
    out->must_refuse = state.exists;
    if (!state.exists) state = {true, 0};
  } else {
    out->must_refuse = state.exists && HasCollections(before, name);
    state = {};
  }
}

void JudgePartitions(const CatalogRequest& request, Verdict* out) {
  CollectionState& state = out->after.collections[request.slot];
  out->must_refuse = !state.exists;
  if (!state.exists) return;
  const std::string& first = request.partitions[0];
  const bool has_all = HasAll(state, request.partitions);
  switch (request.kind) {
    case StepKind::kCreatePartition:
      if (has_all) return;
      state.partitions[first] = {0, state.loads_new == LoadsNew::kYes};
      break;
    case StepKind::kDropPartition:
      if (!has_all) return;
      out->must_refuse = state.partitions[first].loaded;
      if (!out->must_refuse) state.partitions.erase(first);
      break;
    case StepKind::kLoadPartitions:
      out->must_refuse = !has_all || state.index.empty();
      if (!has_all) return;
      for (const std::string& name : request.partitions) state.partitions[name].loaded = true;
      state.loaded = true;
      break;
    default:
      out->must_refuse = !has_all;
      if (has_all) ReleaseSome(request.partitions, &state);
      break;
  }
}

}  // namespace

bool CollectionState::all_loaded() const {
  return std::all_of(partitions.begin(), partitions.end(), [](const auto& p) { return p.second.loaded; });
}

std::vector<int64_t> CollectionState::LoadedPartitions() const {
  std::vector<int64_t> ids;
  for (const auto& [name, partition] : partitions) {
    if (partition.loaded) ids.push_back(partition.id);
  }
  return ids;
}

std::string CollectionState::ToString() const {
  if (!exists) return "absent";
  std::string text = "id " + std::to_string(id) + " at " + place.ToString();
  text += (loaded ? ", loaded" : ", not loaded") + std::string(", index [") + index + "], aliases [";
  for (const std::string& alias : aliases) text += alias + " ";
  text += "], partitions [";
  for (const auto& [name, partition] : partitions) {
    text += name + " " + std::to_string(partition.id) + (partition.loaded ? " loaded " : " ");
  }
  static constexpr const char* kLater[] = {"not loaded", "loaded", "perhaps loaded"};
  return text + "], later ones " + kLater[static_cast<int>(loads_new)];
}

bool Agrees(const CollectionState& seen, const CollectionState& expected) {
  if (!seen.exists || !expected.exists) return seen.exists == expected.exists;
  const bool is_known = expected.id != 0;
  if (is_known && (seen.id != expected.id || seen.created != expected.created)) return false;
  if (seen.place != expected.place || seen.aliases != expected.aliases) return false;
  if (expected.index == kAnyIndex ? seen.index.empty() : seen.index != expected.index) return false;
  if (seen.partitions.size() != expected.partitions.size()) return false;
  for (const auto& [name, partition] : expected.partitions) {
    const auto it = seen.partitions.find(name);
    if (it == seen.partitions.end()) return false;
    if (partition.id != 0 && it->second.id != partition.id) return false;
    const bool is_open = partition.id == 0 && expected.loads_new == LoadsNew::kUnknown;
    if (!is_open && it->second.loaded != partition.loaded) return false;
  }
  return seen.loaded == !seen.LoadedPartitions().empty();
}

CollectionState Complete(CollectionState seen, const CollectionState& expected) {
  seen.loads_new = expected.loads_new;
  if (!seen.exists) seen.place = expected.place;
  if (seen.loads_new != LoadsNew::kUnknown) return seen;
  for (const auto& [name, partition] : expected.partitions) {
    if (partition.id != 0 || !seen.partitions.contains(name)) continue;
    seen.loads_new = seen.partitions[name].loaded ? LoadsNew::kYes : LoadsNew::kNo;
  }
  return seen;
}

bool Agrees(const DatabaseState& seen, const DatabaseState& expected) {
  return seen.exists == expected.exists && (!seen.exists || expected.id == 0 || seen.id == expected.id);
}

std::optional<Holder> FindHolder(const CatalogState& catalog, const Place& place) {
  for (const auto& [slot, state] : catalog.collections) {
    if (!state.exists || state.place.database != place.database) continue;
    if (state.place.name == place.name) return Holder{slot, false};
    if (state.aliases.contains(place.name)) return Holder{slot, true};
  }
  return std::nullopt;
}

bool HasCollections(const CatalogState& catalog, const std::string& database) {
  return std::any_of(catalog.collections.begin(), catalog.collections.end(),
                     [&](const auto& c) { return c.second.exists && c.second.place.database == database; });
}

bool UsesNames(StepKind kind) {
  switch (kind) {
    case StepKind::kCreate:
    case StepKind::kDrop:
    case StepKind::kCreateAlias:
    case StepKind::kAlterAlias:
    case StepKind::kDropAlias:
    case StepKind::kRename:
    case StepKind::kCreateDatabase:
    case StepKind::kDropDatabase:
      return true;
    default:
      return false;
  }
}

Verdict Judge(const CatalogState& before, const CatalogRequest& request) {
  Verdict out;
  if (request.kind == StepKind::kCreateDatabase || request.kind == StepKind::kDropDatabase) {
    JudgeDatabase(before, request, &out);
    return out;
  }
  const CollectionState now = before.collections.at(request.slot);
  CollectionState& state = out.after.collections[request.slot] = now;
  switch (request.kind) {
    case StepKind::kCreate:
      JudgeCreate(before, request, &out);
      break;
    case StepKind::kDrop:
      out.must_refuse = now.exists && (request.through_alias || !now.aliases.empty());
      state = {};
      break;
    case StepKind::kRename:
      JudgeRename(before, request, &out);
      break;
    case StepKind::kLoad:
      out.must_refuse = !now.exists || now.index.empty();
      if (now.exists) LoadAll(&state);
      break;
    case StepKind::kRelease:
      out.must_refuse = !now.exists;
      if (now.exists) ReleaseAll(&state);
      break;
    case StepKind::kCreateIndex:
      out.must_refuse = !now.exists;
      out.may_refuse = !now.index.empty();
      if (now.exists && now.index.empty()) state.index = kAnyIndex;
      break;
    case StepKind::kDropIndex:
      out.may_refuse = !now.exists || now.loaded;
      state.index.clear();
      break;
    case StepKind::kCreateAlias:
    case StepKind::kAlterAlias:
    case StepKind::kDropAlias:
      JudgeAlias(before, request, &out);
      break;
    default:
      JudgePartitions(request, &out);
      break;
  }
  return out;
}

namespace {

bool IsThere(const CatalogState& seen, const CatalogState& outcome) {
  for (const auto& [slot, state] : outcome.collections) {
    if (!Agrees(seen.collections.at(slot), state)) return false;
  }
  for (const auto& [name, state] : outcome.databases) {
    if (!Agrees(seen.databases.at(name), state)) return false;
  }
  return true;
}

}  // namespace

std::string FindUnexplained(const CatalogState& seen, const CatalogState& known,
                            const std::vector<CatalogState>& outcomes) {
  const auto is_explained = [&](const auto& touches) {
    return std::any_of(outcomes.begin(), outcomes.end(),
                       [&](const CatalogState& o) { return touches(o) && IsThere(seen, o); });
  };
  for (const auto& [slot, state] : seen.collections) {
    const CollectionState& expected = known.collections.at(slot);
    if (Agrees(state, expected)) continue;
    if (is_explained([s = slot](const CatalogState& o) { return o.collections.contains(s); })) continue;
    return "collection " + std::to_string(slot) + " is " + state.ToString() + ", expected " +
           expected.ToString();
  }
  for (const auto& [name, state] : seen.databases) {
    const DatabaseState& expected = known.databases.at(name);
    if (Agrees(state, expected)) continue;
    if (is_explained([&n = name](const CatalogState& o) { return o.databases.contains(n); })) continue;
    return "database " + name + " is " + state.ToString() + ", expected " + expected.ToString();
  }
  return "";
}

}  // namespace redkite::sim
