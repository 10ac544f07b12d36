#include "proxy/query_rules.h"

#include <algorithm>

namespace redkite::proxy {
namespace {

// A value that decides an order or a group, or the state of an aggregate, with what its array has to spare.
constexpr int64_t kCellBytes = 64;

bool AsksForGroups(const std::vector<std::string>& asked, const QueryParams& params) {
  return !params.group_by.empty() || std::any_of(asked.begin(), asked.end(), [](const std::string& name) {
    return ParseAggregateCall(name) && TrimName(name) != "count(*)";  // that alone has a faster way
  });
}

Status NotAllowed(const std::string& name) {
  return Status::Invalid("output field '" + name + "' is not allowed");
}

// Makes the plan of groups; remembers which column holds which name.
class GroupPlanner {
 public:
  GroupPlanner(const CollectionSchema& schema, const Limits& limits) : schema_(schema) {
    out_.plan.count_max = limits.group_count_max;
  }

  Status AddKey(const std::string& name) {
    const FieldSchema* field = schema_.Find(name);
    if (field == nullptr || field->is_dynamic) {
      return {Code::kFieldNotFound, "groupBy field not found in schema[field=" + name + "]"};
    }
    if (!plan::IsGroupable(field->type)) {
      return Status::Invalid("group by field " + name + " has unsupported data type " +
                             std::string(DataTypeName(field->type)));
    }
    auto& keys = out_.plan.keys;
    if (std::find(keys.begin(), keys.end(), field->id) == keys.end()) keys.push_back(field->id);
    return Status::Ok();
  }

  /// After the keys.
  Status Show(const std::string& asked) {
    const std::string name = TrimName(asked);
    auto column = KeyColumn(name);
    if (const auto call = ParseAggregateCall(name)) {
      RK_ASSIGN_OR_RETURN(const plan::Aggregate aggregate, Resolve(*call));
      column = ColumnOf(aggregate);
    }
    if (!column) return NotAllowed(name);
    const auto it = std::find_if(out_.shown.begin(), out_.shown.end(),
                                 [&](const GroupOutput::Shown& s) { return s.column == *column; });
    if (it == out_.shown.end()) {
      out_.shown.push_back({name, *column});
    } else if (it->name != name) {
      return Status::Invalid("output field '" + name + "' is the same as: " + it->name);
    }
    return Status::Ok();
  }

  /// By a key, or by an aggregate, which need not be among the answer's.
  Status Order(const OrderByParam& order) {
    auto column = KeyColumn(order.name);
    if (const auto call = ParseAggregateCall(order.name)) {
      RK_ASSIGN_OR_RETURN(const plan::Aggregate aggregate, Resolve(*call));
      column = ColumnOf(aggregate);
    }
    if (!column) {
      return Status::Invalid("order_by field '" + order.name +
                             "' is neither one of group_by_fields nor an aggregate");
    }
    auto& orders = out_.plan.order;
    const bool decided = std::any_of(orders.begin(), orders.end(),
                                     [&](const plan::GroupOrder& o) { return o.column == *column; });
    if (!decided) orders.push_back({*column, order.direction});
    return Status::Ok();
  }

  bool has_keys() const { return !out_.plan.keys.empty(); }
  bool counts() const {
    return std::any_of(out_.plan.aggregates.begin(), out_.plan.aggregates.end(),
                       [](const plan::Aggregate& a) { return a.op == plan::AggregateOp::kCount; });
  }
  GroupOutput Finish() { return std::move(out_); }

 private:
  Result<plan::Aggregate> Resolve(const AggregateCall& call) const {
    if (call.field == "*") {
      if (call.op == plan::AggregateOp::kCount) return plan::Aggregate{};
      return Status::Invalid("only count(*) is allowed, got " + std::string(plan::AggregateName(call.op)) +
                             "(*)");
    }
    const FieldSchema* field = schema_.Find(call.field);
    if (field == nullptr) return Status::Invalid("field " + call.field + " not exist");
    if (!plan::TypeOfAggregate(call.op, field->type)) {
      return Status::Invalid("aggregation operator " + std::string(plan::AggregateName(call.op)) +
                             " does not support data type " + std::string(DataTypeName(field->type)));
    }
    return plan::Aggregate{call.op, field->id};
  }

  // Made when it is new. Keys come first, so they must be complete.
  size_t ColumnOf(const plan::Aggregate& aggregate) {
    auto& all = out_.plan.aggregates;
    const auto it = std::find(all.begin(), all.end(), aggregate);
    const auto at = static_cast<size_t>(it - all.begin());
    if (it == all.end()) all.push_back(aggregate);
    return out_.plan.keys.size() + at;
  }

  std::optional<size_t> KeyColumn(const std::string& name) const {
    const FieldSchema* field = schema_.Find(name);
    const auto& keys = out_.plan.keys;
    const auto it = field == nullptr ? keys.end() : std::find(keys.begin(), keys.end(), field->id);
    if (it == keys.end()) return std::nullopt;
    return static_cast<size_t>(it - keys.begin());
  }

  const CollectionSchema& schema_;
  GroupOutput out_;
};

Result<GroupOutput> PlanGroups(const CollectionSchema& schema, const std::vector<std::string>& asked,
                               const QueryParams& params, const Limits& limits) {
  GroupPlanner planner(schema, limits);
  for (const std::string& name : params.group_by) RK_RETURN_IF_ERROR(planner.AddKey(name));
  // Without a wish the answer has the keys: rows must have columns.
  for (const std::string& name : asked.empty() ? params.group_by : asked) {
    RK_RETURN_IF_ERROR(planner.Show(name));
  }
  if (!planner.has_keys() && planner.counts() && params.limit > 0) {
    return Status::Invalid("count entities with pagination is not allowed");
  }
  for (const OrderByParam& order : params.order_by) RK_RETURN_IF_ERROR(planner.Order(order));
  return planner.Finish();
}

Result<plan::RowOrder> PlanRowOrder(const CollectionSchema& schema, const OrderByParam& order) {
  const FieldSchema* field = schema.Find(order.name);
  const size_t bracket = order.name.find('[');
  const FieldSchema* base =
      bracket == std::string::npos ? nullptr : schema.Find(order.name.substr(0, bracket));
  const bool is_json_path = base != nullptr && base->type == DataType::kJson;
  if (is_json_path || (field == nullptr && schema.dynamic_field() != nullptr)) {
    return Status::Unimplemented("order_by_fields over a key of a JSON or of the dynamic field, " +
                                 order.name + ", is not implemented");
  }
  if (field == nullptr) {
    return Status::Invalid("order_by field '" + order.name + "' does not exist in collection schema");
  }
  if (!plan::IsSortable(field->type)) {
    return Status::Invalid("order_by field '" + order.name + "' has unsortable type " +
                           std::string(DataTypeName(field->type)));
  }
  return plan::RowOrder{field->id, order.direction};
}

bool IsNullable(const CollectionSchema& schema, const plan::GroupPlan& groups, size_t column) {
  const size_t keys = groups.keys.size();
  if (column < keys) return schema.Find(groups.keys[column])->nullable;
  const plan::Aggregate& aggregate = groups.aggregates[column - keys];
  return aggregate.op != plan::AggregateOp::kCount && schema.Find(aggregate.field)->nullable;
}

std::vector<OutputColumn> ShapeGroups(const CollectionSchema& schema, const GroupOutput& groups,
                                      std::vector<Column> columns) {
  std::vector<OutputColumn> out;
  for (const auto& [name, column] : groups.shown) {
    out.push_back({name, false, std::move(columns[column]), IsNullable(schema, groups.plan, column)});
  }
  return out;
}

}  // namespace

Result<QueryOutput> PlanQueryOutput(const CollectionSchema& schema, const std::vector<std::string>& asked,
                                    const QueryParams& params, const Limits& limits) {
  QueryOutput out;
  if (AsksForGroups(asked, params)) {
    if (params.iterator) return Status::Invalid("aggregates are not allowed with an iterator");
    RK_ASSIGN_OR_RETURN(out.groups, PlanGroups(schema, asked, params, limits));
    return out;
  }
  RK_ASSIGN_OR_RETURN(out.rows, PlanOutput(schema, asked, OutputUse::kQuery));
  if (out.rows.count_only) {
    if (!out.rows.names.empty()) return NotAllowed(out.rows.names[0]);
    if (params.limit > 0) return Status::Invalid("count entities with pagination is not allowed");
  }
  for (const OrderByParam& order : params.order_by) {
    RK_ASSIGN_OR_RETURN(const plan::RowOrder row_order, PlanRowOrder(schema, order));
    const bool decided = std::any_of(out.order.begin(), out.order.end(),
                                     [&](const plan::RowOrder& o) { return o.field == row_order.field; });
    if (!decided) out.order.push_back(row_order);
  }
  return out;
}

void PutOutput(const QueryOutput& output, const QueryParams& params, plan::QueryPlan* plan) {
  plan->limit = params.limit;
  plan->offset = params.offset;
  plan->order = output.order;
  for (const plan::RowOrder& order : output.order) plan->rows.also_read.push_back(order.field);
  if (!output.groups) {
    plan->count_only = output.rows.count_only;
    plan->rows.output_fields = output.rows.fields;
    return;
  }
  plan->groups = output.groups->plan;
  plan->rows.also_read = plan->groups->keys;
  for (const plan::Aggregate& aggregate : plan->groups->aggregates) {
    if (aggregate.field != FieldId(0)) plan->rows.also_read.push_back(aggregate.field);
  }
}

int64_t BytesOfPlan(const plan::QueryPlan& plan, const shard::ShardClient& shard) {
  if (!plan.groups && plan.order.empty()) return 0;
  const int64_t kept = plan.groups ? plan.groups->count_max : plan.limit + plan.offset;
  const size_t cells =
      plan.groups ? plan.groups->keys.size() + plan.groups->aggregates.size() : plan.order.size();
  return std::min(kept, shard.Stats().row_count) * static_cast<int64_t>(1 + cells) * kCellBytes;
}

Result<QueryResult> AnswerQuery(const CollectionSchema& schema, const QueryOutput& output, int64_t count,
                                std::vector<Column> columns) {
  QueryResult out;
  out.primary_field_name = schema.primary().name;
  if (output.rows.count_only) {
    Column column(FieldId(0), DataType::kInt64, 0);
    column.Append<int64_t>(count);
    out.columns.push_back({"count(*)", false, std::move(column)});
    out.output_fields = {"count(*)"};
    return out;
  }
  const size_t expected = output.groups
                              ? output.groups->plan.keys.size() + output.groups->plan.aggregates.size()
                              : output.rows.fields.size();
  if (columns.size() != expected) {
    return Status::Internal("a shard answered a query with " + std::to_string(columns.size()) +
                            " columns, expected: " + std::to_string(expected));
  }
  if (!output.groups) {
    out.columns = ShapeOutput(schema, output.rows, std::move(columns));
    out.output_fields = output.rows.names;
    return out;
  }
  out.columns = ShapeGroups(schema, *output.groups, std::move(columns));
  for (const GroupOutput::Shown& shown : output.groups->shown) out.output_fields.push_back(shown.name);
  return out;
}

}  // namespace redkite::proxy
