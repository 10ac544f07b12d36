#include "server/rest/rest_service.h"

namespace redkite::server {

std::span<const RestRoute> ServiceRoutes() { return {}; }

}  // namespace redkite::server
