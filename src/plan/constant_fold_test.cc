#include "plan/constant_fold.h"

#include <gtest/gtest.h>

namespace redkite::plan {
namespace {

std::string Fold(TokenKind op, Literal a, Literal b) {
  const Result<Literal> value = FoldBinary(op, a, b);
  return value.ok() ? LiteralText(*value) : value.status().message();
}

TEST(FoldBinary, Numbers) {
  const Literal seven = int64_t{7};
  const Literal two = int64_t{2};
  EXPECT_EQ(Fold(TokenKind::kPlus, seven, two), "9");
  EXPECT_EQ(Fold(TokenKind::kMinus, two, seven), "-5");
  EXPECT_EQ(Fold(TokenKind::kStar, seven, 0.5), "3.5");
  EXPECT_EQ(Fold(TokenKind::kSlash, seven, two), "3");
  EXPECT_EQ(Fold(TokenKind::kSlash, seven, 2.0), "3.5");
  EXPECT_EQ(Fold(TokenKind::kPercent, seven, two), "1");
  EXPECT_EQ(Fold(TokenKind::kPower, two, int64_t{10}), "1024");
  EXPECT_EQ(Fold(TokenKind::kPower, two, int64_t{-1}), "0.5");
  EXPECT_EQ(Fold(TokenKind::kAmpersand, seven, two), "2");
  EXPECT_EQ(Fold(TokenKind::kCaret, seven, two), "5");
  EXPECT_EQ(Fold(TokenKind::kLt, two, 2.5), "true");
  EXPECT_EQ(Fold(TokenKind::kNe, two, two), "false");
}

TEST(FoldBinary, CornersOfInt64Wrap) {
  EXPECT_EQ(Fold(TokenKind::kPlus, INT64_MAX, int64_t{1}), std::to_string(INT64_MIN));
  EXPECT_EQ(Fold(TokenKind::kSlash, INT64_MIN, int64_t{-1}), std::to_string(INT64_MIN));
  EXPECT_EQ(Fold(TokenKind::kPercent, INT64_MIN, int64_t{-1}), "0");
  EXPECT_EQ(LiteralText(*FoldUnary(TokenKind::kMinus, INT64_MIN)), std::to_string(INT64_MIN));
  EXPECT_EQ(LiteralText(*FoldUnary(TokenKind::kTilde, int64_t{0})), "-1");
}

TEST(FoldBinary, Refusals) {
  EXPECT_EQ(Fold(TokenKind::kSlash, int64_t{1}, int64_t{0}), "cannot divide by zero");
  EXPECT_EQ(Fold(TokenKind::kSlash, 1.0, 0.0), "cannot divide by zero");
  EXPECT_EQ(Fold(TokenKind::kPercent, 1.5, 1.0), "modulo can only apply on integer types");
  EXPECT_EQ(Fold(TokenKind::kPipe, 1.5, 1.0), "bit operators can only apply on integer types");
  EXPECT_EQ(Fold(TokenKind::kShiftLeft, int64_t{1}, int64_t{1}), "shift is not supported");
  EXPECT_EQ(Fold(TokenKind::kEq, int64_t{1}, std::string("a")),
            "comparisons between Int64 and VarChar are not supported");
  EXPECT_EQ(Fold(TokenKind::kPlus, std::string("a"), std::string("b")),
            "arithmetic between VarChar and VarChar is not supported");
  EXPECT_FALSE(FoldUnary(TokenKind::kNot, int64_t{1}).ok());
  EXPECT_FALSE(FoldUnary(TokenKind::kMinus, std::string("a")).ok());
  EXPECT_FALSE(FoldUnary(TokenKind::kTilde, 1.5).ok());
}

}  // namespace
}  // namespace redkite::plan
