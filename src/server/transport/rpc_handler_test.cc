#include "server/transport/rpc_handler.h"

#include <gtest/gtest.h>

namespace redkite::server {
namespace {

struct Sink final : ReplySink {
  void Deliver(Reply reply) override { replies.push_back(std::move(reply)); }
  std::vector<Reply> replies;
};

TEST(Responder, AnswersOnce) {
  auto sink = std::make_shared<Sink>();
  {
    Responder responder(sink, 7);
    EXPECT_FALSE(responder.answered());
    responder.Finish("a");
    EXPECT_TRUE(responder.answered());
    responder.Finish("b");
    responder.Send("c");
    responder.Fail({RpcCode::kInternal, "d"});
  }
  ASSERT_EQ(sink->replies.size(), 1u);
  EXPECT_EQ(sink->replies[0].stream_id, 7u);
  EXPECT_EQ(sink->replies[0].message, "a");
  EXPECT_TRUE(sink->replies[0].finish);
}

TEST(Responder, UnansweredAnswersInternal) {
  auto sink = std::make_shared<Sink>();
  { Responder responder(sink, 1); }
  {
    Responder first(sink, 2);
    Responder moved = std::move(first);
    EXPECT_TRUE(first.answered());  // NOLINT: a moved-from responder has nothing to answer
    moved = Responder(sink, 3);
    moved.Finish("");
  }
  { HttpResponder http(sink, 4); }
  ASSERT_EQ(sink->replies.size(), 4u);
  EXPECT_EQ(sink->replies[0].status.code, RpcCode::kInternal);
  EXPECT_EQ(sink->replies[1].stream_id, 2u);
  EXPECT_EQ(sink->replies[1].status.code, RpcCode::kInternal);
  EXPECT_EQ(sink->replies[2].stream_id, 3u);
  EXPECT_TRUE(sink->replies[2].status.ok());
  EXPECT_EQ(sink->replies[3].http_status, 500);
}

TEST(Responder, StreamCountsUnsentBytes) {
  auto sink = std::make_shared<Sink>();
  Responder responder(sink, 1);
  EXPECT_EQ(responder.unsent_bytes(), 0);
  responder.Send("hello");
  responder.Send("you");
  EXPECT_EQ(responder.unsent_bytes(), 8);
  sink->replies[0].unsent_bytes->fetch_sub(5);
  EXPECT_EQ(responder.unsent_bytes(), 3);
  responder.FinishStream();
  ASSERT_EQ(sink->replies.size(), 3u);
  EXPECT_FALSE(sink->replies[0].finish);
  EXPECT_FALSE(sink->replies[2].has_message);
}

}  // namespace
}  // namespace redkite::server
