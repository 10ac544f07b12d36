// Runs the fuzz target of this room over mutations of good inputs, so that it stays alive and sanitizers see
// it.
#include <gtest/gtest.h>

#include "base/random.h"

#define LLVMFuzzerTestOneInput FuzzCatalog
#include "meta/catalog_fuzz.cc"
#undef LLVMFuzzerTestOneInput

namespace redkite::meta {
namespace {

void RunMutations(const std::string& seed_input, int count) {
  const uint64_t seed = 2024;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    std::string input = seed_input;
    for (uint64_t n = random.Below(4); n > 0 && !input.empty(); --n) {
      const size_t at = random.Below(input.size());
      if (random.Below(8) == 0)
        input.resize(at);
      else if (random.Below(8) == 0)
        input.insert(at, 1 + random.Below(5), '\x7f');
      else
        input[at] = static_cast<char>(random.Below(3) == 0 ? 0xff : random.Next());
    }
    ASSERT_EQ(FuzzCatalog(reinterpret_cast<const uint8_t*>(input.data()), input.size()), 0);
  }
}

TEST(FuzzTarget, Catalog) {
  CollectionMeta c;
  c.name = "words";
  c.schema.fields.resize(2);
  c.schema.fields[0].type_params = {{"dim", "8"}};
  c.partitions.resize(2);
  c.indexes.resize(1);
  c.indexes[0].params = {{"M", "16"}};
  c.aliases = {"w"};
  RunMutations(EncodeCollection(c), 50000);
  RunMutations(EncodeDatabase({DatabaseId(1), "default", {{"a", "b"}}, 4, 5}), 20000);
  RunMutations(EncodeRecord({{}, {{"a", "b"}}, {"c"}}, 5, 6) + EncodeRecord({{}, {{"d", "e"}}, {}}, 5, 7),
               20000);
  RunMutations(EncodeSnapshot({{"a", "b", 3}}, 5), 20000);
}

}  // namespace
}  // namespace redkite::meta
