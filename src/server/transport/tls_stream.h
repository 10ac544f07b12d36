// TLS over a socket, as a ByteStream. The handshake happens inside Read, which no one's bytes come out of
// before it is done; whoever waits for it sets its bound. Large pieces are encrypted from where they lie,
// small ones are first put together to one record. Thread safety: none; the Connection serialises (from
// several threads: OpenSSL's queue of errors belongs to the thread and is empty after each call).
#pragma once

#include <memory>

#include "server/transport/byte_stream.h"
#include "server/transport/tls_credentials.h"

namespace redkite::server {

/// Takes over a connected, non-blocking socket.
std::unique_ptr<ByteStream> MakeTlsStream(int socket, const TlsCredentials& credentials);

}  // namespace redkite::server
