#include "sim/clients.h"

#include <algorithm>
#include <cstdio>

namespace redkite::sim {
namespace {

constexpr size_t kFreshKeysPerStep = 64;  // keys of an insert that repeats none: from its step's range
constexpr int64_t kFirstFreshKey = 10'000;
constexpr size_t kHistoryMax = 3;

// After these the record is certainly absent.
bool IsCertainlyAbsent(Code code) {
  return code == Code::kDiskLimitExceeded || code == Code::kParameterTooLarge ||
         code == Code::kMemoryLimitExceeded || code == Code::kCollectionNotFound ||
         code == Code::kCollectionNotLoaded;
}

Shape ShapeOf(const std::string& name, bool text_keys, int dim) { return {name, text_keys, dim}; }

}  // namespace

std::string CatalogState::ToString() const {
  if (!exists) return "absent";
  return "id " + std::to_string(id) + (loaded ? ", loaded" : ", not loaded") + ", index [" + index + "]";
}

std::string Clients::Slot::metric() const {
  const size_t at = state.index.find("metric_type=");
  if (at == std::string::npos) return "L2";
  const size_t begin = at + 12;
  return state.index.substr(begin, state.index.find(';', begin) - begin);
}

Clients::Clients(Machine* machine, SimCounters* counters) : machine_(machine), counters_(counters) {
  slots_.resize(static_cast<size_t>(machine->config().slot_count));
  for (size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].name = "c" + std::to_string(i);
    slots_[i].text_keys = i % 2 == 1;
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
      case StepKind::kDeleteKeys:
      case StepKind::kDeleteFilter:
        return Mutate(step, index, &random);
      case StepKind::kQueryAll:
        return QueryRows(slot, {RowFilter::kAll, 0, 0, {}, slots_[slot].text_keys}, -1, 0);
      case StepKind::kQueryFilter:
        return QueryRows(slot, DrawFilter(slots_[slot], &random), -1, 0);
      case StepKind::kQueryPage: {
        const auto limit = 1 + static_cast<int64_t>(random.Below(20));
        return QueryRows(slot, DrawFilter(slots_[slot], &random), limit,
                         static_cast<int64_t>(random.Below(30)));
      }
      case StepKind::kCount:
        return CountRows(slot, DrawFilter(slots_[slot], &random));
      case StepKind::kSearch:
        return Search(slot, &random);
      case StepKind::kReadPast:
        return ReadPast(slot, &random);
      case StepKind::kFlush:
        return Flush(slot);
      case StepKind::kDescribe:
        return Describe(slot);
      case StepKind::kAllocTimestamp:
        return AllocTimestamp();
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
  for (uint64_t i = 0; i < count; ++i) {
    int64_t key = static_cast<int64_t>(random->Below(static_cast<uint64_t>(config.key_space)));
    if (fresh) {
      key = kFirstFreshKey + static_cast<int64_t>(index * kFreshKeysPerStep + i);
    } else if (mutation->kind != MutationKind::kInsert && !slot.rows.empty() && random->Below(3) > 0) {
      auto it = slot.rows.begin();
      std::advance(it, static_cast<ptrdiff_t>(random->Below(slot.rows.size())));
      key = it->first;
    }
    const auto& keys = mutation->keys;
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) mutation->keys.push_back(key);
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
    mutation->kind = step.kind == StepKind::kInsert       ? MutationKind::kInsert
                     : step.kind == StepKind::kUpsert     ? MutationKind::kUpsert
                     : step.kind == StepKind::kDeleteKeys ? MutationKind::kDeleteKeys
                                                          : MutationKind::kDeleteFilter;
    mutation->version = static_cast<int64_t>(index) + 1;
    mutation->slot = step.seed % slots_.size();
    mutation->incarnation = slot.incarnation;
    mutation->floor_ts = seen_ts_;
    mutation->is_upset = slot.catalog_busy || slot.is_doubtful;
    mutation->disturbances = disturbed_ ? 0 : disturbances_;
    std::string text;
    if (mutation->kind == MutationKind::kDeleteFilter) {
      const RowFilter filter = DrawFilter(slot, random);
      text = filter.Text();
      if (filter.kind == RowFilter::kKeys) {
        mutation->kind = MutationKind::kDeleteKeys;
        mutation->keys = filter.keys;
      } else {
        mutation->filter = filter;
        LookUp(&slot, mutation.get());
      }
    } else {
      ChooseKeys(slot, index, random, mutation.get());
      RowFilter filter{RowFilter::kKeys, 0, 0, mutation->keys, slot.text_keys};
      if (mutation->kind == MutationKind::kDeleteKeys) text = filter.Text();
    }
    HandOver(&slot, mutation, text);
  }
  handing_over_ = false;
}

// The delete that follows sees the snapshot that this count sees: nobody runs in between.
void Clients::LookUp(Slot* slot, Mutation* mutation) {
  QueryRequest request;
  request.name.collection = slot->name;
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

void Clients::HandOver(Slot* slot, const std::shared_ptr<Mutation>& mutation, const std::string& filter) {
  Log("write " + std::to_string(mutation->version) + " of " + slot->name + ": kind " +
      std::to_string(static_cast<int>(mutation->kind)) + ", " + std::to_string(mutation->keys.size()) +
      " keys " + filter);
  slot->open.push_back(mutation);
  const auto done = [this, mutation](Result<MutationResult> answer) { Answered(mutation, answer); };
  if (!filter.empty()) {
    DeleteRequest request;
    request.name.collection = slot->name;
    request.filter = filter;
    machine_->proxy().Delete(request, nullptr, done);
  } else {
    machine_->proxy().Insert(
        MakeInsert(ShapeOf(slot->name, slot->text_keys, machine_->config().dim), *mutation), done);
  }
}

void Clients::Answered(const std::shared_ptr<Mutation>& mutation, const Result<MutationResult>& answer) {
  Slot& slot = slots_[mutation->slot];
  Log("write " + std::to_string(mutation->version) + " answered: " +
      (answer.ok() ? "ok at " + std::to_string(answer->timestamp) : answer.status().ToString()));
  if (mutation->state == Mutation::State::kDone) return Fail("a write was answered twice");
  Note(static_cast<uint64_t>(answer.status().code()));
  mutation->is_upset = mutation->is_upset || slot.catalog_busy || slot.is_doubtful;
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
  if (!slot->state.exists && !mutation->is_upset) return Fail(what + " into no collection was acknowledged");
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
  if (mutation->keys.empty()) {  // nothing to delete: no record was written
    slot->open.erase(place);
    return;
  }
  if (result.timestamp <= slot->rows_ts) return Fail(what + ": timestamps do not grow");
  // What was handed over before and has failed is absent: the log stops for good at the first failure.
  for (auto it = slot->open.begin(); it != place; ++it) {
    if ((*it)->state == Mutation::State::kInFlight && (!(*it)->is_looked_up || !(*it)->keys.empty())) {
      return Fail(what + " was acknowledged before write " + std::to_string((*it)->version));
    }
  }
  slot->open.erase(slot->open.begin(), place + 1);
  ResolvePending(slot, result.timestamp);
  if (slot->active_reads > 0) {
    slot->past[slot->rows_ts] = std::make_shared<const Rows>(slot->rows);
  }
  Apply(*mutation, ++seq_, &slot->rows);
  slot->rows_ts = result.timestamp;
  for (const auto& later : slot->open) ResolveLookUp(*slot, later.get());
  ResolvePending(slot, result.timestamp);
}

void Clients::Refused(Slot* slot, const std::shared_ptr<Mutation>& mutation, const Status& status) {
  ++counters_->refused;
  mutation->state = Mutation::State::kUnknown;
  const Code code = status.code();
  if (IsCalmSince(mutation->disturbances) && !mutation->is_upset) {
    const bool right = !slot->state.exists ? code == Code::kCollectionNotFound
                                           : code == Code::kCollectionNotLoaded && !slot->state.loaded &&
                                                 mutation->kind == MutationKind::kDeleteFilter;
    if (!right) Fail("write " + std::to_string(mutation->version) + " failed: " + status.ToString());
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

// ---- reads

Clients::ReadStart Clients::BeginRead(size_t slot_index) {
  Slot& slot = slots_[slot_index];
  ++slot.active_reads;
  return {slot_index,       slot.incarnation, slot.catalog_events, slot.catalog_busy,
          slot.is_doubtful, slot.state,       slot.rows_ts};
}

bool Clients::EndRead(const ReadStart& start, const Status& status, const char* what) {
  Slot& slot = slots_[start.slot];
  --slot.active_reads;
  Note(static_cast<uint64_t>(status.code()));
  const bool upset = start.catalog_busy || start.is_doubtful || slot.is_doubtful ||
                     slot.catalog_events != start.catalog_events || slot.incarnation != start.incarnation;
  const bool judged = !upset && status.ok();
  if (!upset) {
    const Code expected = !start.state.exists   ? Code::kCollectionNotFound
                          : !start.state.loaded ? Code::kCollectionNotLoaded
                                                : Code::kOk;
    if (status.code() != expected) {
      Fail(std::string(what) + " of " + slot.name + " (" + start.state.ToString() + ") answered " +
           status.ToString());
    }
    if (!status.ok()) ++counters_->answers;
  }
  return judged && start.state.loaded;
}

void Clients::CheckAt(const ReadStart& start, Timestamp ts, const std::string& what, Check check) {
  Slot& slot = slots_[start.slot];
  SeenTimestamp(ts);
  std::string wrong;
  if (ts < start.floor) {
    wrong = "its snapshot at " + std::to_string(ts) + " is older than the write at " +
            std::to_string(start.floor) + ", acknowledged before";
  } else if (ts == slot.rows_ts) {
    ++counters_->answers;
    wrong = check(slot.rows);
    if (hash_ % 5 == 0) {
      if (slot.history.size() >= kHistoryMax) slot.history.erase(slot.history.begin());
      slot.history.emplace_back(ts, std::make_shared<const Rows>(slot.rows));
    }
  } else if (auto past = slot.past.find(ts); past != slot.past.end()) {
    ++counters_->answers;
    wrong = check(*past->second);
  } else {
    slot.pending.push_back({ts, what, std::move(check)});
    const bool in_flight = std::any_of(slot.open.begin(), slot.open.end(),
                                       [](const auto& m) { return m->state == Mutation::State::kInFlight; });
    ResolvePending(&slot, in_flight ? slot.rows_ts + 1 : kMaxTimestamp);
  }
  if (!wrong.empty()) Fail(what + ": " + wrong);
  if (slot.active_reads == 0) slot.past.clear();
}

void Clients::QueryRows(size_t slot_index, const RowFilter& filter, int64_t limit, int64_t offset) {
  if (!machine_->is_open()) return;
  const ReadStart start = BeginRead(slot_index);
  const Shape shape = ShapeOf(slots_[slot_index].name, slots_[slot_index].text_keys, machine_->config().dim);
  QueryRequest request;
  request.name.collection = shape.collection;
  request.filter = filter.Text();
  request.output_fields = {"*"};
  if (limit > 0) request.params = {{"limit", std::to_string(limit)}, {"offset", std::to_string(offset)}};
  const auto answer = machine_->proxy().Query(request, nullptr);
  if (!EndRead(start, answer.status(), "query")) return;
  const std::string what = "query of " + shape.collection + " where " + request.filter;
  auto seen = std::make_shared<std::vector<SeenRow>>();
  if (std::string wrong = ReadRows(shape, answer->columns, nullptr, seen.get()); !wrong.empty()) {
    return Fail(what + ": " + wrong);
  }
  for (const SeenRow& row : *seen) Note(static_cast<uint64_t>(row.key * 31 + row.version));
  CheckAt(start, answer->session_ts, what, [seen, filter, limit, offset](const Rows& rows) {
    std::vector<SeenRow> expected = ExpectedRows(rows, filter);
    if (limit > 0) {
      expected.erase(expected.begin(),
                     expected.begin() + std::min<ptrdiff_t>(offset, static_cast<ptrdiff_t>(expected.size())));
      if (expected.size() > static_cast<size_t>(limit)) expected.resize(static_cast<size_t>(limit));
    }
    return CompareRows(*seen, expected);
  });
}

void Clients::CountRows(size_t slot_index, const RowFilter& filter) {
  if (!machine_->is_open()) return;
  const ReadStart start = BeginRead(slot_index);
  QueryRequest request;
  request.name.collection = slots_[slot_index].name;
  if (filter.kind != RowFilter::kAll) request.filter = filter.Text();
  request.output_fields = {"count(*)"};
  const auto answer = machine_->proxy().Query(request, nullptr);
  if (!EndRead(start, answer.status(), "count")) return;
  const int64_t count = answer->columns[0].column.view().At<int64_t>(0);
  Note(static_cast<uint64_t>(count));
  CheckAt(start, answer->session_ts, "count of " + request.name.collection + " where " + request.filter,
          [count, filter](const Rows& rows) {
            const auto expected = static_cast<int64_t>(ExpectedCount(rows, filter));
            return count == expected ? std::string()
                                     : std::to_string(count) + ", expected " + std::to_string(expected);
          });
}

SearchAsk Clients::DrawSearch(const Slot& slot, Random* random) const {
  SearchAsk ask;
  ask.metric = ParseMetric(slot.metric()).value_or(Metric::kL2);
  ask.through_graph = slot.state.index.find("=HNSW") != std::string::npos;
  ask.limit = 1 + static_cast<int64_t>(random->Below(random->Below(3) == 0 ? 60 : 6));
  if (ask.through_graph && random->Below(2) == 0) ask.ef = static_cast<int>(ask.limit) + 3;
  if (random->Below(2) == 0) ask.filter = DrawFilter(slot, random);
  if (ask.metric != Metric::kCosine && random->Below(5) == 0) {
    // Between two distances, which are whole numbers, so that it does not matter which of them is in the
    // range.
    const auto whole = static_cast<double>(random->Below(100));
    ask.below = ask.metric == Metric::kL2 ? 200 * whole + 0.5 : 50.5 - 40 * whole;
  }
  ask.filter.text_keys = slot.text_keys;
  for (uint64_t n = 1 + random->Below(2); n > 0; --n) {
    ask.queries.push_back(ContentOf(static_cast<int64_t>(random->Below(200)), -1).vec);
  }
  return ask;
}

void Clients::Search(size_t slot_index, Random* random) {
  if (!machine_->is_open()) return;
  const ReadStart start = BeginRead(slot_index);
  const Slot& slot = slots_[slot_index];
  const Shape shape = ShapeOf(slot.name, slot.text_keys, machine_->config().dim);
  const SearchAsk ask = DrawSearch(slot, random);
  const SearchRequest request = MakeSearch(shape, ask);
  auto answer = machine_->proxy().Search(request, nullptr);
  if (!EndRead(start, answer.status(), "search")) return;
  const std::string what =
      "search of " + shape.collection + " [" + start.state.index + "] where " + request.filter;
  auto result = std::make_shared<const SearchResult>(std::move(*answer));
  for (const int64_t n : result->hit_counts) Note(static_cast<uint64_t>(n));
  for (const int64_t v : result->columns.empty() ? std::span<const int64_t>()
                                                 : result->columns[0].column.view().Values<int64_t>()) {
    Note(static_cast<uint64_t>(v));
  }
  CheckAt(start, result->session_ts, what, [this, result, shape, ask](const Rows& rows) {
    Recall recall;
    std::string wrong = CheckSearch(shape, ask, *result, rows, &recall);
    if (ask.through_graph) {
      counters_->hits_wanted += recall.wanted;
      counters_->hits_found += recall.found;
    }
    return wrong;
  });
}

// Pages of an iterator read at the timestamp of the first one; they need no page before them to be asked for.
void Clients::ReadPast(size_t slot_index, Random* random) {
  Slot& slot = slots_[slot_index];
  if (!machine_->is_open() || slot.history.empty()) return;
  const auto [ts, rows] = slot.history[random->Below(slot.history.size())];
  const ReadStart start = BeginRead(slot_index);
  const Shape shape = ShapeOf(slot.name, slot.text_keys, machine_->config().dim);
  const std::string what = "read of " + slot.name + " at " + std::to_string(ts);
  std::string wrong;
  if (random->Below(3) == 0) {
    SearchAsk ask = DrawSearch(slot, random);
    ask.through_graph = false;  // an iterator computes all distances
    ask.ef = 0;
    ask.queries.resize(1);
    SearchRequest request = MakeSearch(shape, ask);
    request.params.emplace_back("iterator", "True");
    request.read_point.guarantee_ts = ts;
    const auto answer = machine_->proxy().Search(request, nullptr);
    if (!EndRead(start, answer.status(), "iterator")) return;
    Recall recall;
    wrong = CheckSearch(shape, ask, *answer, *rows, &recall);
  } else {
    const RowFilter filter = DrawFilter(slot, random);
    QueryRequest request;
    request.name.collection = shape.collection;
    request.filter = filter.Text();
    request.output_fields = {"*"};
    request.params = {{"iterator", "True"}};
    request.read_point.guarantee_ts = ts;
    const auto answer = machine_->proxy().Query(request, nullptr);
    if (!EndRead(start, answer.status(), "iterator")) return;
    std::vector<SeenRow> seen;
    wrong = ReadRows(shape, answer->columns, nullptr, &seen);
    if (wrong.empty()) wrong = CompareRows(seen, ExpectedRows(*rows, filter));
  }
  ++counters_->answers;
  if (!wrong.empty()) Fail(what + ": " + wrong);
}

void Clients::Flush(size_t slot_index) {
  if (!machine_->is_open()) return;
  Slot& slot = slots_[slot_index];
  const uint64_t events = slot.catalog_events, incarnation = slot.incarnation;
  const bool upset = slot.catalog_busy || slot.is_doubtful;
  const uint64_t disturbances = disturbed_ ? 0 : disturbances_;
  const Timestamp floor = seen_ts_;
  const bool exists = slot.state.exists;
  auto answer = machine_->proxy().Flush({"", {slot.name}});
  Note(static_cast<uint64_t>(answer.status().code()));
  if (answer.ok()) {
    ++counters_->answers;
    if ((*answer)[0].flush_ts <= floor) Fail("timestamp of a flush is not new");
    SeenTimestamp((*answer)[0].flush_ts);
    if (slot.incarnation == incarnation) {
      for (SegmentId segment : (*answer)[0].sealing) slot.flushing.push_back(segment);
    }
  }
  const Code expected = exists ? Code::kOk : Code::kCollectionNotFound;
  if (!upset && IsCalmSince(disturbances) && events == slot.catalog_events &&
      answer.status().code() != expected) {
    Fail("flush of " + slot.name + " answered " + answer.status().ToString());
  }
}

void Clients::AllocTimestamp() {
  if (!machine_->is_open()) return;
  const Timestamp floor = seen_ts_;
  const uint64_t disturbances = disturbed_ ? 0 : disturbances_;
  const auto ts = machine_->proxy().AllocTimestamp();
  if (!ts.ok()) {
    if (IsCalmSince(disturbances)) Fail("no timestamp: " + ts.status().ToString());
    return;
  }
  ++counters_->answers;
  if (*ts <= floor) Fail("timestamp " + std::to_string(*ts) + " is not above " + std::to_string(floor));
  SeenTimestamp(*ts);
}

// ---- catalog

std::optional<CatalogState> Clients::ReadCatalog(const Slot& slot) {
  CatalogState state;
  const auto described = machine_->proxy().DescribeCollection({{"", slot.name}, {}});
  if (described.status().code() == Code::kCollectionNotFound) return state;
  if (!described.ok()) {
    Fail("describe of " + slot.name + " answered " + described.status().ToString());
    return std::nullopt;
  }
  state.exists = true;
  state.id = described->id.value();
  state.loaded = described->loaded;
  state.created = described->created_ts;
  const auto indexes = machine_->proxy().DescribeIndex({{"", slot.name}, "vec", ""});
  if (!indexes.ok()) {
    if (indexes.status().code() == Code::kIndexNotFound) return state;
    if (indexes.status().code() == Code::kCollectionNotFound) return CatalogState();  // dropped in between
    Fail("describe index of " + slot.name + " answered " + indexes.status().ToString());
    return std::nullopt;
  }
  for (const auto& [key, value] : (*indexes)[0].params) state.index += key + "=" + value + ";";
  if ((*indexes)[0].indexed_rows > (*indexes)[0].total_rows) Fail("more rows indexed than there are");
  return state;
}

void Clients::Describe(size_t slot_index) {
  if (!machine_->is_open()) return;
  Slot& slot = slots_[slot_index];
  const uint64_t events = slot.catalog_events;
  const bool upset = slot.catalog_busy || slot.is_doubtful;
  const CatalogState before = slot.state;
  const auto now = ReadCatalog(slot);
  const auto all = machine_->proxy().ShowCollections({});
  if (!now || upset || events != slot.catalog_events) return;
  ++counters_->answers;
  if (*now != before) Fail("catalog says " + now->ToString() + ", expected " + before.ToString());
  const bool listed = all.ok() && std::any_of(all->begin(), all->end(),
                                              [&](const auto& c) { return c.schema.name == slot.name; });
  if (listed != before.exists) Fail("list of collections differs from the description of " + slot.name);
}

void Clients::TakeState(Slot* slot, const CatalogState& now) {
  if (now.exists != slot->state.exists || now.id != slot->state.id) {
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
  slot->state = now;
}

Status Clients::TryChange(StepKind kind, Slot* slot, Random* random, bool* is_refusal_right) {
  proxy::Proxy& proxy = machine_->proxy();
  const CollectionName name{"", slot->name};
  const CatalogState& state = slot->state;
  *is_refusal_right = !state.exists;
  switch (kind) {
    case StepKind::kCreate:
      *is_refusal_right = false;
      return proxy.CreateCollection(MakeCreate(ShapeOf(slot->name, slot->text_keys, machine_->config().dim)));
    case StepKind::kDrop:
      *is_refusal_right = false;
      return proxy.DropCollection(name);
    case StepKind::kLoad: {
      *is_refusal_right = !state.exists || state.index.empty();
      LoadRequest request;
      request.name = name;
      return proxy.LoadCollection(request);
    }
    case StepKind::kRelease:
      return proxy.ReleaseCollection(name);
    case StepKind::kDropIndex:
      *is_refusal_right = !state.exists || state.loaded;
      return proxy.DropIndex({name, "vec", ""});
    default: {
      static constexpr const char* kMetrics[] = {"L2", "IP", "COSINE"};
      CreateIndexRequest request;
      request.name = name;
      request.field_name = "vec";
      const bool graph = random->Below(4) > 0;
      request.params = {{"index_type", graph ? "HNSW" : "FLAT"}, {"metric_type", kMetrics[random->Below(3)]}};
      if (graph) {
        request.params.emplace_back("M", std::to_string(2 + random->Below(6)));
        request.params.emplace_back("efConstruction", std::to_string(8 + random->Below(40)));
      }
      *is_refusal_right = !state.exists || !state.index.empty();
      return proxy.CreateIndex(request);
    }
  }
}

void Clients::ChangeCatalog(const Step& step, Random* random) {
  Slot& slot = SlotOf(step);
  if (!machine_->is_open() || slot.catalog_busy) return;
  slot.catalog_busy = true;
  slot.is_being_made = step.kind == StepKind::kCreate;
  ++slot.catalog_events;
  const CatalogState before = slot.state;
  const uint64_t disturbances = disturbed_ ? 0 : disturbances_;
  bool is_refusal_right = false;
  const Status status = TryChange(step.kind, &slot, random, &is_refusal_right);
  Log(std::string(StepName(step.kind)) + " " + slot.name + ": " + status.ToString());
  Note(static_cast<uint64_t>(status.code()));
  ++counters_->answers;
  const auto now = ReadCatalog(slot);
  if (now) {
    if (status.ok()) {
      CatalogState expected = *now;
      if (step.kind == StepKind::kCreate) expected.exists = true;
      if (step.kind == StepKind::kDrop) expected = {};
      if (step.kind == StepKind::kLoad) expected.loaded = true;
      if (step.kind == StepKind::kRelease) expected.loaded = false;
      if (step.kind == StepKind::kDropIndex) expected.index.clear();
      if (step.kind == StepKind::kCreateIndex && now->index.empty()) Fail("index is not there");
      if (*now != expected) Fail("after " + std::string(StepName(step.kind)) + ": " + now->ToString());
      if (*now != before) {
        // A later change that was durable says that earlier ones which failed are absent.
        for (Slot& other : slots_) other.possible.clear();
      }
    } else {
      const bool disturbed = !IsCalmSince(disturbances);
      if (!disturbed && !is_refusal_right) {
        Fail(std::string(StepName(step.kind)) + " of " + slot.name + " answered " + status.ToString());
      }
      if (disturbed) {
        CatalogState after = before;
        if (step.kind == StepKind::kDrop) after = {};
        if (step.kind == StepKind::kLoad) after.loaded = true;
        if (step.kind == StepKind::kRelease) after.loaded = false;
        if (step.kind == StepKind::kDropIndex) after.index.clear();
        if (step.kind == StepKind::kCreate && !before.exists) after.exists = true;  // with any id
        if (step.kind == StepKind::kCreateIndex && before.index.empty()) after.index = "?";
        slot.possible.push_back(before);
        slot.possible.push_back(after);
        slot.is_doubtful = slot.is_doubtful || step.kind == StepKind::kCreate;
      } else if (*now != before) {
        Fail("a refused change changed the catalog: " + now->ToString());
      }
    }
    TakeState(&slot, *now);
  }
  ++slot.catalog_events;
  slot.catalog_busy = slot.is_being_made = false;
}

const std::vector<int64_t> Clients::CollectionIds() const {
  std::vector<int64_t> ids;
  for (const Slot& slot : slots_) {
    if (slot.state.exists) ids.push_back(slot.state.id);
  }
  return ids;
}

}  // namespace redkite::sim
