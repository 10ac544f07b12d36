// What the routes of rows have in common in both REST interfaces (entity_routes.cc). Each answers the call.
// Thread safety: as RestCall.
#pragma once

#include <initializer_list>
#include <string_view>

#include "server/rest/rest_service.h"

namespace redkite::server {

/// The collection that a body names: its schema tells what the values in the body are. What is missing from
/// the body (all of `needs_one_of`) is told before what is missing from the database.
Result<CollectionDescription> DescribeTarget(RestService& rest, const RestCallPtr& call,
                                             std::initializer_list<std::string_view> needs_one_of = {});
void InsertRows(RestService& rest, const RestCallPtr& call);
void UpsertRows(RestService& rest, const RestCallPtr& call);
/// The rows whose keys the body has.
void GetRows(RestService& rest, const RestCallPtr& call);
void QueryRows(RestService& rest, const RestCallPtr& call);
void AnswerSearch(RestService& rest, const RestCallPtr& call, SearchRequest request);

}  // namespace redkite::server
