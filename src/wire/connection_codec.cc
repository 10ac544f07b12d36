#include "wire/connection_codec.h"

#include "proto/milvus_connection.pb.h"
#include "wire/message_convert.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"

namespace redkite::wire {

namespace pb = ::milvus::proto::milvus;
namespace pbc = ::milvus::proto::common;

Result<ConnectRequest> DecodeConnect(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::ConnectRequest>(bytes, "ConnectRequest"));
  const auto& client = m.client_info();
  ConnectRequest request{client.sdk_type(), client.sdk_version(), client.user(), client.host(), {}};
  for (const auto& [key, value] : client.reserved()) request.reserved.emplace_back(key, value);
  return request;
}

std::string EncodeConnect(const ConnectAnswer& answer) {
  pb::ConnectResponse m;
  m.set_identifier(answer.identifier);
  auto* server = m.mutable_server_info();
  server->set_build_tags(answer.version);
  server->set_build_time(answer.build_time);
  server->set_git_commit(answer.git_commit);
  server->set_deploy_mode(answer.deploy_mode);
  for (const auto& [key, value] : answer.reserved) (*server->mutable_reserved())[key] = value;
  return Serialize(&m);
}

std::string EncodeGetVersion(std::string_view version) {
  pb::GetVersionResponse m;
  m.set_version(std::string(version));
  return Serialize(&m);
}

std::string EncodeCheckHealth(const HealthAnswer& answer) {
  pb::CheckHealthResponse m;
  m.set_ishealthy(answer.healthy);
  for (const std::string& reason : answer.reasons) m.add_reasons(reason);
  return Serialize(&m);
}

std::string EncodeGetComponentStates(bool healthy) {
  pb::ComponentStates m;
  auto* state = m.mutable_state();
  state->set_nodeid(1);
  state->set_role("proxy");
  state->set_state_code(healthy ? pbc::Healthy : pbc::Abnormal);
  return Serialize(&m);
}

std::string EncodeAllocTimestamp(Timestamp ts) {
  pb::AllocTimestampResponse m;
  m.set_timestamp(ts);
  return Serialize(&m);
}

Result<std::string> DecodeHealthCheck(std::string_view bytes) {
  std::string service;
  PbReader r(bytes);
  while (r.Next()) {
    if (r.tag() == PbLen(1)) service = std::string(r.bytes());
  }
  if (!r.ok()) return MalformedRequest("HealthCheckRequest");
  return service;
}

std::string EncodeHealthCheck(bool serving) {
  std::string out;
  PbWriter(&out).Varint(1, serving ? 1 : 2);
  return out;
}

}  // namespace redkite::wire
