// LogWriter owns the newest file of a local log: it places records, rolls to a new file, keeps zeroed space
// ahead and syncs. Everything it does happens in the thread that commits.
//
// Preallocation: a file is allocated whole when it is made; before a small group of records is written the
// space ahead is overwritten with zeros in steps of 256 KiB, so that the sync of such a group changes no
// metadata (figures in docs/formats/log.md). Failures: see Outcome. After kBroken the writer must not be
// used. Thread safety: none.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/file_system.h"
#include "wal/record_codec.h"

namespace redkite::wal {

struct LogFileInfo {
  LogPosition first = 0;
  LogPosition previous = 0;
  LogPosition last = 0;     // of the newest durable record; known for the newest file only
  uint64_t used_bytes = 0;  // up to the end of that record
  std::string path;
};

class LogWriter {
 public:
  LogWriter(io::FileSystem* fs, std::string dir, uint64_t file_bytes);

  /// Goes on in an existing file: rewrites the bytes from `unproven_offset` to `used_bytes` (they were read,
  /// but maybe only from memory), zeroes from there to `dirty_end`, and syncs.
  Status Adopt(const LogFileInfo& file, uint64_t unproven_offset, uint64_t dirty_end);

  /// True when the record needs a new file.
  bool MustRoll(uint64_t payload_bytes) const;
  /// Makes a new file whose first record is `header.first` and which has space for `payload_bytes`.
  /// Everything before must be synced. An error leaves the old file in use; `*broken` when the log must stop.
  Result<LogFileInfo> Roll(LogFileHeader header, uint64_t payload_bytes, bool* broken);

  /// Adds a record to the group; bytes go to the file when the buffer is full.
  Status Put(const RecordHeader& header, const LogUuid& uuid, const LogPayload& payload);
  /// Writes what is buffered and syncs. On success the group is durable.
  Status Commit();
  /// After a failed Put or Commit: takes the group's bytes back, durably. An error means that the log must
  /// stop.
  Status TakeBack();
  bool sync_failed() const { return sync_failed_; }
  /// Where the next record goes.
  uint64_t tail() const { return tail_; }
  bool has_file() const { return file_ != nullptr; }

 private:
  Status Flush();
  Status WriteAtEnd(std::string_view bytes);
  Status ZeroAhead(uint64_t group_bytes);
  Status CutAtDurableTail();
  Status Sync();

  io::FileSystem* const fs_;
  const std::string dir_;
  const uint64_t file_bytes_;
  std::unique_ptr<io::WritableFile> file_;
  std::string path_;
  LogFileHeader header_;
  std::string buffer_;
  uint64_t capacity_ = 0;      // of the file
  uint64_t durable_tail_ = 0;  // end of the last synced record
  uint64_t written_ = 0;       // end of what was handed to the file
  uint64_t tail_ = 0;          // written_ and the buffer
  uint64_t zeroed_end_ = 0;
  bool sync_failed_ = false;
};

}  // namespace redkite::wal
