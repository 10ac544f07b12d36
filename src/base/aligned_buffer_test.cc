#include "base/aligned_buffer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

namespace redkite {
namespace {

TEST(AlignedBuffer, AlignedAndWritableAtEachSize) {
  for (const size_t size : {size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{4096}, size_t{2} << 20,
                            (size_t{4} << 20) + 5}) {
    AlignedBuffer buffer(size);
    ASSERT_EQ(buffer.size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
    std::memset(buffer.data(), 0xab, size);
    EXPECT_EQ(buffer.data()[size - 1], std::byte{0xab});
  }
}

TEST(AlignedBuffer, EmptyHasNoData) {
  const AlignedBuffer none;
  EXPECT_EQ(none.size(), 0u);
  const AlignedBuffer zero(0);
  EXPECT_EQ(zero.size(), 0u);
}

TEST(AlignedBuffer, MovePassesOwnership) {
  AlignedBuffer a(100);
  std::byte* data = a.data();
  AlignedBuffer b(std::move(a));
  EXPECT_EQ(b.data(), data);
  EXPECT_EQ(a.data(), nullptr);  // NOLINT: a moved-from buffer is empty
  AlignedBuffer c(5);
  c = std::move(b);
  EXPECT_EQ(c.data(), data);
  EXPECT_EQ(c.size(), 100u);
}

}  // namespace
}  // namespace redkite
