// Rules of indexes on scalar fields (contract/indexes.md section 4). Thread safety: pure functions.
#pragma once

#include <string>

#include "base/status.h"
#include "types/schema.h"

namespace redkite::proxy {

/// Of `params` with the members of `params` merged in: an index type that the field can have, and its
/// parameters in their ranges.
Status CheckScalarIndex(const FieldSchema& field, const Params& params);

/// Where in a JSON field an index looks, as a JSON pointer: "/a/b", "" for all of it. `path` is what clients
/// write: `field["a"]["b"]`, of keys that no field declares also `a["b"]`.
Result<std::string> JsonPointerOf(const CollectionSchema& schema, const FieldSchema& field,
                                  const std::string& path);

}  // namespace redkite::proxy
