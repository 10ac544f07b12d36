// Log: the ordered, durable sequence of records that carries every shard of a node (LocalLog: files with
// group commit; MemLog: the twin for tests; in a cluster a Kafka topic).
//
// Life: open -> Read (replay) any number of times -> Start -> Append ... Opening and reading change nothing
// on disk; Start repairs a torn tail and makes everything that Read delivered durable, so flush no checkpoint
// before Start. Positions: 1, 2, 3 ...; the order of Append calls is the order of positions; a position that
// was ever reported or read is never given to another record, across restarts too. 0 means "before the first
// record". Thread safety: all methods may be called from any thread; see Append for the callbacks. Errors:
// the first failed write or sync of the log is final: that record and every later one fail, health() says
// why.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/ids.h"
#include "types/timestamp.h"

namespace redkite::wal {

/// The sequence number of a record.
using LogPosition = uint64_t;

inline constexpr uint64_t kMaxPayloadBytes = uint64_t{1} << 30;

/// Bits of LogRecord::flags. A reader refuses a record with a bit that it does not know.
inline constexpr uint8_t kRecordCompressed = 1;  // reserved
inline constexpr uint8_t kRecordEncrypted = 2;   // reserved

/// The sum modulo 2^64 of the little-endian 8-byte words of a string, the last one filled up with zeros.
/// Beside the CRC it tells a flipped bit from bytes that only happen to differ in their CRC as by one.
class WordSum {
 public:
  /// May be called piece by piece.
  void Add(std::string_view piece);
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0;
  uint32_t word_bytes_ = 0;  // of the last word, 0–7
};

/// The bytes of one record in one or more pieces, with their checksums, which the constructor computes: build
/// it outside any lock. Owns the pieces, or shares the ownership of what they point into.
class LogPayload {
 public:
  LogPayload() = default;
  explicit LogPayload(std::string bytes);
  /// `owner` keeps the memory behind `pieces` alive until the record is done.
  LogPayload(std::vector<std::string_view> pieces, std::shared_ptr<const void> owner);

  const std::vector<std::string_view>& pieces() const { return pieces_; }
  uint64_t size_bytes() const { return size_bytes_; }
  uint32_t crc() const { return crc_; }  // CRC-32C
  uint64_t word_sum() const { return word_sum_.value(); }

 private:
  std::vector<std::string_view> pieces_;
  std::shared_ptr<const void> owner_;
  uint64_t size_bytes_ = 0;
  uint32_t crc_ = 0;
  WordSum word_sum_;
};

struct AppendRequest {
  uint8_t type = 0;  // given its meaning by the writer of the payload
  uint8_t flags = 0;
  ShardId shard;
  uint64_t epoch = 0;  // of the writer; readers drop records of lower epochs
  Timestamp timestamp = 0;
  uint32_t schema_version = 0;
  LogPayload payload;
};

/// A record as read; `payload` is valid during the callback only.
struct LogRecord {
  LogPosition position = 0;
  uint8_t type = 0;
  uint8_t flags = 0;
  ShardId shard;
  uint64_t epoch = 0;
  Timestamp timestamp = 0;
  uint32_t schema_version = 0;
  std::string_view payload;
};

class Log {
 public:
  /// Ok and the record's position when it is durable; else why not and 0. After kDiskLimitExceeded or
  /// kParameterTooLarge the record is certainly absent and the log goes on; after any other error it may be
  /// present after a restart and the log takes no further record.
  using DoneCallback = std::function<void(Status, LogPosition)>;
  /// A status that is not ok ends the read with that status.
  using RecordCallback = std::function<Status(const LogRecord&)>;

  /// Completes or fails what was appended before.
  virtual ~Log() = default;

  /// Ends recovery and allows Append. Once.
  virtual Status Start() = 0;

  /// Never blocks on the disk. `done` is called exactly once, in the order of positions, by one thread at a
  /// time, with no lock of the log held; it may call Append. It delays the next group commit: hand longer
  /// work to an Executor.
  virtual void Append(AppendRequest request, DoneCallback done) = 0;

  /// Calls `callback` for each durable record at `from` and after it, in order, in the calling thread; 0
  /// reads all that is kept. kDataIntegrity with file and offset where the log is damaged, where records at
  /// `from` have been trimmed, or where `from` lies more than one after the last position (the log is older
  /// than the caller's checkpoint).
  virtual Status Read(LogPosition from, const RecordCallback& callback) = 0;

  /// Records below `keep_from` are needed no more; they go away in whole files, some later.
  virtual Status Trim(LogPosition keep_from) = 0;

  /// Of the newest durable record; 0 when there never was one. (After a recovery that dropped damaged
  /// records: the position before the next one, so that none repeats.)
  virtual LogPosition last_position() const = 0;
  /// The oldest position that Read can start from.
  virtual LogPosition first_position() const = 0;
  /// Disk space from `from` to the end, roughly: what a shard that still needs `from` pins.
  virtual uint64_t BytesSince(LogPosition from) const = 0;
  /// Ok, or the failure after which no record is taken.
  virtual Status health() const = 0;
};

/// Append that waits; for tests, tools and start-up.
Result<LogPosition> AppendAndWait(Log* log, AppendRequest request);

}  // namespace redkite::wal
