// Output fields: which columns a read returns, from the names that the client asked for (contract/search.md
// section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "plan/group_plan.h"
#include "types/requests.h"
#include "types/schema.h"

namespace redkite::proxy {

struct OutputPlan {
  std::vector<FieldId> fields;     // to fetch: the primary key first, then the others in schema order
  std::vector<std::string> names;  // as the answer lists them
  bool return_primary = false;     // in the columns of a search
  bool whole_dynamic = false;
  std::vector<std::string> dynamic_keys;  // when not whole_dynamic
  bool count_only = false;
};

/// "count(*)", "sum(price)" …, taken apart; nothing for other texts. Blanks and case do not matter.
struct AggregateCall {
  plan::AggregateOp op = plan::AggregateOp::kCount;
  std::string field;  // or "*"
};
std::optional<AggregateCall> ParseAggregateCall(std::string_view text);
/// The text without blanks at its ends.
std::string TrimName(std::string_view text);

enum class OutputUse { kSearch, kQuery };
Result<OutputPlan> PlanOutput(const CollectionSchema& schema, const std::vector<std::string>& asked,
                              OutputUse use);
/// Names the fetched columns, takes the keys that were asked for out of the dynamic one, and drops the
/// primary key where a search did not ask for it. `columns` are those of plan.fields.
std::vector<OutputColumn> ShapeOutput(const CollectionSchema& schema, const OutputPlan& plan,
                                      std::vector<Column> columns);

}  // namespace redkite::proxy
