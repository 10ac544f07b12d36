#include "segment/delete_set.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace redkite::segment {
namespace {

TEST(DeleteSetTest, AgreesWithAMapAtEveryTimestamp) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const size_t rows = 1 + random.Below(5000);
    auto set = std::make_shared<const DeleteSet>();
    std::map<RowOffset, Timestamp> model;
    Timestamp now = 100;
    std::vector<std::pair<Timestamp, size_t>> versions;
    for (int step = 0; step < 120; ++step) {
      now += 1 + random.Below(3);
      std::vector<DeleteEntry> batch;
      for (uint64_t i = 0, n = random.Below(random.Below(10) == 0 ? 900 : 4); i < n; ++i) {
        const auto row = static_cast<RowOffset>(random.Below(rows));
        batch.push_back({row, now});
        model.emplace(row, now);  // the first delete of a row counts
      }
      set = set->With(batch, rows);
      ASSERT_EQ(set->count(), model.size());
      versions.emplace_back(now, model.size());
    }
    for (int probe = 0; probe < 20; ++probe) {
      const Timestamp at = versions[random.Below(versions.size())].first;
      ExcludeBitset exclude(rows);
      set->ExcludeAt(at, &exclude);
      for (size_t r = 0; r < rows; ++r) {
        auto it = model.find(static_cast<RowOffset>(r));
        ASSERT_EQ(exclude.Test(r), it != model.end() && it->second <= at);
        ASSERT_EQ(set->IsDeleted(static_cast<RowOffset>(r)), it != model.end());
      }
    }
  }
}

TEST(DeleteSetTest, VersionsAreIndependent) {
  auto empty = std::make_shared<const DeleteSet>();
  const DeleteEntry first[] = {{3, 10}};
  auto one = empty->With(first, 8);
  const DeleteEntry second[] = {{4, 11}, {4, 11}, {3, 11}};
  auto two = one->With(second, 8);
  EXPECT_TRUE(empty->empty());
  EXPECT_EQ(one->Entries(), (std::vector<DeleteEntry>{{3, 10}}));
  EXPECT_EQ(two->Entries(), (std::vector<DeleteEntry>{{3, 10}, {4, 11}}));
}

TEST(DeleteSetTest, LaterVersionsAddToTheEnd) {
  Random random(8);
  auto set = std::make_shared<const DeleteSet>();
  std::vector<DeleteEntry> all;
  Timestamp ts = 10;
  for (int step = 0; step < 60; ++step) {
    std::vector<DeleteEntry> more;
    ts += random.Below(3);
    for (uint64_t n = random.Below(40); n > 0; --n)
      more.push_back({static_cast<RowOffset>(random.Below(2000)), ts});
    const size_t before = set->count();
    const auto earlier = set->Entries();
    set = set->With(more, 2000);
    const auto added = set->Entries(before);
    ASSERT_EQ(added.size(), set->count() - before);
    all.insert(all.end(), added.begin(), added.end());
    ASSERT_EQ(set->Entries(), all);
    ASSERT_TRUE(std::equal(earlier.begin(), earlier.end(), all.begin()));
    const Timestamp at = 9 + random.Below(ts);
    ASSERT_EQ(set->CountUpTo(at), static_cast<size_t>(std::count_if(
                                      all.begin(), all.end(), [&](const auto& e) { return e.ts <= at; })));
  }
  EXPECT_TRUE(set->Entries(set->count()).empty());
  EXPECT_TRUE(set->Entries(set->count() + 5).empty());
}

}  // namespace
}  // namespace redkite::segment
