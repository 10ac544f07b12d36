#include <gtest/gtest.h>

#include "base/random.h"
#include "storage/manifest.h"

namespace redkite::storage {
namespace {

FileRef RandomFile(Random* random) {
  return {"file" + std::to_string(random->Below(1000)), random->Next(), random->Next(), random->Next()};
}

Manifest RandomManifest(uint64_t seed) {
  Random random(seed);
  Manifest m;
  m.collection = CollectionId(static_cast<int64_t>(random.Next() >> 1));
  m.shard = ShardId(static_cast<int64_t>(random.Below(4)));
  m.generation = random.Next();
  m.schema_version = static_cast<uint32_t>(random.Next());
  m.checkpoint = {random.Next(), random.Next()};
  m.next_segment_id = static_cast<int64_t>(random.Below(100));
  m.next_build_id = static_cast<int64_t>(random.Below(100));
  m.segments.resize(random.Below(4));
  for (SegmentMeta& s : m.segments) {
    s.id = SegmentId(static_cast<int64_t>(random.Below(1000)));
    s.partition = PartitionId(static_cast<int64_t>(random.Below(1000)));
    s.row_count = random.Next();
    s.schema_version = static_cast<uint32_t>(random.Next());
    s.min_timestamp = random.Next();
    s.max_timestamp = random.Next();
    if (random.Below(2) == 0) s.commit_timestamp = random.Next();
    s.columns.resize(random.Below(4));
    for (ColumnRef& c : s.columns)
      c = {FieldId(static_cast<int64_t>(random.Below(200))), RandomFile(&random)};
    s.timestamps = RandomFile(&random);
    s.primary_key_order = RandomFile(&random);
    if (random.Below(2) == 0) s.delta = RandomFile(&random);
    s.delete_count = random.Next();
    s.indexes.resize(random.Below(3));
    for (IndexRef& x : s.indexes) {
      x = {FieldId(101),       IndexId(7), static_cast<int64_t>(random.Below(9)), 1, {{"M", "16"}, {"", ""}},
           RandomFile(&random)};
    }
  }
  m.history_from = random.Next();
  m.expiry_from = random.Next();
  return m;
}

TEST(Manifest, RoundTrip) {
  EXPECT_EQ(DecodeManifest(EncodeManifest(Manifest())).value(), Manifest());
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Manifest m = RandomManifest(seed);
    const auto decoded = DecodeManifest(EncodeManifest(m));
    ASSERT_TRUE(decoded.ok()) << "seed " << seed;
    ASSERT_EQ(*decoded, m) << "seed " << seed;
  }
}

TEST(Manifest, EveryFlippedBitAndTruncationIsFound) {
  const std::string bytes = EncodeManifest(RandomManifest(3));
  ASSERT_GT(bytes.size(), 300u);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(DecodeManifest(damaged).ok()) << bit;
  }
  for (size_t n = 0; n < bytes.size(); ++n) ASSERT_FALSE(DecodeManifest(bytes.substr(0, n)).ok()) << n;
}

}  // namespace
}  // namespace redkite::storage
