#include "server/rest/rest_service.h"

namespace redkite::server {

std::span<const RestRoute> CollectionRoutes() { return {}; }

}  // namespace redkite::server
