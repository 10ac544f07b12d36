#include "io/mem_object_store.h"

#include <gtest/gtest.h>

#include <set>

namespace redkite::io {
namespace {

TEST(MemObjectStore, ARefusedOperationHasNotHappened) {
  MemObjectStore store;
  ASSERT_TRUE(store.Put("a", "1").ok());
  for (const ObjectOp op :
       {ObjectOp::kGet, ObjectOp::kHead, ObjectOp::kPut, ObjectOp::kList, ObjectOp::kDelete}) {
    store.FailNth(op, 1, ObjectFault::kRefused);
  }
  EXPECT_EQ(store.Get("a").status().code(), Code::kServiceUnavailable);
  EXPECT_EQ(store.Head("a").status().code(), Code::kServiceUnavailable);
  EXPECT_EQ(store.Put("a", "2").status().code(), Code::kServiceUnavailable);
  EXPECT_EQ(store.List("", "", 1).status().code(), Code::kServiceUnavailable);
  const Status refused = store.Delete("a");
  EXPECT_EQ(refused.code(), Code::kServiceUnavailable);
  EXPECT_TRUE(refused.retriable());
  EXPECT_EQ(store.Get("a")->bytes, "1");
}

TEST(MemObjectStore, ALostAnswerHasHappened) {
  MemObjectStore store;
  store.FailNth(ObjectOp::kPut, 1, ObjectFault::kLostAnswer);
  EXPECT_EQ(store.PutIfAbsent("a", "1").status().code(), Code::kTimeout);
  const auto again = store.PutIfAbsent("a", "2");
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->applied);  // which is why a caller reads before it goes on
  EXPECT_EQ(store.Get("a")->bytes, "1");
  store.FailNth(ObjectOp::kGet, 1, ObjectFault::kLostAnswer);
  EXPECT_EQ(store.Get("a").status().code(), Code::kServiceUnavailable);
}

TEST(MemObjectStore, AnUnknownPutHappensNowLaterOrNever) {
  int now = 0, later = 0, never = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    MemObjectStore store(seed);
    store.FailNth(ObjectOp::kPut, 1, ObjectFault::kUnknown);
    EXPECT_EQ(store.Put("a", "1").status().code(), Code::kTimeout);
    const bool at_once = store.Head("a").ok();
    store.Heal();
    const bool at_last = store.Head("a").ok();
    ++(at_once ? now : at_last ? later : never);
  }
  EXPECT_GT(now, 0);
  EXPECT_GT(later, 0);
  EXPECT_GT(never, 0);
}

TEST(MemObjectStore, APutUnderWayIsDecidedWhereItArrives) {
  int lost = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    MemObjectStore store(seed);
    store.FailNth(ObjectOp::kPut, 1, ObjectFault::kUnknown);
    EXPECT_FALSE(store.PutIfAbsent("a", "slow").ok());
    const auto second = store.PutIfAbsent("a", "fast");
    ASSERT_TRUE(second.ok());
    store.Heal();
    EXPECT_EQ(store.Get("a")->bytes, second->applied ? "fast" : "slow") << "seed " << seed;
    lost += second->applied ? 0 : 1;
  }
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, 60);
}

TEST(MemObjectStore, TheSameSeedGivesTheSameFaults) {
  const auto run = [](uint64_t seed) {
    MemObjectStore store(seed);
    store.SetFaultRate(200);
    std::string outcome;
    for (int i = 0; i < 200; ++i) {
      outcome += store.Put("k" + std::to_string(i % 5), "v").ok() ? '.' : 'P';
      outcome += store.Get("k" + std::to_string(i % 7)).ok() ? '.' : 'G';
    }
    return outcome;
  };
  EXPECT_EQ(run(3), run(3));
  EXPECT_NE(run(3), run(4));
  EXPECT_NE(run(3).find('P'), std::string::npos);
}

TEST(MemObjectStore, SomebodyElseMayComeFirst) {
  MemObjectStore store;
  ASSERT_TRUE(store.Put("a", "1").ok());
  const std::string etag = store.Head("a")->etag;
  store.SetBeforeOp([&store](ObjectOp op, std::string_view key) {
    if (op != ObjectOp::kPut || key != "a") return;
    store.SetBeforeOp({});
    ASSERT_TRUE(store.Put("a", "theirs").ok());
  });
  const auto put = store.PutIfMatch("a", etag, "mine");
  ASSERT_TRUE(put.ok());
  EXPECT_FALSE(put->applied);
  EXPECT_EQ(store.Get("a")->bytes, "theirs");
  EXPECT_EQ(store.op_count(ObjectOp::kPut), 3u);
}

}  // namespace
}  // namespace redkite::io
