#include "sim/catalog_model.h"

#include <gtest/gtest.h>

namespace redkite::sim {
namespace {

using LoadsNew = CollectionState::LoadsNew;

CollectionState Collection(int64_t id, const std::string& name) {
  CollectionState state;
  state.exists = true;
  state.id = id;
  state.place = {kDefaultDatabase, name};
  state.partitions[kDefaultPartition] = {id + 1, false};
  state.index = "FLAT";
  return state;
}

// c0 with alias a0 and partition p, c1 with nothing, and one that does not exist.
CatalogState Known() {
  CatalogState known;
  known.databases[kDefaultDatabase] = {true, 1};
  known.databases["d1"] = {};
  known.collections[0] = Collection(100, "c0");
  known.collections[0].aliases = {"a0"};
  known.collections[0].partitions["p"] = {102, true};
  known.collections[0].loaded = true;
  known.collections[1] = Collection(200, "c1");
  known.collections[2] = {};
  return known;
}

Verdict JudgeOne(StepKind kind, size_t slot, Place place, std::vector<std::string> partitions = {}) {
  CatalogRequest request;
  request.kind = kind;
  request.slot = slot;
  request.place = std::move(place);
  request.partitions = std::move(partitions);
  return Judge(Known(), request);
}

TEST(CatalogModel, NamesAreSharedInADatabase) {
  const auto refuses = [](StepKind kind, size_t slot, Place place) {
    return JudgeOne(kind, slot, std::move(place)).must_refuse;
  };
  const std::string main = kDefaultDatabase;
  EXPECT_FALSE(refuses(StepKind::kCreate, 2, {main, "c2"}));
  EXPECT_TRUE(refuses(StepKind::kCreate, 2, {main, "a0"}));
  EXPECT_TRUE(refuses(StepKind::kCreate, 2, {"d1", "c2"}));
  EXPECT_FALSE(refuses(StepKind::kRename, 1, {main, "r"}));
  EXPECT_TRUE(refuses(StepKind::kRename, 1, {main, "c0"}));
  EXPECT_TRUE(refuses(StepKind::kRename, 1, {main, "a0"}));
  EXPECT_TRUE(refuses(StepKind::kRename, 1, {"d1", "r"}));
  EXPECT_TRUE(refuses(StepKind::kRename, 2, {main, "r"}));
  EXPECT_TRUE(refuses(StepKind::kDrop, 0, {main, "c0"}));
  EXPECT_FALSE(refuses(StepKind::kDrop, 1, {main, "c1"}));
  EXPECT_TRUE(refuses(StepKind::kCreateAlias, 1, {main, "a0"}));
  EXPECT_TRUE(refuses(StepKind::kCreateAlias, 1, {main, "c0"}));
  EXPECT_FALSE(refuses(StepKind::kCreateAlias, 0, {main, "a0"}));
  EXPECT_TRUE(refuses(StepKind::kAlterAlias, 1, {main, "a1"}));
  EXPECT_TRUE(refuses(StepKind::kDropDatabase, 0, {main, ""}));
  EXPECT_TRUE(refuses(StepKind::kCreateDatabase, 0, {main, ""}));
  EXPECT_FALSE(refuses(StepKind::kCreateDatabase, 0, {"d1", ""}));
}

TEST(CatalogModel, AnAliasMovesFromOneToTheOther) {
  const Verdict verdict = JudgeOne(StepKind::kAlterAlias, 1, {kDefaultDatabase, "a0"});
  EXPECT_FALSE(verdict.must_refuse);
  EXPECT_TRUE(verdict.after.collections.at(0).aliases.empty());
  EXPECT_EQ(verdict.after.collections.at(1).aliases, (std::set<std::string>{"a0"}));
}

TEST(CatalogModel, PartitionsAreLoadedReleasedAndDropped) {
  EXPECT_TRUE(JudgeOne(StepKind::kDropPartition, 0, {}, {"p"}).must_refuse);
  EXPECT_TRUE(JudgeOne(StepKind::kReleasePartitions, 0, {}, {"q"}).must_refuse);
  const auto released = JudgeOne(StepKind::kReleasePartitions, 0, {}, {"p"}).after.collections.at(0);
  EXPECT_FALSE(released.loaded);
  EXPECT_TRUE(released.LoadedPartitions().empty());
  const auto loaded = JudgeOne(StepKind::kLoad, 0, {}).after.collections.at(0);
  EXPECT_TRUE(loaded.all_loaded());
  EXPECT_EQ(loaded.loads_new, LoadsNew::kYes);
  const auto made = JudgeOne(StepKind::kCreatePartition, 0, {}, {"q"}).after.collections.at(0);
  EXPECT_FALSE(made.partitions.at("q").loaded);
}

TEST(CatalogModel, WhatCannotBeSeenIsTakenFromTheExpectation) {
  CollectionState expected = Collection(100, "c0");
  expected.loads_new = LoadsNew::kUnknown;
  expected.partitions["q"] = {0, false};
  CollectionState seen = Collection(100, "c0");
  seen.partitions["q"] = {105, true};
  seen.loaded = true;
  EXPECT_TRUE(Agrees(seen, expected));
  EXPECT_EQ(Complete(seen, expected).loads_new, LoadsNew::kYes);
  expected.loads_new = LoadsNew::kNo;
  EXPECT_FALSE(Agrees(seen, expected));
}

// Half of a change that moves an alias is no outcome.
TEST(CatalogModel, OutcomesAreThereAsAWholeOrNotAtAll) {
  const CatalogState known = Known();
  const CatalogState moved = JudgeOne(StepKind::kAlterAlias, 1, {kDefaultDatabase, "a0"}).after;
  CatalogState seen = known;
  EXPECT_EQ(FindUnexplained(seen, known, {moved}), "");
  for (const auto& [slot, state] : moved.collections) seen.collections[slot] = state;
  EXPECT_EQ(FindUnexplained(seen, known, {moved}), "");
  EXPECT_NE(FindUnexplained(seen, known, {}), "");
  seen.collections[1].aliases.clear();
  EXPECT_NE(FindUnexplained(seen, known, {moved}), "");
  seen = known;
  seen.databases["d1"] = {true, 300};
  EXPECT_NE(FindUnexplained(seen, known, {moved}), "");
  EXPECT_EQ(FindUnexplained(seen, known, {JudgeOne(StepKind::kCreateDatabase, 0, {"d1", ""}).after}), "");
}

}  // namespace
}  // namespace redkite::sim
