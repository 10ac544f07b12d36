// The values themselves are compared with the generated decoder in codec_oracle_test.cc; here is what both
// have no word for.
#include "wire/template_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/pb_writer.h"

namespace redkite::wire {
namespace {

std::string Field(uint32_t number, const std::string& body) {
  std::string out;
  PbWriter(&out).Bytes(number, body);
  return out;
}

std::string Entry(const std::string& name, const std::string& value) {
  return Field(1, name) + Field(2, value);
}

std::string Varint(uint32_t number, uint64_t v) {
  std::string out;
  PbWriter(&out).Varint(number, v);
  return out;
}

TEST(TemplateReader, TheLastValueOfANameCounts) {
  TemplateReader reader;
  reader.Add(Entry("a", Varint(2, 1)));
  reader.Add(Entry("a", Varint(1, 1)));
  reader.Add(Entry("b", Field(6, "bytes")));
  reader.Add(Entry("c", ""));
  ASSERT_TRUE(reader.ok());
  const auto values = reader.Take();
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(values->size(), 3u);
  EXPECT_TRUE(std::get<bool>(values->at("a").value));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(values->at("b").value));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(values->at("c").value));
}

TEST(TemplateReader, AnArrayInPiecesIsOne) {
  TemplateReader reader;
  const std::string one = Field(5, Field(2, Field(1, "\x01\x02")));
  const std::string two = Field(5, Field(2, Varint(1, 300)));
  reader.Add(Field(1, "x") + Field(2, one) + Field(2, two));
  reader.Add(Entry("y", one + Varint(2, 7) + two));
  const auto values = reader.Take();
  ASSERT_TRUE(values.ok());
  const auto numbers = [&](const char* name) {
    const auto array = std::get<std::shared_ptr<const TemplateArray>>(values->at(name).value);
    const auto view = array->values.view().Values<int64_t>();
    return std::vector<int64_t>(view.begin(), view.end());
  };
  EXPECT_EQ(numbers("x"), (std::vector<int64_t>{1, 2, 300}));
  EXPECT_EQ(numbers("y"), (std::vector<int64_t>{300}));
}

TEST(TemplateReader, MalformedEntries) {
  for (const std::string& entry :
       {std::string("\x0a\x05"), Entry("\xff", Varint(2, 1)), Entry("x", "\x10"),
        Entry("x", Field(4, "\xc3")), Entry("x", Field(5, Field(4, Field(1, "\xc3")))),
        Entry("x", Field(5, Field(3, Field(1, "1234567")))),
        Entry("x", Field(5, Field(5, Field(1, "\x12\x05"))))}) {
    TemplateReader reader;
    reader.Add(entry);
    EXPECT_FALSE(reader.ok());
    reader.Add(Entry("fine", Varint(2, 1)));
    EXPECT_FALSE(reader.ok());
  }
}

Code Refusal(const std::string& entry, int times = 1) {
  TemplateReader reader;
  for (int i = 0; i < times; ++i) reader.Add(entry);
  EXPECT_TRUE(reader.ok());
  return reader.Take().status().code();
}

TEST(TemplateReader, DepthAndSizeAreBounded) {
  const auto nested = [](int depth) {
    std::string body;
    for (int i = 1; i < depth; ++i) body = Field(5, Field(1, body));
    return Entry("x", Field(5, body));
  };
  EXPECT_EQ(Refusal(nested(64)), Code::kOk);
  EXPECT_EQ(Refusal(nested(65)), Code::kParameterTooLarge);
  EXPECT_EQ(Refusal(nested(2000)), Code::kParameterTooLarge);
  const auto numbers = [](size_t count) {
    return Entry("x", Field(5, Field(2, Field(1, std::string(count, '\x01')))));
  };
  EXPECT_EQ(Refusal(numbers(1'000'000)), Code::kOk);
  EXPECT_EQ(Refusal(numbers(1'000'000), 2), Code::kParameterTooLarge);
  std::string empties;
  for (int i = 0; i < 200'000; ++i) empties += Field(1, "");
  EXPECT_EQ(Refusal(Entry("x", Field(5, Field(5, empties)))), Code::kParameterTooLarge);
  EXPECT_EQ(Refusal(Entry("x", Field(5, Field(4, empties)))), Code::kOk);
  EXPECT_EQ(Refusal(Entry("x", Varint(2, 1)), 100'000), Code::kParameterTooLarge);
}

// Each depth comes in two pieces, so that its bytes are copied.
TEST(TemplateReader, MergingAtEveryDepthIsBounded) {
  std::string body = Field(4, Field(1, std::string(4 << 20, 'x')));
  for (int i = 0; i < 20; ++i) body = Field(5, Field(1, body)) + Field(5, "");
  EXPECT_EQ(Refusal(Entry("x", Field(5, body))), Code::kParameterTooLarge);
}

}  // namespace
}  // namespace redkite::wire
