#include "server/rest/openapi/example_walk_fixture.h"

namespace redkite::server {
namespace {

TEST(DefinitionDocs, ExamplesCanBeSentInARow) {
  WalkThrough(DefinitionDocs(), {"collections/create", "collections/release"},
              {"partitions/create",
               "partitions/list",
               "partitions/has",
               "partitions/get_stats",
               "partitions/load",
               "partitions/release",
               "partitions/drop",
               "indexes/list",
               "indexes/describe",
               "indexes/alter_properties",
               "indexes/drop_properties",
               "indexes/drop",
               "indexes/create",
               "aliases/create",
               "aliases/list",
               "aliases/describe",
               "aliases/alter",
               "aliases/drop",
               "databases/create",
               "databases/list",
               "databases/describe",
               "databases/alter",
               "databases/alter_properties",
               "databases/drop_properties",
               "databases/drop"});
}

}  // namespace
}  // namespace redkite::server
