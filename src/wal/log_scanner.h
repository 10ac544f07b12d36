// LogScanner walks the records of one log file, and DiagnoseTail decides what the bytes after the last good
// record are: a torn tail, which a power cut leaves, or damage. Thread safety: none; one per reader. Reads
// only; the file may grow meanwhile, when the caller stops at a position that is known to be durable. Memory:
// one buffer of 1 MiB, or of the largest record met.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "io/file_system.h"
#include "wal/record_codec.h"

namespace redkite::wal {

class LogScanner {
 public:
  enum class Outcome { kRecord, kNoRecord };

  /// Starts at the first record of a file with that header.
  LogScanner(const io::RandomAccessFile* file, const LogFileHeader& header);

  /// The next record. kNoRecord: there is no whole, valid record with the next position at offset(). A status
  /// is an error of the disk.
  Result<Outcome> Next();
  /// Likewise, but the payload is neither read nor verified.
  Result<Outcome> Skip();
  /// Goes on at another record.
  void GoTo(uint64_t offset, LogPosition position) {
    offset_ = offset;
    next_position_ = position;
  }
  /// Of the last record; valid until the next call.
  const RecordHeader& header() const { return header_; }
  std::string_view payload() const { return payload_; }
  /// The position that the next record must have.
  LogPosition next_position() const { return next_position_; }
  /// Where the next record begins.
  uint64_t offset() const { return offset_; }

 private:
  Result<Outcome> Advance(bool with_payload);
  /// Makes `size` bytes at `offset` available; an empty view where the file ends before.
  Result<std::string_view> Fetch(uint64_t offset, uint64_t size);

  const io::RandomAccessFile* const file_;
  const LogUuid uuid_;
  uint64_t offset_ = kFileHeaderBytes;
  LogPosition next_position_;
  RecordHeader header_;
  std::string_view payload_;
  std::string buffer_;
  uint64_t buffer_offset_ = 0;
};

/// What lies behind the last good record of a file.
struct TailDiagnosis {
  bool is_damage = false;
  std::string reason;  // of damage
  uint64_t dirty_end =
      0;  // offset after the last byte that is not zero; at least the end of the good records
};

/// Looks at everything from `offset`, where a record at position `expected` should begin.
Result<TailDiagnosis> DiagnoseTail(const io::RandomAccessFile& file, const LogUuid& uuid, uint64_t offset,
                                   LogPosition expected);

}  // namespace redkite::wal
