#include "server/rest/openapi/example_walk_fixture.h"

namespace redkite::server {
namespace {

TEST(ServiceDocs, ExamplesCanBeSentInARow) {
  WalkThrough(ServiceDocs(), {"collections/create"},
              {"resource_groups/create", "resource_groups/list", "resource_groups/describe",
               "resource_groups/drop", "resource_groups/create", "resource_groups/alter",
               "resource_groups/transfer_replica", "common/run_analyzer"});
}

}  // namespace
}  // namespace redkite::server
