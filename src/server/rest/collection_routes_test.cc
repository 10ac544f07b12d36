#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

constexpr char kQuick[] = R"({"collectionName":"c","dimension":4})";

TEST(CollectionRoutes, QuickCollectionIsIndexedAndLoaded) {
  RestKit kit;
  EXPECT_EQ(kit.Call("collections/create", kQuick), R"({"code":0,"data":{}})");
  EXPECT_EQ(kit.Call("collections/list", "{}"), R"({"code":0,"data":["c"]})");
  EXPECT_EQ(kit.Call("collections/has", R"({"collectionName":"c"})"), R"({"code":0,"data":{"has":true}})");
  EXPECT_EQ(kit.Call("collections/has", R"({"collectionName":"d"})"), R"({"code":0,"data":{"has":false}})");
  EXPECT_EQ(kit.Call("collections/get_load_state", R"({"collectionName":"c"})"),
            R"({"code":0,"data":{"loadState":"LoadStateLoaded","loadProgress":100,"message":""}})");
  EXPECT_EQ(kit.Call("collections/get_stats", R"({"collectionName":"c"})"),
            R"({"code":0,"data":{"rowCount":0}})");
  const std::string described = kit.Call("collections/describe", R"({"collectionName":"c"})");
  for (const char* part : {R"("collectionName":"c")", R"("load":"LoadStateLoaded")",
                           R"("metricType":"COSINE")", R"("enableDynamicField":true)", R"("message":"")"}) {
    EXPECT_NE(described.find(part), std::string::npos) << part << described;
  }
  EXPECT_EQ(kit.CodeOf("collections/release", R"({"collectionName":"c"})"), 0);
  EXPECT_EQ(kit.Call("collections/get_load_state", R"({"collectionName":"c"})"),
            R"({"code":0,"data":{"loadState":"LoadStateNotLoad","message":""}})");
  EXPECT_EQ(kit.CodeOf("collections/load", R"({"collectionName":"c"})"), 0);
  EXPECT_EQ(kit.CodeOf("collections/refresh_load", R"({"collectionName":"c"})"), 0);
  EXPECT_EQ(kit.CodeOf("collections/drop", R"({"collectionName":"c"})"), 0);
  EXPECT_EQ(kit.Call("collections/list", "{}"), R"({"code":0,"data":[]})");
}

TEST(CollectionRoutes, WhatIsNotThere) {
  RestKit kit;
  for (const char* route : {"describe", "get_stats", "get_load_state", "load", "release", "rename", "flush",
                            "truncate", "compact", "alter_properties", "drop_properties"}) {
    const std::string body =
        R"({"collectionName":"none","newCollectionName":"x","properties":{"a":1},"propertyKeys":["a"]})";
    EXPECT_EQ(kit.CodeOf("collections/" + std::string(route), body), 100) << route;
    EXPECT_EQ(kit.CodeOf("collections/" + std::string(route), "{}"), 1802) << route;
  }
  EXPECT_EQ(kit.CodeOf("collections/list", R"({"dbName":"none"})"), 800);
}

TEST(CollectionRoutes, DatabaseOfTheBodyWinsOverTheHeader) {
  RestKit kit;
  EXPECT_EQ(kit.CodeOf("databases/create", R"({"dbName":"d"})"), 0);
  EXPECT_EQ(kit.CodeOf("collections/create", kQuick, {{"db-name", "d"}}), 0);
  EXPECT_EQ(kit.Call("collections/list", "{}", {{"db-name", "d"}}), R"({"code":0,"data":["c"]})");
  EXPECT_EQ(kit.Call("collections/list", R"({"dbName":"default"})", {{"db-name", "d"}}),
            R"({"code":0,"data":[]})");
}

TEST(CollectionRoutes, ChangesOfOne) {
  RestKit kit;
  ASSERT_EQ(kit.CodeOf("collections/create", kQuick), 0);
  EXPECT_EQ(kit.CodeOf("collections/alter_properties",
                       R"({"collectionName":"c","properties":{"collection.ttl.seconds":60}})"),
            0);
  EXPECT_NE(kit.Call("collections/describe", R"({"collectionName":"c"})")
                .find(R"({"key":"collection.ttl.seconds","value":"60"})"),
            std::string::npos);
  EXPECT_EQ(kit.CodeOf("collections/drop_properties",
                       R"({"collectionName":"c","propertyKeys":["collection.ttl.seconds"]})"),
            0);
  EXPECT_EQ(
      kit.CodeOf("collections/fields/add",
                 R"({"collectionName":"c","schema":{"fieldName":"t","dataType":"VarChar","nullable":true,
                           "elementTypeParams":{"max_length":"8"}}})"),
      0);
  EXPECT_EQ(kit.CodeOf("collections/fields/alter_properties",
                       R"({"collectionName":"c","fieldName":"t","fieldParams":{"max_length":"16"}})"),
            0);
  EXPECT_NE(kit.Call("collections/describe", R"({"collectionName":"c"})")
                .find(R"({"key":"max_length","value":"16"})"),
            std::string::npos);
  EXPECT_EQ(kit.CodeOf("collections/truncate", R"({"collectionName":"c"})"), 0);
  EXPECT_EQ(kit.CodeOf("collections/flush", R"({"collectionName":"c"})"), 0);
  EXPECT_EQ(kit.CodeOf("collections/rename", R"({"collectionName":"c","newCollectionName":"e"})"), 0);
  EXPECT_EQ(kit.Call("collections/list", "{}"), R"({"code":0,"data":["e"]})");
}

// No member but the collection is required: what is missing is the proxy's to tell.
TEST(CollectionRoutes, ChangesOfNothing) {
  RestKit kit;
  ASSERT_EQ(kit.CodeOf("collections/create", kQuick), 0);
  for (const char* route : {"collections/alter_properties", "collections/drop_properties",
                            "collections/fields/alter_properties", "indexes/alter_properties",
                            "indexes/drop_properties", "databases/alter", "databases/drop_properties"}) {
    EXPECT_EQ(
        kit.CodeOf(route,
                   R"({"collectionName":"c","fieldName":"id","indexName":"vector","dbName":"default"})"),
        1100)
        << route;
  }
}

TEST(CollectionRoutes, Compactions) {
  RestKit kit;
  ASSERT_EQ(kit.CodeOf("collections/create", kQuick), 0);
  EXPECT_EQ(kit.Call("collections/compact", R"({"collectionName":"c"})"),
            R"({"code":0,"data":{"compactionID":9}})");
  CompactionPlan plan;
  plan.trigger = 9;
  plan.state = CompactionPlanState::kExecuting;
  kit.proxy.backend.plans = {plan};
  EXPECT_EQ(kit.Call("collections/get_compaction_state", R"({"jobID":9})"),
            R"({"code":0,"data":{"compactionID":9,"state":"Executing","executingPlanNumber":1,)"
            R"("timeoutPlanNumber":0,"completedPlanNumber":0}})");
  kit.proxy.backend.plans[0].state = CompactionPlanState::kCompleted;
  EXPECT_NE(kit.Call("collections/get_compaction_state", R"({"jobID":9})").find(R"("state":"Completed")"),
            std::string::npos);
}

TEST(CollectionRoutes, WhatIsNotBuiltSaysSo) {
  RestKit kit;
  for (const char* route : {"collections/add_function", "collections/struct_fields/add"}) {
    EXPECT_EQ(kit.Call(route, "{}"),
              std::string(R"({"code":10,"message":")") + route + R"( is not implemented"})");
  }
}

}  // namespace
}  // namespace redkite::server
