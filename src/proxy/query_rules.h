// What a query answers: rows, or a count, or groups with aggregates; and in which order (contract/search.md
// sections 5 and 13). Names become a plan, and the plan's columns the answer's. Thread safety: pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "plan/read_plan.h"
#include "proxy/output_fields.h"
#include "proxy/read_params.h"
#include "shard/shard_client.h"

namespace redkite::proxy {

/// The groups of a query and, for each name that was asked for, the column that holds it.
struct GroupOutput {
  struct Shown {
    std::string name;
    size_t column = 0;  // among the plan's keys and then its aggregates
  };
  plan::GroupPlan plan;
  std::vector<Shown> shown;
};

struct QueryOutput {
  OutputPlan rows;  // without groups
  std::optional<GroupOutput> groups;
  std::vector<plan::RowOrder> order;  // of rows

  /// Needs neither a filter nor a limit.
  bool is_aggregate() const { return groups.has_value() || rows.count_only; }
};

Result<QueryOutput> PlanQueryOutput(const CollectionSchema& schema, const std::vector<std::string>& asked,
                                    const QueryParams& params, const Limits& limits);
/// What the plan returns, reads besides, and in which order.
void PutOutput(const QueryOutput& output, const QueryParams& params, plan::QueryPlan* plan);
/// What the plan's groups, or the rows that its order keeps, take in memory on this shard.
int64_t BytesOfPlan(const plan::QueryPlan& plan, const shard::ShardClient& shard);
/// Of `count`, or of the columns that the plan yields, the columns and names of the answer.
Result<QueryResult> AnswerQuery(const CollectionSchema& schema, const QueryOutput& output, int64_t count,
                                std::vector<Column> columns);

}  // namespace redkite::proxy
