// The bytes of the log's file header and record header (docs/formats/log.md). Pure functions; little-endian.
// A record header's checksum covers the log's uuid, so that bytes of another log or of a recycled disk block
// are never taken for a record; the sequence in it ties the record to its place.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wal/log.h"

namespace redkite::wal {

using LogUuid = std::array<uint8_t, 16>;

/// A file begins with it. The line end shows a transfer in text mode.
inline constexpr std::string_view kLogFileMagic = "RKLOGF\r\n";

inline constexpr uint16_t kLogFormatVersion = 1;     // of what is written; informs
inline constexpr uint16_t kLogMinReaderVersion = 1;  // a program that knows less refuses the file
/// The file header has a page of its own: appending never rewrites it.
inline constexpr uint64_t kFileHeaderBytes = 4096;
inline constexpr uint64_t kRecordHeaderBytes = 64;
inline constexpr uint64_t kFileHeaderUsedBytes = 64;  // of kFileHeaderBytes
inline constexpr uint64_t kRecordAlignBytes = 8;
/// Written into a file before it is made shorter than its header says. In a sector of its own, so that the
/// header cannot be torn; any byte there that is not zero counts.
inline constexpr uint64_t kSizeWithdrawnOffset = 512;
inline constexpr std::string_view kSizeWithdrawn = "SHORTER\n";
inline constexpr uint16_t kMaxBatchDepth = UINT16_MAX;

struct LogFileHeader {
  LogUuid uuid{};
  LogPosition first = 0;  // of the first record of this file; its name says the same
  LogPosition previous =
      0;  // of the last record before this file; first - 1 but after a recovery that dropped records
  uint64_t allocated_bytes = 0;  // the file is at least this large, else it was cut; 0 = nothing said
};

struct RecordHeader {
  LogPosition position = 0;
  ShardId shard;
  uint64_t epoch = 0;
  Timestamp timestamp = 0;
  uint64_t payload_sum = 0;  // WordSum; 0 in records of the first builds, which had none
  uint32_t payload_bytes = 0;
  uint32_t payload_crc = 0;
  uint32_t schema_version = 0;
  uint8_t type = 0;
  uint8_t flags = 0;
  /// 1-based place among the records that were not yet durable when this one was written: every record up to
  /// position - batch_depth was durable then. This is what tells a torn tail from damage.
  uint16_t batch_depth = 1;
  LogPosition durable_before() const { return position - batch_depth; }
};

/// Header, payload and padding of a record.
constexpr uint64_t RecordBytes(uint64_t payload_bytes) {
  return (kRecordHeaderBytes + payload_bytes + kRecordAlignBytes - 1) / kRecordAlignBytes * kRecordAlignBytes;
}

/// kFileHeaderBytes long.
std::string EncodeFileHeader(const LogFileHeader& header);
/// kDataIntegrity for damage, kOperationNotSupported for a newer format.
Result<LogFileHeader> DecodeFileHeader(std::string_view bytes);

void EncodeRecordHeader(const RecordHeader& header, const LogUuid& uuid, std::string* out);
/// Nothing unless the bytes are a header of that log, whole and with sensible fields.
std::optional<RecordHeader> DecodeRecordHeader(std::string_view bytes, const LogUuid& uuid);
/// The four bytes that every record begins with, for scans.
bool StartsLikeRecord(std::string_view bytes);

/// The bit of `bytes` (bit 0 = lowest of the first byte) whose change makes them a header of that log at
/// `position`.
std::optional<uint64_t> FindFlippedHeaderBit(std::string_view bytes, const LogUuid& uuid,
                                             LogPosition position);
/// The bit by which data of `bit_count` bits with the checksum `computed` differs from data with `expected`.
std::optional<uint64_t> FindFlippedBit(uint32_t computed, uint32_t expected, uint64_t bit_count);

/// "00000000000000000001.log" and back.
std::string LogFileName(LogPosition first);
std::optional<LogPosition> ParseLogFileName(std::string_view name);

}  // namespace redkite::wal
