// MemFileSystem: FileSystem in memory that keeps what is durable apart from what was only written, for tests
// and the simulation. The same seed and the same calls give the same faults.
//
// Power cut: Crash() drops what was not synced. Of the un-synced writes of a file nothing, everything, a
// prefix or a random set of 512-byte sectors survives; of the un-synced directory entries a prefix or a
// random set. Files opened before it fail from then on; locks are gone. Failed sync: the file's un-synced
// writes stay readable and never become durable, even when a later sync reports success: what Linux does.
// Thread safety: thread-safe.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"
#include "io/file_system.h"

namespace redkite::io {

/// The kinds of operation that a fault can be injected into.
enum class FileOp : int {
  kCreate,
  kOpenForWrite,
  kOpenForRead,
  kMap,
  kRead,  // ReadAt and ReadAll
  kWrite,
  kSync,
  kAllocate,
  kClose,
  kList,
  kRename,
  kRemove,
  kTruncate,
  kSyncDir,
  kCreateDirs,
};
inline constexpr int kFileOpCount = 15;

class MemFileSystem final : public FileSystem {
 public:
  explicit MemFileSystem(uint64_t seed = 1);
  ~MemFileSystem() override;

  /// The `nth` operation of kind `op` from now on (1 = the next) fails with `error`; later ones succeed again
  /// unless `from_then_on`. A failing write leaves a random prefix of its bytes.
  void FailNth(FileOp op, uint64_t nth, Status error, bool from_then_on = false);
  void ClearFaults();
  /// Operations of that kind so far.
  uint64_t op_count(FileOp op) const;
  /// The `nth` operation that changes anything (from now, 1 = the next) and all that follow fail, as if the
  /// power went: call Crash() then.
  void CutPowerAt(uint64_t nth);
  uint64_t change_count() const;
  /// A call and the path that it is about.
  struct Call {
    FileOp op = FileOp::kCreate;
    std::string path;
  };
  /// The first change that the last power cut has kept from being made; nothing: it has not struck.
  std::optional<Call> cut_call() const;
  /// See above. Also brings the power back and clears the faults.
  void Crash();
  /// Space for file contents; a write that would exceed it fills it up and fails with kDiskLimitExceeded.
  void SetDiskBytes(uint64_t bytes);
  /// Flips one bit of what is durable and of what is read.
  void FlipBit(const std::string& path, uint64_t bit);
  /// Durable content in one step, for tests that prepare a damaged file.
  void PutFile(const std::string& path, std::string_view bytes);
  /// A deep copy of the state, without faults and open files.
  std::unique_ptr<MemFileSystem> Clone(uint64_t seed) const;

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path) override;
  Result<std::unique_ptr<RandomAccessFile>> OpenForRead(const std::string& path) override;
  Result<std::unique_ptr<MappedFile>> Map(const std::string& path) override;
  using FileSystem::ReadAll;
  Result<std::string> ReadAll(const std::string& path, uint64_t bytes_max) override;
  Result<std::vector<FileInfo>> List(const std::string& dir) override;
  Result<bool> Exists(const std::string& path) override;
  Status CreateDirs(const std::string& dir) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status RemoveTree(const std::string& dir) override;
  Status Truncate(const std::string& path, uint64_t size_bytes) override;
  Status SyncDir(const std::string& dir) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  Result<uint64_t> FreeBytes(const std::string& path) override;

 private:
  struct Inode;
  struct EntryChange;
  /// A null inode is a directory.
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  class WriteHandle;
  class ReadHandle;
  class MapHandle;
  class LockHandle;

  Status EnterLocked(FileOp op, bool changes, const std::string& path) REQUIRES(mutex_);
  Result<std::shared_ptr<Inode>> FindFileLocked(const std::string& path) REQUIRES(mutex_);
  bool IsDirLocked(const std::string& path) const REQUIRES(mutex_);
  void ChangeNamesLocked(EntryChange change) REQUIRES(mutex_);
  static void ApplyChange(const EntryChange& change, Names* names);
  void SyncNamesLocked(const std::string& dir) REQUIRES(mutex_);
  /// Moves a random part of what was not synced to what is durable and forgets the rest.
  void SurviveSomeLocked(Inode* inode) REQUIRES(mutex_);
  uint64_t UsedBytesLocked() const REQUIRES(mutex_);
  Status WriteLocked(Inode* inode, uint64_t offset, std::string_view bytes, const std::string& path)
      REQUIRES(mutex_);
  Status SyncLocked(Inode* inode, const std::string& path) REQUIRES(mutex_);

  struct Fault {
    uint64_t at;  // value of ops_ at which it strikes
    bool from_then_on;
    Status error;
  };

  mutable Mutex mutex_;
  Random random_ GUARDED_BY(mutex_);
  Names names_ GUARDED_BY(mutex_);
  Names durable_names_ GUARDED_BY(mutex_);
  std::vector<EntryChange> pending_names_ GUARDED_BY(mutex_);
  std::set<std::string> locks_ GUARDED_BY(mutex_);
  uint64_t generation_ GUARDED_BY(mutex_) = 0;  // power cuts so far; older handles are dead
  std::array<uint64_t, kFileOpCount> ops_ GUARDED_BY(mutex_){};
  std::array<std::optional<Fault>, kFileOpCount> faults_ GUARDED_BY(mutex_);
  uint64_t changes_ GUARDED_BY(mutex_) = 0;
  std::optional<uint64_t> power_cut_at_ GUARDED_BY(mutex_);
  std::optional<Call> cut_call_ GUARDED_BY(mutex_);
  uint64_t disk_bytes_ GUARDED_BY(mutex_) = UINT64_MAX;
};

}  // namespace redkite::io
