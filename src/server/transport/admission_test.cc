#include "server/transport/admission.h"

#include <gtest/gtest.h>

#include <vector>

namespace redkite::server {
namespace {

struct Sink final : ReplySink {
  void Deliver(Reply reply) override { replies.push_back(std::move(reply)); }
  std::vector<Reply> replies;
};

TEST(Verdict, IsOneOfThree) {
  EXPECT_TRUE(RpcVerdict::Admitted().admitted());
  EXPECT_FALSE(RpcVerdict::Admitted().later());
  EXPECT_TRUE(HttpVerdict::Later().later());
  RpcVerdict refused = RpcVerdict::Refused({RpcCode::kUnauthenticated, "who?"});
  EXPECT_TRUE(refused.refused() && !refused.admitted() && !refused.later());
  EXPECT_EQ(refused.refusal().message, "who?");
}

TEST(AdmissionTicket, DecidesOnce) {
  auto sink = std::make_shared<Sink>();
  {
    RpcTicket ticket(sink, 7);
    EXPECT_FALSE(ticket.decided());
    ticket.Admit();
    EXPECT_TRUE(ticket.decided());
    ticket.Refuse({RpcCode::kInternal, "late"});
    ticket.Admit();
  }
  ASSERT_EQ(sink->replies.size(), 1u);
  EXPECT_EQ(sink->replies[0].step, Reply::Step::kAdmitted);
  EXPECT_EQ(sink->replies[0].stream_id, 7u);
}

TEST(AdmissionTicket, CarriesTheRefusal) {
  auto sink = std::make_shared<Sink>();
  RpcTicket(sink, 1).Refuse({RpcCode::kUnauthenticated, "no"});
  HttpTicket(sink, 2).Refuse({401, {{"www-authenticate", "Bearer"}}, "who?"});
  ASSERT_EQ(sink->replies.size(), 2u);
  EXPECT_EQ(sink->replies[0].step, Reply::Step::kRefused);
  EXPECT_EQ(sink->replies[0].status.code, RpcCode::kUnauthenticated);
  EXPECT_EQ(sink->replies[0].http_status, 0);
  EXPECT_EQ(sink->replies[1].step, Reply::Step::kRefused);
  EXPECT_EQ(sink->replies[1].http_status, 401);
  EXPECT_EQ(sink->replies[1].message, "who?");
  ASSERT_EQ(sink->replies[1].headers.size(), 1u);
}

TEST(AdmissionTicket, UndecidedRefuses) {
  auto sink = std::make_shared<Sink>();
  { HttpTicket dropped(sink, 1); }
  {
    RpcTicket first(sink, 2);
    RpcTicket moved = std::move(first);
    EXPECT_TRUE(first.decided());  // NOLINT: a ticket that was moved away decides nothing
    moved = RpcTicket(sink, 3);
    moved.Void();
  }
  { RpcTicket nobody; }
  ASSERT_EQ(sink->replies.size(), 2u);
  EXPECT_EQ(sink->replies[0].http_status, 500);
  EXPECT_EQ(sink->replies[1].stream_id, 2u);
  EXPECT_EQ(sink->replies[1].status.code, RpcCode::kInternal);
}

}  // namespace
}  // namespace redkite::server
