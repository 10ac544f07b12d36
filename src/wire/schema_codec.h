// A collection's schema: the serialised CollectionSchema of a create request, and the one of a description.
// Private to the room. The input is untrusted. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/schema.h"

namespace milvus::proto::schema {
class CollectionSchema;
}

namespace redkite::wire {

/// What a create request's schema holds; `unsupported` names what this build cannot store, `properties` are
/// its own.
struct DecodedSchema {
  CollectionSchema schema;
  Params properties;
  std::vector<std::string> unsupported;
};
Result<DecodedSchema> DecodeSchema(std::string_view bytes);
/// Without the dynamic field, which clients know by enable_dynamic_field only.
void PutSchema(const CollectionSchema& schema, ::milvus::proto::schema::CollectionSchema* out);

}  // namespace redkite::wire
