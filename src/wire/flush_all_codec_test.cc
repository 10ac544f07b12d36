#include "wire/flush_all_codec.h"

#include <gtest/gtest.h>

#include "wire/pb_reader.h"

namespace redkite::wire {
namespace {

std::vector<std::string> TextsOfField(std::string_view bytes, uint32_t number) {
  std::vector<std::string> out;
  PbReader r(bytes);
  while (r.Next()) {
    if (r.tag() == PbLen(number)) out.emplace_back(r.bytes());
  }
  EXPECT_TRUE(r.ok());
  return out;
}
uint64_t NumberOfField(std::string_view bytes, uint32_t number) {
  uint64_t out = 0;
  PbReader r(bytes);
  while (r.Next()) {
    if (r.tag() == PbVarint(number)) out = r.value();
  }
  return out;
}

TEST(FlushAllCodec, Requests) {
  const auto flush = DecodeFlushAll(std::string("\x12\x01\x64\x1a\x06\x0a\x01\x65\x12\x01\x63"));
  ASSERT_TRUE(flush.ok());
  EXPECT_EQ(flush->database, "d");
  ASSERT_EQ(flush->targets.size(), 1u);
  EXPECT_EQ(flush->targets[0].database, "e");
  EXPECT_EQ(flush->targets[0].collections, (std::vector<std::string>{"c"}));

  // flush_all_ts 5, database "d", flush_all_tss {"x": 9}
  const auto state = DecodeGetFlushAllState(std::string("\x10\x05\x1a\x01\x64\x2a\x05\x0a\x01\x78\x10\x09"));
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state->flush_ts, 9u);
  EXPECT_EQ(state->what.database, "d");
  EXPECT_FALSE(DecodeFlushAll("\x12").ok());
  EXPECT_FALSE(DecodeFlushAll("\x12\x01\xff").ok());
  EXPECT_FALSE(DecodeFlushAll("\x1a\x01\x0a").ok());
  EXPECT_FALSE(DecodeGetFlushAllState("\x2a\x01\x0a").ok());
}

TEST(FlushAllCodec, Replies) {
  FlushAllAnswer answer;
  answer.flush_ts = 77;
  answer.databases = {{"d", {{"a", {SegmentId(1)}, {}, 3, 77}, {"b", {}, {}, 3, 77}}}};
  const std::string flushed = EncodeFlushAll(answer);
  EXPECT_EQ(NumberOfField(flushed, 2), 77u);
  const std::string database = TextsOfField(flushed, 3).at(0);
  EXPECT_EQ(TextsOfField(database, 1), (std::vector<std::string>{"d"}));
  const auto collections = TextsOfField(database, 2);
  ASSERT_EQ(collections.size(), 2u);
  EXPECT_EQ(TextsOfField(collections[0], 1), (std::vector<std::string>{"a"}));
  EXPECT_EQ(TextsOfField(collections[0], 2), (std::vector<std::string>{std::string("\x0a\x01\x01")}));
  EXPECT_EQ(NumberOfField(collections[1], 5), 77u);

  FlushAllState state;
  state.flushed = false;
  state.collections = {{"d", "a", true}, {"d", "b", false}, {"e", "c", true}};
  const std::string bytes = EncodeGetFlushAllState(state);
  EXPECT_EQ(NumberOfField(bytes, 2), 0u);
  const auto states = TextsOfField(bytes, 3);
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(TextsOfField(states[0], 2).size(), 2u);
  EXPECT_EQ(TextsOfField(states[1], 1), (std::vector<std::string>{"e"}));
  EXPECT_EQ(TextsOfField(states[1], 2).at(0), std::string("\x0a\x01\x63\x10\x01"));
  EXPECT_EQ(NumberOfField(EncodeGetFlushAllState({}), 2), 1u);
}

}  // namespace
}  // namespace redkite::wire
