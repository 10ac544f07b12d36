// For tests of the RPC functions: a MilvusService over a whole engine in memory, called with request bytes.
// Thread safety: one thread.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine_test_kit.h"
#include "server/access/gate_test_kit.h"
#include "server/milvus_service.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"

namespace redkite::server {

/// A request or a reply, field by field.
class Message {
 public:
  Message() = default;
  explicit Message(std::string bytes) : bytes_(std::move(bytes)) {}
  Message& Text(uint32_t field, std::string_view text) {
    wire::PbWriter(&bytes_).Bytes(field, text);
    return *this;
  }
  Message& Number(uint32_t field, uint64_t value) {
    wire::PbWriter(&bytes_).Varint(field, value);
    return *this;
  }
  /// A KeyValuePair.
  Message& Pair(uint32_t field, std::string_view key, std::string_view value) {
    return Text(field, Message().Text(1, key).Text(2, value).bytes());
  }
  const std::string& bytes() const { return bytes_; }

  std::vector<std::string> Texts(uint32_t field) const {
    std::vector<std::string> out;
    for (wire::PbReader r(bytes_); r.Next();) {
      if (r.tag() == wire::PbLen(field)) out.emplace_back(r.bytes());
    }
    return out;
  }
  std::string Text(uint32_t field) const {
    const auto all = Texts(field);
    return all.empty() ? "" : all.back();
  }
  int64_t Number(uint32_t field) const {
    int64_t out = 0;
    for (wire::PbReader r(bytes_); r.Next();) {
      if (r.tag() == wire::PbVarint(field)) out = r.int64();
    }
    return out;
  }

 private:
  std::string bytes_;
};

class ServiceKit {
 public:
  ServiceKit() : engine_(&fs_), logger_(&clock_, LogLevel::kOff) {
    EXPECT_TRUE(engine_.Open().ok());
    gate_ = std::make_unique<GateKit>(&engine_.proxy());
    MilvusService::Seams seams{&engine_.proxy(),
                               gate_->gate.get(),
                               nullptr,
                               gate_->users.control.get(),
                               gate_->authenticator.get(),
                               &executor_,
                               &clock_,
                               &logger_,
                               &metrics_,
                               [] { return Status::Ok(); }};
    service_ = std::make_unique<MilvusService>(
        std::move(seams), MilvusService::Identity{"v2.6.4", "0.1", "today", "abc", "127.0.0.1:19530"});
  }
  engine::EngineKit& engine() { return engine_; }

  /// The reply; a gRPC failure is a failure of the test.
  Message Call(const std::string& method, const Message& request, const std::string& database = "") {
    return CallPath("/milvus.proto.milvus.MilvusService/" + method, request, database);
  }
  Message CallPath(const std::string& path, const Message& request, const std::string& database = "") {
    auto sink = std::make_shared<Sink>();
    auto call = std::make_shared<RpcCall>();
    call->method = path;
    call->request = request.bytes();
    if (!database.empty()) call->headers.Add("dbname", database);
    RpcTicket ticket;
    EXPECT_TRUE(service_->Admit(call, ticket).admitted()) << path;
    service_->Handle(call, Responder(sink, 1));
    EXPECT_TRUE(sink->reply.has_value()) << path;
    if (!sink->reply) return Message();
    EXPECT_TRUE(sink->reply->status.ok()) << path << ": " << sink->reply->status.message;
    return Message(sink->reply->message);
  }
  /// The code in a common.Status.
  static int64_t CodeOf(const Message& status) { return status.Number(3); }
  /// The code in field 1 of a reply.
  static int64_t ReplyCode(const Message& reply) { return CodeOf(Message(reply.Text(1))); }

 private:
  struct Sink final : ReplySink {
    void Deliver(Reply delivered) override { reply = std::move(delivered); }
    std::optional<Reply> reply;
  };
  io::MemFileSystem fs_;
  engine::EngineKit engine_;
  ManualClock clock_;
  Logger logger_;
  MetricsRegistry metrics_;
  InlineExecutor executor_;
  std::unique_ptr<GateKit> gate_;
  std::unique_ptr<MilvusService> service_;
};

}  // namespace redkite::server
