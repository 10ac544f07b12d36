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

Result<std::string> DecodeGetMetrics(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::GetMetricsRequest>(bytes, "GetMetricsRequest"));
  return m.request();
}

std::string EncodeGetMetrics(std::string_view json, std::string_view component) {
  pb::GetMetricsResponse m;
  m.set_response(std::string(json));
  m.set_component_name(std::string(component));
  return Serialize(&m);
}

std::string EncodeRegisterLink(std::string_view ip, int port) {
  pb::RegisterLinkResponse m;
  m.mutable_address()->set_ip(std::string(ip));
  m.mutable_address()->set_port(port);
  return Serialize(&m);
}

std::string EncodeClientHeartbeat(int64_t server_wall_ms) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  w.Varint(2, static_cast<uint64_t>(server_wall_ms));
  return out;
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
