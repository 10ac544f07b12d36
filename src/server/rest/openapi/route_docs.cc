#include "server/rest/openapi/route_docs.h"

#include <algorithm>

#include "server/rest/rest_service.h"

namespace redkite::server {
namespace {

std::vector<RouteDoc> Gather() {
  std::vector<RouteDoc> all;
  for (const auto part : {CollectionDocs(), DefinitionDocs(), EntityDocs(), AccessDocs(), ServiceDocs()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<RouteDoc> Routed() {
  std::vector<RouteDoc> routed = Gather();
  const auto routes = RestService::Routes();
  std::erase_if(routed, [&](const RouteDoc& doc) {
    return std::none_of(routes.begin(), routes.end(),
                        [&](const RestRoute& route) { return route.path == doc.path; });
  });
  return routed;
}

}  // namespace

std::span<const RouteDoc> AllRouteDocs() {
  static const std::vector<RouteDoc>* const all = new std::vector<RouteDoc>(Gather());
  return *all;
}

const std::vector<RouteDoc>& RouteDocs() {
  static const std::vector<RouteDoc>* const routed = new std::vector<RouteDoc>(Routed());
  return *routed;
}

const ObjectDoc* FindObjectDoc(std::string_view name) {
  for (const ObjectDoc& doc : ObjectDocs()) {
    if (doc.name == name) return &doc;
  }
  return nullptr;
}

}  // namespace redkite::server
