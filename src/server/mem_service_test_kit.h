// For tests of the RPC functions: a MilvusService over a proxy in memory. Requests are those that a stock
// client sent (tests/golden/wire) or built field by field; answers are read field by field. Thread safety:
// one thread.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "proxy/mem_proxy_test_kit.h"
#include "server/access/gate_test_kit.h"
#include "server/service_test_kit.h"

#ifndef REDKITE_GOLDEN_DIR
#define REDKITE_GOLDEN_DIR "tests/golden"  // for a check that compiles this header alone
#endif

namespace redkite::server {

struct ServiceAnswer {
  bool answered = false;
  RpcStatus rpc;
  std::string message;
  Message fields() const { return Message(message); }
  /// A message inside it.
  Message inside(uint32_t field) const { return Message(fields().Text(field)); }
};

class MemServiceKit {
 public:
  explicit MemServiceKit(const std::string& address = "127.0.0.1:19530")
      : access(&proxy.proxy), logger_(&proxy.clock, LogLevel::kOff), address_(address) {
    Rebuild();
  }
  /// From here on calls need credentials: header `authorization`, see GateKit::Header.
  void Enforce(const AuditTrail* trail = nullptr) {
    trail_ = trail;
    access.Enforce(trail);
    Rebuild();
  }
  /// A call of `method` ("Search"), run to its end in this thread.
  ServiceAnswer Call(const std::string& method, std::string request,
                     const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    auto call = std::make_shared<RpcCall>();
    call->method = "/milvus.proto.milvus.MilvusService/" + method;
    call->request = std::move(request);
    for (const auto& [name, value] : headers) call->headers.Add(name, value);
    return Run(std::move(call));
  }
  ServiceAnswer Run(std::shared_ptr<RpcCall> call) {
    ServiceAnswer answer;
    auto sink = std::make_shared<Sink>();
    RpcTicket ticket(sink, 1);
    RpcVerdict verdict = service->Admit(call, ticket);
    if (!verdict.later()) ticket.Void();
    const bool refused_later = verdict.later() && sink->replies.at(0).step == Reply::Step::kRefused;
    if (verdict.refused() || refused_later) {
      answer.answered = true;
      answer.rpc = refused_later ? sink->replies[0].status : verdict.refusal();
      return answer;
    }
    sink->replies.clear();
    service->Handle(std::move(call), Responder(sink, 1));
    if (sink->replies.empty()) return answer;
    EXPECT_EQ(sink->replies.size(), 1u);
    answer.answered = true;
    answer.rpc = sink->replies[0].status;
    answer.message = sink->replies[0].message;
    return answer;
  }
  /// What pymilvus 3.0 sent, recorded.
  static std::string Recorded(const std::string& name) {
    const std::string path = std::string(REDKITE_GOLDEN_DIR "/wire/pymilvus30_") + name + ".bin";
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << path;
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Recorded rows, without the moment at which the client had read the schema.
  static std::string RecordedRows(const std::string& name) {
    return Recorded(name) + Message().Number(8, 0).bytes();
  }
  /// "words" as recorded, with its vector index, loaded.
  void MakeWords() {
    EXPECT_EQ(CodeOf(Call("CreateCollection", Recorded("create_collection")), true), 0);
    EXPECT_EQ(CodeOf(Call("CreateIndex", Recorded("create_index")), true), 0);
    EXPECT_EQ(CodeOf(Call("LoadCollection", Named("words")), true), 0);
  }
  /// A request that names a collection in field 3, its database in field 2.
  static std::string Named(const std::string& collection, const std::string& database = "") {
    return Message().Text(2, database).Text(3, collection).bytes();
  }
  /// Milvus's code of an answer; `is_status`: the answer is nothing but a status.
  static int CodeOf(const ServiceAnswer& answer, bool is_status = false) {
    EXPECT_TRUE(answer.answered);
    EXPECT_TRUE(answer.rpc.ok()) << answer.rpc.message;
    const Message status = is_status ? answer.fields() : answer.inside(1);
    return static_cast<int>(status.Number(3));
  }
  static std::string ReasonOf(const ServiceAnswer& answer, bool is_status = false) {
    return (is_status ? answer.fields() : answer.inside(1)).Text(2);
  }

  proxy::MemProxyKit proxy;
  GateKit access;
  MetricsRegistry metrics;
  Status health;
  std::unique_ptr<MilvusService> service;

 private:
  struct Sink final : ReplySink {
    void Deliver(Reply reply) override { replies.push_back(std::move(reply)); }
    std::vector<Reply> replies;
  };
  void Rebuild() {
    MilvusService::Seams seams{&proxy.proxy,
                               access.gate.get(),
                               trail_,
                               access.users.control.get(),
                               access.authenticator.get(),
                               &executor_,
                               &proxy.clock,
                               &logger_,
                               &metrics,
                               [this] { return health; }};
    service = std::make_unique<MilvusService>(
        std::move(seams), MilvusService::Identity{"v2.6.0", "0.1.0", "today", "abc", address_});
  }
  const AuditTrail* trail_ = nullptr;
  InlineExecutor executor_;
  Logger logger_;
  const std::string address_;
};

}  // namespace redkite::server
