// What a REST request is about, for Gate: read from its body by the same reader as the route reads it. Thread
// safety: pure functions.
#pragma once

#include "server/access/access_target.h"
#include "server/rest/rest_call.h"

namespace redkite::server {

/// Members of the wrong type are left out: the route refuses the request for them.
AccessTarget RestTarget(const RestCall& call, const AccessRule& rule);

}  // namespace redkite::server
