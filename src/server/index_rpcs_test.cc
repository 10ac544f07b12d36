#include <gtest/gtest.h>

#include "server/mem_service_test_kit.h"

namespace redkite::server {
namespace {

std::string Index(const std::string& name) { return Message().Text(3, "words").Text(5, name).bytes(); }

TEST(IndexRpcs, CreateDescribeAndDrop) {
  MemServiceKit kit;
  ASSERT_EQ(
      MemServiceKit::CodeOf(kit.Call("CreateCollection", MemServiceKit::Recorded("create_collection")), true),
      0);
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("DescribeIndex", MemServiceKit::Named("words"))),
            static_cast<int>(Code::kIndexNotFound));
  ASSERT_EQ(MemServiceKit::CodeOf(kit.Call("CreateIndex", MemServiceKit::Recorded("create_index")), true), 0);
  const auto described = kit.Call("DescribeIndex", MemServiceKit::Named("words"));
  EXPECT_EQ(MemServiceKit::CodeOf(described), 0);
  ASSERT_EQ(described.fields().Texts(2).size(), 1u);
  EXPECT_EQ(described.inside(2).Text(1), "vector_index");
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("GetIndexStatistics", Index("vector_index"))), 0);
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("DropIndex", Index("vector_index")), true), 0);
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("DescribeIndex", Index("vector_index"))),
            static_cast<int>(Code::kIndexNotFound));
}

TEST(IndexRpcs, TheBuildIsTold) {
  MemServiceKit kit;
  kit.MakeWords();
  kit.proxy.backend.index_state = {100, 40, true, ""};
  EXPECT_EQ(kit.Call("GetIndexState", Index("vector_index")).fields().Number(2), 2);  // in progress
  const auto progress = kit.Call("GetIndexBuildProgress", Index("vector_index"));
  EXPECT_EQ(progress.fields().Number(2), 40);
  EXPECT_EQ(progress.fields().Number(3), 100);
  kit.proxy.backend.index_state = {100, 40, false, "no memory"};
  const auto failed = kit.Call("GetIndexState", Index("vector_index"));
  EXPECT_EQ(failed.fields().Number(2), 4);
  EXPECT_EQ(failed.fields().Text(3), "no memory");
}

}  // namespace
}  // namespace redkite::server
