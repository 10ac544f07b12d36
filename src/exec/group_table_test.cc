#include "exec/group_table.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"

namespace redkite::exec {
namespace {

TEST(GroupTableTest, EqualKeysHaveOneNumber) {
  constexpr uint64_t kSeed = 11;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  GroupTable table(2, 100'000);
  std::map<std::pair<int64_t, std::string>, uint32_t> model;  // -1: null
  std::vector<std::string> texts;
  for (int i = 0; i < 400; ++i) texts.push_back("text" + std::to_string(i));
  for (int i = 0; i < 20'000; ++i) {
    const auto number = static_cast<int64_t>(random.Below(50)) - 1;
    const std::string& text = texts[random.Below(texts.size())];
    const Cell keys[] = {number < 0 ? Cell() : Cell::Of(number), Cell::Of(std::string_view(text))};
    const auto group = table.FindOrAdd(keys);
    ASSERT_TRUE(group);
    const auto [it, is_new] = model.emplace(std::pair(number, text), static_cast<uint32_t>(model.size()));
    ASSERT_EQ(*group, it->second);
    ASSERT_EQ(table.KeysOf(*group)[0], keys[0]);
    ASSERT_EQ(table.KeysOf(*group)[1], keys[1]);
  }
  EXPECT_EQ(table.group_count(), model.size());
}

TEST(GroupTableTest, WithoutKeysThereIsOneGroup) {
  GroupTable table(0, 5);
  EXPECT_EQ(table.FindOrAdd(nullptr), 0u);
  EXPECT_EQ(table.FindOrAdd(nullptr), 0u);
  EXPECT_EQ(table.group_count(), 1u);
}

TEST(GroupTableTest, AFullTableStillFindsWhatItHas) {
  GroupTable table(1, 3);
  for (int64_t i = 0; i < 3; ++i) {
    const Cell key = Cell::Of(i);
    EXPECT_EQ(table.FindOrAdd(&key), static_cast<uint32_t>(i));
  }
  const Cell fourth = Cell::Of(int64_t{9}), second = Cell::Of(int64_t{1});
  EXPECT_EQ(table.FindOrAdd(&fourth), std::nullopt);
  EXPECT_EQ(table.FindOrAdd(&second), 1u);
}

}  // namespace
}  // namespace redkite::exec
