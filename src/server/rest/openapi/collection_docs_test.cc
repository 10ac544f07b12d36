#include "server/rest/openapi/example_walk_fixture.h"

namespace redkite::server {
namespace {

TEST(CollectionDocs, ExamplesCanBeSentInARow) {
  WalkThrough(CollectionDocs(), {},
              {"collections/create", "collections/list", "collections/has", "collections/describe",
               "collections/get_stats", "collections/get_load_state", "collections/load",
               "collections/refresh_load", "collections/flush", "collections/truncate", "collections/compact",
               "collections/get_compaction_state", "collections/alter_properties",
               "collections/drop_properties", "collections/fields/add", "collections/fields/alter_properties",
               "collections/release", "collections/rename", "collections/drop"});
}

}  // namespace
}  // namespace redkite::server
