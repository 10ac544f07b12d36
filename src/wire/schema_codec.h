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
class FieldSchema;
}  // namespace milvus::proto::schema

namespace redkite::wire {

/// What a create request's schema holds; `unsupported` names what this build cannot store, `properties` are
/// its own.
struct DecodedSchema {
  CollectionSchema schema;
  Params properties;
  std::vector<std::string> unsupported;
};
Result<DecodedSchema> DecodeSchema(std::string_view bytes);
/// A field that is added to a collection; `unsupported` as above.
Result<FieldSchema> AddedField(const ::milvus::proto::schema::FieldSchema& field,
                               std::vector<std::string>* unsupported);
/// Without the dynamic field, which clients know by enable_dynamic_field only.
void PutSchema(const CollectionSchema& schema, ::milvus::proto::schema::CollectionSchema* out);

}  // namespace redkite::wire
