// Predicates over elements: against plain loops, through EvalFilter and alone.
#include "exec/filter/element_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "exec/filter/eval_filter.h"
#include "exec/filter/naive_filter_fixture.h"
#include "exec/filter/struct_rows_fixture.h"

namespace redkite::exec {
namespace {

ElementRows::Columns ColumnsOf(const RowBatch& rows) {
  return [&rows](FieldId field) -> std::optional<ColumnView> {
    const Column* column = rows.Find(field);
    return column == nullptr ? std::nullopt : std::optional(column->view());
  };
}

std::vector<bool> Passing(const std::string& text, const StructRows& table) {
  const auto plan = plan::ParseFilter(text, *StructRows::Schema());
  EXPECT_TRUE(plan.ok()) << plan.status().message();
  ExcludeBitset exclude(table.rows.row_count);
  FilterInput input;
  input.row_count = table.rows.row_count;
  input.column = ColumnsOf(table.rows);
  const Status status = EvalFilter(*plan, input, &exclude);
  EXPECT_TRUE(status.ok()) << status.ToString();
  std::vector<bool> passing;
  for (size_t row = 0; row < table.rows.row_count; ++row) {
    passing.push_back(!exclude.Test(row));
    const Truth naive = NaiveFilter(input.column, row).Of(plan->root());
    EXPECT_EQ(naive == Truth::kTrue, passing.back()) << text << " row " << row;
  }
  return passing;
}

TEST(ElementRows, MatchFunctionsAgainstPlainLoops) {
  using Elements = std::vector<ModelElement>;
  const auto number = [](const Elements& all, auto test) {
    return std::count_if(all.begin(), all.end(), test);
  };
  struct Case {
    const char* text;
    std::function<bool(const Elements&)> holds;
  };
  const auto is_three = [](const ModelElement& e) { return e.n == 3; };
  const auto both = [](const ModelElement& e) { return e.n > 4 && e.t == "a"; };
  const Case kCases[] = {
      {"match_any(s, $[n] == 3)", [&](const Elements& e) { return number(e, is_three) > 0; }},
      {"match_all(s, $[n] == 3)", [&](const Elements& e) { return number(e, is_three) == std::ssize(e); }},
      {"match_least(s, $[n] > 4 and $[t] == 'a', threshold=1)",
       [&](const Elements& e) { return number(e, both) >= 1; }},
      {"match_most(s, $[n] > 4 and $[t] == 'a', threshold=0)",
       [&](const Elements& e) { return number(e, both) <= 0; }},
      {"match_exact(s, $[n] == 3, threshold=2)", [&](const Elements& e) { return number(e, is_three) == 2; }},
      {"not match_any(s, $[n] == 3)", [&](const Elements& e) { return number(e, is_three) == 0; }},
      {"match_any(s, $[t] like 'a%')",
       [&](const Elements& e) { return number(e, [](const auto& x) { return !x.t.empty(); }) > 0; }},
      {"array_length(s) == 2", [](const Elements& e) { return e.size() == 2; }},
      {"array_length(s[v]) == 2", [](const Elements& e) { return e.size() == 2; }},
      {"s[1][n] > 5", [](const Elements& e) { return e.size() > 1 && e[1].n > 5; }},
  };
  Random random(7);
  StructRows table;
  table.AddRandom(&random, 9000);  // more than two blocks
  for (const Case& c : kCases) {
    const std::vector<bool> passing = Passing(c.text, table);
    for (size_t row = 0; row < passing.size(); ++row) {
      const ModelElements& elements = table.model[row];
      EXPECT_EQ(passing[row], elements && c.holds(*elements)) << c.text << " row " << row;
    }
  }
  const std::vector<bool> nulls = Passing("s is null", table);
  for (size_t row = 0; row < nulls.size(); ++row) EXPECT_EQ(nulls[row], !table.model[row]) << row;
}

TEST(ElementRows, ElementsOfARun) {
  StructRows table;
  table.Add(std::vector<ModelElement>{{1, "a"}, {5, "b"}}, 1);
  table.Add(std::nullopt, 2);
  table.Add(std::vector<ModelElement>{}, 3);
  table.Add(std::vector<ModelElement>{{7, "c"}}, 4);
  const auto plan = plan::ParseFilter("element_filter(s, $[n] > 4)", *StructRows::Schema());
  ASSERT_TRUE(plan.ok());
  ElementRows elements;
  ASSERT_TRUE(elements.Run(*plan->elements(), ColumnsOf(table.rows), {0, 4}, nullptr, nullptr).ok());
  EXPECT_EQ(elements.End(0), 2U);
  EXPECT_FALSE(elements.Passes(0));
  EXPECT_TRUE(elements.Passes(1));
  EXPECT_EQ(elements.CountPassing(0), 1U);
  EXPECT_EQ(elements.End(1), elements.Begin(1));
  EXPECT_EQ(elements.CountPassing(3), 1U);
  ASSERT_TRUE(elements.Run(*plan->elements(), ColumnsOf(table.rows), {3, 1}, nullptr, nullptr).ok());
  EXPECT_EQ(elements.End(0), 1U);
}

TEST(ElementRows, SubFieldsThatDisagreeAreCorrupt) {
  StructRows table;
  table.Add(std::vector<ModelElement>{{1, "a"}, {5, "b"}}, 1);
  table.Add(std::vector<ModelElement>{{1, "a"}}, 2);
  Column& texts = table.rows.columns[2];
  texts = Column(StructRows::kText, DataType::kArray, 0);
  ArrayBuilder builder(DataType::kVarChar);
  for (int row = 0; row < 2; ++row) {
    builder.AppendText("x");
    texts.AppendText(builder.Finish());
  }
  for (const char* text :
       {"element_filter(s, $[t] == 'x' and $[n] > 0)", "element_filter(s, $[n] > 0 or $[t] == 'x')"}) {
    const auto plan = plan::ParseFilter(text, *StructRows::Schema());
    ElementRows elements;
    const Status status = elements.Run(*plan->elements(), ColumnsOf(table.rows), {0, 2}, nullptr, nullptr);
    EXPECT_EQ(status.code(), Code::kDataIntegrity) << text;
  }
}

// A page asks its filter by the share of rows that passed: elements are no rows.
TEST(ElementRows, ElementsAreNotCountedAsRows) {
  Random random(8);
  StructRows table;
  table.AddRandom(&random, 500);
  const auto plan = plan::ParseFilter("match_all(s, $[n] >= 0)", *StructRows::Schema());
  ASSERT_TRUE(plan.ok());
  ExcludeBitset exclude(table.rows.row_count);
  FilterInput input;
  input.row_count = table.rows.row_count;
  input.column = ColumnsOf(table.rows);
  FilterStats stats;
  ASSERT_TRUE(EvalFilter(*plan, input, &exclude, &stats).ok());
  EXPECT_EQ(stats.rows, table.rows.row_count);
  EXPECT_EQ(stats.rows_passed, exclude.CountKept());
}

TEST(ElementRows, AnErrorOfOnePredicateIsNotForgottenInTheNext) {
  StructRows table;
  table.Add(std::vector<ModelElement>{{1, "a"}, {5, "b"}}, 1);
  table.rows.columns[2] = Column(StructRows::kText, DataType::kArray, 0);
  ArrayBuilder builder(DataType::kVarChar);
  builder.AppendText("a");
  table.rows.columns[2].AppendText(builder.Finish());
  for (const char* text :
       {"match_any(s, $[t] == 'a' and $[n] > 0) or match_any(s, $[n] == 7)",
        "match_any(s, $[n] == 7) or match_any(s, $[t] == 'a' and $[n] > 0)",
        "match_any(s, $[t] == 'a' and $[n] > 0) or match_any(s, $[n] in [7, 9] or $[n] == 12)"}) {
    const auto plan = plan::ParseFilter(text, *StructRows::Schema());
    ASSERT_TRUE(plan.ok());
    ExcludeBitset exclude(1);
    FilterInput input;
    input.row_count = 1;
    input.column = ColumnsOf(table.rows);
    EXPECT_EQ(EvalFilter(*plan, input, &exclude).code(), Code::kDataIntegrity) << text;
  }
}

}  // namespace
}  // namespace redkite::exec
