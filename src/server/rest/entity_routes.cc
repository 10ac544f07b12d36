#include "server/rest/rest_service.h"

namespace redkite::server {

std::span<const RestRoute> EntityRoutes() { return {}; }

}  // namespace redkite::server
