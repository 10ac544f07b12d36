#include <gtest/gtest.h>

#include "server/mem_service_test_kit.h"

namespace redkite::server {
namespace {

TEST(CollectionRpcs, CreateDescribeShowAndDrop) {
  MemServiceKit kit;
  EXPECT_EQ(kit.Call("HasCollection", MemServiceKit::Named("words")).fields().Number(2), 0);
  kit.MakeWords();
  EXPECT_EQ(kit.Call("HasCollection", MemServiceKit::Named("words")).fields().Number(2), 1);
  const auto described = kit.Call("DescribeCollection", MemServiceKit::Named("words"));
  EXPECT_EQ(MemServiceKit::CodeOf(described), 0);
  EXPECT_EQ(described.inside(2).Text(1), "words");
  EXPECT_EQ(described.inside(2).Texts(4).size(), 9u);  // fields
  EXPECT_GT(described.fields().Number(3), 0);
  const auto shown = kit.Call("ShowCollections", "");
  EXPECT_EQ(shown.fields().Texts(2), (std::vector<std::string>{"words"}));
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("DropCollection", MemServiceKit::Named("words")), true), 0);
  const auto gone = kit.Call("GetCollectionStatistics", MemServiceKit::Named("words"));
  EXPECT_EQ(MemServiceKit::CodeOf(gone), static_cast<int>(Code::kCollectionNotFound));
  EXPECT_NE(MemServiceKit::ReasonOf(gone).find("[database=default][collection=words]"), std::string::npos);
}

TEST(CollectionRpcs, LoadAndRelease) {
  MemServiceKit kit;
  kit.MakeWords();
  const std::string state_of_words = Message().Text(2, "words").bytes();
  EXPECT_EQ(kit.Call("GetLoadState", state_of_words).fields().Number(2), 3);  // loaded
  EXPECT_EQ(kit.Call("GetLoadingProgress", state_of_words).fields().Number(2), 100);
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("ReleaseCollection", MemServiceKit::Named("words")), true), 0);
  EXPECT_EQ(kit.Call("GetLoadState", state_of_words).fields().Number(2), 1);
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("GetLoadingProgress", state_of_words)),
            static_cast<int>(Code::kCollectionNotLoaded));
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("LoadCollection", MemServiceKit::Named("other")), true),
            static_cast<int>(Code::kCollectionNotFound));
}

TEST(CollectionRpcs, StatisticsAndPartitions) {
  MemServiceKit kit;
  kit.MakeWords();
  ASSERT_EQ(MemServiceKit::CodeOf(kit.Call("Insert", MemServiceKit::RecordedRows("insert"))), 0);
  const auto statistics = kit.Call("GetCollectionStatistics", MemServiceKit::Named("words"));
  const Message row_count = statistics.inside(2);
  EXPECT_EQ(row_count.Text(1), "row_count");
  EXPECT_EQ(row_count.Text(2), "3");
  EXPECT_EQ(kit.Call("ShowPartitions", MemServiceKit::Named("words")).fields().Texts(2),
            (std::vector<std::string>{"_default"}));
  const auto has = [&](const char* partition) {
    return kit.Call("HasPartition", Message().Text(3, "words").Text(4, partition).bytes()).fields().Number(2);
  };
  EXPECT_EQ(has("_default"), 1);
  EXPECT_EQ(has("nowhere"), 0);
}

}  // namespace
}  // namespace redkite::server
