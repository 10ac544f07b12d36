// Rules for vectors, inserted or asked for: their field and their values (contract/types.md section 3,
// errors.md rows 56, 58 and 69). Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "types/requests.h"
#include "types/schema.h"

namespace redkite::proxy {

/// The vector field of this name; without a name the only one there is.
Result<const FieldSchema*> ChooseVectorField(const CollectionSchema& schema, const std::string& name);
/// The error for a number that is NaN or infinite.
Status NotFinite(double value);
/// kParameterInvalid when an element is NaN or infinite; types without such values always pass.
Status CheckFiniteVectors(DataType type, std::span<const std::byte> vectors);
/// The queries as vectors of the field's type, one after another. Float queries on a Float16Vector or
/// BFloat16Vector field are converted; any other difference of type is refused, as are wrong lengths and
/// values that are not finite. Sparse ones and lists are told apart by OffsetsOf.
Result<std::vector<std::byte>> TakeQueryVectors(const QueryVectors& queries, const FieldSchema& field);

/// Where the queries that TakeQueryVectors made of them begin: their offsets, of converted vectors in the
/// measure of `bytes`, which these have together.
std::vector<uint64_t> OffsetsOf(const QueryVectors& queries, size_t bytes);

}  // namespace redkite::proxy
