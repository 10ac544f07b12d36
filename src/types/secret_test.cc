#include "types/secret.h"

#include <gtest/gtest.h>

#include <sstream>

namespace redkite {
namespace {

TEST(Secret, PrintsNothingOfItself) {
  std::ostringstream out;
  out << Secret("hunter2") << Secret();
  EXPECT_EQ(out.str(), "******");
  EXPECT_EQ(testing::PrintToString(Secret("hunter2")), "***");
}

TEST(Secret, TakesTextsOver) {
  std::string text = "hunter2";  // short: inside the string object itself
  const char* place = text.data();
  const Secret secret(std::move(text));
  EXPECT_EQ(secret.Reveal(), "hunter2");
  EXPECT_EQ(secret.size(), 7u);
  EXPECT_EQ(place[1], '\0');
}

TEST(Secret, CopiesAndMoves) {
  Secret a("first"), b(a);
  EXPECT_EQ(b.Reveal(), "first");
  const Secret moved(std::move(a));
  EXPECT_TRUE(a.empty());  // NOLINT: moved-from is empty, as the class says
  EXPECT_EQ(moved.Reveal(), "first");
  b = Secret("second");
  EXPECT_EQ(b.Reveal(), "second");
  b = Secret();
  EXPECT_TRUE(b.empty());
  EXPECT_EQ(b.Reveal(), "");
}

TEST(Secret, WipesBytes) {
  char bytes[] = "abcdef";
  WipeBytes(bytes + 1, 3);
  EXPECT_EQ(std::string(bytes, 6), std::string("a\0\0\0ef", 6));
}

}  // namespace
}  // namespace redkite
