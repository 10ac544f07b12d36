// Differential: random filters over random tables, the rows that the parser, the plan and the evaluator keep
// against those of RowTruth. A difference is made small and described. Tests only; one thread.
#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exec/differential/filter_maker_fixture.h"
#include "exec/differential/row_truth_fixture.h"
#include "exec/select_rows.h"

namespace redkite::exec::differential {

struct DifferentialOptions {
  uint64_t seed = 1;
  uint64_t queries = 0;
  uint64_t queries_per_table = 200;
  bool plain = false;
  /// Called with each table and, for each of its queries, the rows that were kept.
  std::function<void(const Table&)> on_table;
  std::function<void(const Filter&, const std::vector<size_t>&)> on_query;
};

struct DifferentialResult {
  uint64_t queries = 0;
  uint64_t rows = 0;  // looked at
  uint64_t kept = 0;
  std::string difference;  // empty: none
};

/// What came of a filter: the rows kept, or why it was refused.
struct Outcome {
  std::string text;
  std::string plan;
  std::string refusal;
  std::vector<size_t> rows;
};

inline Outcome Run(const Table& table, const Filter& filter) {
  Outcome outcome;
  FilterPrinter printer(*table.schema());
  outcome.text = printer.Print(filter);
  Result<plan::FilterPlan> parsed = plan::ParseFilter(outcome.text, *table.schema(), printer.TakeTemplates());
  if (!parsed.ok()) {
    outcome.refusal = parsed.status().message();
    return outcome;
  }
  outcome.plan = parsed->ToString();
  plan::RowSelection selection;
  selection.schema = table.schema();
  selection.filter = std::move(*parsed);
  const FieldId key = table.fields()[0].id;
  selection.keys = plan::FindKeyEquality(selection.filter, key);
  selection.key_floor = plan::FindKeyFloor(selection.filter, key);
  ExcludeBitset exclude(table.segment().row_count);
  ReadStats stats;
  const Status selected = SelectRows(selection, table.segment(), nullptr, &stats, &exclude);
  if (!selected.ok()) outcome.refusal = selected.message();
  for (size_t row = 0; row < exclude.size(); ++row) {
    if (!exclude.Test(row)) outcome.rows.push_back(row);
  }
  return outcome;
}

inline bool Keeps(const Table& table, const Filter& filter, size_t row) {
  return !table.is_deleted(row) && RowTruth(table.fields(), table.rows()[row]).Of(filter) == Truth3::kTrue;
}

/// A row that was kept wrongly or left out wrongly; the number of rows when the filter was refused.
inline std::optional<size_t> FindDifference(const Table& table, const Filter& filter,
                                            const Outcome& outcome) {
  if (!outcome.refusal.empty()) return table.rows().size();
  size_t next = 0;
  for (size_t row = 0; row < table.rows().size(); ++row) {
    const bool kept = next < outcome.rows.size() && outcome.rows[next] == row;
    next += kept;
    if (kept != Keeps(table, filter, row)) return row;
  }
  return std::nullopt;
}

/// The filter with one thing taken away, in every way there is.
inline std::vector<Filter> Smaller(const Filter& filter) {
  std::vector<Filter> out(filter.parts.begin(), filter.parts.end());
  for (size_t i = 0; i < filter.parts.size(); ++i) {
    for (Filter& part : Smaller(filter.parts[i])) {
      out.push_back(filter);
      out.back().parts[i] = std::move(part);
    }
    if (filter.parts.size() < 3) continue;
    out.push_back(filter);
    out.back().parts.erase(out.back().parts.begin() + static_cast<ptrdiff_t>(i));
  }
  for (size_t i = 0; i < filter.value.members.size(); ++i) {
    out.push_back(filter);
    out.back().value.members.erase(out.back().value.members.begin() + static_cast<ptrdiff_t>(i));
  }
  if (filter.style != kPlainStyle) {
    out.push_back(filter);
    out.back().style = kPlainStyle;
  }
  return out;
}

inline std::string Describe(const Table& whole, Filter filter, size_t row) {
  Random random(1);
  std::optional<Table> small;
  if (row < whole.rows().size()) {
    small.emplace(whole, row, &random);
    if (!FindDifference(*small, filter, Run(*small, filter))) small.reset();  // it takes more rows
  }
  const Table& table = small ? *small : whole;
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (Filter& candidate : Smaller(filter)) {
      if (!FindDifference(table, candidate, Run(table, candidate))) continue;
      filter = std::move(candidate);
      smaller = true;
      break;
    }
  }
  const Outcome outcome = Run(table, filter);
  const size_t at = FindDifference(table, filter, outcome).value_or(0);
  std::string out = "  filter: " + outcome.text + "\n";
  if (!outcome.refusal.empty()) return out + "  refused: " + outcome.refusal + "\n";
  for (const FieldSchema& field : table.fields())
    out += "  " + field.name + " " + std::string(DataTypeName(field.type)) + " " +
           std::string(DataTypeName(field.element_type)) + "\n";
  out += "  plan: " + outcome.plan + "\n  row " + std::to_string(at) + " of " +
         std::to_string(table.rows().size()) + ": " + table.RowText(at);
  return out + (Keeps(table, filter, at) ? "\n  should pass\n" : "\n  should not pass\n");
}

/// Each table has a seed of its own, which alone makes it and its filters again.
inline DifferentialResult RunDifferential(const DifferentialOptions& options) {
  DifferentialResult result;
  for (uint64_t seed = options.seed; result.queries < options.queries; ++seed) {
    Random random(seed);
    TableOptions table_options;
    table_options.plain = options.plain;
    table_options.rows = 1 + random.Below(random.Below(10) == 0 ? 300 : 60);
    if (random.Below(100) == 0) table_options.rows = 9000;
    const Table table(&random, table_options);
    if (options.on_table) options.on_table(table);
    FilterMaker maker(&random, table, options.plain);
    const uint64_t queries = table_options.rows > 1000 ? 4 : options.queries_per_table;
    for (uint64_t q = 0; q < queries && result.queries < options.queries; ++q) {
      const Filter filter = maker.Make();
      const Outcome outcome = Run(table, filter);
      ++result.queries;
      result.rows += table.rows().size();
      result.kept += outcome.rows.size();
      if (const auto row = FindDifference(table, filter, outcome)) {
        result.difference = "seed " + std::to_string(seed) + ", query " + std::to_string(q) + ":\n" +
                            Describe(table, filter, *row);
        return result;
      }
      if (options.on_query) options.on_query(filter, outcome.rows);
    }
  }
  return result;
}

}  // namespace redkite::exec::differential
