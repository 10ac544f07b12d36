// Connection, version, health, timestamps. Encode… builds the reply's bytes; failures go through
// EncodeReplyStatus. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<ConnectRequest> DecodeConnect(std::string_view bytes);
std::string EncodeConnect(const ConnectAnswer& answer);
std::string EncodeGetVersion(std::string_view version);
std::string EncodeCheckHealth(const HealthAnswer& answer);
/// One healthy or unhealthy component, the server itself.
std::string EncodeGetComponentStates(bool healthy);
std::string EncodeAllocTimestamp(Timestamp ts);
/// The request's JSON text, and its answer: JSON text of one component.
Result<std::string> DecodeGetMetrics(std::string_view bytes);
std::string EncodeGetMetrics(std::string_view json, std::string_view component);
/// The link that another client would take: this port.
std::string EncodeRegisterLink(std::string_view ip, int port);
/// No commands: nobody pushes any.
std::string EncodeClientHeartbeat(int64_t server_wall_ms);
/// grpc.health.v1.Health: SERVING or NOT_SERVING, and the service that a Check asks for (empty: the server).
Result<std::string> DecodeHealthCheck(std::string_view bytes);
std::string EncodeHealthCheck(bool serving);

}  // namespace redkite::wire
