#include <algorithm>

#include "rest/reads/query_reader.h"
#include "rest/reads/search_reader.h"
#include "rest/rows/row_reader.h"
#include "rest/rows/row_writer.h"
#include "server/rest/entity_calls.h"
#include "server/rest/rest_macros.h"

namespace redkite::server {
namespace {

using rest::JsonWriter;
using wire::Method;

using WriteMutation = void (*)(const MutationResult& result, JsonWriter* writer);

proxy::Proxy::MutationDone MutationReply(RestService& rest, const RestCallPtr& call, WriteMutation write) {
  return [&rest, call, write](Result<MutationResult> done) {
    if (!done.ok()) return rest.Fail(call, done.status());
    rest.Reply(call, [&](JsonWriter& w) { write(*done, &w); });
  };
}

using ReadRows = Result<InsertRequest> (*)(const rest::JsonValue& body, const CollectionSchema& schema);

void WriteRows(RestService& rest, const RestCallPtr& call, ReadRows read, WriteMutation write) {
  RK_REST_ASSIGN(const CollectionDescription target, DescribeTarget(rest, call, {"data"}));
  RK_REST_ASSIGN(InsertRequest request, read(call->root(), target.schema));
  call->FillDatabase(&request.name.database);
  call->DropBody();  // the rows are columns now
  rest.proxy().Insert(std::move(request), MutationReply(rest, call, write), call->cancel());
}

void Delete(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(DeleteRequest request, rest::ReadDelete(call->root()));
  call->FillDatabase(&request.name.database);
  call->DropBody();
  rest.proxy().Delete(request, call->cancel(), MutationReply(rest, call, rest::WriteDelete));
}

void AnswerQuery(RestService& rest, const RestCallPtr& call, QueryRequest request) {
  call->FillDatabase(&request.name.database);
  call->DropBody();
  RK_REST_ASSIGN(const QueryResult result, rest.proxy().Query(request, call->cancel()));
  rest.Reply(call, [&](JsonWriter& w) { rest::WriteQuery(result, &w); });
}

void Search(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CollectionDescription target, DescribeTarget(rest, call, {"data", "ids"}));
  RK_REST_ASSIGN(SearchRequest request, rest::ReadSearch(call->root(), target.schema));
  AnswerSearch(rest, call, std::move(request));
}

void HybridSearch(RestService& rest, const RestCallPtr& call) {
  RK_REST_CHECK(rest::CheckHybridSearch(call->root()));
  rest.Fail(call, Status::Unimplemented("hybrid_search is not implemented"));
}

constexpr RestRoute kRoutes[] = {
    {"entities/insert", Method::kInsert, InsertRows, Priority::kIngest},
    {"entities/upsert", Method::kUpsert, UpsertRows, Priority::kIngest},
    {"entities/delete", Method::kDelete, Delete, Priority::kIngest},
    {"entities/query", Method::kQuery, QueryRows, Priority::kSearch},
    {"entities/get", Method::kQuery, GetRows, Priority::kSearch},
    {"entities/search", Method::kSearch, Search, Priority::kSearch},
    {"entities/hybrid_search", Method::kHybridSearch, HybridSearch, Priority::kSearch},
    {"entities/advanced_search", Method::kHybridSearch, HybridSearch, Priority::kSearch},
};

}  // namespace

Result<CollectionDescription> DescribeTarget(RestService& rest, const RestCallPtr& call,
                                             std::initializer_list<std::string_view> needs_one_of) {
  rest::BodyReader body = call->reader();
  DescribeCollectionRequest request;
  request.name = body.NeedCollection();
  const auto is_there = [&](std::string_view key) { return !body.Value(key).empty(); };
  if (needs_one_of.size() > 0 && std::none_of(needs_one_of.begin(), needs_one_of.end(), is_there))
    body.MissingMember(*needs_one_of.begin());
  RK_RETURN_IF_ERROR(body.status());
  call->FillDatabase(&request.name.database);
  return rest.proxy().DescribeCollection(request);
}

void InsertRows(RestService& rest, const RestCallPtr& call) {
  WriteRows(rest, call, rest::ReadInsert, rest::WriteInsert);
}

void UpsertRows(RestService& rest, const RestCallPtr& call) {
  WriteRows(rest, call, rest::ReadUpsert, rest::WriteUpsert);
}

void QueryRows(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(QueryRequest request, rest::ReadQuery(call->root()));
  AnswerQuery(rest, call, std::move(request));
}

void GetRows(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CollectionDescription target, DescribeTarget(rest, call, {"id"}));
  RK_REST_ASSIGN(QueryRequest request, rest::ReadGet(call->root(), target.schema));
  AnswerQuery(rest, call, std::move(request));
}

void AnswerSearch(RestService& rest, const RestCallPtr& call, SearchRequest request) {
  call->FillDatabase(&request.name.database);
  call->DropBody();
  RK_REST_ASSIGN(const SearchResult result, rest.proxy().Search(request, call->cancel()));
  rest.Reply(call, [&](JsonWriter& w) { rest::WriteSearch(result, &w); });
}

std::span<const RestRoute> EntityRoutes() { return kRoutes; }

}  // namespace redkite::server
