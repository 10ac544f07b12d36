#include "wal/record_codec.h"

#include <cstring>

#include "base/coding.h"
#include "base/crc32c.h"

namespace redkite::wal {
namespace {

constexpr uint32_t kRecordMagic = 0x524c4b52;  // "RKLR"
constexpr uint64_t kCrcStart = 8;              // a record's checksum covers what follows it
constexpr uint8_t kKnownFlags = kRecordCompressed | kRecordEncrypted;
constexpr size_t kNameDigits = 20;
constexpr std::string_view kNameSuffix = ".log";

uint32_t HeaderCrc(std::string_view header, const LogUuid& uuid) {
  return Crc32c(header.substr(kCrcStart), Crc32c(uuid.data(), uuid.size()));
}

}  // namespace

std::string EncodeFileHeader(const LogFileHeader& header) {
  std::string out(kLogFileMagic);
  PutFixed<uint16_t>(&out, kLogFormatVersion);
  PutFixed<uint16_t>(&out, kLogMinReaderVersion);
  PutFixed<uint32_t>(&out, 0);  // incompatible features
  out.append(reinterpret_cast<const char*>(header.uuid.data()), header.uuid.size());
  PutFixed<uint64_t>(&out, header.first);
  PutFixed<uint64_t>(&out, header.previous);
  PutFixed<uint64_t>(&out, header.allocated_bytes);
  out.resize(kFileHeaderUsedBytes - 4, '\0');
  PutFixed<uint32_t>(&out, Crc32c(out));
  out.resize(kFileHeaderBytes, '\0');
  return out;
}

Result<LogFileHeader> DecodeFileHeader(std::string_view bytes) {
  if (bytes.size() < kFileHeaderUsedBytes || !bytes.starts_with(kLogFileMagic)) {
    return Status::Corrupt("no log file header");
  }
  Decoder crc_field(bytes.substr(kFileHeaderUsedBytes - 4));
  if (crc_field.Fixed<uint32_t>() != Crc32c(bytes.substr(0, kFileHeaderUsedBytes - 4))) {
    return Status::Corrupt("checksum mismatch in the log file header");
  }
  Decoder in(bytes.substr(kLogFileMagic.size()));
  in.Fixed<uint16_t>();
  const auto min_reader = in.Fixed<uint16_t>();
  const auto features = in.Fixed<uint32_t>();
  if (min_reader > kLogFormatVersion || features != 0) {
    return Status(Code::kOperationNotSupported, "log needs a newer program: min reader version " +
                                                    std::to_string(min_reader) + ", features " +
                                                    std::to_string(features));
  }
  LogFileHeader header;
  const std::string_view uuid = in.Raw(header.uuid.size());
  std::memcpy(header.uuid.data(), uuid.data(), uuid.size());
  header.first = in.Fixed<uint64_t>();
  header.previous = in.Fixed<uint64_t>();
  header.allocated_bytes = in.Fixed<uint64_t>();
  if (bytes.size() >= kSizeWithdrawnOffset + kSizeWithdrawn.size() &&
      bytes.substr(kSizeWithdrawnOffset, kSizeWithdrawn.size()).find_first_not_of('\0') != bytes.npos) {
    header.allocated_bytes = 0;
  }
  if (header.first == 0 || header.previous >= header.first) {
    return Status::Corrupt("positions out of order in the log file header");
  }
  return header;
}

void EncodeRecordHeader(const RecordHeader& h, const LogUuid& uuid, std::string* out) {
  const size_t start = out->size();
  PutFixed<uint32_t>(out, kRecordMagic);
  PutFixed<uint32_t>(out, 0);
  PutFixed<uint64_t>(out, h.position);
  PutFixed<int64_t>(out, h.shard.value());
  PutFixed<uint64_t>(out, h.epoch);
  PutFixed<uint64_t>(out, h.timestamp);
  PutFixed<uint64_t>(out, h.payload_sum);
  PutFixed<uint32_t>(out, h.payload_bytes);
  PutFixed<uint32_t>(out, h.payload_crc);
  PutFixed<uint32_t>(out, h.schema_version);
  PutFixed<uint8_t>(out, h.type);
  PutFixed<uint8_t>(out, h.flags);
  PutFixed<uint16_t>(out, h.batch_depth);
  const uint32_t crc = HeaderCrc(std::string_view(*out).substr(start), uuid);
  std::memcpy(out->data() + start + 4, &crc, sizeof crc);
}

bool StartsLikeRecord(std::string_view bytes) {
  uint32_t magic;
  if (bytes.size() < sizeof magic) return false;
  std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic == kRecordMagic;
}

std::optional<RecordHeader> DecodeRecordHeader(std::string_view bytes, const LogUuid& uuid) {
  if (bytes.size() < kRecordHeaderBytes || !StartsLikeRecord(bytes)) return std::nullopt;
  bytes = bytes.substr(0, kRecordHeaderBytes);
  Decoder in(bytes.substr(4));
  if (in.Fixed<uint32_t>() != HeaderCrc(bytes, uuid)) return std::nullopt;
  RecordHeader h;
  h.position = in.Fixed<uint64_t>();
  h.shard = ShardId(in.Fixed<int64_t>());
  h.epoch = in.Fixed<uint64_t>();
  h.timestamp = in.Fixed<uint64_t>();
  h.payload_sum = in.Fixed<uint64_t>();
  h.payload_bytes = in.Fixed<uint32_t>();
  h.payload_crc = in.Fixed<uint32_t>();
  h.schema_version = in.Fixed<uint32_t>();
  h.type = in.Fixed<uint8_t>();
  h.flags = in.Fixed<uint8_t>();
  h.batch_depth = in.Fixed<uint16_t>();
  const bool sensible = h.position > 0 && h.batch_depth > 0 && h.batch_depth <= h.position &&
                        h.payload_bytes <= kMaxPayloadBytes && (h.flags & ~kKnownFlags) == 0;
  if (!sensible) return std::nullopt;
  return h;
}

std::optional<uint64_t> FindFlippedHeaderBit(std::string_view bytes, const LogUuid& uuid,
                                             LogPosition position) {
  if (bytes.size() < kRecordHeaderBytes) return std::nullopt;
  std::string trial(bytes.substr(0, kRecordHeaderBytes));
  for (uint64_t bit = 0; bit < trial.size() * 8; ++bit) {
    const char mask = static_cast<char>(1 << (bit % 8));
    trial[bit / 8] = static_cast<char>(trial[bit / 8] ^ mask);
    const auto header = DecodeRecordHeader(trial, uuid);
    if (header && header->position == position) return bit;
    trial[bit / 8] = static_cast<char>(trial[bit / 8] ^ mask);
  }
  return std::nullopt;
}

std::optional<uint64_t> FindFlippedBit(uint32_t computed, uint32_t expected, uint64_t bit_count) {
  // The checksum is linear: a flipped bit with n bits after it changes it by a value that depends on n alone.
  const uint32_t difference = computed ^ expected;
  uint32_t change = 1;
  for (uint64_t after = 0; after < bit_count; ++after) {
    change = (change >> 1) ^ ((change & 1) ? 0x82f63b78u : 0);
    if (change == difference) return bit_count - 1 - after;
  }
  return std::nullopt;
}

std::string LogFileName(LogPosition first) {
  const std::string digits = std::to_string(first);
  return std::string(kNameDigits - digits.size(), '0').append(digits).append(kNameSuffix);
}

std::optional<LogPosition> ParseLogFileName(std::string_view name) {
  if (name.size() != kNameDigits + kNameSuffix.size() || !name.ends_with(kNameSuffix)) return std::nullopt;
  LogPosition position = 0;
  for (char c : name.substr(0, kNameDigits)) {
    const auto digit = static_cast<uint64_t>(c - '0');
    if (c < '0' || c > '9' || position > (UINT64_MAX - digit) / 10) return std::nullopt;
    position = position * 10 + digit;
  }
  if (position == 0) return std::nullopt;
  return position;
}

}  // namespace redkite::wal
