#include "io/sparse_bytes.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace redkite::io {
namespace {

std::string All(const SparseBytes& bytes) {
  std::string out(bytes.size(), 'x');
  bytes.Read(0, out.data(), out.size());
  return out;
}

TEST(SparseBytes, HolesReadAsZeroAndTakeNoMemory) {
  SparseBytes bytes;
  bytes.Resize(1 << 30);
  EXPECT_EQ(bytes.resident_bytes(), 0u);
  bytes.Write(500'000'000, "middle");
  EXPECT_LE(bytes.resident_bytes(), 2 * SparseBytes::kPageBytes);
  char out[8];
  bytes.Read(499'999'999, out, 8);
  EXPECT_EQ(std::string(out, 8), std::string("\0middle\0", 8));
  EXPECT_EQ(bytes.size(), 1u << 30);
}

TEST(SparseBytes, EqualsAModel) {
  constexpr uint64_t kSeed = 5;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  SparseBytes bytes;
  std::string model;
  for (int i = 0; i < 500; ++i) {
    if (random.Below(8) == 0) {
      const uint64_t size = random.Below(30000);
      bytes.Resize(size);
      model.resize(size);
    } else if (random.Below(8) == 0 && !model.empty()) {
      const uint64_t bit = random.Below(model.size() * 8);
      bytes.FlipBit(bit);
      model[bit / 8] = static_cast<char>(model[bit / 8] ^ (1 << (bit % 8)));
    } else {
      const std::string part(1 + random.Below(9000), static_cast<char>(random.Next()));
      const uint64_t offset = random.Below(20000);
      bytes.Write(offset, part);
      if (model.size() < offset + part.size()) model.resize(offset + part.size());
      model.replace(offset, part.size(), part);
    }
    ASSERT_EQ(All(bytes), model) << "step " << i;
  }
}

}  // namespace
}  // namespace redkite::io
