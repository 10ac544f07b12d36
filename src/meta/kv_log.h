// Bytes of the embedded metadata store: log records and snapshots. Format: docs/formats/catalog.md. Used by
// LocalKv.
//
// Every byte is under a CRC-32C that also covers the log's base and the record's sequence, so that a record
// of another log or place does not verify. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "meta/kv.h"

namespace redkite::meta {

inline constexpr uint64_t kLogHeaderBytes = 32;
inline constexpr uint64_t kMaxRecordBytes = 64 << 20;
/// Of a snapshot, and so of what a store may hold. Larger files are neither written nor read.
inline constexpr uint64_t kSnapshotBytesMax = uint64_t{1} << 30;
/// A log grows to its snapshot's size before there is a new one, and one record further.
constexpr uint64_t LogBytesMax(uint64_t snapshot_bytes_max) {
  return snapshot_bytes_max + 2 * kMaxRecordBytes;
}

inline constexpr std::string_view kLogMagic = "RKMETAL\n";
inline constexpr std::string_view kSnapshotMagic = "RKMETAS\n";

/// "LOG-" and "SNAPSHOT-" with the base in 20 digits, and back.
std::string LogName(uint64_t base);
std::string SnapshotName(uint64_t base);
std::optional<uint64_t> ParseLogName(std::string_view name);
std::optional<uint64_t> ParseSnapshotName(std::string_view name);

/// `base` is the revision of the snapshot that the log continues. `allocated_bytes` (a multiple of 1 KiB, 0 =
/// unknown) is the least size that the file has for ever: a shorter one was cut by somebody else.
std::string EncodeLogHeader(uint64_t base, uint64_t allocated_bytes = 0);
std::string EncodeRecord(const KvTxn& txn, uint64_t base, uint64_t revision);

struct LogContent {
  std::vector<KvTxn> txns;                 // revisions base + 1, base + 2 …
  uint64_t last_offset = kLogHeaderBytes;  // of the last record
  uint64_t valid_bytes = 0;                // what follows is an incomplete last record, then zeros
  uint64_t dirty_end = 0;                  // after the last byte that is not zero; at least valid_bytes
  uint64_t allocated_bytes = 0;            // as in the header
  Status damage;  // kDataIntegrity with the offset: records behind valid_bytes are lost
};
/// An error when the header is damaged or another one's. `damage` is set when the file is shorter than it was
/// made, a record before the last is damaged, or one bit of the last record is flipped (which a torn write
/// cannot look like, but for one case in 2^32 per bit).
Result<LogContent> ReadLog(std::string_view bytes, uint64_t base);
/// The same with damage as an error.
Result<LogContent> DecodeLog(std::string_view bytes, uint64_t base);

std::string EncodeSnapshot(const std::vector<KvEntry>& entries, uint64_t base);
Result<std::vector<KvEntry>> DecodeSnapshot(std::string_view bytes, uint64_t base);

}  // namespace redkite::meta
