#include "server/rest/rest_service.h"

namespace redkite::server {

std::span<const RestRoute> IndexRoutes() { return {}; }

}  // namespace redkite::server
