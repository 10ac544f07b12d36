// Schemas in the bodies of REST requests: a field, a whole schema, and the quick form that names a dimension
// alone. What needs the rules of collections (ranges, required parameters) is left to the proxy. Thread
// safety: pure functions. Errors: 1100 for a type or a default value that does not exist, 1801 and 1802 as of
// BodyReader.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "rest/body_reader.h"
#include "types/alter_schema_request.h"
#include "types/collection_requests.h"

namespace redkite::rest {

/// By the name of the enum, in its case.
Result<DataType> ParseDataType(std::string_view name);

/// The members of a field; `unsupported` gets what this build cannot store.
Result<FieldSchema> ReadField(JsonValue object, std::vector<std::string>* unsupported);

/// A body of collections/create, and what it asks for besides the collection.
struct CreateBody {
  CreateCollectionRequest request;
  std::vector<CreateIndexRequest> indexes;
  bool loads = false;
};
Result<CreateBody> ReadCreate(JsonValue body);

/// One item of indexParams; `name` is the collection.
Result<CreateIndexRequest> ReadIndex(const CollectionName& name, JsonValue object);

Result<AlterSchemaRequest> ReadAddField(JsonValue body);

}  // namespace redkite::rest
