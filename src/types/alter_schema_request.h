// AlterSchemaRequest: fields to add to a collection, or one to drop. Thread safety: plain data.
#pragma once

#include <string>
#include <vector>

#include "types/collection_requests.h"

namespace redkite {

struct AlterSchemaRequest {
  CollectionName name;
  CollectionId id;  // when the name is empty
  std::vector<FieldSchema> add;
  bool drops = false;
  std::string drop_name;  // or, when it is empty:
  FieldId drop_id;
  std::vector<std::string> unsupported;  // features of the request that this build can't serve
};

}  // namespace redkite
