#include "wal/log_scanner.h"

#include <algorithm>
#include <cstring>

#include "base/crc32c.h"
#include "base/planted.h"

namespace redkite::wal {
namespace {

constexpr uint64_t kReadAheadBytes = 1 << 20;
constexpr uint64_t kSectorBytes = 512;
constexpr uint64_t kFlipSearchBytes = 4
                                      << 20;  // about 0.1 s; beyond it a chance hit would become likely, too

std::span<std::byte> Bytes(std::string* s) { return {reinterpret_cast<std::byte*>(s->data()), s->size()}; }

bool IsZero(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

/// True when a sector of the record holds nothing but zeros: what a lost sector of a preallocated file looks
/// like.
bool HasLostSector(std::string_view record, uint64_t offset) {
  for (uint64_t at = offset; at < offset + record.size();) {
    const uint64_t end = std::min((at / kSectorBytes + 1) * kSectorBytes, offset + record.size());
    if (IsZero(record.substr(at - offset, end - at))) return true;
    at = end;
  }
  return false;
}

void Flip(std::string* bytes, uint64_t bit) {
  char& byte = (*bytes)[bit / 8];
  byte = static_cast<char>(byte ^ (1 << (bit % 8)));
}

/// True when the record at `offset` is whole but for one flipped bit, which no torn write explains.
Result<bool> IsFlipped(const io::RandomAccessFile& file, const LogUuid& uuid, uint64_t offset,
                       LogPosition expected) {
  const uint64_t left = file.size_bytes() - offset;
  if (left < kRecordHeaderBytes) return false;
  std::string record(kRecordHeaderBytes, '\0');
  RK_RETURN_IF_ERROR(file.ReadAt(offset, Bytes(&record)));
  auto flipped_bit = FindFlippedHeaderBit(record, uuid, expected);
  std::string repaired = record;
  if (flipped_bit) Flip(&repaired, *flipped_bit);
  const auto header = DecodeRecordHeader(repaired, uuid);
  if (!header || header->position != expected || header->payload_bytes > left - kRecordHeaderBytes ||
      header->payload_bytes > kFlipSearchBytes) {
    return false;
  }
  record.resize(kRecordHeaderBytes + header->payload_bytes);
  RK_RETURN_IF_ERROR(file.ReadAt(offset, Bytes(&record)));
  const std::string_view payload = std::string_view(record).substr(kRecordHeaderBytes);
  const uint32_t crc = Crc32c(payload);
  if (flipped_bit) {
    if (crc != header->payload_crc) return false;
  } else {
    flipped_bit = FindFlippedBit(crc, header->payload_crc, payload.size() * 8);
    if (!flipped_bit) return false;
    *flipped_bit += kRecordHeaderBytes * 8;
  }
  // One torn payload in 2^32 / its bits has a CRC that one bit explains by chance.
  if (header->payload_sum != 0) {
    Flip(&record, *flipped_bit);
    WordSum sum;
    sum.Add(std::string_view(record).substr(kRecordHeaderBytes));
    if (sum.value() != header->payload_sum) return false;
    Flip(&record, *flipped_bit);
  }
  // Nothing but zeros from the bit on, or for a sector: the write just did not get there.
  const uint64_t flipped_byte = *flipped_bit / 8;
  return !IsZero(std::string_view(record).substr(flipped_byte)) && !HasLostSector(record, offset);
}

}  // namespace

LogScanner::LogScanner(const io::RandomAccessFile* file, const LogFileHeader& header)
    : file_(file), uuid_(header.uuid), next_position_(header.first) {}

Result<std::string_view> LogScanner::Fetch(uint64_t offset, uint64_t size) {
  const uint64_t buffer_end = buffer_offset_ + buffer_.size();
  if (offset < buffer_offset_ || offset + size > buffer_end) {
    const uint64_t file_bytes = file_->size_bytes();
    if (offset > file_bytes || size > file_bytes - offset) return std::string_view();
    const uint64_t wanted = std::max(size, std::min(kReadAheadBytes, file_bytes - offset));
    if (buffer_.capacity() > 2 * kReadAheadBytes && wanted <= kReadAheadBytes) std::string().swap(buffer_);
    buffer_.resize(wanted);
    buffer_offset_ = offset;
    Status status = file_->ReadAt(offset, Bytes(&buffer_));
    if (status.code() == Code::kUnexpectedEof && wanted > size) {
      buffer_.resize(size);  // the writer cut off what it took back; the durable records are there
      status = file_->ReadAt(offset, Bytes(&buffer_));
    }
    if (!status.ok()) {
      buffer_.clear();
      return status;
    }
  }
  return std::string_view(buffer_).substr(offset - buffer_offset_, size);
}

Result<LogScanner::Outcome> LogScanner::Next() { return Advance(true); }
Result<LogScanner::Outcome> LogScanner::Skip() { return Advance(false); }

Result<LogScanner::Outcome> LogScanner::Advance(bool with_payload) {
  payload_ = {};
  RK_ASSIGN_OR_RETURN(std::string_view bytes, Fetch(offset_, kRecordHeaderBytes));
  const auto header = DecodeRecordHeader(bytes, uuid_);
  if (!header || header->position != next_position_) return Outcome::kNoRecord;
  const uint64_t payload_offset = offset_ + kRecordHeaderBytes;
  if (with_payload) {
    RK_ASSIGN_OR_RETURN(bytes, Fetch(payload_offset, header->payload_bytes));
    const bool is_whole = Crc32c(bytes) == header->payload_crc || RK_PLANTED("torn_tail_accepted");
    if (bytes.size() != header->payload_bytes || !is_whole) return Outcome::kNoRecord;
    payload_ = bytes;
  } else if (header->payload_bytes > file_->size_bytes() - payload_offset) {
    return Outcome::kNoRecord;
  }
  header_ = *header;
  offset_ += RecordBytes(header->payload_bytes);
  ++next_position_;
  return Outcome::kRecord;
}

Result<TailDiagnosis> DiagnoseTail(const io::RandomAccessFile& file, const LogUuid& uuid, uint64_t offset,
                                   LogPosition expected) {
  TailDiagnosis tail;
  tail.dirty_end = offset;
  const uint64_t size = file.size_bytes();
  std::string buffer;
  // Windows overlap by a header, so that none is missed at their borders.
  for (uint64_t at = offset; at < size; at += kReadAheadBytes) {
    buffer.resize(std::min(kReadAheadBytes + kRecordHeaderBytes, size - at));
    RK_RETURN_IF_ERROR(file.ReadAt(at, Bytes(&buffer)));
    if (IsZero(buffer)) continue;
    tail.dirty_end = at + buffer.find_last_not_of('\0') + 1;
    const std::string_view view(buffer);
    for (uint64_t i = 0; i < view.size() && i < kReadAheadBytes; i += kRecordAlignBytes) {
      if (!StartsLikeRecord(view.substr(i))) continue;
      const auto header = DecodeRecordHeader(view.substr(i), uuid);
      if (!header) continue;
      if (!tail.is_damage && header->durable_before() >= expected) {
        tail.is_damage = true;
        tail.reason = "a record that was durable is damaged: the record at position " +
                      std::to_string(header->position) + " follows at offset " + std::to_string(at + i);
      }
    }
  }
  if (!tail.is_damage && offset < size) {
    RK_ASSIGN_OR_RETURN(tail.is_damage, IsFlipped(file, uuid, offset, expected));
    if (tail.is_damage) tail.reason = "one flipped bit in the last record";
  }
  return tail;
}

}  // namespace redkite::wal
