#include "meta/kv_log.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/random.h"

namespace redkite::meta {
namespace {

TEST(KvLog, NamesSayTheBase) {
  EXPECT_EQ(LogName(7), "LOG-00000000000000000007");
  EXPECT_EQ(ParseLogName(LogName(UINT64_MAX)), UINT64_MAX);
  EXPECT_EQ(ParseSnapshotName(SnapshotName(12)), 12u);
  for (const char* other : {"LOG-1", "LOG-0000000000000000000x", "SNAPSHOT-00000000000000000001", ""})
    EXPECT_FALSE(ParseLogName(other).has_value()) << other;
}

KvTxn RandomTxn(Random* random) {
  KvTxn txn;
  for (uint64_t n = 1 + random->Below(3); n > 0; --n) {
    txn.puts.push_back({"key" + std::to_string(random->Below(50)), std::string(random->Below(40), 'v')});
  }
  for (uint64_t n = random->Below(2); n > 0; --n)
    txn.deletes.push_back("gone" + std::to_string(random->Below(50)));
  return txn;
}

/// A log of `count` records, and where each of them ends.
std::string SampleLog(uint64_t seed, uint64_t base, int count, std::vector<size_t>* ends) {
  Random random(seed);
  std::string log = EncodeLogHeader(base);
  ends->assign(1, log.size());
  for (int i = 1; i <= count; ++i) {
    log += EncodeRecord(RandomTxn(&random), base, base + static_cast<uint64_t>(i));
    ends->push_back(log.size());
  }
  return log;
}

TEST(KvLog, RoundTrip) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    std::vector<size_t> ends;
    const std::string log = SampleLog(seed, 17, 20, &ends);
    const auto content = DecodeLog(log, 17);
    ASSERT_TRUE(content.ok()) << "seed " << seed;
    EXPECT_EQ(content->txns.size(), 20u);
    EXPECT_EQ(content->valid_bytes, log.size());
    std::string again = EncodeLogHeader(17);
    for (size_t i = 0; i < content->txns.size(); ++i) again += EncodeRecord(content->txns[i], 17, 18 + i);
    EXPECT_EQ(again, log);
  }
}

TEST(KvLog, EveryTruncationGivesTheLongestPrefix) {
  std::vector<size_t> ends;
  const std::string log = SampleLog(3, 5, 6, &ends);
  for (size_t n = ends[0]; n <= log.size(); ++n) {
    const auto content = DecodeLog(std::string_view(log).substr(0, n), 5);
    ASSERT_TRUE(content.ok()) << n << content.status().ToString();
    const auto whole = static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), n) - ends.begin()) - 1;
    ASSERT_EQ(content->txns.size(), whole) << n;
    ASSERT_EQ(content->valid_bytes, ends[whole]) << n;
  }
  for (size_t n = 0; n < ends[0]; ++n) ASSERT_FALSE(DecodeLog(std::string_view(log).substr(0, n), 5).ok());
}

TEST(KvLog, TornLastRecordGivesThePrefix) {
  // Of the last record, written over zeros, a part never arrived or is noise.
  std::vector<size_t> ends;
  const std::string log = SampleLog(4, 5, 6, &ends);
  Random random(4);
  for (size_t from = ends[5]; from + 3 < ends[6]; ++from) {
    std::string zeros = log;
    std::fill(zeros.begin() + static_cast<ptrdiff_t>(from), zeros.end(), '\0');
    std::string noise = log;
    for (size_t i = from; i < noise.size(); ++i) noise[i] = static_cast<char>(random.Next());
    for (const std::string& torn : {zeros, noise, zeros + std::string(700, '\0')}) {
      const auto content = DecodeLog(torn, 5);
      ASSERT_TRUE(content.ok()) << from << content.status().ToString();
      ASSERT_EQ(content->txns.size(), 5u) << from;
    }
  }
}

TEST(KvLog, EveryFlippedBitIsRefusedWithItsOffset) {
  for (const int count : {1, 2, 5}) {
    std::vector<size_t> ends;
    const std::string log = SampleLog(7, 5, count, &ends);
    for (size_t bit = 0; bit < log.size() * 8; ++bit) {
      std::string damaged = log;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      const auto content = DecodeLog(damaged, 5);
      ASSERT_FALSE(content.ok()) << "records " << count << " bit " << bit;
      ASSERT_EQ(content.status().code(), Code::kDataIntegrity);
      ASSERT_NE(content.status().message().find("offset"), std::string::npos) << content.status().ToString();
    }
  }
}

TEST(KvLog, ATornRecordIsNotTakenForAFlippedBitByChance) {
  std::vector<size_t> ends;
  const std::string log = SampleLog(7, 5, 3, &ends);
  const size_t payload = ends[2] + 16;
  std::string torn = log;
  // XORed in, the generator polynomial leaves the CRC as it is.
  constexpr uint64_t kGenerator = 0x11edc6f41;
  for (uint64_t i = 0; i <= 32; ++i) {
    if ((kGenerator >> (32 - i) & 1) == 0) continue;
    torn[payload + i / 8] = static_cast<char>(torn[payload + i / 8] ^ (1 << (i % 8)));
  }
  ASSERT_FALSE(DecodeLog(torn, 5).ok()) << "whole by its CRC, but no transaction";
  torn[payload + 2] = static_cast<char>(torn[payload + 2] ^ 8);
  const auto content = DecodeLog(torn, 5);
  ASSERT_TRUE(content.ok()) << content.status().ToString();
  EXPECT_EQ(content->txns.size(), 2u);
}

/// `log` in a file with space to go on, as LocalKv makes it.
std::string Allocated(const std::string& log, uint64_t base) {
  std::string out = EncodeLogHeader(base, 4096) + log.substr(kLogHeaderBytes);
  out.resize(4096);
  return out;
}

TEST(KvLog, AllocatedSpaceEndsWithTheRecords) {
  std::vector<size_t> ends;
  const std::string log = Allocated(SampleLog(3, 5, 6, &ends), 5);
  const auto content = DecodeLog(log, 5);
  ASSERT_TRUE(content.ok()) << content.status().ToString();
  EXPECT_EQ(content->txns.size(), 6u);
  EXPECT_EQ(content->valid_bytes, ends[6]);
  EXPECT_EQ(content->allocated_bytes, 4096u);
  for (size_t from = ends[5] + 4; from < ends[6]; ++from) {
    std::string torn = log;
    std::fill(torn.begin() + static_cast<ptrdiff_t>(from), torn.end(), '\0');
    const auto prefix = DecodeLog(torn, 5);
    ASSERT_TRUE(prefix.ok()) << from << prefix.status().ToString();
    ASSERT_EQ(prefix->txns.size(), torn == log ? 6u : 5u) << from;
    ASSERT_LE(prefix->dirty_end, std::max(from, prefix->valid_bytes)) << from;
  }
}

TEST(KvLog, AllocatedSpaceThatIsMissingIsRefused) {
  std::vector<size_t> ends;
  const std::string log = Allocated(SampleLog(3, 5, 6, &ends), 5);
  for (size_t n = 0; n < log.size(); ++n) {
    const auto content = DecodeLog(std::string_view(log).substr(0, n), 5);
    ASSERT_EQ(content.status().code(), Code::kDataIntegrity) << n;
    if (n < kLogHeaderBytes) continue;
    // What there is before the damage can be had all the same.
    const auto prefix = ReadLog(std::string_view(log).substr(0, n), 5);
    ASSERT_TRUE(prefix.ok());
    ASSERT_EQ(prefix->txns.size(),
              static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), n) - ends.begin()) - 1);
  }
}

TEST(KvLog, EveryFlippedBitInAllocatedSpaceIsRefused) {
  std::vector<size_t> ends;
  const std::string log = Allocated(SampleLog(7, 5, 2, &ends), 5);
  for (size_t bit = 0; bit < ends[2] * 8; ++bit) {
    std::string damaged = log;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_EQ(DecodeLog(damaged, 5).status().code(), Code::kDataIntegrity) << "bit " << bit;
  }
}

TEST(KvLog, DamageBeforeAGoodRecordIsRefused) {
  std::vector<size_t> ends;
  const std::string log = SampleLog(8, 5, 6, &ends);
  Random random(8);
  for (int i = 0; i < 200; ++i) {
    std::string damaged = log;
    const size_t from = ends[0] + random.Below(ends[4] - ends[0]);
    const size_t n = 1 + random.Below(ends[5] - from);
    for (size_t b = from; b < from + n; ++b) damaged[b] = static_cast<char>(random.Next());
    if (damaged == log) continue;
    ASSERT_FALSE(DecodeLog(damaged, 5).ok()) << "seed 8 step " << i;
  }
}

TEST(KvLog, RecordOfAnotherLogOrPlaceIsRefused) {
  std::vector<size_t> ends;
  const std::string log = SampleLog(9, 5, 3, &ends);
  EXPECT_FALSE(DecodeLog(log, 6).ok());
  std::string twice = log + log.substr(ends[2]);
  EXPECT_FALSE(DecodeLog(twice, 5).ok());
  std::string skipped = log.substr(0, ends[1]) + log.substr(ends[2]);
  EXPECT_FALSE(DecodeLog(skipped, 5).ok());
  // A record of the same place in a log with another base is no record here.
  const std::string foreign = log + EncodeRecord({{}, {{"a", "b"}}, {}}, 4, 9);
  EXPECT_EQ(DecodeLog(foreign, 5)->txns.size(), 3u);
}

TEST(KvSnapshot, RoundTripAndEveryFlippedBit) {
  const std::vector<KvEntry> entries = {{"a", "1", 4}, {"b", std::string(100, 'x'), 9}, {"c", "", 2}};
  const std::string bytes = EncodeSnapshot(entries, 9);
  EXPECT_EQ(DecodeSnapshot(bytes, 9).value(), entries);
  EXPECT_FALSE(DecodeSnapshot(bytes, 8).ok());
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(DecodeSnapshot(damaged, 9).ok()) << bit;
  }
  for (size_t n = 0; n < bytes.size(); ++n) ASSERT_FALSE(DecodeSnapshot(bytes.substr(0, n), 9).ok()) << n;
}

}  // namespace
}  // namespace redkite::meta
