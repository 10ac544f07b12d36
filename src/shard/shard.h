// Shard: one collection's rows on this node: its part of the log, its segments and the snapshot that readers
// see.
//
// Writes: Append gives the timestamp and the place in the log under append_mutex_; once durable the record is
// applied on the shard's strand (one task at a time, in log order) and the caller is told. Replay enters at
// Apply. Reads take the published ShardSnapshot and nothing else. Flush: BeginFlush freezes the growing
// segments, a job writes their files, CommitFlush makes them the shard's by one manifest edit and swaps the
// snapshot. The frozen rows stay visible in between and keep receiving deletes. Compaction: a job merges
// sealed segments, CommitCompaction swaps them by one manifest edit. Start: only keys, timestamps and deletes
// of sealed segments are read; the rest of a segment when a read first needs it, or when residency comes to
// it (segment::DeferredParts). Thread safety: all methods may be called
// from any thread, except Replay (before the first Append, one thread). Lock order: unique_mutex_, then
// append_mutex_, then state_mutex_, then queue_mutex_; the manifest store's are innermost.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/executor.h"
#include "base/log.h"
#include "base/mutex.h"
#include "exec/read_snapshot.h"
#include "io/file_system.h"
#include "io/map_guard.h"
#include "segment/growing_segment.h"
#include "segment/sealed_segment.h"
#include "segment/segment_merge.h"
#include "shard/recent_keys.h"
#include "shard/shard_client.h"
#include "storage/manifest.h"
#include "types/timestamp_oracle.h"
#include "wal/log.h"

namespace redkite::shard {

/// A sealed segment that cannot be read. Reads that may need its rows fail with `error`, never with fewer
/// rows. Nothing can be deleted from it, so as long as there is one the shard takes no write and does not
/// flush: the log keeps what came after it, and with the file back in its place a start finds everything.
struct DamagedSegment {
  SegmentId id;
  PartitionId partition;
  uint64_t row_count = 0;
  Timestamp min_ts = 0;
  Status error;
};

/// What a reader sees at one moment.
struct ShardSnapshot {
  std::shared_ptr<const CollectionSchema> schema;
  Timestamp applied_ts = 0;    // of the newest record in it
  Timestamp history_from = 0;  // reads at older timestamps would miss rows that compaction dropped
  Timestamp expiry_from = 0;  // likewise for rows that had outlived their time to live, and reads that travel
  exec::Segments segments;
  std::vector<DamagedSegment> damaged;
};

struct ShardSeams {
  io::FileSystem* fs = nullptr;
  wal::Log* log = nullptr;
  Executor* executor = nullptr;
  TimestampOracle* oracle = nullptr;
  Logger* logger = nullptr;
  MemoryLedger* memory = nullptr;  // of replayed rows; may be null
  /// Of the newest record whose shard knows that it needs it; the log may be trimmed below what shards need
  /// up to here.
  std::atomic<wal::LogPosition>* seen_position = nullptr;
  std::shared_ptr<segment::JsonPathCache> json_paths = nullptr;  // of sealed segments; may be null
};

struct ShardOptions {
  CollectionId collection;
  ShardId shard;
  std::string dir;                                 // exists
  bool is_new = false;                             // it may have no manifest, and gets one
  std::shared_ptr<const CollectionSchema> schema;  // of the start: see Shard::schema
  size_t seal_bytes = size_t{256} << 20;           // growing rows above this ask for a flush
  int64_t seal_age_ms = 600'000;  // so do rows that are older than this when others are written
  /// Called (from the strand) when a flush is due; must not block.
  std::function<void()> flush_due;
  /// Growing rows are scanned by each search. When so many were that an index would have cost less,
  /// `scan_due` is called (by the search; must not block), which may flush them: below `rows` of them never,
  /// and not before each was scanned `per_row` times on average. Whatever the mix of searches and writes,
  /// scans then cost about as much as the builds do, and no more.
  struct ScanDue {
    int64_t rows = 4096;
    int64_t per_row = 5000;  // a row's way into an HNSW graph, in distances and what comes with them
  } scan;
  std::function<void()> scan_due;
  /// Called, with no lock held, when an index turned out to be damaged and left the reads; must not block.
  std::function<void()> index_lost;
};

/// A file that is missing or other than it was written. One that cannot be opened for want of descriptors or
/// memory is none of that.
inline bool IsDamage(const Status& status) { return status.code() == Code::kDataIntegrity; }

/// Frozen rows and the deletes to persist with them.
struct FlushWork {
  std::vector<std::shared_ptr<const segment::SegmentSnapshot>> frozen;
  std::vector<std::shared_ptr<const segment::SegmentSnapshot>> with_new_deletes;  // sealed segments
  storage::Checkpoint checkpoint;
  std::shared_ptr<const CollectionSchema> schema;  // not older than any of the rows
};

/// Files written for a FlushWork.
struct FlushedSegment {
  storage::SegmentMeta meta;
  std::shared_ptr<const segment::SegmentSnapshot> opened;
};
struct FlushedDeletes {
  SegmentId segment;
  storage::FileRef file;
  size_t count = 0;
};
struct FlushResult {
  std::vector<FlushedSegment> segments;
  std::vector<FlushedDeletes> deletes;
};

/// A sealed segment and what its rows and deletes take on the disk.
struct SealedSize {
  std::shared_ptr<const segment::SegmentSnapshot> segment;
  uint64_t bytes = 0;
};

/// A merged segment that takes the place of its inputs.
struct CompactionResult {
  const segment::MergeRows* rows = nullptr;
  storage::SegmentMeta meta;  // without deletes
  /// With its indexes, without deletes; nullptr when no row was kept.
  std::shared_ptr<const segment::SegmentSnapshot> opened;
};

class Shard final : public ShardClient, public std::enable_shared_from_this<Shard> {
 public:
  /// Loads the manifest and maps its segments, without reading their values; files that no manifest names are
  /// removed.
  static Result<std::shared_ptr<Shard>> Open(ShardSeams seams, ShardOptions options);

  /// Applies a record of the log at start-up; those below the checkpoint are skipped.
  Status Replay(const wal::LogRecord& record);
  /// Of the manifest: grows with each flush and index.
  uint64_t generation() const { return manifests_->current()->generation; }
  /// Files that the manifest does not name. Open does so for a new shard only: what a start finds is removed
  /// when nothing can refuse it any more.
  Status RemoveGarbage();
  /// The first position that replay must deliver.
  wal::LogPosition replay_from() const;

  void Append(std::shared_ptr<WriteRecord> record, WriteDone done) override;
  Result<SearchRows> Search(const plan::SearchPlan& plan, const CancelToken* cancel) override;
  Result<QueryRows> Query(const plan::QueryPlan& plan, const CancelToken* cancel) override;
  void SetSchema(std::shared_ptr<const CollectionSchema> schema) override EXCLUDES(state_mutex_);
  ShardStats Stats() const override;
  std::vector<SegmentStats> Segments() const override;
  std::shared_ptr<const ShardSnapshot> snapshot() const EXCLUDES(snapshot_mutex_);

  /// Freezes what is growing. Nothing when there is nothing to persist or a flush is under way already.
  std::optional<FlushWork> BeginFlush() EXCLUDES(state_mutex_);
  Status CommitFlush(const FlushWork& work, const FlushResult& result) EXCLUDES(state_mutex_);
  /// After a failed flush: the rows stay frozen in memory and the next flush takes them; files go, so that a
  /// full disk does not stay full by them. Writes ask for a flush after a pause of 1 s, then 2 s, 4 s … up to
  /// a minute.
  void AbandonFlush(const FlushWork& work, const FlushResult& result) EXCLUDES(state_mutex_);
  /// Of growing and frozen rows, in memory.
  int64_t UnflushedBytes() const EXCLUDES(state_mutex_);
  /// Whether the last flush failed.
  bool IsFlushFailing() const EXCLUDES(state_mutex_);
  /// Growing and frozen segments: their ids are what a client waits for after Flush.
  std::vector<SegmentId> UnflushedSegments() const EXCLUDES(state_mutex_);

  /// Ok, or why it takes no writes: a segment is damaged.
  Status CheckWritable() const EXCLUDES(snapshot_mutex_);
  /// Takes a segment whose file turned out to be damaged out of reads.
  void SetAside(SegmentId segment, const Status& error) EXCLUDES(state_mutex_);
  /// Takes an index out of reads; the next one that is installed for its field takes its place on disk.
  void ForgetIndex(SegmentId segment, IndexId index) EXCLUDES(state_mutex_);
  /// Reads the files of a sealed segment, with these parts in memory and the others mapped; nothing is
  /// deferred any more. Readers of older snapshots keep what they have. A damaged
  /// segment is set aside, a damaged index forgotten.
  Status Reopen(SegmentId segment, const segment::ResidentParts& parts, const CancelToken* cancel = nullptr)
      EXCLUDES(append_mutex_, state_mutex_, snapshot_mutex_);
  std::shared_ptr<const storage::Manifest> manifest() const { return manifests_->current(); }
  /// Whether something waits for a flush although nothing was written since `since_ms` of the wall clock.
  bool IsIdle(int64_t since_ms) const EXCLUDES(state_mutex_, queue_mutex_);
  std::vector<SealedSize> SealedSizes() const EXCLUDES(snapshot_mutex_);
  /// For the output of a compaction; no segment ever gets it again in the life of this process, nor on disk
  /// once it is committed.
  SegmentId NewSegmentId() EXCLUDES(state_mutex_);
  /// Puts the merged segment in the place of its inputs, durably and for readers, with the deletes that came
  /// meanwhile. No flush may be under way or begin before it returns: both write down deletes of the inputs.
  /// An error when an input is gone, its partition was dropped, or the disk fails: nothing has changed then.
  Status CommitCompaction(const CompactionResult& result) EXCLUDES(state_mutex_);
  /// Files that were not committed. They stay where it is not known whether they were.
  void RemoveUncommitted(const std::vector<SegmentId>& segments);
  void RemoveUncommitted(const storage::FileRef& file);

  /// Makes a built index part of the segment, durably. kSegmentNotFound when the segment is gone,
  /// kIndexNotFound when RemoveIndex has been called for it.
  Status InstallIndex(SegmentId segment, storage::IndexRef ref, segment::FieldIndex index)
      EXCLUDES(state_mutex_);
  Status RemoveIndex(IndexId index) EXCLUDES(state_mutex_);
  /// For scans of a sealed segment until it has an index for the field; nothing when the segment is gone.
  void SetQuantized(SegmentId segment, segment::QuantizedField quantized) EXCLUDES(state_mutex_);
  /// After the partition has left the catalog, which is what makes it gone (README.md): its rows leave the
  /// snapshot at once, rows of it that are still on their way are not taken, and its files are removed. An
  /// error means that files stay until the next start.
  Status DropPartition(PartitionId partition) EXCLUDES(state_mutex_);
  /// Removes the files of rows that went with a truncation. An error means that they stay until the next
  /// flush.
  Status RemoveTruncated() EXCLUDES(dropped_mutex_);
  /// Whether rows of a timestamp up to `ts` are in memory only.
  bool HasUnflushedRows(Timestamp ts) const EXCLUDES(state_mutex_);

  /// A number for files that the next commit will name: above that of every committed file of this shard. An
  /// error when there can be no further commit (see storage::ManifestStore).
  Result<uint64_t> NextGeneration() const;

  /// The smallest log position that this shard still needs; 0 when it needs none.
  wal::LogPosition PinnedPosition() const EXCLUDES(queue_mutex_);
  /// Refuses further writes; reads of existing snapshots go on.
  void Close() EXCLUDES(append_mutex_);

  const ShardOptions& options() const { return options_; }
  /// Not older than any row that the snapshots hold which were taken before the call.
  std::shared_ptr<const CollectionSchema> schema() const { return snapshot()->schema; }
  const ShardSeams& seams() const { return seams_; }

 private:
  struct QueuedWrite {
    std::shared_ptr<WriteRecord> record;
    Timestamp ts = 0;
    wal::LogPosition position = 0;
    WriteDone done;
  };
  Shard(ShardSeams seams, ShardOptions options) : seams_(seams), options_(std::move(options)) {}
  Status CommitFirstManifest();
  void AddDamagedLocked(DamagedSegment damaged) REQUIRES(state_mutex_);
  Status OpenSegments();
  void OnDurable(QueuedWrite write) EXCLUDES(queue_mutex_);
  void DrainQueue() EXCLUDES(state_mutex_, queue_mutex_);
  /// In the order in which the writes were applied, also when several threads drain the queue.
  void GiveAnswers() EXCLUDES(state_mutex_, queue_mutex_);
  void ApplyLocked(WriteRecord* record, Timestamp ts, wal::LogPosition position) REQUIRES(state_mutex_);
  void AdoptSchemaLocked(const std::shared_ptr<const CollectionSchema>& schema) REQUIRES(state_mutex_);
  void TruncateLocked(Timestamp ts) REQUIRES(state_mutex_) EXCLUDES(dropped_mutex_);
  void ApplyDeletesLocked(const WriteRecord& record, Timestamp ts) REQUIRES(state_mutex_);
  segment::GrowingSegment& GrowingOfLocked(PartitionId partition) REQUIRES(state_mutex_);
  void PublishLocked() REQUIRES(state_mutex_) EXCLUDES(snapshot_mutex_);
  bool FlushDueLocked() REQUIRES(state_mutex_);
  bool FlushPausedLocked() REQUIRES(state_mutex_);
  bool IsDropped(PartitionId partition) const EXCLUDES(dropped_mutex_);
  /// With its partition, or by a truncation.
  bool IsGone(const storage::SegmentMeta& meta) const EXCLUDES(dropped_mutex_);
  /// What a truncation does to the manifest, in whatever edit comes first.
  void EraseTruncated(storage::Manifest* manifest, std::vector<storage::FileRef>* removed) const
      EXCLUDES(dropped_mutex_);
  bool IsDropped(IndexId index) const EXCLUDES(dropped_mutex_);
  struct MovedDeletes;
  Status BeginCommitCompaction(const CompactionResult& result, MovedDeletes* moved) EXCLUDES(state_mutex_);
  Status EditForCompaction(const CompactionResult& result, const MovedDeletes& moved,
                           std::vector<storage::FileRef>* replaced);
  void SwapCompacted(const CompactionResult& result, const MovedDeletes& moved) REQUIRES(state_mutex_);
  /// The snapshot that a read at `read_ts` uses. Waits until each write that has a timestamp up to it is
  /// applied or has failed, and sees to it that none gets one later: the read finds the same for ever.
  Result<std::shared_ptr<const ShardSnapshot>> SnapshotAt(const plan::RowSelection& rows,
                                                          const CancelToken* cancel)
      EXCLUDES(append_mutex_, state_mutex_, queue_mutex_, snapshot_mutex_);
  /// Sets aside what a fault in a map has damaged since the last call; see io/map_guard.h.
  void HandleMapFaults() EXCLUDES(state_mutex_, snapshot_mutex_);
  bool HasNewMapFaults() const;
  bool IsSetAside(SegmentId segment) const EXCLUDES(state_mutex_);
  /// Reads what was deferred of the segments that a read takes: of a search everything, otherwise the fields.
  Status ReadDeferred(const plan::RowSelection& rows, bool is_search, const CancelToken* cancel)
      EXCLUDES(append_mutex_, state_mutex_, snapshot_mutex_, reading_mutex_);
  struct ReadingEnd;
  /// One segment, whole; waits while another thread reads it. Ok when it is gone.
  Status ReadWhole(SegmentId segment, const CancelToken* cancel)
      EXCLUDES(append_mutex_, state_mutex_, snapshot_mutex_, reading_mutex_);
  Status OpenAnew(SegmentId segment, const segment::ResidentParts& parts)
      EXCLUDES(append_mutex_, state_mutex_, snapshot_mutex_);
  /// What of a segment is deferred, which it is not any more then.
  Status ReadInPlace(const segment::SegmentSnapshot& view, const CancelToken* cancel)
      EXCLUDES(append_mutex_, state_mutex_, snapshot_mutex_);
  void TellUnusable(SegmentId segment, const std::vector<Status>& unusable);
  /// nullptr when it is gone.
  std::shared_ptr<const segment::SegmentSnapshot> FindSealed(SegmentId segment) const
      EXCLUDES(snapshot_mutex_);
  bool IsClosed() EXCLUDES(append_mutex_);
  Result<SearchRows> SearchOnce(const plan::SearchPlan& plan, const CancelToken* cancel);
  void NoteScan(const ShardSnapshot& snapshot, int64_t distances);
  Result<QueryRows> QueryOnce(const plan::QueryPlan& plan, const CancelToken* cancel);
  Status Settle(Timestamp read_ts, const CancelToken* cancel)
      EXCLUDES(append_mutex_, state_mutex_, queue_mutex_, snapshot_mutex_);
  void Finished(uint64_t writes) EXCLUDES(queue_mutex_);
  void AppendUnchecked(std::shared_ptr<WriteRecord> record, wal::LogPayload payload, WriteDone done)
      EXCLUDES(append_mutex_);
  /// Append where keys are unique (shard_unique.cc).
  void AppendUnique(std::shared_ptr<WriteRecord> record, wal::LogPayload payload, WriteDone done)
      EXCLUDES(unique_mutex_, append_mutex_);
  Status CheckNewKeys(const WriteRecord& record) const REQUIRES(unique_mutex_) EXCLUDES(arriving_mutex_);
  void Arrived(const std::vector<std::string>& keys) EXCLUDES(arriving_mutex_);
  void RemoveFiles(const std::vector<storage::FileRef>& files);
  void TellIfFilesStay(const Status& removed);

  const ShardSeams seams_;
  const ShardOptions options_;
  std::unique_ptr<storage::ManifestStore> manifests_;

  Mutex unique_mutex_;            // orders the writes of rows where keys are unique
  mutable Mutex arriving_mutex_;  // innermost
  /// Of such rows on their way: how many writes bring each key.
  std::unordered_map<std::string, int> arriving_keys_ GUARDED_BY(arriving_mutex_);

  Mutex append_mutex_;
  bool closed_ GUARDED_BY(append_mutex_) = false;
  uint64_t appended_ GUARDED_BY(append_mutex_) = 0;  // writes that were given to the log
  RecentKeys recent_keys_ GUARDED_BY(append_mutex_);

  mutable Mutex queue_mutex_;
  std::deque<QueuedWrite> queue_ GUARDED_BY(queue_mutex_);
  bool draining_ GUARDED_BY(queue_mutex_) = false;
  std::deque<QueuedWrite> answers_ GUARDED_BY(queue_mutex_);  // applied, and not answered yet
  bool answering_ GUARDED_BY(queue_mutex_) = false;
  uint64_t finished_ GUARDED_BY(queue_mutex_) =
      0;  // of the appended writes those that were applied or failed
  CondVar finished_changed_;
  wal::LogPosition unflushed_from_ GUARDED_BY(queue_mutex_) = 0;  // oldest record that no flush has taken
  wal::LogPosition flushing_from_ GUARDED_BY(queue_mutex_) = 0;   // oldest record of the flush under way

  struct Sealed {
    std::shared_ptr<const segment::SegmentSnapshot> view;
    size_t persisted_delete_count = 0;
  };
  std::atomic<int64_t> scanned_{0};  // distances to growing rows since the last flush began
  std::atomic<uint64_t> map_faults_{io::MapFaultCount()};  // that were handled
  mutable Mutex state_mutex_;
  std::vector<Sealed> sealed_ GUARDED_BY(state_mutex_);
  std::vector<DamagedSegment> damaged_ GUARDED_BY(state_mutex_);
  std::vector<std::unique_ptr<segment::GrowingSegment>> frozen_ GUARDED_BY(state_mutex_);
  std::vector<std::unique_ptr<segment::GrowingSegment>> growing_ GUARDED_BY(state_mutex_);
  std::shared_ptr<const CollectionSchema> schema_ GUARDED_BY(state_mutex_);
  int64_t next_segment_id_ GUARDED_BY(state_mutex_) = 1;
  Timestamp applied_ts_ GUARDED_BY(state_mutex_) = 0;
  wal::LogPosition applied_position_ GUARDED_BY(state_mutex_) = 0;
  bool flushing_ GUARDED_BY(state_mutex_) = false;
  bool flush_asked_ GUARDED_BY(state_mutex_) = false;
  bool committing_compaction_ GUARDED_BY(state_mutex_) = false;
  Timestamp history_from_ GUARDED_BY(state_mutex_) = 0;
  Timestamp expiry_from_ GUARDED_BY(state_mutex_) = 0;
  // After failed flushes the next one that a write asks for waits, longer each time. The pause is measured by
  // the timestamps of writes and begins with the first one after the failure, so that nothing has to wake up
  // for it.
  int flush_failures_ GUARDED_BY(state_mutex_) = 0;
  bool flush_pause_begins_ GUARDED_BY(state_mutex_) = false;
  int64_t flush_pause_end_ms_ GUARDED_BY(state_mutex_) = 0;

  mutable Mutex dropped_mutex_;  // innermost: the manifest's edits look at it
  std::set<PartitionId> dropped_ GUARDED_BY(dropped_mutex_);
  std::set<IndexId> dropped_indexes_ GUARDED_BY(dropped_mutex_);
  Timestamp truncated_before_ GUARDED_BY(dropped_mutex_) = 0;  // segments of older rows are gone

  std::atomic<bool> has_deferred_{false};  // true until a read found nothing deferred; never again
  Mutex reading_mutex_;                    // innermost
  CondVar reading_ended_;
  std::set<SegmentId> reading_ GUARDED_BY(reading_mutex_);  // by ReadWhole

  mutable Mutex snapshot_mutex_;
  std::shared_ptr<const ShardSnapshot> snapshot_ GUARDED_BY(snapshot_mutex_);
};

}  // namespace redkite::shard
