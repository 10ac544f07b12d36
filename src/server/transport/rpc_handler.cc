#include "server/transport/rpc_handler.h"

namespace redkite::server {

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    if (sink_) Fail({RpcCode::kInternal, "the request was dropped without an answer"});
    sink_ = std::move(other.sink_);
    stream_id_ = other.stream_id_;
    unsent_bytes_ = std::move(other.unsent_bytes_);
  }
  return *this;
}

Responder::~Responder() {
  if (sink_) Fail({RpcCode::kInternal, "the request was dropped without an answer"});
}

void Responder::DeliverFinal(Reply reply) {
  std::shared_ptr<ReplySink> sink = std::move(sink_);
  if (!sink) return;
  reply.stream_id = stream_id_;
  reply.finish = true;
  sink->Deliver(std::move(reply));
}

void Responder::Finish(std::string message, HeaderList trailing_metadata) {
  Reply reply;
  reply.has_message = true;
  reply.message = std::move(message);
  reply.headers = std::move(trailing_metadata);
  DeliverFinal(std::move(reply));
}

void Responder::Fail(RpcStatus status, HeaderList trailing_metadata) {
  Reply reply;
  reply.status = std::move(status);
  reply.headers = std::move(trailing_metadata);
  DeliverFinal(std::move(reply));
}

void Responder::Send(std::string message) {
  if (!sink_) return;
  if (!unsent_bytes_) unsent_bytes_ = std::make_shared<std::atomic<int64_t>>(0);
  unsent_bytes_->fetch_add(static_cast<int64_t>(message.size()), std::memory_order_relaxed);
  Reply reply;
  reply.stream_id = stream_id_;
  reply.has_message = true;
  reply.finish = false;
  reply.message = std::move(message);
  reply.unsent_bytes = unsent_bytes_;
  sink_->Deliver(std::move(reply));
}

HttpResponder& HttpResponder::operator=(HttpResponder&& other) noexcept {
  if (this != &other) {
    if (sink_) Finish({500, {}, ""});
    sink_ = std::move(other.sink_);
    stream_id_ = other.stream_id_;
  }
  return *this;
}

HttpResponder::~HttpResponder() {
  if (sink_) Finish({500, {}, ""});
}

void HttpResponder::Finish(HttpResponse response) {
  std::shared_ptr<ReplySink> sink = std::move(sink_);
  if (!sink) return;
  Reply reply;
  reply.stream_id = stream_id_;
  reply.has_message = true;
  reply.http_status = response.status;
  reply.message = std::move(response.body);
  reply.headers = std::move(response.headers);
  sink->Deliver(std::move(reply));
}

}  // namespace redkite::server
