#include "io/object_path.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "io/file_paths.h"
#include "io/object_store.h"

namespace redkite::io {
namespace {

TEST(ObjectPath, Names) {
  EXPECT_EQ(PathOfObject("a"), "o-a");
  EXPECT_EQ(PathOfObject("a/b c/d.idx"), "d-a/d-b%20c/o-d.idx");
  EXPECT_EQ(PathOfObject("~/%"), "d-%7E/o-%25");
  const std::string chunk(kChunkBytes, 'x');
  EXPECT_EQ(PathOfObject(chunk), "c-" + chunk + "/o-");
  EXPECT_EQ(PathOfObject(chunk + "y/z"), "c-" + chunk + "/d-y/o-z");
  EXPECT_EQ(PathOfObject(chunk + chunk + "/z"), "c-" + chunk + "/c-" + chunk + "/d-/o-z");
}

TEST(ObjectPath, ForeignNamesStandForNothing) {
  for (const char* name :
       {"", "a", "o", "x-a", "o-%", "o-%4", "o-%zz", "o-%41", "o-a b", "c-short", "tmp", "LOCK"}) {
    EXPECT_FALSE(EntryOfName(name, false).has_value()) << name;
    EXPECT_FALSE(EntryOfName(name, true).has_value()) << name;
  }
  EXPECT_FALSE(EntryOfName("o-a", true).has_value());
  EXPECT_FALSE(EntryOfName("d-a", false).has_value());
  EXPECT_FALSE(EntryOfName("o-" + std::string(kChunkBytes, 'x'), false).has_value());
}

/// The key that a path stands for, name by name; "?" where a name stands for nothing.
std::string KeyOfPath(const std::string& path) {
  std::string key;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const auto entry = EntryOfName(path.substr(begin, end - begin), end < path.size());
    if (!entry || entry->is_object != (end == path.size())) return "?";
    key += entry->key;
    begin = end + 1;
  }
  return key;
}

TEST(ObjectPath, EveryKeyHasItsOwnPathAndComesBack) {
  constexpr uint64_t kSeed = 20260607;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  std::set<std::string> keys, paths;
  while (keys.size() < 3000) {
    std::string key;
    const uint64_t size = 1 + random.Below(random.Below(4) == 0 ? kMaxObjectKeyBytes : 6);
    while (key.size() < size) {
      const uint64_t kind = random.Below(8);
      key.push_back(kind == 0   ? '/'
                    : kind == 1 ? static_cast<char>(1 + random.Below(255))
                                : static_cast<char>('a' + random.Below(2)));
    }
    if (!CheckObjectKey(key).ok()) continue;
    keys.insert(key);
    const std::string path = PathOfObject(key);
    paths.insert(path);
    ASSERT_EQ(KeyOfPath(path), key) << path;
    for (size_t begin = 0; begin <= path.size();) {
      const size_t end = std::min(path.find('/', begin), path.size());
      ASSERT_LE(end - begin, 255u);
      begin = end + 1;
    }
  }
  EXPECT_EQ(paths.size(), keys.size());
}

}  // namespace
}  // namespace redkite::io
