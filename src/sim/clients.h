// Clients: what users of the simulated machine ask, what they were answered, and what follows from it. Every
// answer is compared with the model at the timestamp of the answer's snapshot; a write that failed without
// saying that it is absent may be there or not until the next start tells.
//
// Requests run as tasks of the machine's scheduler, several at once. A mutation is handed over without a
// change of tasks, so that the order of hand-over is the order of the log. One request at a time changes the
// catalog of a collection, and one uses a name. Thread safety: as Machine.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/answers.h"
#include "sim/catalog_model.h"
#include "sim/machine.h"
#include "sim/row_model.h"

namespace redkite::sim {

inline constexpr uint64_t kPartitionNames = 3;  // beside the default one

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
    size_t index = 0;
    std::string home;  // a name in the default database that no other slot takes
    bool text_keys = false;
    uint64_t incarnation = 0;
    uint64_t catalog_events = 0;
    bool catalog_busy = false;
    bool is_being_made = false;
    // The same for changes that no read notices unless it names a partition or uses an alias.
    uint64_t quiet_events = 0;
    bool quietly_busy = false;
    bool is_doubtful = false;  // a change failed half-way: requests may fail until the next start
    Rows rows;                 // of acknowledged mutations, those of dropped partitions too
    Timestamp rows_ts = 0;
    Timestamp truncated_ts =
        0;  // states before may be refused; kMaxTimestamp while a truncation is under way
    std::vector<std::shared_ptr<Mutation>> open;  // without a good answer, as handed over
    std::vector<PendingRead> pending;
    int active_reads = 0;
    std::map<Timestamp, std::shared_ptr<const Rows>> past;                   // while reads are active
    std::vector<std::pair<Timestamp, std::shared_ptr<const Rows>>> history;  // some older states
    std::vector<SegmentId> flushing;
  };
  /// What a request names.
  struct Target {
    CollectionName name;
    std::vector<std::string> partitions;  // none: all
  };
  /// Whether nothing was disturbed since a moment when `disturbances` was the count.
  bool IsCalmSince(uint64_t disturbances) const { return !disturbed_ && disturbances == disturbances_; }
  /// What a read must know from its beginning to judge its answer.
  struct ReadStart {
    size_t slot = 0;
    uint64_t incarnation = 0;
    uint64_t catalog_events = 0;
    bool is_upset = false;
    bool notices_quiet = false;
    Timestamp floor = 0;
    Target target;
    std::vector<int64_t> partitions;  // whose rows it sees
    Code expected = Code::kOk;
    std::string index;
    std::string state;  // in words
    uint64_t disturbances = 0;
  };
  using Check = std::function<std::string(const Rows&)>;

  // Mutations.
  void Mutate(const Step& step, size_t index, Random* random);
  void ChooseKeys(const Slot& slot, size_t index, Random* random, Mutation* mutation);
  RowFilter DrawFilter(const Slot& slot, Random* random) const;
  /// What the engine says at this moment, also while the catalog changes: which partitions there are, what
  /// is loaded, which aliases lead here.
  CollectionState LiveState(const Slot& slot);
  CollectionName DrawName(const CollectionState& state, Random* random) const;
  Target DrawTarget(const CollectionState& state, Random* random) const;
  void ChoosePartition(const CollectionState& live, const Target& target, Mutation* mutation) const;
  void LookUp(Slot* slot, const CollectionName& name, Mutation* mutation);
  void ResolveLookUp(const Slot& slot, Mutation* mutation);
  std::string DrawMutation(Slot* slot, size_t index, Random* random, Mutation* mutation);
  void DrawKept(const Slot& slot, const CollectionState& live, Mutation* mutation) const;
  void HandOver(Slot* slot, const std::shared_ptr<Mutation>& mutation, const Target& target,
                const std::string& filter, const CollectionState& live);
  void Answered(const std::shared_ptr<Mutation>& mutation, const Result<MutationResult>& answer);
  void Acknowledged(Slot* slot, const std::shared_ptr<Mutation>& mutation, const MutationResult& result);
  void Refused(Slot* slot, const std::shared_ptr<Mutation>& mutation, const Status& status);
  void ResolvePending(Slot* slot, Timestamp next_ts);

  // Reads.
  bool NoticesQuietChanges(const Slot& slot, const Target& target) const;
  static uint64_t EventsOf(const Slot& slot, bool notices_quiet) {
    return slot.catalog_events + (notices_quiet ? slot.quiet_events : 0);
  }
  ReadStart BeginRead(size_t slot, Random* random);
  /// False when the answer cannot be judged.
  bool EndRead(const ReadStart& start, const Status& status, const char* what);
  void CheckAt(const ReadStart& start, Timestamp ts, const std::string& what, Check check);
  void QueryRows(size_t slot, RowFilter filter, int64_t limit, int64_t offset, Random* random);
  void CountRows(size_t slot, RowFilter filter, Random* random);
  void Search(size_t slot, Random* random);
  void ReadPast(size_t slot, Random* random);
  /// Ok where compaction may have dropped what a read at `ts` asked for.
  Status ForgiveTooOld(const Slot& slot, Timestamp ts, const Status& status);
  SearchAsk DrawSearch(const Slot& slot, const ReadStart& start, Random* random) const;
  void Flush(size_t slot, Random* random);
  void AllocTimestamp();

  // Catalog.
  struct ChangeStart {
    uint64_t disturbances = 0;
    uint64_t outcome_count = 0;
  };
  void ChangeCatalog(const Step& step, Random* random);
  CatalogRequest DrawChange(const Step& step, Random* random) const;
  void DrawPartitions(StepKind kind, const CollectionState& state, Random* random,
                      CatalogRequest* request) const;
  void DrawAlias(const CollectionState& state, Random* random, CatalogRequest* request) const;
  std::string DrawDatabase(Random* random) const;
  Place DrawPlace(const Slot& slot, bool is_rename, Random* random) const;
  Status Send(const CatalogRequest& request, Random* random);
  /// The names that nobody else may use meanwhile.
  std::set<Place> PlacesOf(const CatalogRequest& request) const;
  bool IsQuiet(const CatalogRequest& request) const;
  bool MayBegin(const CatalogRequest& request, const CatalogState& touched) const;
  void SetBusy(const CatalogRequest& request, const CatalogState& touched, bool busy, bool is_quiet);
  void JudgeChange(const CatalogRequest& request, const Verdict& verdict, const Status& status,
                   const ChangeStart& start);
  uint64_t OutcomeCount() const { return outcomes_forgotten_ + outcomes_.size(); }
  void ForgetOutcomesUpTo(uint64_t count);
  /// What the engine says of everything in `touched`; nothing when an answer was wrong.
  std::optional<CatalogState> ReadTouched(const CatalogRequest& request, const CatalogState& touched);
  std::optional<CollectionState> ReadCollection(const DescribeCollectionRequest& request, const Slot& slot);
  void ReadIndex(CollectionState* state);
  DatabaseState ReadDatabase(const std::string& name);
  void CheckNames(const CollectionState& now, const CollectionState& before);
  void CheckLists();
  void Describe(size_t slot);
  void TakeState(Slot* slot, const CollectionState& now);
  CollectionState& StateOf(const Slot& slot) { return catalog_.collections.at(slot.index); }
  const CollectionState& StateOf(const Slot& slot) const { return catalog_.collections.at(slot.index); }

  // After a start.
  std::optional<CatalogState> ReadWholeCatalog();
  /// The slot of a collection that was found.
  std::optional<size_t> SlotOfFound(const CollectionDescription& found) const;
  void TakeWholeCatalog(const CatalogState& seen);
  void SettleRows(Slot* slot);
  void CheckSegments(const Slot& slot);
  void EnsureLoaded(Slot* slot);
  struct SeenState;
  std::optional<SeenState> ReadState(const Slot& slot);
  bool FindSurvivors(Slot* slot, const SeenState& seen);
  void SeenTimestamp(Timestamp ts);

  Slot& SlotOf(const Step& step) { return slots_[step.seed % slots_.size()]; }

  Machine* const machine_;
  SimCounters* const counters_;
  std::vector<Slot> slots_;
  CatalogState catalog_;                // as acknowledged
  std::vector<CatalogState> outcomes_;  // of changes that failed: what the next start may show as well
  uint64_t outcomes_forgotten_ = 0;     // before the first of them
  std::set<Place> busy_places_;
  std::set<std::string> busy_databases_;
  int names_under_way_ = 0;  // requests that use names
  uint64_t names_events_ = 0;
  uint64_t seq_ = 0;
  Timestamp seen_ts_ = 0;
  bool handing_over_ = false;
  std::optional<size_t> partial_of_;  // the slot of a partial update that is being handed over
  bool disturbed_ = false;
  uint64_t disturbances_ = 1;   // 0 is no moment
  bool was_disturbed_ = false;  // since what was begun has been begun again
  bool log_ = false;
  uint64_t hash_ = 0xcbf29ce484222325ULL;
  std::string failure_;
};

}  // namespace redkite::sim
