// What the clients find after a start of the engine.
#include <algorithm>

#include "sim/clients.h"

namespace redkite::sim {
namespace {

constexpr size_t kSubsetsOf = 10;  // so many unanswered writes are tried in every combination

bool NamesDamage(const Status& status) {
  return status.code() == Code::kDataIntegrity || status.code() == Code::kOperationNotSupported;
}

bool Matches(const CatalogState& now, const CatalogState& possible) {
  if (possible.exists && possible.id == 0) return now.exists && !now.loaded && now.index.empty();
  CatalogState same = possible;
  if (possible.index == "?") same.index = now.index;
  return now == same;
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
  const auto count = [&](const std::string& filter) -> int64_t {
    QueryRequest request;
    request.name.collection = slot.name;
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
  request.name.collection = slot.name;
  request.filter = RowFilter{RowFilter::kAll, 0, 0, {}, slot.text_keys}.Text();
  request.output_fields = {"*"};
  const auto answer = machine_->proxy().Query(request, nullptr);
  ++counters_->answers;
  if (!answer.ok()) {
    seen.status = answer.status();
    return seen;
  }
  seen.ts = answer->session_ts;
  const Shape shape{slot.name, slot.text_keys, machine_->config().dim};
  if (std::string wrong = ReadRows(shape, answer->columns, nullptr, &seen.newest); !wrong.empty()) {
    Fail("after a start, " + slot.name + ": " + wrong);
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
  const auto fits = [&](const std::vector<bool>& survives) {
    Rows rows = slot->rows;
    uint64_t seq = seq_;
    for (size_t i = 0; i < open; ++i) {
      if (survives[i]) Apply(*slot->open[i], ++seq, &rows);
    }
    if (static_cast<int64_t>(CountOf(rows)) != seen.count) return false;
    if (!CompareRows(seen.newest, ExpectedRows(rows, {})).empty()) return false;
    for (const auto& [version, count] : seen.version_counts) {
      const RowFilter filter{RowFilter::kVersion, version, 0, {}, false};
      if (static_cast<int64_t>(ExpectedCount(rows, filter)) != count) return false;
    }
    slot->rows = std::move(rows);
    seq_ = seq;
    return true;
  };
  std::vector<bool> survives(open, false);
  for (size_t first = 0; first <= open; ++first) {  // the log keeps its beginning
    if (first > 0) survives[first - 1] = true;
    if (fits(survives)) return true;
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
  if (!seen->status.ok()) {
    return Fail("after a start, " + slot->name + " answered " + seen->status.ToString());
  }
  Note(seen->ts);
  Note(static_cast<uint64_t>(seen->count));
  for (const SeenRow& row : seen->newest) Note(static_cast<uint64_t>(row.key * 31 + row.version));
  if (!FindSurvivors(slot, *seen)) {
    return Fail("after a start, " + slot->name + " with " + std::to_string(slot->open.size()) +
                " unanswered writes: " + CompareRows(seen->newest, ExpectedRows(slot->rows, {})) +
                "; count " + std::to_string(seen->count) + ", expected " +
                std::to_string(CountOf(slot->rows)));
  }
  if (seen->ts < slot->rows_ts) Fail("after a start, " + slot->name + " reads an older snapshot");
  slot->rows_ts = seen->ts;
  slot->open.clear();
  seen_ts_ = std::max(seen_ts_, seen->ts);
}

void Clients::EnsureLoaded(Slot* slot) {
  if (slot->state.index.empty()) {
    CreateIndexRequest request;
    request.name = {"", slot->name};
    request.field_name = "vec";
    request.params = {{"index_type", "FLAT"}, {"metric_type", "L2"}};
    if (Status s = machine_->proxy().CreateIndex(request); !s.ok()) return Fail("index: " + s.ToString());
  }
  LoadRequest load;
  load.name = {"", slot->name};
  if (Status s = machine_->proxy().LoadCollection(load); !s.ok()) return Fail("load: " + s.ToString());
  if (const auto now = ReadCatalog(*slot)) slot->state = *now;
}

void Clients::VerifyAfterStart() {
  was_disturbed_ = disturbed_;
  for (Slot& slot : slots_) {
    const auto now = ReadCatalog(slot);
    if (!now) return;
    const bool expected = *now == slot.state || std::any_of(slot.possible.begin(), slot.possible.end(),
                                                            [&](const auto& p) { return Matches(*now, p); });
    if (!expected) {
      return Fail("after a start, " + slot.name + " is " + now->ToString() + ", expected " +
                  slot.state.ToString());
    }
    TakeState(&slot, *now);
    slot.possible.clear();
    Note(now->exists ? static_cast<uint64_t>(now->id) : 0);
    if (!now->exists) continue;
    if (!now->loaded && !slot.open.empty()) EnsureLoaded(&slot);
    if (slot.state.loaded) SettleRows(&slot);
    if (!failure_.empty()) return;
  }
}

void Clients::VerifyDamaged(const std::string& file) {
  for (Slot& slot : slots_) {
    if (!slot.state.exists || !slot.state.loaded) continue;
    const auto now = ReadCatalog(slot);
    if (!now) return;
    if (*now != slot.state) {
      return Fail("with damage in " + file + ", " + slot.name + " is " + now->ToString() + ", expected " +
                  slot.state.ToString());
    }
    const auto seen = ReadState(slot);
    if (!seen) return;
    if (!seen->status.ok()) {
      ++counters_->flips_found;
      if (!NamesDamage(seen->status)) Fail("with damage in " + file + ": " + seen->status.ToString());
      continue;
    }
    const std::string wrong = CompareRows(seen->newest, ExpectedRows(slot.rows, {}));
    if (!wrong.empty() || static_cast<size_t>(seen->count) != CountOf(slot.rows)) {
      return Fail("with damage in " + file + ", " + slot.name + ": " + wrong + "; count " +
                  std::to_string(seen->count));
    }
  }
}

void Clients::VerifyAtRest() {
  for (Slot& slot : slots_) {
    if (was_disturbed_ || !slot.state.exists) continue;
    const auto flushed = machine_->proxy().GetFlushState({{"", slot.name}, slot.flushing, 0});
    if (!flushed.ok() || !*flushed) Fail("a flush of " + slot.name + " did not come to an end");
    slot.flushing.clear();
    if (slot.state.index.empty()) continue;
    const auto indexes = machine_->proxy().DescribeIndex({{"", slot.name}, "vec", ""});
    if (!indexes.ok()) return Fail("describe index: " + indexes.status().ToString());
    const IndexDescription& index = (*indexes)[0];
    if (index.state != IndexState::kFinished || index.indexed_rows != index.total_rows) {
      Fail("index of " + slot.name + " is not finished: " + std::to_string(index.indexed_rows) + " of " +
           std::to_string(index.total_rows) + " rows " + index.fail_reason);
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
    if (!slot.pending.empty() || slot.active_reads > 0) Fail("a read of " + slot.name + " hangs");
    slot.is_doubtful = false;
    slot.flushing.clear();
  }
}

void Clients::FlushAll() {
  was_disturbed_ = disturbed_;
  for (Slot& slot : slots_) {
    slot.flushing.clear();
    if (!slot.state.exists) continue;
    const auto answer = machine_->proxy().Flush({"", {slot.name}});
    if (!answer.ok()) Fail("flush of " + slot.name + " answered " + answer.status().ToString());
  }
}

}  // namespace redkite::sim
