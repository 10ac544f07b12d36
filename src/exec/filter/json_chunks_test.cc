#include "exec/filter/json_chunks.h"

#include <gtest/gtest.h>

#include "exec/filter/json_cell.h"

namespace redkite::exec {
namespace {

constexpr size_t kRows = 10'000;
constexpr BlockRows kSecondBlock{kFilterBlockRows, kFilterBlockRows};

plan::ColumnRef Path(const char* key) {
  plan::ColumnRef ref;
  ref.field = FieldId(101);
  ref.type = DataType::kJson;
  ref.path = {{key, -1}};
  return ref;
}

class JsonChunksTest : public testing::Test {
 protected:
  JsonChunksTest() : texts_(FieldId(101), DataType::kJson, 0) {
    for (size_t r = 0; r < kRows; ++r) texts_.AppendText("{\"n\": " + std::to_string(r) + "}");
    std::fill_n(all_.words, kFilterBlockWords, ~uint64_t{0});
  }
  const segment::JsonPathChunk* Find(const plan::ColumnRef& ref, const RowBits& active) {
    stats_ = {};
    return JsonChunks(&paths_, kRows).Find(ref, {texts_.view(), kSecondBlock}, active, &stats_) != nullptr
               ? paths_.Open(ref.field, "1:" + ref.path[0].key, kRows)->Find(1)
               : nullptr;
  }

  Column texts_;
  const segment::JsonPaths paths_{std::make_shared<segment::JsonPathCache>(int64_t{1} << 20, nullptr)};
  RowBits all_;
  FilterStats stats_;
};

TEST_F(JsonChunksTest, ReadsTextsOnceForAPath) {
  const segment::JsonPathChunk* found = Find(Path("n"), all_);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(stats_.json_lookups, kFilterBlockRows);
  EXPECT_EQ(found->values[7], kFilterBlockRows + 7);
  EXPECT_EQ(found->present, KindBit(JsonKind::kInt));
  EXPECT_EQ(Find(Path("n"), all_), found);
  EXPECT_EQ(stats_.json_lookups, 0u);
  EXPECT_EQ(stats_.json_kept, kFilterBlockRows);
  EXPECT_NE(Find(Path("m"), all_), found);
  EXPECT_EQ(stats_.json_lookups, kFilterBlockRows);
}

TEST_F(JsonChunksTest, ReadsNothingForAFewRows) {
  RowBits few{};
  few.words[3] = 5;
  EXPECT_EQ(Find(Path("n"), few), nullptr);
  EXPECT_EQ(stats_.json_lookups, 0u);
  const segment::JsonPathChunk* found = Find(Path("n"), all_);
  EXPECT_EQ(Find(Path("n"), few), found) << "but takes what is there";
  EXPECT_EQ(stats_.json_kept, 2u);
}

TEST_F(JsonChunksTest, NullRowsHaveNoValue) {
  texts_ = Column(FieldId(101), DataType::kJson, 0);
  for (size_t r = 0; r < kRows; ++r) {
    if (r % 4 == 0) {
      texts_.AppendNull();
    } else {
      texts_.AppendText("{\"n\": true}");
    }
  }
  const segment::JsonPathChunk* found = Find(Path("n"), all_);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->kinds[4], static_cast<uint8_t>(JsonKind::kMissing));
  EXPECT_EQ(found->kinds[5], static_cast<uint8_t>(JsonKind::kBool));
  EXPECT_EQ(found->present, KindBit(JsonKind::kMissing) | KindBit(JsonKind::kBool));
}

TEST_F(JsonChunksTest, WithoutAPlaceToKeepThemThereAreNone) {
  EXPECT_EQ(JsonChunks(nullptr, kRows).Find(Path("n"), {texts_.view(), kSecondBlock}, all_, &stats_),
            nullptr);
}

}  // namespace
}  // namespace redkite::exec
