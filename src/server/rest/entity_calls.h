// What the routes of rows have in common in both REST interfaces (entity_routes.cc). Each answers the call.
// Thread safety: as RestCall.
#pragma once

#include "server/rest/rest_service.h"

namespace redkite::server {

/// The collection that a body names: its schema tells what the values in the body are.
Result<CollectionDescription> DescribeTarget(RestService& rest, const RestCallPtr& call);
void InsertRows(RestService& rest, const RestCallPtr& call);
void UpsertRows(RestService& rest, const RestCallPtr& call);
/// The rows whose keys the body has.
void GetRows(RestService& rest, const RestCallPtr& call);
void QueryRows(RestService& rest, const RestCallPtr& call);
void AnswerSearch(RestService& rest, const RestCallPtr& call, SearchRequest request);

}  // namespace redkite::server
