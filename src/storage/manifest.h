// Manifest: everything that is true of one shard on disk: its segments, their files and the log position up
// to which they hold the data. Format: docs/formats/manifest.md.
//
// ManifestStore::Commit is the only commit point: a file that the current manifest does not name is garbage.
// A generation is one file MANIFEST-<generation>, written beside its name, synced and renamed; older ones are
// removed afterwards, so that a crash at any step leaves the old or the new one. A damaged newest manifest is
// refused by name, never replaced by an older one. Thread safety: Manifest is plain data, shared as
// shared_ptr<const Manifest>. ManifestStore: any thread; commits are serialised. One store per directory (the
// data directory's lock sees to it).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "storage/column_file.h"
#include "storage/file_ref.h"
#include "types/ids.h"
#include "types/schema.h"
#include "types/timestamp.h"

namespace redkite::storage {

struct IndexRef {
  FieldId field{};
  IndexId index{};
  int64_t build_id = 0;
  uint32_t format_version = 0;
  Params params;
  FileRef file;
  bool operator==(const IndexRef&) const = default;
};

struct SegmentMeta {
  SegmentId id{};
  PartitionId partition{};
  uint64_t row_count = 0;
  uint32_t schema_version = 0;
  Timestamp min_timestamp = 0;
  Timestamp max_timestamp = 0;
  std::optional<Timestamp> commit_timestamp;  // set: every row has it and `timestamps` is empty
  std::vector<ColumnRef> columns;
  FileRef timestamps;
  FileRef primary_key_order;
  FileRef delta;  // empty: no deletes
  uint64_t delete_count = 0;
  std::vector<IndexRef> indexes;
  bool operator==(const SegmentMeta&) const = default;
};

/// Every file that `meta` names.
void AddFilesOf(const SegmentMeta& meta, std::vector<FileRef>* files);

/// The segments hold every record of the log before `log_position`; records up to `timestamp` are among them.
struct Checkpoint {
  uint64_t log_position = 0;
  Timestamp timestamp = 0;
  bool operator==(const Checkpoint&) const = default;
};

struct Manifest {
  CollectionId collection{};
  ShardId shard{};
  uint64_t generation = 0;  // set by Commit
  uint32_t schema_version = 0;
  Checkpoint checkpoint;
  int64_t next_segment_id = 1;  // ids and build numbers are never used twice in a shard
  int64_t next_build_id = 1;
  std::vector<SegmentMeta> segments;
  /// Compactions dropped rows that reads before it would see: such a read cannot be answered any more.
  Timestamp history_from = 0;
  /// They dropped rows that outlived their time to live, but not yet at reads before it.
  Timestamp expiry_from = 0;
  bool operator==(const Manifest&) const = default;
  const SegmentMeta* Find(SegmentId id) const;
  SegmentMeta* Find(SegmentId id);
};

/// Of a MANIFEST: about a million files. Commit writes no larger one and Open reads none.
inline constexpr uint64_t kManifestBytesMax = uint64_t{256} << 20;
inline constexpr std::string_view kManifestMagic = "RKMANIF\n";

std::string EncodeManifest(const Manifest& manifest);
/// kDataIntegrity for any damage, kOperationNotSupported for a newer format.
Result<Manifest> DecodeManifest(std::string_view bytes);

/// Names in `listing` (of the shard's directory) that `manifest` does not need: files of unfinished or
/// replaced work and older manifests. The caller sees to it that nobody is writing a file which is not
/// committed yet.
std::vector<std::string> FindGarbage(const Manifest& manifest, const std::vector<io::FileInfo>& listing);

class ManifestStore {
 public:
  /// Loads the newest manifest of `dir`, which exists.
  static Result<std::unique_ptr<ManifestStore>> Open(io::FileSystem* fs, const std::string& dir);
  /// nullptr before the first commit.
  std::shared_ptr<const Manifest> current() const EXCLUDES(mutex_);
  /// Applies `edit` to a copy of the current manifest (a fresh one at first) and makes it the current one,
  /// durably. An error of `edit` is returned and nothing changes; an edit that changes nothing writes
  /// nothing. After a failed sync or rename the store is
  /// fenced: what is on the disk is unknown, and every later commit returns that error until the directory is
  /// opened again.
  Result<std::shared_ptr<const Manifest>> Commit(const std::function<Status(Manifest*)>& edit)
      EXCLUDES(commit_mutex_, mutex_);
  /// Ok, or why the store is fenced. Files for another commit must not be written then: the last one may be
  /// durable and name files that they would replace.
  Status health() const EXCLUDES(commit_mutex_);
  const std::string& dir() const { return dir_; }

 private:
  ManifestStore(io::FileSystem* fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {}
  Status Load();
  Status Write(const Manifest& manifest) REQUIRES(commit_mutex_);
  void RemoveOlder(uint64_t generation) REQUIRES(commit_mutex_);

  io::FileSystem* fs_;
  std::string dir_;
  mutable Mutex commit_mutex_;  // held over the disk; always taken before mutex_
  Status fenced_ GUARDED_BY(commit_mutex_);
  mutable Mutex mutex_;
  std::shared_ptr<const Manifest> current_ GUARDED_BY(mutex_);
};

}  // namespace redkite::storage
