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
/// grpc.health.v1.Health: SERVING or NOT_SERVING, and the service that a Check asks for (empty: the server).
Result<std::string> DecodeHealthCheck(std::string_view bytes);
std::string EncodeHealthCheck(bool serving);

}  // namespace redkite::wire
