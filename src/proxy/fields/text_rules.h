// Rules of the texts and shapes that need more than a length: analyzers of VarChar and Text fields, shapes of
// Geometry fields as clients send and get them. Thread safety: pure functions.
#pragma once

#include <vector>

#include "base/status.h"
#include "types/requests.h"
#include "types/schema.h"

namespace redkite::proxy {

inline constexpr int kTextBytesMax = 2 << 20;

/// enable_match, enable_analyzer and analyzer_params of a field.
Status CheckAnalyzer(const FieldSchema& field);

/// The shapes (WKB) of texts (WKT) that a client sent for `field`; nulls stay.
Result<Column> TakeShapes(const FieldSchema& field, const ColumnView& texts);
/// Texts given as the default values of Geometry fields become shapes, and texts again for descriptions.
Status TakeDefaultShapes(CollectionSchema* schema);
void ShowDefaultShapes(CollectionSchema* schema);
/// Columns of shapes become texts.
Status ShowShapes(std::vector<OutputColumn>* columns);

}  // namespace redkite::proxy
