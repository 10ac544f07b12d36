#include "wire/method_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

namespace redkite::wire {
namespace {

TEST(MethodTable, FindsEveryMethodByItsPath) {
  std::set<std::string_view> paths;
  for (const MethodInfo& info : AllMethods()) {
    ASSERT_EQ(FindMethod(info.path), &info) << info.path;
    EXPECT_EQ(&InfoOf(info.method), &info);
    EXPECT_TRUE(paths.insert(info.path).second) << info.path;
  }
  EXPECT_EQ(paths.size(), kMethodCount);
  EXPECT_EQ(FindMethod("/milvus.proto.milvus.MilvusService/Search")->method, Method::kSearch);
  EXPECT_EQ(FindMethod("/grpc.health.v1.Health/Check")->method, Method::kHealthCheck);
}

TEST(MethodTable, KnowsNothingElse) {
  for (const char* path :
       {"", "/", "Search", "/milvus.proto.milvus.MilvusService/", "/milvus.proto.milvus.MilvusService/search",
        "/milvus.proto.milvus.MilvusService/Search/", "/other.Service/Search"}) {
    EXPECT_EQ(FindMethod(path), nullptr) << path;
  }
}

// Each "  rpc Name(Request) returns (Reply);" of the two services has a row, and says where the status is.
TEST(MethodTable, EqualsTheServicesInTheProtoFile) {
  std::ifstream proto(REDKITE_PROTO_DIR "/milvus.proto");
  ASSERT_TRUE(proto.is_open());
  size_t methods = 0;
  std::string service;
  for (std::string line; std::getline(proto, line);) {
    if (line.starts_with("service ")) service = line.substr(8, line.find(" {") - 8);
    if (!line.starts_with("  rpc ") || service == "ProxyService") continue;
    const std::string name = line.substr(6, line.find('(') - 6);
    const MethodInfo* info = FindMethod("/milvus.proto.milvus." + service + "/" + name);
    ASSERT_NE(info, nullptr) << name;
    EXPECT_EQ(info->status_field == kIsStatus, line.find("returns (common.Status)") != std::string::npos)
        << name;
    ++methods;
  }
  EXPECT_EQ(methods + 2, kMethodCount);  // and the two of grpc.health.v1
}

}  // namespace
}  // namespace redkite::wire
