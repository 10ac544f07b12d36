// Any bytes as the body of a search, query, get or delete: what is accepted has as many vectors as it says.
#include "base/check.h"
#include "base/testing/fuzz_target.h"
#include "rest/reads/query_reader.h"
#include "rest/reads/search_reader.h"
#include "rest/rows/all_types_fixture.h"

namespace redkite::rest {
namespace {

void Check(const Result<SearchRequest>& request) {
  if (!request.ok()) return;
  const QueryVectors& queries = request->queries;
  CHECK(request->nq > 0);
  CHECK(static_cast<size_t>(request->nq) == (request->by_ids ? request->ids.row_count() : queries.count));
  if (queries.has_own_lengths()) {
    CHECK(queries.offsets.size() == queries.count + 1);
    CHECK(queries.offsets.back() == queries.bytes.size());
  } else if (queries.uniform) {
    CHECK(queries.bytes.size() == queries.count * queries.value_bytes);
  } else {
    CHECK(queries.bytes.empty());
  }
}

void Run(std::string_view bytes) {
  static const CollectionSchema& schema = *new CollectionSchema(AllTypes());
  const auto body = JsonBody::Parse(bytes);
  if (!body.ok()) return;
  Check(ReadSearch(body->root(), schema));
  Check(ReadFirstSearch(body->root(), schema));
  (void)CheckHybridSearch(body->root());
  (void)ReadQuery(body->root());
  (void)ReadGet(body->root(), schema);
  (void)ReadDelete(body->root());
  (void)ReadFirstDelete(body->root(), schema);
}

fuzz::Inputs Seeds() {
  return {
      R"({"collectionName":"c","annsField":"vec","data":[[1,2],[3,4]],"limit":7,"offset":3,"searchParams":{"metricType":"L2","params":{"nprobe":10}}})",
      R"({"collectionName":"c","annsField":"s[v]","data":[[[1,2]],[]],"groupingField":"int8","groupSize":2})",
      R"({"collectionName":"c","annsField":"sparse","data":[{"5":1},{"indices":[1],"values":[2]}],"consistencyLevel":"Strong"})",
      R"({"collectionName":"c","annsField":"bits","data":["Zm8=",[1,2]],"exprParams":{"a":[1,[2]],"b":{"c":1}}})",
      R"({"collectionName":"c","ids":[1,"2"],"id":[1],"filter":"id in {a}","outputFields":["*"],"orderByFields":["a:desc"]})",
      R"({"collectionName":"c","vector":[1,2],"annsField":"vec","params":{"radius":1},"search":[{"data":[[1]]}]})",
      R"({"collectionName":"c","annsField":"vec","data":["some","text"]})",
  };
}

}  // namespace
}  // namespace redkite::rest

FUZZ_TARGET(search_reader_fuzz, redkite::rest::Run, redkite::rest::Seeds, 5000)
