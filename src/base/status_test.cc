#include "base/status.h"

#include <gtest/gtest.h>

#include <memory>

namespace redkite {
namespace {

Status FailWhen(bool fail) { return fail ? Status::Invalid("wrong value: 7") : Status::Ok(); }
Result<int> Half(int n) {
  if (n % 2 != 0) return Status::Invalid("odd number: " + std::to_string(n));
  return n / 2;
}
Result<int> Quarter(int n) {
  RK_ASSIGN_OR_RETURN(const int half, Half(n));
  RK_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}
Status Both(bool first, bool second) {
  RK_RETURN_IF_ERROR(FailWhen(first).WithContext("first"));
  RK_RETURN_IF_ERROR(FailWhen(second).WithContext("second"));
  return Status::Ok();
}

TEST(Status, DefaultIsOk) {
  const Status s;
  EXPECT_TRUE(s.ok());
  EXPECT_EQ(s.code(), Code::kOk);
  EXPECT_EQ(s.message(), "");
  EXPECT_FALSE(s.retriable());
}

TEST(Status, CodesAreTheNumbersOnTheWire) {
  EXPECT_EQ(static_cast<int>(Code::kCollectionNotFound), 100);
  EXPECT_EQ(static_cast<int>(Code::kCollectionSchemaMismatch), 109);
  EXPECT_EQ(static_cast<int>(Code::kParameterInvalid), 1100);
  EXPECT_EQ(static_cast<int>(Code::kUnexpected), 65535);
}

TEST(Status, InvalidEndsWithTheSentinelClientsMatchOn) {
  const Status s = Status::Invalid("limit out of range: 0");
  EXPECT_EQ(s.code(), Code::kParameterInvalid);
  EXPECT_EQ(s.message(), "limit out of range: 0: invalid parameter");
  EXPECT_EQ(s.blame(), Blame::kUser);
  EXPECT_FALSE(s.retriable());
}

TEST(Status, SystemFailuresBlameTheSystem) {
  EXPECT_EQ(Status::Io("cannot write: x").blame(), Blame::kSystem);
  EXPECT_EQ(Status::Corrupt("bad checksum: x").code(), Code::kDataIntegrity);
  EXPECT_EQ(Status::Internal("x").code(), Code::kInternal);
  EXPECT_EQ(Status::Unimplemented("x").code(), Code::kUnimplemented);
}

TEST(Status, RetriableCodes) {
  EXPECT_TRUE(IsRetriableCode(Code::kServiceNotReady));
  EXPECT_TRUE(Status(Code::kTooManyRequests, "queue is full").retriable());
  EXPECT_FALSE(IsRetriableCode(Code::kParameterInvalid));
  EXPECT_TRUE(IsUserCode(Code::kParameterInvalid));
  EXPECT_FALSE(IsUserCode(Code::kIoFailed));
}

TEST(Status, ContextKeepsTheCode) {
  const Status s = Status::Io("disk full").WithContext("flush segment 3");
  EXPECT_EQ(s.code(), Code::kIoFailed);
  EXPECT_EQ(s.message(), "flush segment 3: disk full");
  EXPECT_TRUE(Status::Ok().WithContext("anything").ok());
}

TEST(Status, WithCodeKeepsTheMessage) {
  const Status s = Status::Io("disk full").WithCode(Code::kDiskLimitExceeded);
  EXPECT_EQ(s.code(), Code::kDiskLimitExceeded);
  EXPECT_EQ(s.message(), "disk full");
}

TEST(Status, ReturnIfErrorStopsAtTheFirst) {
  EXPECT_TRUE(Both(false, false).ok());
  EXPECT_EQ(Both(true, true).message().find("first: "), 0u);
  EXPECT_EQ(Both(false, true).message().find("second: "), 0u);
}

TEST(Result, PassesValuesAndErrors) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_FALSE(Quarter(6).ok());
  EXPECT_NE(Quarter(6).status().message().find("odd number: 3"), std::string::npos);
}

TEST(Result, CarriesMoveOnlyValues) {
  Result<std::unique_ptr<int>> r(std::make_unique<int>(5));
  ASSERT_TRUE(r.ok());
  const std::unique_ptr<int> taken = std::move(r).value();
  EXPECT_EQ(*taken, 5);
}

TEST(ResultDeathTest, ReadingAMissingValueAborts) { EXPECT_DEATH(Half(1).value(), "CHECK"); }

}  // namespace
}  // namespace redkite
