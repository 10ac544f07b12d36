#include "base/memory_ledger.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/thread.h"

namespace redkite {
namespace {

TEST(MemoryLedger, GivesBackOnDestruction) {
  MemoryLedger ledger(100);
  {
    Result<MemoryReservation> first = ledger.Reserve(60, "first");
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(first->bytes(), 60);
    EXPECT_EQ(ledger.used_bytes(), 60);
  }
  EXPECT_EQ(ledger.used_bytes(), 0);
}

TEST(MemoryLedger, RefusesWhatDoesNotFit) {
  MemoryLedger ledger(100);
  Result<MemoryReservation> first = ledger.Reserve(60, "first");
  ASSERT_TRUE(first.ok());
  const Result<MemoryReservation> second = ledger.Reserve(41, "insert");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), Code::kMemoryLimitExceeded);
  EXPECT_EQ(second.status().message().find("insert needs 41 bytes, 40 of 100"), 0u)
      << second.status().message();
  EXPECT_EQ(ledger.used_bytes(), 60);
  EXPECT_TRUE(ledger.Reserve(40, "exactly").ok());
}

/// Holds what it gets until it is asked to give it back.
struct Hoard : SpareMemory {
  MemoryReservation held;
  int given_back = 0;
  int64_t spare_bytes() const override { return held.bytes(); }
  void GiveBack() override {
    ++given_back;
    held.Release();
  }
};

TEST(MemoryLedger, SpareMemoryIsGivenBackBeforeSomebodyIsRefused) {
  MemoryLedger ledger(100);
  Hoard hoard;
  ledger.SetSpare(&hoard);
  auto spare = ledger.ReserveSpare(60);
  ASSERT_TRUE(spare.has_value());
  hoard.held = std::move(*spare);
  EXPECT_FALSE(ledger.ReserveSpare(16).has_value()) << "the last quarter is for others";
  EXPECT_EQ(ledger.used_bytes(), 60);
  EXPECT_EQ(ledger.needed_bytes(), 0);
  const auto small = ledger.Reserve(30, "small");
  EXPECT_EQ(hoard.given_back, 0);
  EXPECT_FALSE(ledger.is_short());
  EXPECT_FALSE(ledger.Reserve(71, "too large in any case").ok());
  EXPECT_EQ(hoard.given_back, 0);
  const auto large = ledger.Reserve(70, "large");
  EXPECT_TRUE(large.ok());
  EXPECT_EQ(hoard.given_back, 1);
  EXPECT_EQ(ledger.used_bytes(), 100);
  EXPECT_TRUE(ledger.is_short());
}

TEST(MemoryLedger, PartsAreGivenBackApart) {
  MemoryLedger ledger(100);
  MemoryReservation whole = std::move(ledger.Reserve(60, "whole")).value();
  {
    const MemoryReservation part = whole.Split(20);
    EXPECT_EQ(part.bytes(), 20);
    EXPECT_EQ(whole.bytes(), 40);
    EXPECT_EQ(ledger.used_bytes(), 60);
  }
  EXPECT_EQ(ledger.used_bytes(), 40);
  const MemoryReservation rest = whole.Split(1000);
  EXPECT_EQ(rest.bytes(), 40);
  EXPECT_EQ(whole.bytes(), 0);
  EXPECT_EQ(MemoryReservation().Split(5).bytes(), 0);
}

TEST(MemoryLedger, MovingKeepsOneOwner) {
  MemoryLedger ledger(100);
  MemoryReservation a = std::move(ledger.Reserve(30, "a")).value();
  MemoryReservation b = std::move(a);
  EXPECT_EQ(a.bytes(), 0);  // NOLINT: a moved-from reservation is empty
  EXPECT_EQ(b.bytes(), 30);
  b = std::move(ledger.Reserve(50, "b")).value();
  EXPECT_EQ(ledger.used_bytes(), 50);
  b.Release();
  b.Release();
  EXPECT_EQ(ledger.used_bytes(), 0);
}

TEST(MemoryLedger, ThreadsNeverPassTheLimit) {
  constexpr int64_t kLimit = 1000;
  MemoryLedger ledger(kLimit);
  std::atomic<int> refused{0};
  {
    std::vector<Thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back("ledger", [&] {
        for (int i = 0; i < 2000; ++i) {
          Result<MemoryReservation> one = ledger.Reserve(400, "row");
          if (!one.ok()) refused.fetch_add(1);
          ASSERT_LE(ledger.used_bytes(), kLimit);
        }
      });
    }
  }
  EXPECT_EQ(ledger.used_bytes(), 0);
  EXPECT_LT(refused.load(), 8000);
}

}  // namespace
}  // namespace redkite
