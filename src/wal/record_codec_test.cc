#include "wal/record_codec.h"

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/random.h"

namespace redkite::wal {
namespace {

LogUuid UuidOf(uint8_t fill) {
  LogUuid uuid;
  uuid.fill(fill);
  return uuid;
}

RecordHeader SampleHeader() {
  RecordHeader h;
  h.position = 0x0102030405060708;
  h.shard = ShardId(-3);
  h.epoch = 77;
  h.timestamp = 0xfedcba9876543210;
  h.payload_sum = 9;
  h.payload_bytes = 123456;
  h.payload_crc = 0xdeadbeef;
  h.schema_version = 4;
  h.type = 200;
  h.flags = kRecordCompressed;
  h.batch_depth = 17;
  return h;
}

std::string Encoded(const RecordHeader& header, const LogUuid& uuid) {
  std::string out;
  EncodeRecordHeader(header, uuid, &out);
  return out;
}

TEST(RecordCodec, HeaderComesBack) {
  const std::string bytes = Encoded(SampleHeader(), UuidOf(1));
  ASSERT_EQ(bytes.size(), kRecordHeaderBytes);
  const auto h = DecodeRecordHeader(bytes, UuidOf(1));
  ASSERT_TRUE(h);
  EXPECT_EQ(Encoded(*h, UuidOf(1)), bytes);
  EXPECT_EQ(h->position, 0x0102030405060708u);
  EXPECT_EQ(h->shard, ShardId(-3));
  EXPECT_EQ(h->timestamp, 0xfedcba9876543210u);
  EXPECT_EQ(h->payload_bytes, 123456u);
  EXPECT_EQ(h->type, 200);
  EXPECT_EQ(h->durable_before(), 0x0102030405060708u - 17);
}

TEST(RecordCodec, AnotherLogsHeaderIsNone) {
  EXPECT_FALSE(DecodeRecordHeader(Encoded(SampleHeader(), UuidOf(1)), UuidOf(2)));
}

TEST(RecordCodec, EveryFlippedBitAndEveryPrefixIsRefused) {
  const std::string bytes = Encoded(SampleHeader(), UuidOf(1));
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(DecodeRecordHeader(flipped, UuidOf(1))) << "bit " << bit;
    ASSERT_EQ(FindFlippedHeaderBit(flipped, UuidOf(1), SampleHeader().position), bit);
    ASSERT_FALSE(FindFlippedHeaderBit(flipped, UuidOf(1), SampleHeader().position + 1)) << "bit " << bit;
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(DecodeRecordHeader(bytes.substr(0, size), UuidOf(1)));
    ASSERT_FALSE(FindFlippedHeaderBit(bytes.substr(0, size), UuidOf(1), SampleHeader().position));
  }
}

TEST(RecordCodec, SenselessFieldsAreRefusedInSpiteOfTheirChecksum) {
  RecordHeader h = SampleHeader();
  h.position = 0;
  EXPECT_FALSE(DecodeRecordHeader(Encoded(h, UuidOf(1)), UuidOf(1)));
  h = SampleHeader();
  h.batch_depth = 0;
  EXPECT_FALSE(DecodeRecordHeader(Encoded(h, UuidOf(1)), UuidOf(1)));
  h = SampleHeader();
  h.position = 3;
  EXPECT_FALSE(DecodeRecordHeader(Encoded(h, UuidOf(1)), UuidOf(1)));
  h = SampleHeader();
  h.payload_bytes = static_cast<uint32_t>(kMaxPayloadBytes + 1);
  EXPECT_FALSE(DecodeRecordHeader(Encoded(h, UuidOf(1)), UuidOf(1)));
  h = SampleHeader();
  h.flags = 4;
  EXPECT_FALSE(DecodeRecordHeader(Encoded(h, UuidOf(1)), UuidOf(1)));
}

TEST(RecordCodec, MutatedHeadersAreNeverTakenForAnother) {
  constexpr uint64_t kSeed = 11;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  const std::string bytes = Encoded(SampleHeader(), UuidOf(1));
  for (int i = 0; i < 20000; ++i) {
    std::string mutated = bytes;
    const uint64_t changes = 1 + random.Below(8);
    for (uint64_t c = 0; c < changes; ++c) {
      mutated[random.Below(mutated.size())] = static_cast<char>(random.Next());
    }
    const auto h = DecodeRecordHeader(mutated, UuidOf(1));
    ASSERT_TRUE(!h || mutated == bytes);
  }
}

TEST(RecordCodec, OneFlippedPayloadBitIsRecognised) {
  constexpr uint64_t kSeed = 12;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  std::string payload(1000, '\0');
  for (char& c : payload) c = static_cast<char>(random.Next());
  const uint32_t crc = Crc32c(payload);
  for (size_t bit = 0; bit < payload.size() * 8; bit += 7) {
    std::string flipped = payload;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_EQ(FindFlippedBit(Crc32c(flipped), crc, payload.size() * 8), bit);
    flipped[500] = static_cast<char>(flipped[500] ^ 0x55);
    flipped[100] = static_cast<char>(flipped[100] ^ 0x11);
    ASSERT_FALSE(FindFlippedBit(Crc32c(flipped), crc, payload.size() * 8)) << "bit " << bit;
  }
  EXPECT_FALSE(FindFlippedBit(1, 2, 0));
}

TEST(RecordCodec, FileHeaderComesBackAndEveryFlippedBitIsDetected) {
  const LogFileHeader header{.uuid = UuidOf(9), .first = 1001, .previous = 500};
  const std::string bytes = EncodeFileHeader(header);
  ASSERT_EQ(bytes.size(), kFileHeaderBytes);
  const auto decoded = DecodeFileHeader(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->uuid, header.uuid);
  EXPECT_EQ(decoded->first, 1001u);
  EXPECT_EQ(decoded->previous, 500u);
  for (size_t bit = 0; bit < 64 * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(DecodeFileHeader(flipped).ok()) << "bit " << bit;
  }
  for (size_t size = 0; size < 64; ++size) ASSERT_FALSE(DecodeFileHeader(bytes.substr(0, size)).ok());
  EXPECT_FALSE(DecodeFileHeader(EncodeFileHeader({.uuid = {}, .first = 0, .previous = 0})).ok());
  EXPECT_FALSE(DecodeFileHeader(EncodeFileHeader({.uuid = {}, .first = 5, .previous = 5})).ok());
}

TEST(RecordCodec, ANewerFormatIsNamed) {
  const std::string good = EncodeFileHeader({.uuid = UuidOf(9), .first = 1, .previous = 0});
  for (size_t byte : {size_t{8}, size_t{10}, size_t{12}, size_t{15}}) {
    std::string bytes = good;
    bytes[byte] = 2;
    const uint32_t crc = Crc32c(std::string_view(bytes).substr(0, 60));
    std::memcpy(bytes.data() + 60, &crc, 4);
    const Status status = DecodeFileHeader(bytes).status();
    EXPECT_EQ(status.code(), byte == 8 ? Code::kOk : Code::kOperationNotSupported) << "byte " << byte;
  }
}

TEST(RecordCodec, TheBytesOnDiskAreFrozen) {
  const auto hex = [](std::string_view bytes) {
    std::string out;
    for (char c : bytes) {
      out += "0123456789abcdef"[static_cast<uint8_t>(c) >> 4];
      out += "0123456789abcdef"[c & 15];
    }
    return out;
  };
  EXPECT_EQ(hex(EncodeFileHeader({.uuid = UuidOf(9), .first = 1001, .previous = 500}).substr(0, 64)),
            "524b4c4f47460d0a010001000000000009090909090909090909090909090909"
            "e903000000000000f4010000000000000000000000000000000000000fe7e211");
  EXPECT_EQ(hex(Encoded(SampleHeader(), UuidOf(1))),
            "524b4c5267c1af490807060504030201fdffffffffffffff4d00000000000000"
            "1032547698badcfe090000000000000040e20100efbeadde04000000c8011100");
}

TEST(RecordCodec, FileNames) {
  EXPECT_EQ(LogFileName(1), "00000000000000000001.log");
  EXPECT_EQ(LogFileName(UINT64_MAX), "18446744073709551615.log");
  EXPECT_EQ(ParseLogFileName("00000000000000000042.log"), 42u);
  EXPECT_EQ(ParseLogFileName(LogFileName(UINT64_MAX)), UINT64_MAX);
  EXPECT_FALSE(ParseLogFileName("18446744073709551616.log"));
  EXPECT_FALSE(ParseLogFileName("00000000000000000000.log"));
  EXPECT_FALSE(ParseLogFileName("0000000000000000001x.log"));
  EXPECT_FALSE(ParseLogFileName("1.log"));
  EXPECT_FALSE(ParseLogFileName("00000000000000000042.log.tmp"));
}

}  // namespace
}  // namespace redkite::wal
