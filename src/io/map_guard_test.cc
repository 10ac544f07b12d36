#include "io/map_guard.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "io/file_paths.h"
#include "io/posix_file_system.h"

namespace redkite::io {
namespace {

size_t Sum(std::span<const std::byte> bytes) {
  size_t sum = 0;
  for (size_t i = 0; i < bytes.size(); i += 512) sum += static_cast<size_t>(bytes[i]);
  return sum;
}

TEST(MapGuard, AFileThatBecomesShorterIsToldAndNobodyEnds) {
  PosixFileSystem fs;
  std::string dir = JoinPath(testing::TempDir(), "redkite_maps_XXXXXX");
  ASSERT_NE(::mkdtemp(dir.data()), nullptr);
  const std::string path = JoinPath(dir, "f"), other = JoinPath(dir, "g");
  for (const std::string& name : {path, other}) {
    auto file = fs.Create(name).value();
    ASSERT_TRUE(file->Append(std::string(64 * 1024, 'x')).ok());
  }
  auto map = fs.Map(path).value();
  const auto whole = fs.Map(other).value();
  const uint64_t before = MapFaultCount();
  const size_t sum = Sum(map->bytes());
  EXPECT_EQ(MapFaultCount(), before);
  ASSERT_EQ(::truncate(path.c_str(), 8192), 0);
  EXPECT_LT(Sum(map->bytes()), sum);
  EXPECT_EQ(MapFaultCount(), before + 1) << "one for all that is missing";
  EXPECT_EQ(Sum(whole->bytes()), sum);
  const auto is_named = [&](const std::string& name) {
    const auto faulted = FaultedMaps();
    return std::find(faulted.begin(), faulted.end(), name) != faulted.end();
  };
  EXPECT_TRUE(is_named(path));
  EXPECT_FALSE(is_named(other));
  map.reset();
  EXPECT_TRUE(is_named(path));
}

TEST(MapGuard, ManyMapsComeAndGo) {
  std::vector<std::unique_ptr<MapGuard>> guards;
  for (int i = 0; i < 10'000; ++i) {
    guards.push_back(std::make_unique<MapGuard>(&guards, 1, "p" + std::to_string(i)));
    if (i % 3 == 0) guards.erase(guards.begin() + static_cast<ptrdiff_t>(guards.size() / 2));
  }
  guards.clear();
  const auto faulted = FaultedMaps();
  EXPECT_EQ(std::find(faulted.begin(), faulted.end(), "p5"), faulted.end());
}

}  // namespace
}  // namespace redkite::io
