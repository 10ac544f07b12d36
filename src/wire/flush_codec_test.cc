#include "wire/flush_codec.h"

#include <gtest/gtest.h>

#include <map>

#include "proto/schema.pb.h"
#include "wire/pb_reader.h"

namespace redkite::wire {
namespace {

TEST(FlushCodec, Requests) {
  const std::string flush("\x12\x01\x64\x1a\x01\x61\x1a\x01\x62");  // db_name "d", collection_names "a", "b"
  const auto r = DecodeFlush(flush);
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->database, "d");
  EXPECT_EQ(r->collections, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(DecodeFlush("\x12").ok());
  EXPECT_FALSE(DecodeFlush("\x1a\x01\xff").ok());

  // segmentIDs 1 and 300 packed, 5 unpacked; flush_ts 9; names
  const std::string state("\x0a\x03\x01\xac\x02\x08\x05\x10\x09\x1a\x01\x64\x22\x01\x61");
  const auto s = DecodeGetFlushState(state);
  ASSERT_TRUE(s.ok());
  EXPECT_EQ(s->segments, (std::vector<SegmentId>{SegmentId(1), SegmentId(300), SegmentId(5)}));
  EXPECT_EQ(s->flush_ts, 9U);
  EXPECT_EQ(s->name.database, "d");
  EXPECT_EQ(s->name.collection, "a");
  EXPECT_FALSE(DecodeGetFlushState("\x0a\x01\x80").ok());
}

TEST(FlushCodec, EveryCollectionIsAKeyOfEachMap) {
  const std::string bytes =
      EncodeFlush("d", {{"a", {SegmentId(1), SegmentId(300)}, {}, 7, 8}, {"b", {}, {}, 0, 9}});
  // map number → key → the value's number, or how many segments it lists
  std::map<uint32_t, std::map<std::string, uint64_t>> maps;
  bool status = false;
  PbReader r(bytes);
  while (r.Next()) {
    status = status || r.tag() == PbLen(1);
    const uint32_t number = r.tag() >> 3;
    if (number < 3) continue;
    PbReader entry(r.bytes());
    std::string key;
    uint64_t value = 0;
    while (entry.Next()) {
      if (entry.tag() == PbLen(1)) key = std::string(entry.bytes());
      if (entry.tag() == PbVarint(2)) value = entry.value();
      if (entry.tag() != PbLen(2)) continue;
      ::milvus::proto::schema::LongArray array;
      ASSERT_TRUE(array.ParseFromArray(entry.bytes().data(), static_cast<int>(entry.bytes().size())));
      value = static_cast<uint64_t>(array.data_size());
      if (array.data_size() == 2) {
        EXPECT_EQ(array.data(1), 300);
      }
    }
    ASSERT_TRUE(entry.ok());
    maps[number][key] = value;
  }
  ASSERT_TRUE(r.ok());
  EXPECT_TRUE(status);
  using Map = std::map<std::string, uint64_t>;
  EXPECT_EQ(maps[3], (Map{{"a", 2}, {"b", 0}}));
  EXPECT_EQ(maps[4], (Map{{"a", 0}, {"b", 0}}));
  EXPECT_EQ(maps[5], (Map{{"a", 7}, {"b", 0}}));
  EXPECT_EQ(maps[6], (Map{{"a", 8}, {"b", 9}}));
}

TEST(FlushCodec, State) {
  EXPECT_EQ(EncodeGetFlushState(true), std::string("\x0a\x00\x10\x01", 4));
  EXPECT_EQ(EncodeGetFlushState(false), std::string("\x0a\x00", 2));
}

}  // namespace
}  // namespace redkite::wire
