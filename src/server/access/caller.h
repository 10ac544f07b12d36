// Caller: who sends a request, from its admission to its end. Thread safety: immutable.
#pragma once

#include <memory>
#include <string>

#include "access/authenticator.h"

namespace redkite::server {

struct Caller {
  access::Identity identity;
  std::string address;  // of the peer, without its port
};
using CallerPtr = std::shared_ptr<const Caller>;

}  // namespace redkite::server
