#include "wire/text_codec.h"

#include <gtest/gtest.h>

#include "wire/pb_reader.h"
#include "wire/pb_writer.h"

namespace redkite::wire {
namespace {

TEST(TextCodec, RunAnalyzer) {
  std::string bytes;
  PbWriter w(&bytes);
  w.Bytes(2, "{}");
  w.Bytes(3, "one");
  w.Bytes(3, "two");
  w.Varint(4, 1);
  w.Bytes(6, "db");
  w.Bytes(7, "c");
  w.Bytes(8, "f");
  w.Bytes(9, "n");
  const auto request = DecodeRunAnalyzer(bytes);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->params, "{}");
  EXPECT_EQ(request->texts, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(request->with_detail);
  EXPECT_FALSE(request->with_hash);
  EXPECT_EQ(request->name.database, "db");
  EXPECT_EQ(request->name.collection, "c");
  EXPECT_EQ(request->field, "f");
  EXPECT_EQ(request->analyzer_names, (std::vector<std::string>{"n"}));
  for (size_t size = 1; size < bytes.size(); ++size)
    DecodeRunAnalyzer(std::string_view(bytes).substr(0, size)).ok();
  std::string bad;
  PbWriter(&bad).Bytes(3, "\xff");
  EXPECT_FALSE(DecodeRunAnalyzer(bad).ok());
  std::string many;
  for (int i = 0; i < 20000; ++i) PbWriter(&many).Bytes(3, "");
  EXPECT_EQ(DecodeRunAnalyzer(many).status().code(), Code::kParameterTooLarge);
}

TEST(TextCodec, AnswersHaveWhatWasAskedFor) {
  RunAnalyzerResult result{false, false, {{{"kite", 1, 5, 2, 77}}, {}}};
  // status {}, results [{tokens [{token "kite"}]}, {}]
  EXPECT_EQ(EncodeRunAnalyzer(result), std::string("\x0a\x00\x12\x08\x0a\x06\x0a\x04kite\x12\x00", 14));
  result.with_detail = result.with_hash = true;
  EXPECT_EQ(EncodeRunAnalyzer(result),
            std::string(
                "\x0a\x00\x12\x12\x0a\x10\x0a\x04kite\x10\x01\x18\x05\x20\x02\x28\x01\x30\x4d\x12\x00", 24));
}

TEST(TextCodec, PhraseSlop) {
  std::string bytes;
  PbWriter w(&bytes);
  w.Bytes(3, "a b");
  w.Bytes(4, "b a");
  const auto request = DecodePhraseSlop(bytes);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->phrase, "a b");
  EXPECT_EQ(request->texts, (std::vector<std::string>{"b a"}));
  EXPECT_EQ(EncodePhraseSlop({{true, 2}, {false, 0}}),
            std::string("\x0a\x00\x12\x02\x01\x00\x1a\x02\x02\x00", 10));
  EXPECT_EQ(EncodePhraseSlop({}), std::string("\x0a\x00", 2));
}

}  // namespace
}  // namespace redkite::wire
