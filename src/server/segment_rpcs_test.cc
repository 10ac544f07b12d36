#include <gtest/gtest.h>

#include "server/service_test_kit.h"

namespace redkite::server {
namespace {

TEST(SegmentRpcsTest, SegmentsAndReplicas) {
  ServiceKit kit;
  ASSERT_TRUE(kit.engine().CreateItems("items", 4, {{"index_type", "FLAT"}}).ok());
  engine::ItemRows rows("items", 4, false);
  for (int64_t id = 0; id < 10; ++id) rows.Add(id, "t", id, {1, 2, 3, 4});
  ASSERT_TRUE(kit.engine().Insert(rows.Take()).ok());
  const Message named = Message().Text(3, "items");
  EXPECT_TRUE(kit.Call("GetPersistentSegmentInfo", named).Texts(2).empty());
  Message loaded(kit.Call("GetQuerySegmentInfo", named).Text(2));
  EXPECT_EQ(loaded.Number(5), 10);
  EXPECT_EQ(loaded.Number(9), 2);  // Growing

  const Message flushed = kit.Call("FlushAll", Message(), "default");
  EXPECT_EQ(kit.ReplyCode(flushed), 0);
  const auto stamp = static_cast<uint64_t>(flushed.Number(2));
  EXPECT_EQ(kit.Call("GetFlushAllState", Message().Number(2, stamp)).Number(2), 1);
  EXPECT_EQ(Message(kit.Call("GetPersistentSegmentInfo", named).Text(2)).Number(4), 10);
  loaded = Message(kit.Call("GetQuerySegmentInfo", named).Text(2));
  EXPECT_EQ(loaded.Number(9), 3);  // Sealed

  const Message replicas = kit.Call("GetReplicas", Message().Text(4, "items"));
  ASSERT_EQ(replicas.Texts(2).size(), 1u);
  EXPECT_EQ(Message(Message(replicas.Text(2)).Text(4)).Text(2), "127.0.0.1:19530");
  EXPECT_EQ(kit.ReplyCode(kit.Call("ListIndexedSegment", Message().Text(2, "items").Text(3, "vec"))), 0);
  EXPECT_EQ(kit.ReplyCode(kit.Call("ListIndexedSegment", Message().Text(2, "items").Text(3, "none"))), 700);
  EXPECT_EQ(kit.ReplyCode(kit.Call("GetReplicas", Message().Text(4, "none"))), 100);
}

TEST(SegmentRpcsTest, Compactions) {
  ServiceKit kit;
  ASSERT_TRUE(kit.engine().CreateItems("items", 4, {{"index_type", "FLAT"}}).ok());
  for (int64_t id = 0; id < 2; ++id) {
    engine::ItemRows rows("items", 4, false);
    rows.Add(id, "t", id, {1, 2, 3, 4});
    ASSERT_TRUE(kit.engine().Insert(rows.Take()).ok());
    ASSERT_TRUE(kit.engine().Flush("items").ok());
  }
  const Message started = kit.Call("ManualCompaction", Message().Text(4, "items"));
  EXPECT_EQ(kit.ReplyCode(started), 0);
  EXPECT_EQ(started.Number(3), 1);
  const auto id = static_cast<uint64_t>(started.Number(2));
  EXPECT_NE(id, 0u);
  const Message state = kit.Call("GetCompactionState", Message().Number(1, id));
  EXPECT_EQ(state.Number(2), 2);  // Completed: the tests' executor does not wait
  EXPECT_EQ(state.Number(5), 1);
  const Message plans = kit.Call("GetCompactionStateWithPlans", Message().Text(3, "items"));
  ASSERT_EQ(plans.Texts(3).size(), 1u);
  EXPECT_EQ(static_cast<uint64_t>(Message(plans.Text(3)).Number(4)), id);
  EXPECT_EQ(kit.Call("GetPersistentSegmentInfo", Message().Text(3, "items")).Texts(2).size(), 1u);
  EXPECT_EQ(kit.ReplyCode(kit.Call("ManualCompaction", Message().Text(4, "none"))), 100);
  EXPECT_EQ(kit.ReplyCode(kit.Call("ManualCompaction", Message().Text(4, "items").Number(3, 1))), 10);
  EXPECT_EQ(kit.Call("GetCompactionState", Message().Number(1, 12345)).Number(2), 2);
}

TEST(SegmentRpcsTest, TheNode) {
  ServiceKit kit;
  const Message metrics = kit.Call("GetMetrics", Message().Text(2, "{\"metric_type\": \"system_info\"}"));
  EXPECT_EQ(metrics.Text(3), "standalone");
  EXPECT_NE(metrics.Text(2).find("\"nodes_info\":[{\"identifier\":1,"), std::string::npos);
  EXPECT_EQ(kit.ReplyCode(kit.Call("GetMetrics", Message().Text(2, "{\"metric_type\": \"x\"}"))), 1200);
  EXPECT_EQ(kit.ReplyCode(kit.Call("GetMetrics", Message().Text(2, "x"))), 1100);
  const Message link = kit.Call("RegisterLink", Message());
  EXPECT_EQ(Message(link.Text(1)).Text(1), "127.0.0.1");
  EXPECT_EQ(Message(link.Text(1)).Number(2), 19530);
  const Message beat = kit.CallPath("/milvus.proto.milvus.ClientTelemetryService/ClientHeartbeat", Message());
  EXPECT_GT(beat.Number(2), 0);
  EXPECT_TRUE(beat.Texts(3).empty());
}

}  // namespace
}  // namespace redkite::server
