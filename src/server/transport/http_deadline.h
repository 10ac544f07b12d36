// How long an HTTP request may take: its header `request-timeout: <seconds>`, else the port's default.
// Thread safety: a pure function.
#pragma once

#include <cstdint>

#include "server/transport/header_block.h"

namespace redkite::server {

/// CancelToken::kNoDeadline when `default_ms` is 0: the port has no deadlines, whatever a client asks. A
/// header that is no positive decimal number is ignored.
int64_t HttpDeadlineNs(const HeaderBlock& headers, int64_t default_ms, int64_t now_ns);

}  // namespace redkite::server
