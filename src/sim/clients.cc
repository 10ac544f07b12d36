#include "sim/clients.h"

#include <algorithm>
#include <cstdio>

namespace redkite::sim {
namespace {

constexpr size_t kFreshKeysPerStep = 64;  // keys of an insert that repeats none: from its step's range
constexpr int64_t kFirstFreshKey = 10'000;

// After these the record is certainly absent.
bool IsCertainlyAbsent(Code code) {
  return code == Code::kDiskLimitExceeded || code == Code::kParameterTooLarge ||
         code == Code::kMemoryLimitExceeded || code == Code::kCollectionNotFound ||
         code == Code::kCollectionNotLoaded || code == Code::kPartitionNotFound ||
         code == Code::kPartitionNotLoaded || code == Code::kParameterInvalid ||
         code == Code::kCollectionSchemaMismatch;
}

MutationKind KindOf(StepKind kind) {
  switch (kind) {
    case StepKind::kInsert:
      return MutationKind::kInsert;
    case StepKind::kUpsert:
    case StepKind::kUpsertPartially:
      return MutationKind::kUpsert;
    case StepKind::kDeleteKeys:
      return MutationKind::kDeleteKeys;
    case StepKind::kTruncate:
      return MutationKind::kTruncate;
    default:
      return MutationKind::kDeleteFilter;
  }
}

bool HasRecord(const Mutation& mutation) {
  return mutation.kind == MutationKind::kTruncate || !mutation.keys.empty();
}

}  // namespace

Clients::Clients(Machine* machine, SimCounters* counters) : machine_(machine), counters_(counters) {
  slots_.resize(static_cast<size_t>(machine->config().slot_count));
  for (size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].index = i;
    slots_[i].home = "c" + std::to_string(i);
    slots_[i].text_keys = i % 2 == 1;
    catalog_.collections[i].place = {kDefaultDatabase, slots_[i].home};
  }
  catalog_.databases[kDefaultDatabase] = {true, 0};
  for (int i = 1; i < machine->config().database_count; ++i) {
    catalog_.databases["d" + std::to_string(i)] = {};
  }
}

void Clients::Fail(const std::string& what) {
  Log("FAILED: " + what);
  if (failure_.empty()) failure_ = what;
}

void Clients::Note(uint64_t value) {
  hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15ULL;
  hash_ ^= hash_ >> 31;
}

void Clients::Log(const std::string& line) {
  if (log_) std::fprintf(stderr, "  %s\n", line.c_str());
}

void Clients::SeenTimestamp(Timestamp ts) {
  Note(ts);
  seen_ts_ = std::max(seen_ts_, ts);
}

void Clients::Start(const Step& step, size_t index) {
  ++counters_->requests;
  machine_->Spawn([this, step, index] {
    Random random(step.seed);
    const size_t slot = step.seed % slots_.size();
    switch (step.kind) {
      case StepKind::kInsert:
      case StepKind::kUpsert:
      case StepKind::kUpsertPartially:
      case StepKind::kDeleteKeys:
      case StepKind::kDeleteFilter:
      case StepKind::kTruncate:
        return Mutate(step, index, &random);
      case StepKind::kQueryAll:
        return QueryRows(slot, {RowFilter::kAll, 0, 0, {}, slots_[slot].text_keys, {}}, -1, 0, &random);
      case StepKind::kQueryFilter:
        return QueryRows(slot, DrawFilter(slots_[slot], &random), -1, 0, &random);
      case StepKind::kQueryPage: {
        const auto limit = 1 + static_cast<int64_t>(random.Below(20));
        const auto offset = static_cast<int64_t>(random.Below(30));
        return QueryRows(slot, DrawFilter(slots_[slot], &random), limit, offset, &random);
      }
      case StepKind::kCount:
        return CountRows(slot, DrawFilter(slots_[slot], &random), &random);
      case StepKind::kSearch:
        return Search(slot, &random);
      case StepKind::kReadPast:
        return ReadPast(slot, &random);
      case StepKind::kFlush:
        return Flush(slot, &random);
      case StepKind::kDescribe:
        return Describe(slot);
      case StepKind::kAllocTimestamp:
        return AllocTimestamp();
      case StepKind::kMaintain:
        if (machine_->is_open()) machine_->engine().Maintain();
        return;
      default:
        return ChangeCatalog(step, &random);
    }
  });
}

// ---- mutations

RowFilter Clients::DrawFilter(const Slot& slot, Random* random) const {
  RowFilter filter;
  filter.kind = static_cast<RowFilter::Kind>(random->Below(RowFilter::kDrawnKinds));
  filter.text_keys = slot.text_keys;
  filter.a = static_cast<int64_t>(random->Below(100));
  filter.b = filter.a + static_cast<int64_t>(random->Below(30));
  if (filter.kind == RowFilter::kTag || filter.kind == RowFilter::kNotTag) filter.a %= 5;
  if (filter.kind == RowFilter::kOpt) filter.a %= 50;
  if (filter.kind == RowFilter::kVersion || filter.kind == RowFilter::kKeys) {
    for (uint64_t n = 1 + random->Below(6); n > 0 && !slot.rows.empty(); --n) {
      auto it = slot.rows.begin();
      std::advance(it, static_cast<ptrdiff_t>(random->Below(slot.rows.size())));
      filter.keys.push_back(it->first);
      filter.a = it->second.back().version;
    }
    filter.keys.push_back(static_cast<int64_t>(random->Below(100)));
    std::sort(filter.keys.begin(), filter.keys.end());
    filter.keys.erase(std::unique(filter.keys.begin(), filter.keys.end()), filter.keys.end());
  }
  return filter;
}

void Clients::ChooseKeys(const Slot& slot, size_t index, Random* random, Mutation* mutation) {
  const SimConfig& config = machine_->config();
  const uint64_t count = 1 + random->Below(static_cast<uint64_t>(config.batch_max));
  const bool fresh = mutation->kind == MutationKind::kInsert && !config.repeats_keys;
  // Most partial updates are of rows that are there; of others much is refused.
  const bool updates = mutation->groups != kAllGroups && !slot.rows.empty() && random->Below(6) > 0;
  for (uint64_t i = 0; i < count; ++i) {
    int64_t key = static_cast<int64_t>(random->Below(static_cast<uint64_t>(config.key_space)));
    if (fresh) {
      key = kFirstFreshKey + static_cast<int64_t>(index * kFreshKeysPerStep + i);
    } else if (mutation->kind != MutationKind::kInsert && !slot.rows.empty() &&
               (updates || random->Below(3) > 0)) {
      auto it = slot.rows.begin();
      std::advance(it, static_cast<ptrdiff_t>(random->Below(slot.rows.size())));
      key = it->first;
    }
    const auto& keys = mutation->keys;
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) mutation->keys.push_back(key);
  }
}

CollectionState Clients::LiveState(const Slot& slot) {
  CollectionState state = StateOf(slot);
  if (!slot.catalog_busy || !state.exists) return state;
  const auto partitions = machine_->proxy().ShowPartitions({{}, CollectionId(state.id), {}, false});
  if (!partitions.ok()) return state;
  state.partitions.clear();
  for (const PartitionDescription& p : *partitions) state.partitions[p.name] = {p.id.value(), p.loaded};
  state.loaded = !state.LoadedPartitions().empty();
  std::erase_if(state.aliases, [&](const std::string& alias) {
    const auto found = machine_->proxy().DescribeCollection({{state.place.database, alias}, {}});
    return !found.ok() || found->id.value() != state.id;
  });
  return state;
}

CollectionName Clients::DrawName(const CollectionState& state, Random* random) const {
  const bool by_alias = random->Below(1000) < static_cast<uint64_t>(machine_->config().alias_permille);
  if (!by_alias || state.aliases.empty()) return state.place.ToName();
  auto alias = state.aliases.begin();
  std::advance(alias, static_cast<ptrdiff_t>(random->Below(state.aliases.size())));
  return {state.place.database, *alias};
}

Clients::Target Clients::DrawTarget(const CollectionState& state, Random* random) const {
  Target target{DrawName(state, random), {}};
  if (random->Below(1000) >= static_cast<uint64_t>(machine_->config().partition_permille)) return target;
  for (uint64_t n = 1 + random->Below(2); n > 0; --n) {
    if (state.partitions.empty() || random->Below(12) == 0) {
      target.partitions.push_back("p" + std::to_string(random->Below(kPartitionNames)));
      continue;
    }
    auto it = state.partitions.begin();
    std::advance(it, static_cast<ptrdiff_t>(random->Below(state.partitions.size())));
    target.partitions.push_back(it->first);
  }
  return target;
}

// Where the rows of a mutation go, or which ones a delete takes, as the engine sees it at this moment.
void Clients::ChoosePartition(const CollectionState& live, const Target& target, Mutation* mutation) const {
  const bool deletes = mutation->kind >= MutationKind::kDeleteKeys;
  const std::string name = target.partitions.empty() ? kDefaultPartition : target.partitions[0];
  const auto it = live.partitions.find(name);
  mutation->partition_is_there = it != live.partitions.end();
  mutation->partition_is_loaded = mutation->partition_is_there && it->second.loaded;
  mutation->filter.partitions = live.LoadedPartitions();
  if (deletes && target.partitions.empty()) {
    mutation->partition_is_there = true;
    mutation->partition_is_loaded = live.loaded;
  } else if (mutation->partition_is_there) {
    mutation->partition = it->second.id;
    if (deletes) mutation->filter.partitions = {{it->second.id}};
  }
}

void Clients::Mutate(const Step& step, size_t index, Random* random) {
  // One request at a time is handed over, also when the engine makes it wait; and none into a collection that
  // is just being made, since nobody could tell whether it went into that one.
  Slot& slot = SlotOf(step);
  const auto may_go = [](void* c) {
    const auto& [clients, of] = *static_cast<std::pair<Clients*, Slot*>*>(c);
    return !clients->handing_over_ && !of->is_being_made;
  };
  std::pair<Clients*, Slot*> wait{this, &slot};
  if (!may_go(&wait)) machine_->scheduler().WaitUntil(may_go, &wait);
  if (!machine_->is_open()) return;
  handing_over_ = true;
  {
    SimScheduler::Pinned pinned(&machine_->scheduler());
    auto mutation = std::make_shared<Mutation>();
    mutation->kind = KindOf(step.kind);
    mutation->version = static_cast<int64_t>(index) + 1;
    mutation->slot = slot.index;
    mutation->incarnation = slot.incarnation;
    mutation->floor_ts = seen_ts_;
    mutation->is_upset = slot.catalog_busy || slot.is_doubtful;
    mutation->events = slot.catalog_events + slot.quiet_events;
    // A first read makes a delete by filter wait between its look at the catalog and the one at the rows.
    if (slot.catalog_busy && mutation->kind == MutationKind::kDeleteFilter)
      mutation->kind = MutationKind::kDeleteKeys;
    mutation->disturbances = disturbed_ ? 0 : disturbances_;
    const CollectionState live = LiveState(slot);
    Target target = DrawTarget(live, random);
    if (target.partitions.size() > 1) target.partitions.pop_back();
    if (mutation->kind == MutationKind::kTruncate) target.partitions.clear();
    // Whether it keeps rows of a partition that is just being dropped nobody could tell.
    if (step.kind == StepKind::kUpsertPartially && !slot.catalog_busy) {
      mutation->groups = static_cast<unsigned>(random->Below(kAllGroups + 1));
      partial_of_ = slot.index;
    }
    HandOver(&slot, mutation, target, DrawMutation(&slot, index, random, mutation.get()), live);
  }
  partial_of_.reset();
  handing_over_ = false;
}

// Chooses the keys; the text of a delete's filter, else nothing.
std::string Clients::DrawMutation(Slot* slot, size_t index, Random* random, Mutation* mutation) {
  if (mutation->kind == MutationKind::kTruncate) return "";
  if (mutation->kind != MutationKind::kDeleteFilter) {
    ChooseKeys(*slot, index, random, mutation);
    const RowFilter filter{RowFilter::kKeys, 0, 0, mutation->keys, slot->text_keys, {}};
    return mutation->kind == MutationKind::kDeleteKeys ? filter.Text() : "";
  }
  mutation->filter = DrawFilter(*slot, random);
  if (mutation->filter.kind == RowFilter::kKeys) {
    mutation->kind = MutationKind::kDeleteKeys;
    mutation->keys = mutation->filter.keys;
  }
  return mutation->filter.Text();
}

// The delete that follows sees the snapshot that this count sees: nobody runs in between.
void Clients::LookUp(Slot* slot, const CollectionName& name, Mutation* mutation) {
  QueryRequest request;
  request.name = name;
  request.output_fields = {"count(*)"};
  const auto answer = machine_->proxy().Query(request, nullptr);
  if (!answer.ok()) return;  // the delete cannot look up either
  mutation->look_up_ts = answer->session_ts;
  mutation->is_looked_up = false;
  ResolveLookUp(*slot, mutation);
}

void Clients::ResolveLookUp(const Slot& slot, Mutation* mutation) {
  if (mutation->is_looked_up || mutation->look_up_ts != slot.rows_ts) return;
  mutation->is_looked_up = true;
  mutation->cut_seq = seq_;
  for (const SeenRow& row : ExpectedRows(slot.rows, mutation->filter)) mutation->keys.push_back(row.key);
}

// Where a partial update finds what it keeps, and whether it may find no row: it is made from the state after
// some of the writes that are under way.
void Clients::DrawKept(const Slot& slot, const CollectionState& live, Mutation* mutation) const {
  for (const auto& [name, partition] : live.partitions) mutation->kept_from.push_back(partition.id);
  if (!mutation->is_partial()) mutation->groups = kAllGroups;  // there is no collection
  mutation->may_lack_rows = LacksRows(*mutation, slot.rows);
  Rows rows = slot.rows;
  for (const auto& earlier : slot.open) {
    if (mutation->may_lack_rows) return;
    Apply(*earlier, seq_, &rows);
    mutation->may_lack_rows = !earlier->is_looked_up || LacksRows(*mutation, rows);
  }
}

void Clients::HandOver(Slot* slot, const std::shared_ptr<Mutation>& mutation, const Target& target,
                       const std::string& filter, const CollectionState& live) {
  ChoosePartition(live, target, mutation.get());
  if (mutation->kind == MutationKind::kDeleteFilter && mutation->partition_is_there)
    LookUp(slot, target.name, mutation.get());
  const std::string partition = target.partitions.empty() ? "" : target.partitions[0];
  Log("write " + std::to_string(mutation->version) + " of slot " + std::to_string(slot->index) + " by " +
      target.name.database + ":" + target.name.collection + " " + partition + ": kind " +
      std::to_string(static_cast<int>(mutation->kind)) + ", " + std::to_string(mutation->keys.size()) +
      " keys " + filter + (partial_of_ ? ", groups " + std::to_string(mutation->groups) : ""));
  if (partial_of_) DrawKept(*slot, live, mutation.get());
  slot->open.push_back(mutation);
  const auto done = [this, mutation](Result<MutationResult> answer) { Answered(mutation, answer); };
  if (mutation->kind == MutationKind::kTruncate) {
    slot->truncated_ts = kMaxTimestamp;
    machine_->proxy().TruncateCollection(target.name, done);
  } else if (!filter.empty()) {
    DeleteRequest request;
    request.name = target.name;
    request.partition = partition;
    request.filter = filter;
    machine_->proxy().Delete(request, nullptr, done);
  } else {
    InsertRequest request = MakeInsert({target.name, slot->text_keys, machine_->config().dim}, *mutation);
    request.partition = partition;
    machine_->proxy().Insert(std::move(request), done);
  }
}

void Clients::Answered(const std::shared_ptr<Mutation>& mutation, const Result<MutationResult>& answer) {
  Slot& slot = slots_[mutation->slot];
  Log("write " + std::to_string(mutation->version) + " answered: " +
      (answer.ok() ? "ok at " + std::to_string(answer->timestamp) : answer.status().ToString()));
  if (mutation->state == Mutation::State::kDone) return Fail("a write was answered twice");
  Note(static_cast<uint64_t>(answer.status().code()));
  mutation->is_upset = mutation->is_upset || slot.catalog_busy || slot.is_doubtful ||
                       mutation->events != slot.catalog_events + slot.quiet_events;
  if (mutation->incarnation != slot.incarnation) {
    mutation->state = Mutation::State::kDone;  // its collection has gone
  } else if (answer.ok()) {
    Acknowledged(&slot, mutation, *answer);
  } else {
    Refused(&slot, mutation, answer.status());
  }
  const bool in_flight = std::any_of(slot.open.begin(), slot.open.end(),
                                     [](const auto& m) { return m->state == Mutation::State::kInFlight; });
  if (!in_flight) ResolvePending(&slot, kMaxTimestamp);
}

void Clients::Acknowledged(Slot* slot, const std::shared_ptr<Mutation>& mutation,
                           const MutationResult& result) {
  ++counters_->answers;
  mutation->state = Mutation::State::kDone;
  const std::string what = "write " + std::to_string(mutation->version);
  if (!StateOf(*slot).exists && !mutation->is_upset)
    return Fail(what + " into no collection was acknowledged");
  if (!mutation->is_looked_up && result.delete_count == 0) {
    // Without a record it need not wait for the writes in its snapshot.
    slot->pending.push_back({mutation->look_up_ts, what, [filter = mutation->filter](const Rows& rows) {
                               return ExpectedRows(rows, filter).empty() ? "" : "found nothing to delete";
                             }});
    mutation->is_looked_up = true;
  }
  if (!mutation->is_looked_up) return Fail(what + " deleted what a snapshot of no write holds");
  if (result.timestamp <= mutation->floor_ts) {
    return Fail(what + ": timestamp " + std::to_string(result.timestamp) + " is not above " +
                std::to_string(mutation->floor_ts) + ", which was seen before");
  }
  const auto expected = static_cast<int64_t>(mutation->keys.size());
  const bool deletes = mutation->kind >= MutationKind::kDeleteKeys;
  if ((deletes ? result.delete_count : result.insert_count) != expected) {
    return Fail(what + ": counts " + std::to_string(result.insert_count) + " and " +
                std::to_string(result.delete_count) + ", expected " + std::to_string(expected));
  }
  SeenTimestamp(result.timestamp);
  const auto place = std::find(slot->open.begin(), slot->open.end(), mutation);
  if (!HasRecord(*mutation)) {  // nothing to delete: no record was written
    slot->open.erase(place);
    return;
  }
  if (result.timestamp <= slot->rows_ts) return Fail(what + ": timestamps do not grow");
  // What was handed over before and has failed is absent: the log stops for good at the first failure.
  for (auto it = slot->open.begin(); it != place; ++it) {
    if ((*it)->state == Mutation::State::kInFlight && (!(*it)->is_looked_up || HasRecord(**it))) {
      return Fail(what + " was acknowledged before write " + std::to_string((*it)->version));
    }
  }
  slot->open.erase(slot->open.begin(), place + 1);
  ResolvePending(slot, result.timestamp);
  if (slot->active_reads > 0) {
    slot->past[slot->rows_ts] = std::make_shared<const Rows>(slot->rows);
  }
  if (LacksRows(*mutation, slot->rows)) return Fail(what + " kept fields of rows that are not there");
  Apply(*mutation, ++seq_, &slot->rows);
  slot->rows_ts = result.timestamp;
  const auto truncates = [](const auto& m) { return m->kind == MutationKind::kTruncate; };
  if (truncates(mutation) && std::none_of(slot->open.begin(), slot->open.end(), truncates))
    slot->truncated_ts = result.timestamp;
  for (const auto& later : slot->open) ResolveLookUp(*slot, later.get());
  ResolvePending(slot, result.timestamp);
}

void Clients::Refused(Slot* slot, const std::shared_ptr<Mutation>& mutation, const Status& status) {
  ++counters_->refused;
  mutation->state = Mutation::State::kUnknown;
  const Code code = status.code();
  if (IsCalmSince(mutation->disturbances) && !mutation->is_upset) {
    const CollectionState& state = StateOf(*slot);
    const bool looks_up = mutation->kind == MutationKind::kDeleteFilter;
    const Code expected = !state.exists                                ? Code::kCollectionNotFound
                          : !mutation->partition_is_there              ? Code::kPartitionNotFound
                          : looks_up && !state.loaded                  ? Code::kCollectionNotLoaded
                          : looks_up && !mutation->partition_is_loaded ? Code::kPartitionNotLoaded
                          : mutation->may_lack_rows                    ? Code::kParameterInvalid
                                                                       : Code::kOk;
    if (code != expected)
      Fail("write " + std::to_string(mutation->version) + " failed: " + status.ToString());
  }
  if (IsCertainlyAbsent(code)) {
    mutation->state = Mutation::State::kDone;
    std::erase(slot->open, mutation);
  } else {
    ++counters_->unknown;
  }
}

// Reads whose state is complete once a write at `next_ts` comes (kMaxTimestamp: none is under way).
void Clients::ResolvePending(Slot* slot, Timestamp next_ts) {
  auto pending = std::move(slot->pending);
  slot->pending.clear();
  for (PendingRead& read : pending) {
    if (read.ts == slot->rows_ts) {
      ++counters_->answers;
      if (std::string wrong = read.check(slot->rows); !wrong.empty()) Fail(read.what + ": " + wrong);
    } else if (read.ts < slot->rows_ts || next_ts == kMaxTimestamp || read.ts < next_ts) {
      Fail(read.what + ": its snapshot at " + std::to_string(read.ts) +
           " is of no acknowledged write, newest " + std::to_string(slot->rows_ts));
    } else {
      slot->pending.push_back(std::move(read));
    }
  }
}

}  // namespace redkite::sim
