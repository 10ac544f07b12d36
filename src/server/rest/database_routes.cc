#include "server/rest/rest_service.h"

namespace redkite::server {

std::span<const RestRoute> DatabaseRoutes() { return {}; }

}  // namespace redkite::server
