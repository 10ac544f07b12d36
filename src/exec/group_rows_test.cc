#include <gtest/gtest.h>

#include "exec/value_rows_fixture.h"

namespace redkite::exec {
namespace {

using plan::AggregateOp;

// Positions in ValueSchema.
enum Position : size_t { kId, kFlag, kSmall, kN, kF, kD, kT, kLater };

FieldId FieldAt(size_t position) { return FieldId(100 + static_cast<int64_t>(position)); }
size_t PositionOf(FieldId field) { return static_cast<size_t>(field.value() - 100); }

double RealOf(const PlainValue& value) {
  return std::holds_alternative<double>(value) ? std::get<double>(value)
                                               : static_cast<double>(std::get<int64_t>(value));
}

// One aggregate by its definition.
PlainValue Aggregated(const plan::Aggregate& aggregate, const std::vector<const ValueRow*>& rows) {
  PlainValues values;
  for (const ValueRow* row : rows) {
    if (aggregate.field == FieldId(0)) {
      values.emplace_back(int64_t{1});
    } else if (row->values[PositionOf(aggregate.field)].index() != 0) {
      values.push_back(row->values[PositionOf(aggregate.field)]);
    }
  }
  if (aggregate.op == AggregateOp::kCount) return static_cast<int64_t>(values.size());
  if (values.empty()) return {};
  if (aggregate.op == AggregateOp::kMin) return *std::min_element(values.begin(), values.end());
  if (aggregate.op == AggregateOp::kMax) return *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (const PlainValue& value : values) sum += RealOf(value);
  if (aggregate.op == AggregateOp::kAvg) return sum / static_cast<double>(values.size());
  if (std::holds_alternative<double>(values[0])) return sum;
  return static_cast<int64_t>(sum);
}

std::vector<PlainValues> Model(const plan::QueryPlan& plan, const std::vector<const ValueRow*>& rows) {
  std::map<PlainValues, std::vector<const ValueRow*>> groups;
  if (plan.groups->keys.empty()) groups[{}];
  for (const ValueRow* row : rows) {
    PlainValues keys;
    for (const FieldId key : plan.groups->keys) keys.push_back(row->values[PositionOf(key)]);
    groups[keys].push_back(row);
  }
  std::vector<PlainValues> out;
  for (const auto& [keys, members] : groups) {
    out.push_back(keys);
    for (const plan::Aggregate& aggregate : plan.groups->aggregates)
      out.back().push_back(Aggregated(aggregate, members));
  }
  std::stable_sort(out.begin(), out.end(), [&](const PlainValues& a, const PlainValues& b) {
    for (const plan::GroupOrder& order : plan.groups->order) {
      const int compared = ComparePlain(a[order.column], b[order.column], order.direction);
      if (compared != 0) return compared < 0;
    }
    for (size_t k = 0; k < plan.groups->keys.size(); ++k) {
      const int compared = ComparePlain(a[k], b[k], {});
      if (compared != 0) return compared < 0;
    }
    return false;
  });
  const auto first = std::min(out.size(), static_cast<size_t>(plan.offset));
  out.erase(out.begin(), out.begin() + static_cast<ptrdiff_t>(first));
  if (plan.limit >= 0 && out.size() > static_cast<size_t>(plan.limit))
    out.resize(static_cast<size_t>(plan.limit));
  return out;
}

plan::QueryPlan RandomPlan(Random* random) {
  plan::QueryPlan plan;
  plan.rows = ValueSelection(random->Below(2) == 0 ? "" : "n > 0");
  plan.groups.emplace();
  for (const Position key : {kFlag, kSmall, kN, kT, kLater}) {
    if (random->Below(4) == 0) plan.groups->keys.push_back(FieldAt(key));
  }
  plan.groups->aggregates.push_back({AggregateOp::kCount, FieldId(0)});
  for (size_t field = kId; field <= kLater; ++field) {
    const auto op = static_cast<AggregateOp>(random->Below(5));
    const DataType type = plan.rows.schema->fields[field].type;
    if (random->Below(2) == 0 && plan::TypeOfAggregate(op, type)) {
      plan.groups->aggregates.push_back({op, FieldAt(field)});
    }
  }
  const size_t columns = plan.groups->keys.size() + plan.groups->aggregates.size();
  for (uint64_t orders = random->Below(3); orders > 0; --orders) {
    plan.groups->order.push_back({random->Below(columns), {random->Below(2) == 0, random->Below(2) == 0}});
  }
  if (random->Below(2) == 0) {
    plan.limit = static_cast<int64_t>(random->Below(12));
    plan.offset = static_cast<int64_t>(random->Below(5));
  }
  return plan;
}

TEST(GroupRowsTest, EqualsItsDefinition) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ValueSegments data(seed, 3, 500);
    Random random(seed + 100);
    for (int probe = 0; probe < 40; ++probe) {
      plan::QueryPlan plan = RandomPlan(&random);
      plan.rows.read_ts = probe % 3 == 0 ? kMaxTimestamp : 9 + random.Below(data.last_ts());
      const bool filtered = !plan.rows.filter.always_true();
      const auto rows = data.Visible(plan.rows, [&](const ValueRow& row) {
        return !filtered || (row.values[kN].index() != 0 && std::get<int64_t>(row.values[kN]) > 0);
      });
      ReadStats stats;
      const auto found = GroupRows(plan, data.segments(), nullptr, &stats);
      ASSERT_TRUE(found.ok()) << found.status().ToString();
      ASSERT_EQ(PlainRows(*found), Model(plan, rows)) << "probe " << probe;
    }
  }
}

TEST(GroupRowsTest, TypesOfTheColumnsEvenWithoutRows) {
  plan::QueryPlan plan;
  plan.rows = ValueSelection("");
  plan.groups.emplace();
  plan.groups->keys = {FieldAt(kFlag), FieldAt(kT)};
  plan.groups->aggregates = {{AggregateOp::kCount, FieldId(0)},
                             {AggregateOp::kSum, FieldAt(kF)},
                             {AggregateOp::kAvg, FieldAt(kSmall)},
                             {AggregateOp::kMax, FieldAt(kF)}};
  ReadStats stats;
  const auto found = GroupRows(plan, {}, nullptr, &stats);
  ASSERT_TRUE(found.ok());
  std::vector<DataType> types;
  for (const Column& column : *found) types.push_back(column.type());
  EXPECT_EQ(types, (std::vector<DataType>{DataType::kBool, DataType::kVarChar, DataType::kInt64,
                                          DataType::kDouble, DataType::kDouble, DataType::kFloat}));
  EXPECT_EQ((*found)[0].field(), FieldAt(kFlag));
  EXPECT_EQ((*found)[0].row_count(), 0u);
  plan.groups->keys.clear();
  const auto one = GroupRows(plan, {}, nullptr, &stats);
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(PlainRows(*one), (std::vector<PlainValues>{{int64_t{0}, {}, {}, {}}}));
}

TEST(GroupRowsTest, WhatIsTooMuchIsRefused) {
  const ValueSegments data(5, 2, 1'000'000);
  plan::QueryPlan plan;
  plan.rows = ValueSelection("");
  plan.groups.emplace();
  plan.groups->keys = {FieldAt(kId)};
  ReadStats stats;
  const auto all = GroupRows(plan, data.segments(), nullptr, &stats);
  ASSERT_TRUE(all.ok());
  const auto groups = static_cast<int64_t>((*all)[0].row_count());
  plan.groups->count_max = groups;
  EXPECT_TRUE(GroupRows(plan, data.segments(), nullptr, &stats).ok());
  plan.groups->count_max = groups - 1;
  const Status refused = GroupRows(plan, data.segments(), nullptr, &stats).status();
  EXPECT_EQ(refused.code(), Code::kParameterTooLarge);
  EXPECT_NE(refused.message().find("limits.groups"), std::string::npos) << refused.message();
  plan.groups->count_max = groups;
  plan.rows.output_bytes_max = groups * 8 - 1;
  EXPECT_NE(GroupRows(plan, data.segments(), nullptr, &stats).status().message().find("limits.output_size"),
            std::string::npos);
  CancelToken cancel;
  cancel.Cancel();
  EXPECT_EQ(GroupRows(plan, data.segments(), &cancel, &stats).status().code(), Code::kCanceled);
}

}  // namespace
}  // namespace redkite::exec
