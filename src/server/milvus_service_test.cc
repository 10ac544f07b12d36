#include "server/milvus_service.h"

#include <gtest/gtest.h>

#include "server/mem_service_test_kit.h"

namespace redkite::server {
namespace {

TEST(MilvusService, UnknownAndUnbuiltMethodsAreRefusedByName) {
  MemServiceKit kit;
  auto answer = kit.Call("NoSuchMethod", "");
  EXPECT_EQ(answer.rpc.code, RpcCode::kUnimplemented);
  EXPECT_NE(answer.rpc.message.find("NoSuchMethod"), std::string::npos);
  answer = kit.Call("ReplicateMessage", "");
  EXPECT_EQ(answer.rpc.code, RpcCode::kUnimplemented);
  EXPECT_NE(answer.rpc.message.find("ReplicateMessage"), std::string::npos) << answer.rpc.message;
}

TEST(MilvusService, MalformedRequestsAnswerInsideTheReply) {
  MemServiceKit kit;
  for (const char* method :
       {"Insert", "Search", "Query", "DescribeCollection", "HasCollection", "DescribeIndex"}) {
    const auto answer = kit.Call(method, "\xff\xff\xff");
    EXPECT_NE(MemServiceKit::CodeOf(answer), 0) << method;
    EXPECT_NE(MemServiceKit::ReasonOf(answer).find("malformed"), std::string::npos)
        << MemServiceKit::ReasonOf(answer);
  }
  EXPECT_NE(MemServiceKit::CodeOf(kit.Call("CreateCollection", "\xff\xff\xff"), true), 0);
}

TEST(MilvusService, ACallThatIsOverIsNotRun) {
  MemServiceKit kit;
  auto call = std::make_shared<RpcCall>(&kit.proxy.clock, 1'000'000);
  call->method = "/milvus.proto.milvus.MilvusService/CreateCollection";
  call->request = MemServiceKit::Recorded("create_collection");
  kit.proxy.clock.AdvanceMs(1);
  EXPECT_EQ(kit.Run(call).rpc.code, RpcCode::kDeadlineExceeded);
  call = std::make_shared<RpcCall>();
  call->method = "/milvus.proto.milvus.MilvusService/CreateCollection";
  call->request = MemServiceKit::Recorded("create_collection");
  call->cancel.Cancel();
  EXPECT_EQ(kit.Run(call).rpc.code, RpcCode::kCancelled);
  EXPECT_FALSE(*kit.proxy.proxy.HasCollection({"", "words"}));
}

TEST(MilvusService, TheHeaderNamesTheDatabaseWhereTheRequestDoesNot) {
  MemServiceKit kit;
  kit.MakeWords();
  EXPECT_EQ(kit.Call("HasCollection", MemServiceKit::Named("words")).fields().Number(2), 1);
  const auto elsewhere = kit.Call("HasCollection", MemServiceKit::Named("words"), {{"dbname", "elsewhere"}});
  EXPECT_EQ(MemServiceKit::CodeOf(elsewhere), static_cast<int>(Code::kDatabaseNotFound));
  EXPECT_EQ(kit.Call("HasCollection", MemServiceKit::Named("words", "default"), {{"dbname", "elsewhere"}})
                .fields()
                .Number(2),
            1);
}

TEST(MilvusService, CallsAndFailuresAreCounted) {
  MemServiceKit kit;
  kit.Call("HasCollection", MemServiceKit::Named("words"));
  kit.Call("DescribeCollection", MemServiceKit::Named("words"));
  const std::string metrics = kit.metrics.PrometheusText();
  EXPECT_NE(metrics.find("redkite_rpc_calls_total{method=\"HasCollection\"} 1"), std::string::npos);
  EXPECT_NE(metrics.find("redkite_rpc_failures_total{method=\"HasCollection\"} 0"), std::string::npos);
  EXPECT_NE(metrics.find("redkite_rpc_failures_total{method=\"DescribeCollection\"} 1"), std::string::npos);
}

TEST(MilvusService, WhatTheStorageAnswersComesWithItsCode) {
  MemServiceKit kit;
  kit.MakeWords();
  kit.proxy.backend.find_error = Status::Corrupt("column file is damaged: s1-f103-g1.col");
  const auto answer = kit.Call("Query", MemServiceKit::Recorded("query"));
  EXPECT_EQ(MemServiceKit::CodeOf(answer), static_cast<int>(Code::kDataIntegrity));
  EXPECT_NE(MemServiceKit::ReasonOf(answer).find("s1-f103-g1.col"), std::string::npos);
}

}  // namespace
}  // namespace redkite::server
