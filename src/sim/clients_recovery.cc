// What the clients find after a start of the engine.
#include <algorithm>

#include "sim/clients.h"

namespace redkite::sim {
namespace {

constexpr size_t kSubsetsOf = 10;  // so many unanswered writes are tried in every combination

// What a read of the whole collection sees.
RowFilter SeenRows(const CollectionState& state) {
  return {RowFilter::kAll, 0, 0, {}, false, state.LoadedPartitions()};
}

bool NamesDamage(const Status& status) {
  return status.code() == Code::kDataIntegrity || status.code() == Code::kOperationNotSupported;
}

}  // namespace

/// Everything in a collection, as far as it can be asked for.
struct Clients::SeenState {
  std::vector<SeenRow> newest;
  int64_t count = 0;
  std::map<int64_t, int64_t> version_counts;  // of unanswered writes
  Timestamp ts = 0;
  Status status;
};

std::optional<Clients::SeenState> Clients::ReadState(const Slot& slot) {
  SeenState seen;
  const CollectionName name = StateOf(slot).place.ToName();
  const auto count = [&](const std::string& filter) -> int64_t {
    QueryRequest request;
    request.name = name;
    request.filter = filter;
    request.output_fields = {"count(*)"};
    const auto answer = machine_->proxy().Query(request, nullptr);
    if (!answer.ok()) {
      seen.status = answer.status();
      return 0;
    }
    return answer->columns[0].column.view().At<int64_t>(0);
  };
  QueryRequest request;
  request.name = name;
  request.filter = RowFilter{RowFilter::kAll, 0, 0, {}, slot.text_keys, {}}.Text();
  request.output_fields = {"*"};
  const auto answer = machine_->proxy().Query(request, nullptr);
  ++counters_->answers;
  if (!answer.ok()) {
    seen.status = answer.status();
    return seen;
  }
  seen.ts = answer->session_ts;
  const Shape shape{name, slot.text_keys, machine_->config().dim};
  if (std::string wrong = ReadRows(shape, answer->columns, nullptr, &seen.newest); !wrong.empty()) {
    Fail("after a start, " + StateOf(slot).place.ToString() + ": " + wrong);
    return std::nullopt;
  }
  seen.count = count("");
  for (const auto& write : slot.open) {
    if (write->kind >= MutationKind::kDeleteKeys) continue;
    seen.version_counts[write->version] = count("ver == " + std::to_string(write->version));
  }
  return seen;
}

bool Clients::FindSurvivors(Slot* slot, const SeenState& seen) {
  const size_t open = slot->open.size();
  const RowFilter all = SeenRows(StateOf(*slot));
  const auto fits = [&](const std::vector<bool>& survives) {
    Rows rows = slot->rows;
    uint64_t seq = seq_;
    for (size_t i = 0; i < open; ++i) {
      if (survives[i]) Apply(*slot->open[i], ++seq, &rows);
    }
    if (static_cast<int64_t>(ExpectedCount(rows, all)) != seen.count) return false;
    if (!CompareRows(seen.newest, ExpectedRows(rows, all)).empty()) return false;
    for (const auto& [version, count] : seen.version_counts) {
      const RowFilter filter{RowFilter::kVersion, version, 0, {}, false, all.partitions};
      if (static_cast<int64_t>(ExpectedCount(rows, filter)) != count) return false;
    }
    slot->rows = std::move(rows);
    seq_ = seq;
    return true;
  };
  std::vector<bool> survives(open, false);
  // The log keeps its beginning. Writes that came before a file which could not be made are not in it.
  for (size_t from = 0; from < std::max<size_t>(open, 1); ++from) {
    std::fill(survives.begin(), survives.end(), false);
    for (size_t end = from; end <= open; ++end) {
      if (end > from) survives[end - 1] = true;
      if (fits(survives)) return true;
    }
  }
  const size_t tried = std::min(open, kSubsetsOf);
  for (uint64_t bits = 0; bits < uint64_t{1} << tried; ++bits) {
    for (size_t i = 0; i < open; ++i) survives[i] = i < tried && ((bits >> i) & 1) != 0;
    if (fits(survives)) return true;
  }
  return false;
}

void Clients::SettleRows(Slot* slot) {
  const auto seen = ReadState(*slot);
  if (!seen) return;
  const std::string name = StateOf(*slot).place.ToString();
  if (!seen->status.ok()) {
    return Fail("after a start, " + name + " answered " + seen->status.ToString());
  }
  Note(seen->ts);
  Note(static_cast<uint64_t>(seen->count));
  for (const SeenRow& row : seen->newest) Note(static_cast<uint64_t>(row.key * 31 + row.version));
  if (!FindSurvivors(slot, *seen)) {
    const RowFilter all = SeenRows(StateOf(*slot));
    return Fail("after a start, " + name + " with " + std::to_string(slot->open.size()) +
                " unanswered writes: " + CompareRows(seen->newest, ExpectedRows(slot->rows, all)) +
                "; count " + std::to_string(seen->count) + ", expected " +
                std::to_string(ExpectedCount(slot->rows, all)));
  }
  if (seen->ts < slot->rows_ts) Fail("after a start, " + name + " reads an older snapshot");
  slot->rows_ts = seen->ts;
  slot->open.clear();
  seen_ts_ = std::max(seen_ts_, seen->ts);
}

void Clients::EnsureLoaded(Slot* slot) {
  CollectionState expected = StateOf(*slot);
  const CollectionName name = expected.place.ToName();
  if (expected.index.empty()) {
    CreateIndexRequest request;
    request.name = name;
    request.field_name = "vec";
    request.params = {{"index_type", "FLAT"}, {"metric_type", "L2"}};
    if (Status s = machine_->proxy().CreateIndex(request); !s.ok()) return Fail("index: " + s.ToString());
  }
  LoadRequest load;
  load.name = name;
  if (Status s = machine_->proxy().LoadCollection(load); !s.ok()) return Fail("load: " + s.ToString());
  expected.loads_new = CollectionState::LoadsNew::kYes;
  const auto now = ReadCollection({{}, CollectionId(expected.id)}, *slot);
  if (now) TakeState(slot, Complete(*now, expected));
}

std::optional<size_t> Clients::SlotOfFound(const CollectionDescription& found) const {
  for (const auto& [slot, state] : catalog_.collections) {
    if (state.exists && state.id == found.id.value()) return slot;
  }
  // One that was made, though the request failed.
  for (const CatalogState& outcome : outcomes_) {
    const auto holder = FindHolder(outcome, {found.database, found.schema.name});
    if (holder && !holder->is_alias && outcome.collections.at(holder->slot).id == 0) return holder->slot;
  }
  return std::nullopt;
}

std::optional<CatalogState> Clients::ReadWholeCatalog() {
  proxy::Proxy& proxy = machine_->proxy();
  CatalogState seen;
  for (const Slot& slot : slots_) seen.collections[slot.index] = {};
  for (const auto& [name, state] : catalog_.databases) seen.databases[name] = {};
  for (const DatabaseDescription& database : proxy.ListDatabases()) {
    if (!seen.databases.contains(database.name)) {
      Fail("database " + database.name + ", which nobody made");
      return std::nullopt;
    }
    seen.databases[database.name] = {true, database.id.value()};
    const auto collections = proxy.ShowCollections({database.name, false, {}});
    if (!collections.ok()) {
      Fail("list of collections of " + database.name + " answered " + collections.status().ToString());
      return std::nullopt;
    }
    for (const CollectionDescription& found : *collections) {
      const auto slot = SlotOfFound(found);
      if (!slot || seen.collections[*slot].exists) {
        Fail("collection " + database.name + ":" + found.schema.name + " with id " +
             std::to_string(found.id.value()) + ", which nobody made, or twice");
        return std::nullopt;
      }
      const auto state = ReadCollection({{}, found.id}, slots_[*slot]);
      if (!state) return std::nullopt;
      seen.collections[*slot] = *state;
    }
  }
  return seen;
}

// What is seen, with what the outcomes that explain it say of what cannot be seen.
void Clients::TakeWholeCatalog(const CatalogState& seen) {
  using LoadsNew = CollectionState::LoadsNew;
  for (const auto& found : seen.collections) {
    const auto& slot = found.first;
    const CollectionState& state = found.second;  // a lambda may name it, unlike a part of a binding
    const CollectionState before = StateOf(slots_[slot]);
    std::optional<LoadsNew> loads_new;
    const auto consider = [&](const CollectionState& candidate) {
      if (!Agrees(state, candidate)) return;
      const LoadsNew now = Complete(state, candidate).loads_new;
      loads_new = loads_new && *loads_new != now ? LoadsNew::kUnknown : now;
    };
    consider(before);
    for (const CatalogState& outcome : outcomes_) {
      if (const auto it = outcome.collections.find(slot); it != outcome.collections.end())
        consider(it->second);
    }
    CollectionState taken = state;
    taken.loads_new = loads_new.value_or(LoadsNew::kUnknown);
    TakeState(&slots_[slot], taken);
    CheckNames(StateOf(slots_[slot]), before);
    Note(taken.exists ? static_cast<uint64_t>(taken.id) : 0);
  }
  catalog_.databases = seen.databases;
  ForgetOutcomesUpTo(OutcomeCount());
}

// No segment is of a partition that is gone.
void Clients::CheckSegments(const Slot& slot) {
  const CollectionState& state = StateOf(slot);
  const auto segments = machine_->proxy().PersistentSegments(
      {state.place.ToName(), {SegmentState::kGrowing, SegmentState::kFlushed}});
  if (!segments.ok())
    return Fail("segments of " + state.place.ToString() + " answered " + segments.status().ToString());
  for (const SegmentDescription& segment : *segments) {
    const bool is_known = std::any_of(state.partitions.begin(), state.partitions.end(), [&](const auto& p) {
      return p.second.id == segment.partition.value();
    });
    if (!is_known)
      Fail("after a start, a segment of " + state.place.ToString() +
           " is of a partition that is gone: " + std::to_string(segment.partition.value()));
  }
}

void Clients::VerifyAfterStart() {
  was_disturbed_ = disturbed_;
  const auto seen = ReadWholeCatalog();
  if (!seen) return;
  if (std::string wrong = FindUnexplained(*seen, catalog_, outcomes_); !wrong.empty())
    return Fail("after a start, " + wrong);
  TakeWholeCatalog(*seen);
  for (Slot& slot : slots_) {
    if (!failure_.empty()) return;
    if (!StateOf(slot).exists) continue;
    if (!StateOf(slot).all_loaded() && !slot.open.empty()) EnsureLoaded(&slot);
    if (StateOf(slot).loaded) SettleRows(&slot);
    CheckSegments(slot);
  }
}

void Clients::VerifyDamaged(const std::string& file) {
  const auto now = ReadWholeCatalog();
  if (!now) return;
  if (std::string wrong = FindUnexplained(*now, catalog_, {}); !wrong.empty())
    return Fail("with damage in " + file + ", " + wrong);
  for (Slot& slot : slots_) {
    if (!StateOf(slot).exists || !StateOf(slot).loaded) continue;
    const auto seen = ReadState(slot);
    if (!seen) return;
    if (!seen->status.ok()) {
      ++counters_->flips_found;
      if (!NamesDamage(seen->status)) Fail("with damage in " + file + ": " + seen->status.ToString());
      continue;
    }
    const RowFilter all = SeenRows(StateOf(slot));
    const std::string wrong = CompareRows(seen->newest, ExpectedRows(slot.rows, all));
    if (!wrong.empty() || static_cast<size_t>(seen->count) != ExpectedCount(slot.rows, all)) {
      return Fail("with damage in " + file + ", " + StateOf(slot).place.ToString() + ": " + wrong +
                  "; count " + std::to_string(seen->count));
    }
  }
}

void Clients::VerifyAtRest() {
  for (Slot& slot : slots_) {
    const CollectionState& state = StateOf(slot);
    if (was_disturbed_ || !state.exists) continue;
    const auto flushed = machine_->proxy().GetFlushState({state.place.ToName(), slot.flushing, 0});
    if (!flushed.ok() || !*flushed) Fail("a flush of " + state.place.ToString() + " did not come to an end");
    slot.flushing.clear();
    if (state.index.empty()) continue;
    const auto indexes = machine_->proxy().DescribeIndex({state.place.ToName(), "vec", ""});
    if (!indexes.ok()) return Fail("describe index: " + indexes.status().ToString());
    const IndexDescription& index = (*indexes)[0];
    if (index.state != IndexState::kFinished || index.indexed_rows != index.total_rows) {
      Fail("index of " + state.place.ToString() + " is not finished: " + std::to_string(index.indexed_rows) +
           " of " + std::to_string(index.total_rows) + " rows " + index.fail_reason);
    }
  }
}

void Clients::EndOfLife() {
  for (Slot& slot : slots_) {
    for (const auto& write : slot.open) {
      if (write->state == Mutation::State::kInFlight) {
        Fail("write " + std::to_string(write->version) + " was never answered");
      }
    }
    if (!slot.pending.empty() || slot.active_reads > 0)
      Fail("a read of slot " + std::to_string(slot.index) + " hangs");
    slot.is_doubtful = false;
    slot.flushing.clear();
  }
}

void Clients::FlushAll() {
  was_disturbed_ = disturbed_;
  for (Slot& slot : slots_) {
    slot.flushing.clear();
    const Place& place = StateOf(slot).place;
    if (!StateOf(slot).exists) continue;
    const auto answer = machine_->proxy().Flush({place.database, {place.name}});
    if (!answer.ok()) Fail("flush of " + place.ToString() + " answered " + answer.status().ToString());
  }
}

}  // namespace redkite::sim
