// Rules of Timestamptz fields: instants in inserted rows, default values and answers, and the time to live by
// a field (contract/types.md section 8, admin.md section 4). Thread safety: pure functions.
#pragma once

#include <vector>

#include "base/status.h"
#include "plan/read_plan.h"
#include "types/instant.h"
#include "types/requests.h"
#include "types/schema.h"
#include "types/time_zone.h"

namespace redkite::proxy {

/// The instants of texts that a client sent for `field`; nulls stay.
Result<Column> TakeInstants(const FieldSchema& field, const ColumnView& texts, const TimeZone& zone);
bool HasInstants(const CollectionSchema& schema);
/// Texts given as the default values of Timestamptz fields become instants.
Status TakeDefaultInstants(const TimeZone& zone, CollectionSchema* schema);
/// And texts again, for descriptions.
void ShowDefaultInstants(const TimeZone& zone, CollectionSchema* schema);
/// Columns of instants become texts, or arrays of the parts that are asked for.
void ShowInstants(const TimeZone& zone, const std::vector<TimePart>& parts,
                  std::vector<OutputColumn>* columns);

/// kParameterInvalid when the time to live names what is no Timestamptz field, or there is another one.
Status CheckTtlField(const CollectionSchema& schema, const Params& properties);
/// Takes the rows out of `rows` whose instant in the field that the properties name is not after `now_ms`.
void ExcludeExpired(const CollectionSchema& schema, const Params& properties, int64_t now_ms,
                    plan::RowSelection* rows);

}  // namespace redkite::proxy
