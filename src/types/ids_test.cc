#include "types/ids.h"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

namespace redkite {
namespace {

static_assert(!std::is_convertible_v<CollectionId, SegmentId>);
static_assert(!std::is_convertible_v<int64_t, CollectionId>);

TEST(Ids, CompareAndHash) {
  EXPECT_LT(SegmentId{1}, SegmentId{2});
  EXPECT_EQ(SegmentId{}, SegmentId{0});
  const std::unordered_set<SegmentId> set = {SegmentId{1}, SegmentId{1}, SegmentId{2}};
  EXPECT_EQ(set.size(), 2u);
}

TEST(Ids, SystemFieldsLieBelowTheUsers) {
  EXPECT_LT(kRowIdFieldId, kFirstUserFieldId);
  EXPECT_LT(kTimestampFieldId, kFirstUserFieldId);
}

}  // namespace
}  // namespace redkite
