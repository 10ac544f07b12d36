#include "server/transport/admission.h"

#include <type_traits>

namespace redkite::server {

Reply RefusalReply(RpcStatus status) {
  Reply reply;
  reply.step = Reply::Step::kRefused;
  reply.status = std::move(status);
  return reply;
}

Reply RefusalReply(HttpResponse response) {
  Reply reply;
  reply.step = Reply::Step::kRefused;
  reply.http_status = response.status;
  reply.headers = std::move(response.headers);
  reply.message = std::move(response.body);
  return reply;
}

template <class Refusal>
AdmissionTicket<Refusal>& AdmissionTicket<Refusal>::operator=(AdmissionTicket&& other) noexcept {
  if (this != &other) {
    RefuseUndecided();
    sink_ = std::move(other.sink_);
    stream_id_ = other.stream_id_;
  }
  return *this;
}

template <class Refusal>
AdmissionTicket<Refusal>::~AdmissionTicket() {
  RefuseUndecided();
}

template <class Refusal>
void AdmissionTicket<Refusal>::RefuseUndecided() {
  if (!sink_) return;
  if constexpr (std::is_same_v<Refusal, RpcStatus>) {
    Refuse({RpcCode::kInternal, "the request was dropped before it was admitted"});
  } else {
    Refuse({500, {}, ""});
  }
}

template <class Refusal>
void AdmissionTicket<Refusal>::Deliver(Reply reply) {
  const std::shared_ptr<ReplySink> sink = std::move(sink_);
  if (!sink) return;
  reply.stream_id = stream_id_;
  sink->Deliver(std::move(reply));
}

template <class Refusal>
void AdmissionTicket<Refusal>::Admit() {
  Reply reply;
  reply.step = Reply::Step::kAdmitted;
  Deliver(std::move(reply));
}

template <class Refusal>
void AdmissionTicket<Refusal>::Refuse(Refusal refusal) {
  Deliver(RefusalReply(std::move(refusal)));
}

template class AdmissionTicket<RpcStatus>;
template class AdmissionTicket<HttpResponse>;

}  // namespace redkite::server
