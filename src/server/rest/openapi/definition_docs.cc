#include "server/rest/openapi/route_docs.h"

namespace redkite::server {
namespace {

constexpr MemberDoc kPartition = Need("partitionName", "string", "the partition");
constexpr MemberDoc kPartitions = Need("partitionNames", "[string]", "the partitions");
constexpr MemberDoc kIndex = Need("indexName", "string", "the index; without another name that of its field");
constexpr MemberDoc kAlias = Need("aliasName", "string", "the other name");
constexpr MemberDoc kNamedDatabase = Need("dbName", "string", "the database");
constexpr MemberDoc kProperties = May("properties", "{scalar}", "properties to set, one at least");
constexpr MemberDoc kPropertyKeys = May("propertyKeys", "[string]", "properties to remove, one at least");
constexpr std::string_view kBooks = R"({"collectionName":"books"})";
constexpr std::string_view kNovels = R"({"collectionName":"books","partitionName":"novels"})";

const RouteDoc kDocs[] = {
    {"partitions/list", "Names of the partitions.", {kCollectionDoc, kDatabaseDoc}, "[string]", kBooks},
    {"partitions/has",
     "Whether a partition is there.",
     {kCollectionDoc, kPartition, kDatabaseDoc},
     "#Has",
     kNovels},
    {"partitions/get_stats",
     "The number of rows of a partition.",
     {kCollectionDoc, kPartition, kDatabaseDoc},
     "#RowCount",
     kNovels},
    {"partitions/create", "Makes a partition.", {kCollectionDoc, kPartition, kDatabaseDoc}, "empty", kNovels},
    {"partitions/drop",
     "Drops a partition, which must not be loaded, with its rows; one that is not there is no error.",
     {kCollectionDoc, kPartition, kDatabaseDoc},
     "empty",
     kNovels},
    {"partitions/load",
     "Makes partitions searchable.",
     {kCollectionDoc, kPartitions, kDatabaseDoc},
     "empty",
     R"({"collectionName":"books","partitionNames":["novels"]})"},
    {"partitions/release",
     "Ends the load of partitions.",
     {kCollectionDoc, kPartitions, kDatabaseDoc},
     "empty",
     R"({"collectionName":"books","partitionNames":["novels"]})"},

    {"indexes/list", "Names of the indexes.", {kCollectionDoc, kDatabaseDoc}, "[string]", kBooks},
    {"indexes/describe",
     "Type, parameters and progress of an index.",
     {kCollectionDoc, kIndex, kDatabaseDoc},
     "[#Index]",
     R"({"collectionName":"books","indexName":"vector"})"},
    {"indexes/create",
     "Makes indexes.",
     {kCollectionDoc, kDatabaseDoc, Need("indexParams", "[#IndexParam]", "one of each index")},
     "empty",
     R"({"collectionName":"books","indexParams":[{"fieldName":"vector","metricType":"COSINE",)"
     R"("indexType":"HNSW","params":{"M":16,"efConstruction":200}}]})"},
    {"indexes/drop",
     "Drops an index; one that is not there is no error.",
     {kCollectionDoc, kIndex, kDatabaseDoc},
     "empty",
     R"({"collectionName":"books","indexName":"vector"})"},
    {"indexes/alter_properties",
     "Sets properties of an index, of a collection that is not loaded.",
     {kCollectionDoc, kIndex, kDatabaseDoc, kProperties},
     "empty",
     R"({"collectionName":"books","indexName":"vector","properties":{"mmap.enabled":true}})"},
    {"indexes/drop_properties",
     "Removes properties of an index, of a collection that is not loaded.",
     {kCollectionDoc, kIndex, kDatabaseDoc, kPropertyKeys},
     "empty",
     R"({"collectionName":"books","indexName":"vector","propertyKeys":["mmap.enabled"]})"},

    {"aliases/list",
     "Other names of a collection, or of all collections.",
     {May("collectionName", "string", "of this collection alone"), kDatabaseDoc},
     "[string]",
     "{}"},
    {"aliases/describe",
     "Which collection a name means.",
     {kAlias, kDatabaseDoc},
     "#Alias",
     R"({"aliasName":"shelf"})"},
    {"aliases/create",
     "Gives a collection another name.",
     {kCollectionDoc, kAlias, kDatabaseDoc},
     "empty",
     R"({"collectionName":"books","aliasName":"shelf"})"},
    {"aliases/alter",
     "Lets a name mean another collection.",
     {kCollectionDoc, kAlias, kDatabaseDoc},
     "empty",
     R"({"collectionName":"books","aliasName":"shelf"})"},
    {"aliases/drop",
     "Removes a name; one that is not there is no error.",
     {kAlias, kDatabaseDoc},
     "empty",
     R"({"aliasName":"shelf"})"},

    {"databases/list", "Names of the databases.", {}, "[string]", "{}"},
    {"databases/describe",
     "Properties of a database.",
     {kNamedDatabase},
     "#Database",
     R"({"dbName":"library"})"},
    {"databases/create",
     "Makes a database.",
     {kNamedDatabase, May("properties", "{scalar}", "its properties")},
     "empty",
     R"({"dbName":"library"})"},
    {"databases/drop",
     "Drops a database, which must be empty; one that is not there is no error.",
     {kNamedDatabase},
     "empty",
     R"({"dbName":"library"})"},
    {"databases/alter",
     "Sets properties of a database.",
     {kNamedDatabase, kProperties},
     "empty",
     R"({"dbName":"library","properties":{"database.max.collections":10}})"},
    {"databases/alter_properties",
     "As databases/alter.",
     {kNamedDatabase, kProperties},
     "empty",
     R"({"dbName":"library","properties":{"database.max.collections":20}})"},
    {"databases/drop_properties",
     "Removes properties of a database.",
     {kNamedDatabase, kPropertyKeys},
     "empty",
     R"({"dbName":"library","propertyKeys":["database.max.collections"]})"},
};

}  // namespace

std::span<const RouteDoc> DefinitionDocs() { return kDocs; }

}  // namespace redkite::server
