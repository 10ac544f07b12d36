// The token of a request: what its `authorization` header says. gRPC: base64 of "user:password" or of an API
// key; HTTP: "Bearer user:password", "Bearer KEY" or "Basic base64". Thread safety: pure functions. Errors:
// the texts that clients know, code kNotAuthenticated.
#pragma once

#include <string>
#include <string_view>

#include "server/transport/rpc_handler.h"
#include "types/secret.h"

namespace redkite::server {

Result<Secret> RpcToken(const RequestBase& request);
Result<Secret> HttpToken(const RequestBase& request);
/// "127.0.0.1" of "127.0.0.1:4711", "::1" of "[::1]:4711".
std::string_view AddressOf(std::string_view peer);

}  // namespace redkite::server
