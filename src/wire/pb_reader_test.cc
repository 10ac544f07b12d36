#include "wire/pb_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/pb_writer.h"

namespace redkite::wire {
namespace {

TEST(PbReader, ReadsEveryWireType) {
  std::string bytes;
  PbWriter w(&bytes);
  w.Varint(1, UINT64_MAX);
  w.Bytes(2, "text");
  bytes += std::string("\x1d\x01\x02\x03\x04", 5);                  // field 3, fixed32
  bytes += std::string("\x21\x01\x00\x00\x00\x00\x00\x00\x80", 9);  // field 4, fixed64
  PbReader r(bytes);
  ASSERT_TRUE(r.Next());
  EXPECT_EQ(r.tag(), PbVarint(1));
  EXPECT_EQ(r.int64(), -1);
  ASSERT_TRUE(r.Next());
  EXPECT_EQ(r.tag(), PbLen(2));
  EXPECT_EQ(r.bytes(), "text");
  ASSERT_TRUE(r.Next());
  EXPECT_EQ(r.tag(), PbFixed32(3));
  EXPECT_EQ(r.value(), 0x04030201U);
  ASSERT_TRUE(r.Next());
  EXPECT_EQ(r.tag(), PbFixed64(4));
  EXPECT_EQ(r.value(), 0x8000000000000001U);
  EXPECT_FALSE(r.Next());
  EXPECT_TRUE(r.ok());
}

TEST(PbReader, SkipsGroups) {
  // group 5 { 1: 7, group 6 {} }, then 2: 9
  const std::string bytes("\x2b\x08\x07\x33\x34\x2c\x10\x09", 8);
  PbReader r(bytes);
  ASSERT_TRUE(r.Next());  // the group itself, with a tag that no switch names
  ASSERT_TRUE(r.Next());
  EXPECT_EQ(r.tag(), PbVarint(2));
  EXPECT_EQ(r.value(), 9U);
  EXPECT_FALSE(r.Next());
  EXPECT_TRUE(r.ok());
}

TEST(PbReader, RefusesMalformedInput) {
  const std::string cases[] = {
      std::string("\x08"),                            // value missing
      std::string("\x08\x80"),                        // varint cut off
      std::string("\x08") + std::string(11, '\x80'),  // varint over ten bytes
      std::string("\x12\x05"
                  "abc"),                              // length beyond the end
      std::string("\x00\x01", 2),                      // field number 0
      std::string("\x0d\x01\x02", 3),                  // fixed32 cut off
      std::string("\x0c"),                             // end of a group that did not start
      std::string("\x2b\x34"),                         // groups crossed
      std::string("\x2b\x08"),                         // group cut off
      std::string("\x0e"),                             // wire type 6
      std::string(200, '\x2b'),                        // nested too deep
      std::string("\x90\x80\x80\x80\x80\x00\x00", 7),  // tag of six bytes
  };
  for (const std::string& bytes : cases) {
    PbReader r(bytes);
    while (r.Next()) {
    }
    EXPECT_FALSE(r.ok()) << testing::PrintToString(bytes);
  }
}

TEST(PbWriter, SizesMatchWhatIsWritten) {
  for (const uint64_t v : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{1} << 35, UINT64_MAX}) {
    char buffer[10];
    EXPECT_EQ(PbVarintSize(v), static_cast<size_t>(PutPbVarint(buffer, v) - buffer));
  }
  for (const size_t size : {size_t{0}, size_t{127}, size_t{128}, size_t{70000}}) {
    std::string out;
    PbWriter(&out).Bytes(20, std::string(size, 'x'));
    EXPECT_EQ(PbLenFieldSize(20, size), out.size());
  }
}

}  // namespace
}  // namespace redkite::wire
