// Http2Session: one HTTP/2 connection (RFC 9113) on nghttp2, with gRPC calls and REST requests told apart by
// the content type of each stream. Created when the client's preface has been recognised. Thread safety:
// none; see Protocol.
#pragma once

#include <memory>
#include <string>

#include "server/transport/protocol.h"
#include "server/transport/transport_context.h"

namespace redkite::server {

/// `context` and the sink's connection outlive the session; `sink` must be the connection that owns the
/// session.
std::unique_ptr<Protocol> MakeHttp2Session(const std::shared_ptr<TransportContext>& context,
                                           const std::shared_ptr<ReplySink>& sink, const std::string& peer);

}  // namespace redkite::server
