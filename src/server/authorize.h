// Authorize: the one gate that every RPC and every HTTP path passes before it is decoded.
// Each method of wire/method_table.h has a row that says what it needs; one without breaks the build
// (a static_assert). Until there are users, everybody who reaches the port is the same principal: the port is
// on a loopback address, or the operator said `insecure`. Thread safety: pure functions.
#pragma once

#include <string_view>

#include "server/transport/rpc_handler.h"
#include "wire/method_table.h"

namespace redkite::server {

/// What a method does, and so what a principal must be allowed to do.
enum class Access { kAnyone, kRead, kWrite, kDefine, kAdminister };

struct Principal {
  bool may_do_everything = true;
  bool any_host = false;  // the operator serves another address than a loopback one
};

Access AccessOf(wire::Method method);
/// Ok, or the gRPC status that refuses the call.
RpcStatus Authorize(const Principal& principal, wire::Method method, const RequestBase& request);
/// For HTTP: also refuses a foreign Host, which is how a web page reaches a port on the user's own machine.
/// `path` is for the message.
RpcStatus AuthorizeHttp(const Principal& principal, const RequestBase& request, std::string_view path);

/// "localhost:19530", "127.0.0.1", "[::1]:9091".
bool IsLoopbackHost(std::string_view host);

}  // namespace redkite::server
