#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "plan/filter_templates_fixture.h"
#include "proxy/mem_proxy_test_kit.h"

namespace redkite::proxy {
namespace {

struct Writes : testing::Test {
  Writes() { kit.MakeItems(); }
  MemProxyKit kit;
};

TEST_F(Writes, InsertUpsertAndDelete) {
  const auto inserted = kit.Insert(MemProxyKit::Rows({{1, "a"}, {2, "b"}}));
  ASSERT_TRUE(inserted.ok()) << inserted.status().ToString();
  EXPECT_EQ(inserted->insert_count, 2);
  EXPECT_EQ(inserted->succeeded_rows, 2);
  EXPECT_EQ(inserted->ids.view().At<int64_t>(1), 2);
  EXPECT_GT(inserted->timestamp, 0u);
  auto request = MemProxyKit::Rows({{2, "new"}, {3, "c"}});
  request.upsert = true;
  const auto upserted = kit.Insert(std::move(request));
  ASSERT_TRUE(upserted.ok());
  EXPECT_EQ(upserted->upsert_count, 2);
  EXPECT_GT(upserted->timestamp, inserted->timestamp);
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(kit.Query("id == 2", {"tag"})->columns.size(), 2u);
  const auto deleted = kit.Delete("id in [1, 3, 99]");
  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ(deleted->delete_count, 3);
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{2}));
}

TEST_F(Writes, KeysAreUniqueWhereTheCollectionSaysSo) {
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "a"}})).ok());
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "again"}})).ok());
  AlterCollectionRequest alter;
  alter.name = {"", "items"};
  alter.properties.put = {{"pk.unique", "maybe"}};
  ExpectRefused(kit.proxy.AlterCollection(alter), Code::kParameterInvalid, "invalid pk.unique value: maybe");
  alter.properties.put = {{"pk.unique", "true"}};
  ASSERT_TRUE(kit.proxy.AlterCollection(alter).ok());
  ExpectRefused(kit.Insert(MemProxyKit::Rows({{2, "b"}, {1, "c"}})).status(), Code::kParameterInvalid,
                "primary key");
  auto upsert = MemProxyKit::Rows({{1, "new"}});
  upsert.upsert = true;
  EXPECT_TRUE(kit.Insert(std::move(upsert)).ok());
  EXPECT_TRUE(kit.Insert(MemProxyKit::Rows({{2, "b"}})).ok());
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{1, 2}));
}

TEST_F(Writes, ADeleteByFilterTakesTheRowsThatAreThereNow) {
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "a"}, {2, "b"}, {3, "a"}})).ok());
  const auto deleted = kit.Delete("tag == \"a\"");
  ASSERT_TRUE(deleted.ok()) << deleted.status().ToString();
  EXPECT_EQ(deleted->delete_count, 2);
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{2}));
  const size_t appends = kit.shard().append_count();
  const auto nothing = kit.Delete("tag == \"z\"");
  ASSERT_TRUE(nothing.ok());
  EXPECT_EQ(nothing->delete_count, 0);
  EXPECT_GT(nothing->timestamp, 0u);
  EXPECT_EQ(kit.shard().append_count(), appends);  // nothing to log
}

TEST_F(Writes, OnlyADeleteByKeyWorksOnAnUnloadedCollection) {
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "a"}, {2, "b"}})).ok());
  ASSERT_TRUE(kit.proxy.ReleaseCollection({"", "items"}).ok());
  ExpectRefused(kit.Delete("tag == \"a\"").status(), Code::kCollectionNotLoaded, "items");
  EXPECT_TRUE(kit.Delete("id == 1").ok());
  EXPECT_TRUE(kit.Insert(MemProxyKit::Rows({{3, "c"}})).ok());
}

TEST_F(Writes, ADeleteTakesTemplates) {
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}})).ok());
  const TemplateValues values = {{"keys", plan::Given(plan::ArrayOf({int64_t{1}, int64_t{9}}))},
                                 {"tag", {std::string("c")}}};
  const auto by_key = kit.Delete("id in {keys}", "items", values);
  ASSERT_TRUE(by_key.ok()) << by_key.status().ToString();
  EXPECT_EQ(by_key->delete_count, 2);
  ASSERT_TRUE(kit.Delete("tag == {tag}", "items", values).ok());
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{2, 4}));
  ExpectRefused(kit.Delete("id in {nothing}", "items", values).status(), Code::kParameterInvalid,
                "failed to create delete plan: cannot parse expression: id in {nothing}, error: the value of "
                "expression template variable name {nothing} is not found");
  ExpectRefused(kit.Delete("id > 1 and random_sample(0.5)").status(), Code::kParameterInvalid,
                "random_sample is not supported in a delete");
}

TEST_F(Writes, RefusedRequestsAreNotAppended) {
  ExpectRefused(kit.Delete("").status(), Code::kParameterInvalid,
                "delete plan can't be empty or always true");
  EXPECT_EQ(kit.Delete("nothing == 1").status().code(), Code::kParameterInvalid);
  auto request = MemProxyKit::Rows({{1, "a"}});
  request.partition = "nowhere";
  ExpectRefused(kit.Insert(std::move(request)).status(), Code::kPartitionNotFound, "nowhere");
  request = MemProxyKit::Rows({{1, "far too long"}});
  EXPECT_EQ(kit.Insert(std::move(request)).status().code(), Code::kParameterInvalid);
  request = MemProxyKit::Rows({{1, "a"}});
  request.columns.pop_back();
  EXPECT_FALSE(kit.Insert(std::move(request)).ok());
  request = MemProxyKit::Rows({{1, "a"}});
  request.unsupported = {"something"};
  ExpectRefused(kit.Insert(std::move(request)).status(), Code::kUnimplemented, "something");
  request = MemProxyKit::Rows({{1, "a"}});
  request.schema_timestamp = 1;
  EXPECT_EQ(kit.Insert(std::move(request)).status().code(), Code::kCollectionSchemaMismatch);
  request = MemProxyKit::Rows({{1, "a"}}, "other");
  ExpectRefused(kit.Insert(std::move(request)).status(), Code::kCollectionNotFound,
                "[database=default][collection=other]");
  EXPECT_EQ(kit.shard().append_count(), 0u);
  EXPECT_EQ(kit.memory.used_bytes(), 0);
}

TEST_F(Writes, MemoryIsReservedWhileTheRowsLive) {
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "a"}})).ok());
  const int64_t used = kit.memory.used_bytes();
  EXPECT_GT(used, 0);
  std::vector<MemProxyKit::Item> many(40'000);
  for (size_t i = 0; i < many.size(); ++i) many[i].id = static_cast<int64_t>(i);
  const auto asked = [this] {
    return std::count(kit.backend.calls.begin(), kit.backend.calls.end(), "make room");
  };
  EXPECT_EQ(asked(), 0);
  EXPECT_EQ(kit.Insert(MemProxyKit::Rows(many)).status().code(), Code::kMemoryLimitExceeded);
  EXPECT_EQ(asked(), 1);
  EXPECT_EQ(kit.memory.used_bytes(), used);
  {
    const auto most = kit.memory.Reserve(kit.memory.limit_bytes() / 4 * 3, "test").value();
    ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "a"}})).ok());
    EXPECT_EQ(asked(), 2) << "before anybody is refused";
  }
  const int64_t used_now = kit.memory.used_bytes();
  kit.shard().FailNextAppend(Status::Io("log is broken"));
  EXPECT_EQ(kit.Insert(MemProxyKit::Rows({{2, "b"}})).status().code(), Code::kIoFailed);
  EXPECT_EQ(kit.memory.used_bytes(), used_now);
  ASSERT_TRUE(kit.proxy.DropCollection({"", "items"}).ok());
  EXPECT_EQ(kit.memory.used_bytes(), 0);
}

TEST_F(Writes, AnAnswerComesWhenTheRowsAreVisible) {
  kit.shard().SetManual(true);
  int answers = 0;
  kit.proxy.Insert(MemProxyKit::Rows({{1, "a"}}), [&](Result<MutationResult> result) {
    ++answers;
    EXPECT_TRUE(result.ok());
  });
  EXPECT_EQ(answers, 0);
  EXPECT_TRUE(kit.Ids().empty());
  EXPECT_EQ(kit.shard().Apply(), 1u);
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{1}));
}

TEST_F(Writes, AnUnknownOutcomeIsAnError) {
  kit.shard().FailNextAppend(Status::Io("log stopped"), true);
  EXPECT_EQ(kit.Insert(MemProxyKit::Rows({{1, "a"}})).status().code(), Code::kIoFailed);
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{1}));
}

TEST_F(Writes, AShardThatWasDroppedMeanwhileIsNamed) {
  kit.shard().Close();
  const std::string phrase = "collection not found[database=default][collection=items]";
  ExpectRefused(kit.Insert(MemProxyKit::Rows({{1, "a"}})).status(), Code::kCollectionNotFound, phrase);
  ExpectRefused(kit.Delete("id == 1").status(), Code::kCollectionNotFound, phrase);
}

TEST_F(Writes, GeneratedKeysAreDistinct) {
  auto create = MemProxyKit::Items("generated");
  create.schema.auto_id = true;
  create.schema.fields[0].auto_id = true;
  ASSERT_TRUE(kit.proxy.CreateCollection(create).ok());
  std::set<int64_t> seen;
  for (int i = 0; i < 3; ++i) {
    auto request = MemProxyKit::Rows({{0, "a"}, {0, "b"}}, "generated");
    request.columns.erase(request.columns.begin());
    const auto inserted = kit.Insert(std::move(request));
    ASSERT_TRUE(inserted.ok()) << inserted.status().ToString();
    for (const int64_t id : inserted->ids.view().Values<int64_t>()) EXPECT_TRUE(seen.insert(id).second);
  }
  EXPECT_EQ(seen.size(), 6u);
}

TEST_F(Writes, FlushNamesWhatIsUnderWay) {
  kit.backend.unflushed = {SegmentId(7), SegmentId(8)};
  const auto flushed = kit.proxy.Flush({"", {"items"}});
  ASSERT_TRUE(flushed.ok()) << flushed.status().ToString();
  ASSERT_EQ(flushed->size(), 1u);
  EXPECT_EQ(flushed->at(0).name, "items");
  EXPECT_EQ(flushed->at(0).sealing, kit.backend.unflushed);
  EXPECT_FALSE(*kit.proxy.GetFlushState({{"", "items"}, {SegmentId(8)}, 0}));
  EXPECT_FALSE(*kit.proxy.GetFlushState({{"", ""}, {SegmentId(8)}, 0}));
  kit.backend.unflushed = {SegmentId(9)};
  EXPECT_TRUE(*kit.proxy.GetFlushState({{"", "items"}, {SegmentId(7), SegmentId(8)}, 0}));
  ExpectRefused(kit.proxy.Flush({"", {}}).status(), Code::kParameterInvalid, "at least one collection name");
  ExpectRefused(kit.proxy.Flush({"", {"items", "other"}}).status(), Code::kCollectionNotFound, "other");
  EXPECT_EQ(std::count(kit.backend.calls.begin(), kit.backend.calls.end(), "flush"), 1);
  EXPECT_EQ(kit.proxy.Flush({"", {"items", "items", "items"}})->size(), 1u);
  EXPECT_EQ(std::count(kit.backend.calls.begin(), kit.backend.calls.end(), "flush"), 2);
}

}  // namespace
}  // namespace redkite::proxy
