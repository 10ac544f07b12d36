#include "meta/kv_log.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "base/coding.h"
#include "base/crc32c.h"

namespace redkite::meta {
namespace {

constexpr std::string_view kSnapshotPrefix = "SNAPSHOT-";
constexpr std::string_view kLogPrefix = "LOG-";
constexpr size_t kDigits = 20;  // names sort as numbers do
constexpr uint16_t kFormatVersion = 2;
constexpr uint16_t kSnapshotMinReader = 1;
constexpr uint16_t kLogMinReader = 2;  // an older reader would cut the allocated space off
constexpr uint64_t kAllocationUnit = 1024;
constexpr size_t kRecordHeaderBytes = 4 + 8 + 4;  // length, revision, CRC
constexpr size_t kCoveredHeaderBytes = 4 + 8;     // what the CRC covers of it
constexpr size_t kSnapshotHeaderBytes = 8 + 2 + 2 + 4 + 8 + 8;
constexpr uint8_t kPlainTxnType = 1;  // of the first builds
constexpr uint8_t kTxnType = 2;       // ends with kTrailer
// A lost end of a record takes these bits along, and so differs from a single flipped bit.
constexpr uint8_t kTrailer = 0xff;
constexpr size_t kSectorBytes = 512;

std::string NameOf(std::string_view prefix, uint64_t base) {
  char digits[kDigits + 1];
  std::snprintf(digits, sizeof digits, "%020llu", static_cast<unsigned long long>(base));
  return std::string(prefix) + digits;
}

std::optional<uint64_t> BaseOf(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix) || name.size() != prefix.size() + kDigits) return std::nullopt;
  name.remove_prefix(prefix.size());
  uint64_t base = 0;
  const auto [at, error] = std::from_chars(name.data(), name.data() + name.size(), base);
  if (error != std::errc() || at != name.data() + name.size()) return std::nullopt;
  return base;
}

void PutHead(std::string* out, std::string_view magic, uint16_t min_reader, uint64_t base) {
  out->append(magic);
  PutFixed<uint16_t>(out, min_reader);  // what this build writes is nowhere newer than its reader must be
  PutFixed<uint16_t>(out, min_reader);
  PutFixed<uint32_t>(out, 0);  // incompatible features
  PutFixed<uint64_t>(out, base);
}

/// Checks what PutHead wrote; the checksum was verified before.
Status CheckHead(std::string_view bytes, std::string_view magic, uint64_t base) {
  if (!bytes.starts_with(magic)) return Status::Corrupt("damaged metadata file: magic at offset 0");
  Decoder in(bytes.substr(magic.size()));
  in.Fixed<uint16_t>();  // format version: informs, min reader version decides
  const auto min_reader = in.Fixed<uint16_t>();
  const auto incompatible = in.Fixed<uint32_t>();
  const auto found_base = in.Fixed<uint64_t>();
  if (min_reader > kFormatVersion || incompatible != 0) {
    return {Code::kOperationNotSupported, "metadata is of a newer format"};
  }
  if (found_base != base) {
    return Status::Corrupt("metadata file holds revision " + std::to_string(found_base) + ", not " +
                           std::to_string(base));
  }
  return Status::Ok();
}

uint32_t RecordCrc(uint64_t base, std::string_view covered_header, std::string_view payload) {
  return Crc32c(payload, Crc32c(covered_header, Crc32c(&base, sizeof base)));
}

struct Record {
  uint64_t revision = 0;
  std::string_view payload;
  size_t size_bytes() const { return kRecordHeaderBytes + payload.size(); }
};

/// The record at the start of `bytes`, if a whole one that verifies is there.
bool ParseRecord(std::string_view bytes, uint64_t base, Record* record) {
  Decoder in(bytes);
  const auto length = in.Fixed<uint32_t>();
  record->revision = in.Fixed<uint64_t>();
  const auto crc = in.Fixed<uint32_t>();
  if (!in.ok() || length == 0 || length > in.remaining()) return false;
  // Cheap refusal before the checksum, for the search through a damaged file.
  if (record->revision <= base || record->revision - base > (uint64_t{1} << 40)) return false;
  record->payload = in.Raw(length);
  return crc == RecordCrc(base, bytes.substr(0, kCoveredHeaderBytes), record->payload);
}

Result<KvTxn> DecodeTxn(std::string_view payload) {
  Decoder in(payload);
  const auto type = in.Fixed<uint8_t>();
  if (type != kTxnType && type != kPlainTxnType)
    return Status(Code::kOperationNotSupported, "metadata record of a newer format");
  KvTxn txn;
  for (uint64_t n = in.Count(); n > 0 && in.ok(); --n) {
    std::string key = in.String();
    txn.puts.push_back({std::move(key), in.String()});
  }
  for (uint64_t n = in.Count(); n > 0 && in.ok(); --n) txn.deletes.push_back(in.String());
  if (type == kTxnType && in.Fixed<uint8_t>() != kTrailer)
    return Status::Corrupt("malformed metadata record");
  RK_RETURN_IF_ERROR(in.Finish("metadata record"));
  return txn;
}

/// True when a sector of `record`, which begins at `offset`, holds nothing but zeros: it was never written.
bool HasLostSector(std::string_view record, size_t offset) {
  for (size_t at = offset; at < offset + record.size();) {
    const size_t end = std::min((at / kSectorBytes + 1) * kSectorBytes, offset + record.size());
    if (record.substr(at - offset, end - at).find_first_not_of('\0') == std::string_view::npos) return true;
    at = end;
  }
  return false;
}

/// True when `record` is a whole one with bit `bit` flipped. A torn one would have a CRC that one bit
/// explains once in 2^32 / its bits, but be no transaction.
bool IsWholeWith(std::string record, size_t bit, uint64_t base) {
  record[bit / 8] = static_cast<char>(record[bit / 8] ^ (1 << (bit % 8)));
  Record parsed;
  return ParseRecord(record, base, &parsed) && parsed.size_bytes() == record.size() &&
         DecodeTxn(parsed.payload).ok();
}

/// True when `tail` would begin with a whole record if one of its bits were flipped. A CRC is linear: a
/// flipped bit changes it by a value that depends on the bit's distance from the end alone, here found by one
/// walk of the shift register.
bool IsOneFlippedBit(std::string_view tail, size_t offset, uint64_t base) {
  if (tail.size() <= kRecordHeaderBytes) return false;
  const size_t payload_max = tail.size() - kRecordHeaderBytes;
  Decoder in(tail);
  const auto length = in.Fixed<uint32_t>();
  in.Fixed<uint64_t>();
  const auto crc = in.Fixed<uint32_t>();
  std::string header(tail.substr(0, kCoveredHeaderBytes));
  for (int bit = 0; bit < 32; ++bit) {
    const uint32_t other = length ^ (uint32_t{1} << bit);
    if (other == 0 || other > payload_max) continue;
    std::memcpy(header.data(), &other, sizeof other);
    if (crc == RecordCrc(base, header, tail.substr(kRecordHeaderBytes, other)) &&
        IsWholeWith(std::string(tail.substr(0, kRecordHeaderBytes + other)), static_cast<size_t>(bit),
                    base)) {
      return true;
    }
  }
  if (length == 0 || length > payload_max) return false;
  std::memcpy(header.data(), &length, sizeof length);
  const std::string_view payload = tail.substr(kRecordHeaderBytes, length);
  const std::string record(tail.substr(0, kRecordHeaderBytes + length));
  if (HasLostSector(record, offset)) return false;
  const uint32_t difference = crc ^ RecordCrc(base, header, payload);
  if (std::popcount(difference) == 1) {  // in the CRC itself
    return IsWholeWith(record, 8 * kCoveredHeaderBytes + static_cast<size_t>(std::countr_zero(difference)),
                       base);
  }
  const size_t covered_bits = 8 * (kCoveredHeaderBytes + payload.size());
  uint32_t change = 1;
  for (size_t after = 0; after < covered_bits; ++after) {
    change = (change >> 1) ^ ((change & 1) != 0 ? 0x82f63b78u : 0);
    if (change != difference) continue;
    const size_t covered_bit =
        covered_bits - 1 - after;  // the CRC's own bytes lie between header and payload
    const size_t bit = covered_bit < 8 * kCoveredHeaderBytes ? covered_bit : covered_bit + 8 * sizeof crc;
    return IsWholeWith(record, bit, base);
  }
  return false;
}

/// Where only zeros follow.
size_t DirtyEnd(std::string_view bytes) {
  static constexpr char kZeros[4096] = {};
  size_t end = bytes.size();
  while (end >= sizeof kZeros &&
         std::memcmp(bytes.data() + end - sizeof kZeros, kZeros, sizeof kZeros) == 0) {
    end -= sizeof kZeros;
  }
  while (end > 0 && bytes[end - 1] == '\0') --end;
  return end;
}

Status Damaged(size_t offset, std::string_view what) {
  return Status::Corrupt("damaged metadata log: " + std::string(what) + " at offset " +
                         std::to_string(offset));
}

/// What follows the last good record at `offset` is either the rest of a write that a crash cut, or damage.
/// `dirty_end`: where only zeros follow.
Status CheckTail(std::string_view bytes, size_t offset, size_t dirty_end, uint64_t base) {
  if (IsOneFlippedBit(bytes.substr(offset), offset, base))
    return Damaged(offset, "flipped bit in the record");
  Record record;
  for (size_t at = offset; at < dirty_end; ++at) {
    if (ParseRecord(bytes.substr(at), base, &record)) {
      return Damaged(offset, "record before the one of revision " + std::to_string(record.revision));
    }
  }
  return Status::Ok();
}

}  // namespace

std::string LogName(uint64_t base) { return NameOf(kLogPrefix, base); }
std::string SnapshotName(uint64_t base) { return NameOf(kSnapshotPrefix, base); }
std::optional<uint64_t> ParseLogName(std::string_view name) { return BaseOf(kLogPrefix, name); }
std::optional<uint64_t> ParseSnapshotName(std::string_view name) { return BaseOf(kSnapshotPrefix, name); }

std::string EncodeLogHeader(uint64_t base, uint64_t allocated_bytes) {
  std::string out;
  PutHead(&out, kLogMagic, kLogMinReader, base);
  PutFixed<uint32_t>(&out, static_cast<uint32_t>(allocated_bytes / kAllocationUnit));
  PutFixed<uint32_t>(&out, Crc32c(out));
  return out;
}

std::string EncodeRecord(const KvTxn& txn, uint64_t base, uint64_t revision) {
  std::string payload;
  PutFixed<uint8_t>(&payload, kTxnType);
  PutVarint(&payload, txn.puts.size());
  for (const KvPut& put : txn.puts) {
    PutBytes(&payload, put.key);
    PutBytes(&payload, put.value);
  }
  PutVarint(&payload, txn.deletes.size());
  for (const std::string& key : txn.deletes) PutBytes(&payload, key);
  PutFixed<uint8_t>(&payload, kTrailer);
  std::string out;
  PutFixed<uint32_t>(&out, static_cast<uint32_t>(payload.size()));
  PutFixed<uint64_t>(&out, revision);
  PutFixed<uint32_t>(&out, RecordCrc(base, out, payload));
  return out + payload;
}

Result<LogContent> ReadLog(std::string_view bytes, uint64_t base) {
  if (bytes.size() < kLogHeaderBytes) return Damaged(0, "header");
  Decoder tail_of_header(bytes.substr(kLogHeaderBytes - 8));
  LogContent log;
  log.allocated_bytes = tail_of_header.Fixed<uint32_t>() * kAllocationUnit;
  if (tail_of_header.Fixed<uint32_t>() != Crc32c(bytes.substr(0, kLogHeaderBytes - 4)))
    return Damaged(0, "header checksum");
  RK_RETURN_IF_ERROR(CheckHead(bytes, kLogMagic, base));
  size_t offset = kLogHeaderBytes;
  Record record;
  while (offset < bytes.size() && ParseRecord(bytes.substr(offset), base, &record)) {
    if (record.revision != base + log.txns.size() + 1) {
      log.damage = Damaged(offset, "record out of sequence");
      break;
    }
    Result<KvTxn> txn = DecodeTxn(record.payload);
    if (!txn.ok()) return txn.status().WithContext("record at offset " + std::to_string(offset));
    log.txns.push_back(std::move(txn).value());
    log.last_offset = offset;
    offset += record.size_bytes();
  }
  log.valid_bytes = offset;
  log.dirty_end = std::max(offset, DirtyEnd(bytes));
  if (log.damage.ok() && log.dirty_end > offset) log.damage = CheckTail(bytes, offset, log.dirty_end, base);
  if (log.damage.ok() && bytes.size() < log.allocated_bytes) {
    log.damage = Damaged(bytes.size(), "the file ends before its " + std::to_string(log.allocated_bytes) +
                                           " bytes: it was cut");
  }
  return log;
}

Result<LogContent> DecodeLog(std::string_view bytes, uint64_t base) {
  RK_ASSIGN_OR_RETURN(LogContent log, ReadLog(bytes, base));
  RK_RETURN_IF_ERROR(log.damage);
  return log;
}

std::string EncodeSnapshot(const std::vector<KvEntry>& entries, uint64_t base) {
  std::string body;
  PutVarint(&body, entries.size());
  for (const KvEntry& e : entries) {
    PutBytes(&body, e.key);
    PutBytes(&body, e.value);
    PutFixed<uint64_t>(&body, e.revision);
  }
  std::string out;
  out.reserve(kSnapshotHeaderBytes + body.size() + 4);
  PutHead(&out, kSnapshotMagic, kSnapshotMinReader, base);
  PutFixed<uint64_t>(&out, body.size());
  out += body;
  PutFixed<uint32_t>(&out, Crc32c(out));
  return out;
}

Result<std::vector<KvEntry>> DecodeSnapshot(std::string_view bytes, uint64_t base) {
  if (bytes.size() < kSnapshotHeaderBytes + 4) return Status::Corrupt("damaged metadata snapshot: too short");
  const std::string_view covered = bytes.substr(0, bytes.size() - 4);
  Decoder crc(bytes.substr(covered.size()));
  if (crc.Fixed<uint32_t>() != Crc32c(covered)) return Status::Corrupt("damaged metadata snapshot: checksum");
  RK_RETURN_IF_ERROR(CheckHead(bytes, kSnapshotMagic, base));
  Decoder in(covered.substr(kSnapshotHeaderBytes - 8));
  const auto body_bytes = in.Fixed<uint64_t>();
  if (body_bytes != in.remaining()) return Status::Corrupt("damaged metadata snapshot: length");
  std::vector<KvEntry> entries;
  for (uint64_t n = in.Count(); n > 0 && in.ok(); --n) {
    KvEntry e;
    e.key = in.String();
    e.value = in.String();
    e.revision = in.Fixed<uint64_t>();
    entries.push_back(std::move(e));
  }
  RK_RETURN_IF_ERROR(in.Finish("metadata snapshot"));
  return entries;
}

}  // namespace redkite::meta
