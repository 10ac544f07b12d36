#include "index/flat_index.h"

#include <gtest/gtest.h>

#include "index/index_fixture.h"

namespace redkite::index {
namespace {

TEST(FlatIndexTest, IsExactBuiltAndOpened) {
  const TestVectors data(3000, 20, 51);
  for (const Metric metric : {Metric::kL2, Metric::kIp, Metric::kCosine}) {
    IndexSpec spec = SpecOf(Structure::kFlat, metric);
    spec.type = "IVF_FLAT";
    spec.parameters = {{"nlist", "128"}};
    const auto built = BuildIndex(spec, data.view()).value();
    MemoryFile file;
    ASSERT_TRUE(built->Save(&file).ok());
    const AlignedCopy copy(file.bytes());
    const auto opened = OpenIndex(spec, copy.bytes(), data.view()).value();
    ExcludeBitset exclude(3000);
    for (size_t row = 0; row < 3000; row += 3) exclude.Exclude(row);
    for (const AnyIndex* index : {built.get(), opened.get()}) {
      TopK top;
      SearchStats stats;
      ASSERT_TRUE(index->Search(data.queries(), {}, exclude.view(), nullptr, &stats, &top).ok());
      for (size_t q = 0; q < top.query_count(); ++q) {
        const auto exact = OracleTopK(data.view(), metric, data.queries().Query(q), 10, exclude.view());
        EXPECT_EQ(RecallOf(top.Of(q), exact), 1.0);
      }
      EXPECT_GE(stats.distances_computed, 2000u * data.queries().count);
      EXPECT_EQ(index->info().type, "IVF_FLAT");
      EXPECT_EQ(index->info().served_as, "FLAT");
      EXPECT_EQ(index->info().parameters, spec.parameters);
    }
  }
}

}  // namespace
}  // namespace redkite::index
