// LocalObjectStore: the ObjectStore in a directory, over the FileSystem seam (docs/formats/object_store.md).
// Any mount that keeps what FileSystem asks for will do.
//
// A put writes a temporary file, syncs it, renames it to the object's name and syncs the directory; only then
// is it acknowledged. Each object's file begins with its size, a random number that makes the etag its own,
// and checksums. Thread safety: see ObjectStore; puts and deletes of one key wait for each other, of other
// keys mostly not. Ownership: borrows the file system. One LocalObjectStore per directory: a lock file sees
// to it, so conditional puts need no more than this process. Errors: after a rename or a sync of a directory
// failed it is unknown what a restart will find, so every later put and delete answers that error; reads go
// on. Directories that deletes have emptied stay.
#pragma once

#include <array>
#include <memory>
#include <set>
#include <string>

#include "base/mutex.h"
#include "base/random.h"
#include "io/file_system.h"
#include "io/object_store.h"

namespace redkite::io {

class LocalObjectStore final : public ObjectStore {
 public:
  /// Creates `dir` where it is missing and removes what unfinished puts left. `random` must not repeat what
  /// it gave to an earlier store of this directory (Random::FromSystem). kServiceUnavailable when somebody
  /// has it.
  static Result<std::unique_ptr<LocalObjectStore>> Open(FileSystem* fs, const std::string& dir,
                                                        Random random);

  using ObjectStore::Get;
  Result<ObjectPart> Get(std::string_view key, ObjectRange range) override;
  Result<ObjectInfo> Head(std::string_view key) override;
  Result<PutOutcome> Put(std::string_view key, std::string_view bytes) override;
  Result<PutOutcome> PutIfAbsent(std::string_view key, std::string_view bytes) override;
  Result<PutOutcome> PutIfMatch(std::string_view key, std::string_view etag, std::string_view bytes) override;
  Result<ObjectPage> List(std::string_view prefix, std::string_view after, size_t limit) override;
  Status Delete(std::string_view key) override;

 private:
  struct Opened;
  struct Walk;
  LocalObjectStore(FileSystem* fs, std::string dir, std::unique_ptr<FileLock> lock, Random random);
  std::string PathOf(std::string_view key) const;
  Result<Opened> OpenObject(std::string_view key) EXCLUDES(mutex_);
  /// The etag of the object; empty where there is none.
  Result<std::string> EtagOf(std::string_view key);
  Result<PutOutcome> Write(std::string_view key, std::string_view bytes) EXCLUDES(mutex_);
  Status WriteTemporary(const std::string& path, std::string_view header, std::string_view bytes);
  /// Makes the names in `dir` and of its parents durable, once per process; kKeyNotFound where it is missing.
  Status SettleDir(const std::string& dir, bool create) EXCLUDES(dirs_mutex_);
  Status VisitDir(const std::string& dir, const std::string& key, Walk* walk);
  Status fenced() const EXCLUDES(mutex_);
  Status Fence(const Status& why) EXCLUDES(mutex_);
  Mutex& MutexOf(std::string_view key);

  FileSystem* const fs_;
  const std::string dir_;
  const std::unique_ptr<FileLock> lock_;
  std::array<Mutex, 16> key_mutexes_;  // held over the disk, taken before mutex_
  Mutex dirs_mutex_;                   // held over the disk, taken before mutex_
  mutable Mutex mutex_;
  Random random_ GUARDED_BY(mutex_);
  uint64_t temporaries_ GUARDED_BY(mutex_) = 0;
  Status fenced_ GUARDED_BY(mutex_);
  /// Directories whose names this process has seen synced: what an earlier one left may not be durable yet.
  std::set<std::string> settled_dirs_ GUARDED_BY(dirs_mutex_);
};

}  // namespace redkite::io
