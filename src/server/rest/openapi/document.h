// The OpenAPI 3.1 document of the REST interface, made of the rows of route_docs.h. Thread safety: any
// thread; it is written once, when somebody asks.
#pragma once

#include <string>

namespace redkite::server {

const std::string& OpenApiDocument();

}  // namespace redkite::server
