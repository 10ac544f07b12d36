// What the clients change in the catalog: collections, partitions, aliases and databases.
#include <algorithm>

#include "sim/clients.h"

namespace redkite::sim {
namespace {

constexpr uint64_t kAliasNames = 3;

bool Chance(Random* random, uint64_t of) { return random->Below(of) == 0; }

template <class Set>
auto AnyOf(const Set& set, Random* random) {
  auto it = set.begin();
  std::advance(it, static_cast<ptrdiff_t>(random->Below(set.size())));
  return *it;
}

bool IsOfDatabases(StepKind kind) {
  return kind == StepKind::kCreateDatabase || kind == StepKind::kDropDatabase;
}

Params DrawIndex(Random* random) {
  static constexpr const char* kMetrics[] = {"L2", "IP", "COSINE"};
  const bool graph = random->Below(4) > 0;
  Params params = {{"index_type", graph ? "HNSW" : "FLAT"}, {"metric_type", kMetrics[random->Below(3)]}};
  if (graph) {
    params.emplace_back("M", std::to_string(2 + random->Below(6)));
    params.emplace_back("efConstruction", std::to_string(8 + random->Below(40)));
  }
  return params;
}

std::string TextOf(const CatalogRequest& request) {
  std::string text(StepName(request.kind));
  if (!IsOfDatabases(request.kind)) text += " of slot " + std::to_string(request.slot);
  if (UsesNames(request.kind)) text += ", " + request.place.ToString();
  if (request.through_alias) text += " by alias " + request.alias;
  for (const std::string& name : request.partitions) text += ", " + name;
  return text;
}

}  // namespace

// ---- what to ask

std::string Clients::DrawDatabase(Random* random) const {
  std::vector<std::string> there;
  for (const auto& [name, state] : catalog_.databases) {
    if (state.exists) there.push_back(name);
  }
  if (Chance(random, 10)) return AnyOf(catalog_.databases, random).first;
  return there[random->Below(there.size())];
}

Place Clients::DrawPlace(const Slot& slot, bool is_rename, Random* random) const {
  const auto shared = static_cast<uint64_t>(machine_->config().shared_names);
  const std::string database = DrawDatabase(random);
  const uint64_t draw = random->Below(2 + shared + (is_rename ? 1 : 0));
  if (draw < shared) return {database, "s" + std::to_string(draw)};
  return {database, draw == shared && is_rename ? "r" + std::to_string(slot.index) : slot.home};
}

void Clients::DrawAlias(const CollectionState& state, Random* random, CatalogRequest* request) const {
  request->place = {state.place.database, "a" + std::to_string(random->Below(kAliasNames))};
  const int shared = machine_->config().shared_names;
  if (shared > 0 && Chance(random, 5)) {
    request->place.name = "s" + std::to_string(random->Below(static_cast<uint64_t>(shared)));
  }
  if (request->kind == StepKind::kCreateAlias || Chance(random, 4)) return;
  std::set<std::string> there;
  for (const auto& [slot, other] : catalog_.collections) {
    if (other.exists && other.place.database == state.place.database)
      there.insert(other.aliases.begin(), other.aliases.end());
  }
  if (!there.empty()) request->place.name = AnyOf(there, random);
}

void Clients::DrawPartitions(StepKind kind, const CollectionState& state, Random* random,
                             CatalogRequest* request) const {
  const bool is_one = kind == StepKind::kCreatePartition || kind == StepKind::kDropPartition;
  std::vector<std::string> fitting;
  for (const auto& [name, partition] : state.partitions) {
    const bool is_default = name == kDefaultPartition;
    if (kind == StepKind::kCreatePartition || (kind == StepKind::kDropPartition && is_default)) continue;
    // One that is released is to be loaded or dropped.
    const bool fits = partition.loaded == (kind == StepKind::kReleasePartitions);
    if (fits || (!is_one && Chance(random, 8))) fitting.push_back(name);
  }
  for (uint64_t n = is_one || !Chance(random, 3) ? 1 : 2; n > 0; --n) {
    const bool any = fitting.empty() || Chance(random, 10);
    request->partitions.push_back(any ? "p" + std::to_string(random->Below(kPartitionNames))
                                      : fitting[random->Below(fitting.size())]);
  }
}

CatalogRequest Clients::DrawChange(const Step& step, Random* random) const {
  CatalogRequest request;
  request.kind = step.kind;
  request.slot = step.seed % slots_.size();
  const Slot& slot = slots_[request.slot];
  const CollectionState& state = StateOf(slot);
  request.place = state.place;
  switch (step.kind) {
    case StepKind::kCreate:
      if (!state.exists) request.place = DrawPlace(slot, false, random);
      break;
    case StepKind::kRename:
      request.place = DrawPlace(slot, true, random);
      [[fallthrough]];
    case StepKind::kDrop:
      request.through_alias = !state.aliases.empty() && Chance(random, 5);
      if (request.through_alias) request.alias = AnyOf(state.aliases, random);
      break;
    case StepKind::kCreateAlias:
    case StepKind::kAlterAlias:
    case StepKind::kDropAlias:
      DrawAlias(state, random, &request);
      break;
    case StepKind::kCreateDatabase:
    case StepKind::kDropDatabase:
      // The default one can be neither made nor dropped.
      request.place = {AnyOf(catalog_.databases, random).first, ""};
      if (request.place.database == kDefaultDatabase) request.place.database = "d1";
      break;
    case StepKind::kCreatePartition:
    case StepKind::kDropPartition:
    case StepKind::kLoadPartitions:
    case StepKind::kReleasePartitions:
      DrawPartitions(step.kind, state, random, &request);
      break;
    default:
      break;
  }
  return request;
}

Status Clients::Send(const CatalogRequest& request, Random* random) {
  proxy::Proxy& proxy = machine_->proxy();
  const Slot& slot = slots_[request.slot];
  CollectionName name = StateOf(slot).place.ToName();
  if (request.through_alias) name.collection = request.alias;
  LoadRequest load;
  load.name = name;
  load.partitions = request.partitions;
  switch (request.kind) {
    case StepKind::kCreate:
      return proxy.CreateCollection(
          MakeCreate({request.place.ToName(), slot.text_keys, machine_->config().dim}));
    case StepKind::kDrop:
      return proxy.DropCollection(name);
    case StepKind::kLoad:
      return proxy.LoadCollection(load);
    case StepKind::kRelease:
      return proxy.ReleaseCollection(name);
    case StepKind::kDropIndex:
      return proxy.DropIndex({name, "vec", ""});
    case StepKind::kCreateIndex:
      return proxy.CreateIndex({name, "vec", "", DrawIndex(random)});
    case StepKind::kCreatePartition:
      return proxy.CreatePartition({name, request.partitions[0]});
    case StepKind::kDropPartition:
      return proxy.DropPartition({name, request.partitions[0]});
    case StepKind::kLoadPartitions:
      return proxy.LoadPartitions(load);
    case StepKind::kReleasePartitions:
      return proxy.ReleasePartitions({name, request.partitions});
    case StepKind::kCreateAlias:
      return proxy.CreateAlias({name, request.place.name});
    case StepKind::kAlterAlias:
      return proxy.AlterAlias({name, request.place.name});
    case StepKind::kDropAlias:
      return proxy.DropAlias({{request.place.database, ""}, request.place.name});
    case StepKind::kRename:
      return proxy.RenameCollection({name, request.place.ToName()});
    case StepKind::kCreateDatabase:
      return proxy.CreateDatabase({request.place.database, {}});
    default:
      return proxy.DropDatabase(request.place.database);
  }
}

// ---- changes

std::set<Place> Clients::PlacesOf(const CatalogRequest& request) const {
  if (!UsesNames(request.kind) || IsOfDatabases(request.kind)) return {};
  std::set<Place> places = {request.place};
  const CollectionState& state = StateOf(slots_[request.slot]);
  if (state.exists) places.insert(state.place);
  return places;
}

bool Clients::MayBegin(const CatalogRequest& request, const CatalogState& touched) const {
  if (request.kind == StepKind::kDropPartition && partial_of_ == request.slot) return false;
  for (const auto& [slot, state] : touched.collections) {
    if (slots_[slot].catalog_busy) return false;
  }
  for (const auto& [name, state] : touched.databases) {
    if (busy_databases_.contains(name)) return false;
  }
  for (const Place& place : PlacesOf(request)) {
    if (busy_places_.contains(place)) return false;
  }
  if (request.kind != StepKind::kCreate) return true;
  // Two collections that were perhaps made under one name could not be told apart.
  return std::none_of(outcomes_.begin(), outcomes_.end(), [&](const CatalogState& outcome) {
    const auto holder = FindHolder(outcome, request.place);
    return holder && holder->slot != request.slot;
  });
}

// Reads of a whole collection by its own name go on as if nothing happened.
bool Clients::IsQuiet(const CatalogRequest& request) const {
  switch (request.kind) {
    case StepKind::kCreatePartition:
      // Else rows of the new one may be seen before the request has its answer.
      return StateOf(slots_[request.slot]).loads_new == CollectionState::LoadsNew::kNo;
    case StepKind::kDropPartition:
    case StepKind::kCreateAlias:
    case StepKind::kAlterAlias:
    case StepKind::kDropAlias:
      return true;
    default:
      return false;
  }
}

void Clients::SetBusy(const CatalogRequest& request, const CatalogState& touched, bool busy, bool is_quiet) {
  for (const auto& [slot, state] : touched.collections) {
    slots_[slot].catalog_busy = busy;
    slots_[slot].is_being_made = busy && request.kind == StepKind::kCreate;
    slots_[slot].quietly_busy = busy && is_quiet;
    ++(is_quiet ? slots_[slot].quiet_events : slots_[slot].catalog_events);
  }
  for (const auto& [name, state] : touched.databases) {
    if (busy) busy_databases_.insert(name);
    if (!busy) busy_databases_.erase(name);
  }
  if (!UsesNames(request.kind)) return;
  names_under_way_ += busy ? 1 : -1;
  ++names_events_;
}

void Clients::ChangeCatalog(const Step& step, Random* random) {
  if (!machine_->is_open()) return;
  if (IsOfDatabases(step.kind) && machine_->config().database_count == 1) return;
  const CatalogRequest request = DrawChange(step, random);
  Verdict verdict = Judge(catalog_, request);
  if (!MayBegin(request, verdict.after)) return;
  const std::set<Place> places = PlacesOf(request);
  busy_places_.insert(places.begin(), places.end());
  bool alone = names_under_way_ == 0;
  const bool is_quiet = IsQuiet(request);
  SetBusy(request, verdict.after, true, is_quiet);
  const uint64_t events = names_events_;
  const ChangeStart start{disturbed_ ? 0 : disturbances_, OutcomeCount()};
  const Status status = Send(request, random);
  // What another request does to names may be the reason of an answer, so it is not sure then.
  alone = !UsesNames(request.kind) || (alone && events == names_events_);
  verdict.may_refuse = verdict.may_refuse || (!alone && !status.ok());
  verdict.must_refuse = verdict.must_refuse && alone;
  Log(TextOf(request) + ": " + status.ToString());
  Note(static_cast<uint64_t>(status.code()));
  ++counters_->answers;
  JudgeChange(request, verdict, status, start);
  SetBusy(request, verdict.after, false, is_quiet);
  for (const Place& place : places) busy_places_.erase(place);
}

void Clients::JudgeChange(const CatalogRequest& request, const Verdict& verdict, const Status& status,
                          const ChangeStart& start) {
  const auto now = ReadTouched(request, verdict.after);
  if (!now) return;
  CatalogState before = verdict.after;
  for (auto& [slot, state] : before.collections) state = catalog_.collections.at(slot);
  for (auto& [name, state] : before.databases) state = catalog_.databases.at(name);
  const bool changed = !FindUnexplained(*now, before, {}).empty();
  const CatalogState* expected = &before;
  if (status.ok()) {
    if (verdict.must_refuse) Fail(TextOf(request) + " was not refused");
    expected = &verdict.after;
    if (std::string wrong = FindUnexplained(*now, verdict.after, {}); !wrong.empty())
      Fail("after " + TextOf(request) + ": " + wrong);
    // A change that was durable says that those which had failed before it began are absent.
    if (changed) ForgetOutcomesUpTo(start.outcome_count);
  } else if (IsCalmSince(start.disturbances)) {
    if (!verdict.may_refuse && !verdict.must_refuse) Fail(TextOf(request) + " answered " + status.ToString());
    if (changed) Fail("a refused change changed the catalog: " + FindUnexplained(*now, before, {}));
  } else if (!verdict.must_refuse) {
    if (changed) expected = &verdict.after;
    outcomes_.push_back(before);
    outcomes_.push_back(verdict.after);
    if (request.kind == StepKind::kCreate) slots_[request.slot].is_doubtful = true;
  }
  for (const auto& [slot, state] : now->collections) {
    const CollectionState was = StateOf(slots_[slot]);
    TakeState(&slots_[slot], Complete(state, expected->collections.at(slot)));
    CheckNames(StateOf(slots_[slot]), was);
  }
  for (const auto& [name, state] : now->databases) catalog_.databases[name] = state;
}

void Clients::ForgetOutcomesUpTo(uint64_t count) {
  if (count <= outcomes_forgotten_) return;
  outcomes_.erase(outcomes_.begin(), outcomes_.begin() + static_cast<ptrdiff_t>(count - outcomes_forgotten_));
  outcomes_forgotten_ = count;
}

void Clients::TakeState(Slot* slot, const CollectionState& now) {
  CollectionState& state = StateOf(*slot);
  if (now.exists != state.exists || now.id != state.id) {
    ++slot->incarnation;
    slot->rows.clear();
    slot->rows_ts = now.created;
    slot->open.clear();
    slot->pending.clear();
    slot->past.clear();
    slot->history.clear();
    slot->flushing.clear();
    SeenTimestamp(now.created);
  }
  state = now;
  if (!now.exists) {
    state = {};
    state.place = {kDefaultDatabase, slot->home};
  }
  Log("slot " + std::to_string(slot->index) + " is " + state.ToString());
}

const std::vector<int64_t> Clients::CollectionIds() const {
  std::vector<int64_t> ids;
  for (const auto& [slot, state] : catalog_.collections) {
    if (state.exists) ids.push_back(state.id);
  }
  return ids;
}

}  // namespace redkite::sim
