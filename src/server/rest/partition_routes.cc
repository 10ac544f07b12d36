#include "server/rest/rest_service.h"

namespace redkite::server {

std::span<const RestRoute> PartitionRoutes() { return {}; }

}  // namespace redkite::server
