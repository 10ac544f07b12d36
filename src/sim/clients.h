// Clients: what users of the simulated machine ask, what they were answered, and what follows from it. Every
// answer is compared with the model at the timestamp of the answer's snapshot; a write that failed without
// saying that it is absent may be there or not until the next start tells.
//
// Requests run as tasks of the machine's scheduler, several at once. A mutation is handed over without a
// change of tasks, so that the order of hand-over is the order of the log. One request at a time changes the
// catalog of a collection. Thread safety: as Machine.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/answers.h"
#include "sim/machine.h"
#include "sim/row_model.h"

namespace redkite::sim {

/// What the catalog says of a collection's name.
struct CatalogState {
  bool exists = false;
  int64_t id = 0;
  bool loaded = false;
  std::string index;  // its parameters as one text; empty: no index
  Timestamp created = 0;
  bool operator==(const CatalogState&) const = default;
  std::string ToString() const;
};

struct SimCounters {
  uint64_t requests = 0, answers = 0, refused = 0, unknown = 0;
  uint64_t hits_wanted = 0, hits_found = 0;  // of searches through a graph
  uint64_t crashes = 0, nested_crashes = 0, restarts = 0, opens = 0, failed_opens = 0, flips = 0,
           flips_found = 0;
  uint64_t failed_ops = 0, full_disks = 0, clock_jumps = 0, picks = 0, changes = 0;
};

class Clients {
 public:
  Clients(Machine* machine, SimCounters* counters);

  /// Begins the step's request as a task. `index` makes versions unique.
  void Start(const Step& step, size_t index);
  /// After a start of the engine that nothing disturbed: finds out what became of unanswered requests, and
  /// that nothing else has changed.
  void VerifyAfterStart();
  /// The same for a copy of the disk with one damaged file: right rows or an error that names damage.
  void VerifyDamaged(const std::string& file);
  /// No task is left and nothing is broken: everything that was begun has come to its end.
  void VerifyAtRest();
  /// Nothing is under way: requests without an answer will have none.
  void EndOfLife();
  /// Creates what is missing to read every collection, and flushes all.
  void FlushAll();

  /// Something on the machine fails or may fail: errors are answers, too.
  void set_disturbed(bool disturbed) {
    disturbed_ = disturbed;
    was_disturbed_ = was_disturbed_ || disturbed;
    disturbances_ += disturbed;
  }
  const std::vector<int64_t> CollectionIds() const;
  uint64_t trace_hash() const { return hash_; }
  const std::string& failure() const { return failure_; }
  void Fail(const std::string& what);
  void Note(uint64_t value);
  void set_log(bool log) { log_ = log; }
  void Log(const std::string& line);

 private:
  struct PendingRead {
    Timestamp ts = 0;
    std::string what;
    std::function<std::string(const Rows&)> check;
  };
  struct Slot {
    std::string name;
    bool text_keys = false;
    CatalogState state;
    std::vector<CatalogState> possible;  // other states that the next start may show
    uint64_t incarnation = 0;
    uint64_t catalog_events = 0;
    bool catalog_busy = false;
    bool is_being_made = false;
    bool is_doubtful = false;  // a change failed half-way: requests may fail until the next start
    Rows rows;                 // of acknowledged mutations
    Timestamp rows_ts = 0;
    std::vector<std::shared_ptr<Mutation>> open;  // without a good answer, as handed over
    std::vector<PendingRead> pending;
    int active_reads = 0;
    std::map<Timestamp, std::shared_ptr<const Rows>> past;                   // while reads are active
    std::vector<std::pair<Timestamp, std::shared_ptr<const Rows>>> history;  // some older states
    std::vector<SegmentId> flushing;
    std::string metric() const;
  };
  /// Whether nothing was disturbed since a moment when `disturbances` was the count.
  bool IsCalmSince(uint64_t disturbances) const { return !disturbed_ && disturbances == disturbances_; }
  /// What a read must know from its beginning to judge its answer.
  struct ReadStart {
    size_t slot = 0;
    uint64_t incarnation = 0;
    uint64_t catalog_events = 0;
    bool catalog_busy = false;
    bool is_doubtful = false;
    CatalogState state;
    Timestamp floor = 0;
  };
  using Check = std::function<std::string(const Rows&)>;

  // Mutations.
  void Mutate(const Step& step, size_t index, Random* random);
  void ChooseKeys(const Slot& slot, size_t index, Random* random, Mutation* mutation);
  RowFilter DrawFilter(const Slot& slot, Random* random) const;
  void LookUp(Slot* slot, Mutation* mutation);
  void ResolveLookUp(const Slot& slot, Mutation* mutation);
  void HandOver(Slot* slot, const std::shared_ptr<Mutation>& mutation, const std::string& filter);
  void Answered(const std::shared_ptr<Mutation>& mutation, const Result<MutationResult>& answer);
  void Acknowledged(Slot* slot, const std::shared_ptr<Mutation>& mutation, const MutationResult& result);
  void Refused(Slot* slot, const std::shared_ptr<Mutation>& mutation, const Status& status);
  void ResolvePending(Slot* slot, Timestamp next_ts);

  // Reads.
  ReadStart BeginRead(size_t slot);
  /// False when the answer cannot be judged.
  bool EndRead(const ReadStart& start, const Status& status, const char* what);
  void CheckAt(const ReadStart& start, Timestamp ts, const std::string& what, Check check);
  void QueryRows(size_t slot, const RowFilter& filter, int64_t limit, int64_t offset);
  void CountRows(size_t slot, const RowFilter& filter);
  void Search(size_t slot, Random* random);
  void ReadPast(size_t slot, Random* random);
  SearchAsk DrawSearch(const Slot& slot, Random* random) const;
  void Describe(size_t slot);
  void Flush(size_t slot);
  void AllocTimestamp();

  // Catalog.
  void ChangeCatalog(const Step& step, Random* random);
  Status TryChange(StepKind kind, Slot* slot, Random* random, bool* is_refusal_right);
  std::optional<CatalogState> ReadCatalog(const Slot& slot);
  void TakeState(Slot* slot, const CatalogState& now);

  // After a start.
  void SettleRows(Slot* slot);
  void EnsureLoaded(Slot* slot);
  struct SeenState;
  std::optional<SeenState> ReadState(const Slot& slot);
  bool FindSurvivors(Slot* slot, const SeenState& seen);
  void SeenTimestamp(Timestamp ts);

  Slot& SlotOf(const Step& step) { return slots_[step.seed % slots_.size()]; }

  Machine* const machine_;
  SimCounters* const counters_;
  std::vector<Slot> slots_;
  uint64_t seq_ = 0;
  Timestamp seen_ts_ = 0;
  bool handing_over_ = false;
  bool disturbed_ = false;
  uint64_t disturbances_ = 1;   // 0 is no moment
  bool was_disturbed_ = false;  // since what was begun has been begun again
  bool log_ = false;
  uint64_t hash_ = 0xcbf29ce484222325ULL;
  std::string failure_;
};

}  // namespace redkite::sim
