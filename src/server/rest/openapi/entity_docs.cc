#include "server/rest/openapi/route_docs.h"

namespace redkite::server {
namespace {

constexpr MemberDoc kFilter = May("filter", "string", "an expression over the fields");
constexpr MemberDoc kTemplates = May("exprParams", "{any}", "values of the templates in the filter");
constexpr MemberDoc kPartition = May("partitionName", "string", "the partition to write to");
constexpr MemberDoc kPartitions = May("partitionNames", "[string]", "these partitions alone");
constexpr MemberDoc kOutput = May("outputFields", "[string]", "fields of the answer; [\"*\"] means all");
constexpr MemberDoc kLevel = May("consistencyLevel", kLevels, "of this read; the collection's");
constexpr MemberDoc kLimit = May("limit", "integer", "rows at most, 100");
constexpr MemberDoc kOffset = May("offset", "integer", "rows to pass over, 0");
constexpr MemberDoc kCost = May("cost", "integer", "what the request cost");
constexpr MemberDoc kTopks = May("topks", "[integer]", "how many of the hits belong to each query");
constexpr MemberDoc kRows = Need("data", "[{any}]", "rows; a single one may stand without the brackets");
constexpr MemberDoc kGroupField = May("groupingField", "string", "hits of different values of this field");
constexpr MemberDoc kGroupSize = May("groupSize", "integer", "hits of each value, 1");
constexpr MemberDoc kStrictGroups = May("strictGroupSize", "boolean", "look on until each group is full");
constexpr MemberDoc kScore = May("functionScore", "any", "a reranker");

constexpr std::string_view kInsertBody =
    R"({"collectionName":"books","data":[{"id":1,"title":"Emma","vector":[0.1,0.2,0.3,0.4],"pages":474},)"
    R"({"id":2,"title":"Persuasion","vector":[0.4,0.3,0.2,0.1],"pages":249}]})";
constexpr std::string_view kHybridSearch =
    R"({"collectionName":"books","search":[{"data":[[0.1,0.2,0.3,0.4]],"annsField":"vector","limit":2},)"
    R"({"data":[[0.4,0.3,0.2,0.1]],"annsField":"vector","limit":2}],)"
    R"("rerank":{"strategy":"rrf","params":{"k":60}},"limit":2,"outputFields":["title"]})";

const RouteDoc kDocs[] = {
    {"entities/insert",
     "Inserts rows.",
     {kCollectionDoc, kDatabaseDoc, kPartition, kRows},
     "#Inserted",
     kInsertBody,
     {kCost}},
    {"entities/upsert",
     "Inserts rows, in place of those with the same keys.",
     {kCollectionDoc, kDatabaseDoc, kPartition, kRows,
      May("partialUpdate", "boolean", "what is not sent stays as it is"),
      May("fieldOps", "[#FieldOp]", "how arrays change")},
     "#Upserted",
     R"({"collectionName":"books","data":[{"id":2,"title":"Persuasion","vector":[0.4,0.3,0.2,0.2],"pages":250}]})",
     {kCost}},
    {"entities/delete",
     "Deletes the rows for which a filter is true.",
     {kCollectionDoc, kDatabaseDoc, kPartition, Need("filter", "string", "an expression over the fields"),
      kTemplates},
     "#Deleted",
     R"({"collectionName":"books","filter":"id in [2]"})"},
    {"entities/query",
     "The rows for which a filter is true. count(*) as the only output field counts them.",
     {kCollectionDoc, kDatabaseDoc, kPartitions, kFilter, kOutput, kLimit, kOffset,
      May("orderByFields", "[any]", "the order of the rows"), kTemplates, kLevel},
     "[{any}]",
     R"({"collectionName":"books","filter":"pages > 300","outputFields":["title"],"limit":10})",
     {kCost}},
    {"entities/get",
     "Rows by their keys.",
     {kCollectionDoc, kDatabaseDoc, kPartitions, Need("id", "key|[key]", "a key, or a list of keys"), kOutput,
      kLevel},
     "[{any}]",
     R"({"collectionName":"books","id":[1,2],"outputFields":["title"]})",
     {kCost}},
    {"entities/search",
     "The rows nearest to each vector of data, or to the rows with these ids.",
     {kCollectionDoc, kDatabaseDoc, kPartitions, May("data", "[any]", "vectors to search for; this or ids"),
      May("ids", "[key]", "rows whose vectors to search for; this or data"),
      May("annsField", "string", "the vector field, where there are several"), kFilter, kLimit, kOffset,
      kOutput, kGroupField, kGroupSize, kStrictGroups, May("searchParams", "#SearchParams", "how to search"),
      kLevel, kTemplates, kScore, May("functionChains", "any", "functions over the hits"),
      May("searchAggregation", "any", "buckets of the hits")},
     "[{any}]",
     R"({"collectionName":"books","data":[[0.1,0.2,0.3,0.4]],"limit":2,"outputFields":["title"],)"
     R"("searchParams":{"metricType":"COSINE"}})",
     {kCost, kTopks, May("recalls", "[number]", "recall of each query, where it was asked for"),
      May("aggTopks", "[integer]", "how many of the buckets belong to each query")}},
    {"entities/hybrid_search",
     "Several searches, whose hits are ranked together.",
     {kCollectionDoc, kDatabaseDoc, kPartitions, Need("search", "[#SubSearch]", "the searches"),
      May("rerank", "#Rerank", "how to rank together"), kLimit, kOffset, kOutput, kGroupField, kGroupSize,
      kStrictGroups, kLevel, kScore},
     "[{any}]",
     kHybridSearch,
     {kCost, kTopks},
     false},
    {"entities/advanced_search",
     "As entities/hybrid_search.",
     {kCollectionDoc, kDatabaseDoc, kPartitions, Need("search", "[#SubSearch]", "the searches"),
      May("rerank", "#Rerank", "how to rank together"), kLimit, kOffset, kOutput, kGroupField, kGroupSize,
      kStrictGroups, kLevel, kScore},
     "[{any}]",
     kHybridSearch,
     {kCost, kTopks},
     false},
};

}  // namespace

std::span<const RouteDoc> EntityDocs() { return kDocs; }

}  // namespace redkite::server
