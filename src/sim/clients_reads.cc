// What the clients read, and flushes.
#include <algorithm>
#include <cmath>

#include "sim/clients.h"

namespace redkite::sim {
namespace {

constexpr size_t kHistoryMax = 3;

Metric MetricOf(const std::string& index) {
  const size_t at = index.find("metric_type=");
  if (at == std::string::npos) return Metric::kL2;
  const size_t begin = at + 12;
  return ParseMetric(index.substr(begin, index.find(';', begin) - begin)).value_or(Metric::kL2);
}

std::string TextOf(const CollectionName& name, const std::vector<std::string>& partitions) {
  std::string text = name.database + ":" + name.collection;
  for (const std::string& partition : partitions) text += "/" + partition;
  return text;
}

Code CodeOfRead(const CollectionState& state, const std::vector<std::string>& partitions) {
  if (!state.exists) return Code::kCollectionNotFound;
  bool all_loaded = true;
  for (const std::string& name : partitions) {
    const auto it = state.partitions.find(name);
    if (it == state.partitions.end()) return Code::kParameterInvalid;
    all_loaded = all_loaded && it->second.loaded;
  }
  return !state.loaded ? Code::kCollectionNotLoaded : all_loaded ? Code::kOk : Code::kPartitionNotLoaded;
}

}  // namespace

bool Clients::NoticesQuietChanges(const Slot& slot, const Target& target) const {
  return !target.partitions.empty() || target.name.collection != StateOf(slot).place.name;
}

Clients::ReadStart Clients::BeginRead(size_t slot_index, Random* random) {
  Slot& slot = slots_[slot_index];
  ++slot.active_reads;
  const CollectionState& state = StateOf(slot);
  ReadStart start;
  start.slot = slot_index;
  start.incarnation = slot.incarnation;
  start.floor = slot.rows_ts;
  start.target = DrawTarget(state, random);
  start.notices_quiet = NoticesQuietChanges(slot, start.target);
  start.catalog_events = EventsOf(slot, start.notices_quiet);
  start.is_upset = slot.is_doubtful || (slot.catalog_busy && (start.notices_quiet || !slot.quietly_busy));
  start.expected = CodeOfRead(state, start.target.partitions);
  start.partitions = state.LoadedPartitions();
  if (!start.target.partitions.empty() && start.expected == Code::kOk) {
    start.partitions.clear();
    for (const std::string& name : start.target.partitions) {
      start.partitions.push_back(state.partitions.at(name).id);
    }
  }
  start.index = state.index;
  start.state = state.ToString();
  start.disturbances = disturbed_ ? 0 : disturbances_;
  return start;
}

bool Clients::EndRead(const ReadStart& start, const Status& status, const char* what) {
  Slot& slot = slots_[start.slot];
  --slot.active_reads;
  Note(static_cast<uint64_t>(status.code()));
  const bool upset = start.is_upset || slot.is_doubtful ||
                     EventsOf(slot, start.notices_quiet) != start.catalog_events ||
                     slot.incarnation != start.incarnation;
  if (upset) return false;
  // What the start left on the disk is read by the first who needs it.
  if (status.code() == Code::kIoFailed && !IsCalmSince(start.disturbances)) return false;
  if (status.code() != start.expected) {
    Fail(std::string(what) + " of " + TextOf(start.target.name, start.target.partitions) + " (" +
         start.state + ") answered " + status.ToString());
  }
  if (!status.ok()) ++counters_->answers;
  return status.ok();
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

void Clients::QueryRows(size_t slot_index, RowFilter filter, int64_t limit, int64_t offset, Random* random) {
  if (!machine_->is_open()) return;
  const ReadStart start = BeginRead(slot_index, random);
  const Shape shape{start.target.name, slots_[slot_index].text_keys, machine_->config().dim};
  filter.partitions = start.partitions;
  QueryRequest request;
  request.name = shape.name;
  request.partitions = start.target.partitions;
  request.filter = filter.Text();
  request.output_fields = {"*"};
  if (limit > 0) request.params = {{"limit", std::to_string(limit)}, {"offset", std::to_string(offset)}};
  const auto answer = machine_->proxy().Query(request, nullptr);
  if (!EndRead(start, answer.status(), "query")) return;
  const std::string what = "query of " + TextOf(shape.name, request.partitions) + " where " + request.filter;
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

void Clients::CountRows(size_t slot_index, RowFilter filter, Random* random) {
  if (!machine_->is_open()) return;
  const ReadStart start = BeginRead(slot_index, random);
  filter.partitions = start.partitions;
  QueryRequest request;
  request.name = start.target.name;
  request.partitions = start.target.partitions;
  if (filter.kind != RowFilter::kAll) request.filter = filter.Text();
  request.output_fields = {"count(*)"};
  const auto answer = machine_->proxy().Query(request, nullptr);
  if (!EndRead(start, answer.status(), "count")) return;
  const int64_t count = answer->columns[0].column.view().At<int64_t>(0);
  Note(static_cast<uint64_t>(count));
  const std::string what =
      "count of " + TextOf(request.name, request.partitions) + " where " + request.filter;
  CheckAt(start, answer->session_ts, what, [count, filter](const Rows& rows) {
    const auto expected = static_cast<int64_t>(ExpectedCount(rows, filter));
    return count == expected ? std::string()
                             : std::to_string(count) + ", expected " + std::to_string(expected);
  });
}

SearchAsk Clients::DrawSearch(const Slot& slot, const ReadStart& start, Random* random) const {
  SearchAsk ask;
  ask.metric = MetricOf(start.index);
  ask.through_graph = start.index.find("=HNSW") != std::string::npos;
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
  ask.filter.partitions = start.partitions;
  for (uint64_t n = 1 + random->Below(2); n > 0; --n) {
    ask.queries.push_back(ContentOf(static_cast<int64_t>(random->Below(200)), -1).vec);
  }
  return ask;
}

void Clients::Search(size_t slot_index, Random* random) {
  if (!machine_->is_open()) return;
  const ReadStart start = BeginRead(slot_index, random);
  const Slot& slot = slots_[slot_index];
  const Shape shape{start.target.name, slot.text_keys, machine_->config().dim};
  const SearchAsk ask = DrawSearch(slot, start, random);
  SearchRequest request = MakeSearch(shape, ask);
  request.partitions = start.target.partitions;
  auto answer = machine_->proxy().Search(request, nullptr);
  if (!EndRead(start, answer.status(), "search")) return;
  const std::string what = "search of " + TextOf(shape.name, request.partitions) + " [" + start.index +
                           "] where " + request.filter;
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

Status Clients::ForgiveTooOld(const Slot& slot, Timestamp ts, const Status& status) {
  if (status.message().find("is no longer kept") == std::string::npos) return status;
  if (ts < slot.truncated_ts) return Status::Ok();
  const SimConfig& config = machine_->config();
  const auto now = machine_->proxy().AllocTimestamp();
  if (std::isinf(config.retention_ratio) && now.ok() && WallMsOf(*now) - WallMsOf(ts) < config.retention_ms)
    return status;
  return Status::Ok();
}

// Pages of an iterator read at the timestamp of the first one; they need no page before them to be asked for.
// Other reads travel to it.
void Clients::ReadPast(size_t slot_index, Random* random) {
  Slot& slot = slots_[slot_index];
  if (!machine_->is_open() || slot.history.empty()) return;
  const auto [ts, rows] = slot.history[random->Below(slot.history.size())];
  const ReadStart start = BeginRead(slot_index, random);
  const Shape shape{start.target.name, slot.text_keys, machine_->config().dim};
  const std::string what =
      "read of " + TextOf(shape.name, start.target.partitions) + " at " + std::to_string(ts);
  const bool travels = random->Below(2) == 0;
  ReadPoint point;
  (travels ? point.travel_ts : point.guarantee_ts) = ts;
  std::string wrong;
  if (random->Below(3) == 0) {
    SearchAsk ask = DrawSearch(slot, start, random);
    if (!travels) {
      ask.through_graph = false;  // an iterator computes all distances
      ask.ef = 0;
      ask.queries.resize(1);
    }
    SearchRequest request = MakeSearch(shape, ask);
    request.partitions = start.target.partitions;
    if (!travels) request.params.emplace_back("iterator", "True");
    request.read_point = point;
    const auto answer = machine_->proxy().Search(request, nullptr);
    if (!EndRead(start, ForgiveTooOld(slot, ts, answer.status()), "read of the past") || !answer.ok()) return;
    Recall recall;
    wrong = CheckSearch(shape, ask, *answer, *rows, &recall);
  } else {
    RowFilter filter = DrawFilter(slot, random);
    filter.partitions = start.partitions;
    QueryRequest request;
    request.name = shape.name;
    request.partitions = start.target.partitions;
    request.filter = filter.Text();
    request.output_fields = {"*"};
    if (!travels) request.params = {{"iterator", "True"}};
    request.read_point = point;
    const auto answer = machine_->proxy().Query(request, nullptr);
    if (!EndRead(start, ForgiveTooOld(slot, ts, answer.status()), "read of the past") || !answer.ok()) return;
    std::vector<SeenRow> seen;
    wrong = ReadRows(shape, answer->columns, nullptr, &seen);
    if (wrong.empty()) wrong = CompareRows(seen, ExpectedRows(*rows, filter));
  }
  ++counters_->answers;
  if (!wrong.empty()) Fail(what + ": " + wrong);
}

void Clients::Flush(size_t slot_index, Random* random) {
  if (!machine_->is_open()) return;
  Slot& slot = slots_[slot_index];
  const uint64_t events = EventsOf(slot, true), incarnation = slot.incarnation;
  const bool upset = slot.catalog_busy || slot.is_doubtful;
  const uint64_t disturbances = disturbed_ ? 0 : disturbances_;
  const Timestamp floor = seen_ts_;
  const bool exists = StateOf(slot).exists;
  const CollectionName name = DrawName(StateOf(slot), random);
  auto answer = machine_->proxy().Flush({name.database, {name.collection}});
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
  if (!upset && IsCalmSince(disturbances) && events == EventsOf(slot, true) &&
      answer.status().code() != expected) {
    Fail("flush of " + name.collection + " answered " + answer.status().ToString());
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

}  // namespace redkite::sim
