#include "shard/recent_keys.h"

#include <gtest/gtest.h>

#include "shard/shard_test_kit.h"

namespace redkite::shard {
namespace {

Timestamp Outdated(RecentKeys* keys, std::vector<int64_t> replaced, Timestamp made_at, uint32_t version = 0) {
  auto record = TestRecord({}, replaced);
  record->made_at = made_at;
  if (version > 0) {
    auto schema = std::make_shared<CollectionSchema>(*TestSchema());
    schema->version = version;
    record->schema = schema;
  }
  return keys->OutdatedBy(*record);
}

TEST(RecentKeys, KnowsWhoWroteAKeySince) {
  RecentKeys keys;
  EXPECT_EQ(Outdated(&keys, {1}, 0), 0u);  // nothing was written yet
  keys.Note(*TestRecord({{1, "a", 1, {}}, {2, "a", 1, {}}}), kIdField, 10);
  keys.Note(*TestRecord({}, {3}), kIdField, 20);
  EXPECT_EQ(Outdated(&keys, {1}, 9), 10u);
  EXPECT_EQ(Outdated(&keys, {1}, 10), 0u);
  EXPECT_EQ(Outdated(&keys, {1, 3}, 10), 20u);
  EXPECT_EQ(Outdated(&keys, {4}, 0), 0u);
}

TEST(RecentKeys, RowsOfEachPartitionCount) {
  RecentKeys keys;
  EXPECT_EQ(Outdated(&keys, {1}, 0), 0u);
  auto record = TestRecord({{1, "a", 1, {}}});
  record->more.push_back({PartitionId(2), TestRecord({{2, "a", 1, {}}})->rows});
  keys.Note(*record, kIdField, 10);
  EXPECT_EQ(Outdated(&keys, {1}, 9), 10u);
  EXPECT_EQ(Outdated(&keys, {2}, 9), 10u);
  EXPECT_EQ(Outdated(&keys, {2}, 10), 0u);
}

TEST(RecentKeys, WhatCameBeforeTheFirstQuestionIsNotKnown) {
  RecentKeys keys;
  keys.Note(*TestRecord({{1, "a", 1, {}}}), kIdField, 10);
  EXPECT_EQ(Outdated(&keys, {7}, 9), 10u);
  EXPECT_EQ(Outdated(&keys, {7}, 10), 0u);
}

TEST(RecentKeys, AManyKeysAreAllKeys) {
  RecentKeys keys;
  EXPECT_EQ(Outdated(&keys, {1}, 0), 0u);
  std::vector<int64_t> many;
  for (size_t i = 0; i <= RecentKeys::kKeysOfWriteMax; ++i) many.push_back(static_cast<int64_t>(i) + 1000);
  keys.Note(*TestRecord({}, many), kIdField, 10);
  EXPECT_EQ(Outdated(&keys, {1}, 9), 10u);
  auto truncation = std::make_shared<WriteRecord>();
  truncation->truncates = true;
  keys.Note(*truncation, kIdField, 20);
  EXPECT_EQ(Outdated(&keys, {1}, 19), 20u);
  EXPECT_EQ(Outdated(&keys, {1}, 20), 0u);
}

TEST(RecentKeys, ForgetsWhatIsTooMuchAndStopsWhenNobodyAsks) {
  RecentKeys keys;
  EXPECT_EQ(Outdated(&keys, {1}, 0), 0u);
  Timestamp ts = 0;
  for (int64_t i = 0; i < 20; ++i) {
    std::vector<int64_t> part;
    for (int64_t k = 0; k < 4000; ++k) part.push_back(i * 4000 + k);
    keys.Note(*TestRecord({}, part), kIdField, ++ts);
  }
  EXPECT_NE(Outdated(&keys, {-1}, 0), 0u);
  EXPECT_EQ(Outdated(&keys, {-1}, ts), 0u);
  for (int i = 0; i <= RecentKeys::kQuietWritesMax; ++i) keys.Note(*TestRecord({}, {5}), kIdField, ++ts);
  EXPECT_EQ(Outdated(&keys, {6}, ts - 1), ts);  // asked anew, from here on
  EXPECT_EQ(Outdated(&keys, {6}, ts), 0u);
}

TEST(RecentKeys, AWriteForANewerSchemaOutdatesAllForOlderOnes) {
  RecentKeys keys;
  auto newer = TestRecord({{1, "a", 1, {}}});
  auto schema = std::make_shared<CollectionSchema>(*TestSchema());
  schema->version = 2;
  newer->schema = schema;
  keys.Note(*newer, kIdField, 10);
  EXPECT_EQ(Outdated(&keys, {7}, 100, 1), 10u);
  EXPECT_EQ(Outdated(&keys, {7}, 100, 2), 0u);
}

}  // namespace
}  // namespace redkite::shard
