#include "base/coding.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"

namespace redkite {
namespace {

TEST(Coding, FixedIsLittleEndian) {
  std::string out;
  PutFixed<uint32_t>(&out, 0x01020304);
  EXPECT_EQ(out, std::string("\x04\x03\x02\x01", 4));
  Decoder in(out);
  EXPECT_EQ(in.Fixed<uint32_t>(), 0x01020304u);
  EXPECT_TRUE(in.done());
}

TEST(Coding, VarintRoundTripAtEachLength) {
  for (int shift = 0; shift < 64; ++shift) {
    for (const uint64_t v : {(uint64_t{1} << shift) - 1, uint64_t{1} << shift, ~uint64_t{0} >> shift}) {
      std::string out;
      PutVarint(&out, v);
      Decoder in(out);
      EXPECT_EQ(in.Varint(), v);
      EXPECT_TRUE(in.done());
    }
  }
  std::string longest;
  PutVarint(&longest, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(longest.size(), 10u);
}

TEST(Coding, MixedRecordRoundTrip) {
  std::string out;
  PutVarint(&out, 300);
  PutBytes(&out, "row");
  PutFixed<double>(&out, 2.5);
  PutBytes(&out, "");
  Decoder in(out);
  EXPECT_EQ(in.Varint(), 300u);
  EXPECT_EQ(in.String(), "row");
  EXPECT_EQ(in.Fixed<double>(), 2.5);
  EXPECT_EQ(in.Bytes(), "");
  EXPECT_TRUE(in.Finish("record").ok());
}

TEST(Decoder, EveryTruncationFailsForGood) {
  std::string out;
  PutFixed<uint64_t>(&out, 7);
  PutBytes(&out, "value");
  PutVarint(&out, 1 << 20);
  for (size_t n = 0; n < out.size(); ++n) {
    Decoder in(std::string_view(out).substr(0, n));
    in.Fixed<uint64_t>();
    in.Bytes();
    in.Varint();
    EXPECT_FALSE(in.ok()) << n;
    EXPECT_EQ(in.Fixed<uint8_t>(), 0) << n;
    EXPECT_EQ(in.Finish("record").code(), Code::kDataIntegrity) << n;
  }
}

TEST(Decoder, TrailingBytesAreAnError) {
  Decoder in(std::string_view("\x01\x02", 2));
  EXPECT_EQ(in.Varint(), 1u);
  EXPECT_FALSE(in.Finish("record").ok());
}

TEST(Decoder, OverlongVarintFails) {
  const std::string eleven(11, '\x80');
  Decoder in(eleven);
  in.Varint();
  EXPECT_FALSE(in.ok());
  std::string overflow(9, '\xff');
  overflow.push_back('\x02');
  Decoder big(overflow);
  big.Varint();
  EXPECT_FALSE(big.ok());
}

TEST(Decoder, ForgedLengthsAndCountsAreRefused) {
  std::string out;
  PutVarint(&out, std::numeric_limits<uint64_t>::max());
  out += "abc";
  EXPECT_EQ(Decoder(out).Bytes(), "");
  EXPECT_EQ(Decoder(out).Count(), 0u);
  std::string fits;
  PutVarint(&fits, 3);
  fits += "abc";
  EXPECT_EQ(Decoder(fits).Count(), 3u);
}

TEST(Decoder, RandomBytesNeverReadPastTheEnd) {
  constexpr uint64_t kSeed = 42;
  Random random(kSeed);
  for (int round = 0; round < 2000; ++round) {
    const std::string bytes = [&] {
      std::string b(random.Below(40), '\0');
      for (char& c : b) c = static_cast<char>(random.Next());
      return b;
    }();
    Decoder in(bytes);
    size_t before = in.remaining();
    while (in.ok() && !in.done()) {
      switch (random.Below(4)) {
        case 0:
          in.Varint();
          break;
        case 1:
          in.Bytes();
          break;
        case 2:
          in.Fixed<uint16_t>();
          break;
        default:
          in.Raw(1);
          break;
      }
      ASSERT_LT(in.remaining(), before) << "seed " << kSeed << " round " << round;
      before = in.remaining();
    }
  }
}

}  // namespace
}  // namespace redkite
