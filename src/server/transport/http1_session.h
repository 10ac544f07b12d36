// Http1Session: one HTTP/1.1 connection (RFC 9112): keep-alive, pipelined requests one after the other,
// bodies with Content-Length or chunked. Strict where leniency lets requests be smuggled: CRLF only, never
// both length headers. Thread safety: none; see Protocol.
#pragma once

#include <memory>
#include <string>

#include "server/transport/protocol.h"
#include "server/transport/transport_context.h"

namespace redkite::server {

std::unique_ptr<Protocol> MakeHttp1Session(const std::shared_ptr<TransportContext>& context,
                                           const std::shared_ptr<ReplySink>& sink, const std::string& peer);

}  // namespace redkite::server
