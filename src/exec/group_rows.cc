#include <algorithm>
#include <numeric>

#include "exec/absent_values.h"
#include "exec/aggregator.h"
#include "exec/group_table.h"
#include "exec/read_snapshot.h"
#include "exec/select_rows.h"

namespace redkite::exec {
namespace {

using segment::RowBlock;

constexpr size_t kRowsPerRun = 4096;  // rows that the aggregates take at a time
constexpr size_t kRunsPerCheck = 16;  // runs between two looks at the cancel token

class Grouping {
 public:
  explicit Grouping(const plan::QueryPlan& plan)
      : plan_(plan),
        groups_(*plan.groups),
        table_(groups_.keys.size(), static_cast<size_t>(groups_.count_max)),
        absent_(plan.rows.schema.get()),
        keys_(groups_.keys.size()) {
    for (const plan::Aggregate& aggregate : groups_.aggregates) {
      const FieldSchema* field = plan.rows.schema->Find(aggregate.field);
      aggregators_.emplace_back(aggregate.op, field == nullptr ? DataType::kNone : field->type);
    }
    if (groups_.keys.empty()) table_.FindOrAdd(nullptr);
    Resize();
  }

  /// The rows of `block` that `excluded`, the bits of its segment, leaves; without it all.
  Status Add(const RowBlock& block, const ExcludeBitset* excluded, const CancelToken* cancel) {
    for (uint32_t row = 0; row < block.row_count;) {
      if (cancel != nullptr && runs_++ % kRunsPerCheck == 0) RK_RETURN_IF_ERROR(cancel->Check());
      rows_.clear();
      for (; row < block.row_count && rows_.size() < kRowsPerRun; ++row) {
        if (excluded == nullptr || !excluded->Test(block.first_row + row)) rows_.push_back(row);
      }
      RK_RETURN_IF_ERROR(AddRun(block));
    }
    return Status::Ok();
  }

  Result<std::vector<Column>> Answer() const {
    RK_RETURN_IF_ERROR(CheckSums());
    std::vector<uint32_t> order(table_.group_count());
    std::iota(order.begin(), order.end(), 0);
    size_t end = order.size();
    if (plan_.limit >= 0) end = std::min(end, static_cast<size_t>(plan_.limit + plan_.offset));
    const size_t first = std::min(end, static_cast<size_t>(plan_.offset));
    std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(end), order.end(),
                      [this](uint32_t a, uint32_t b) { return IsBefore(a, b); });
    return Fetch({order.data() + first, end - first});
  }

 private:
  Status AddRun(const RowBlock& block) {
    group_of_.assign(rows_.size(), 0);
    if (!groups_.keys.empty()) RK_RETURN_IF_ERROR(FindGroups(block));
    Resize();
    for (size_t i = 0; i < aggregators_.size(); ++i) {
      const FieldId field = groups_.aggregates[i].field;
      const ColumnView* column = block.Find(field);
      if (column == nullptr && (column = absent_.Find(field)) != nullptr) {
        same_row_.assign(rows_.size(), 0);
        aggregators_[i].Add(column, {same_row_, group_of_});
      } else {
        aggregators_[i].Add(column, {rows_, group_of_});
      }
    }
    return Status::Ok();
  }

  Status FindGroups(const RowBlock& block) {
    std::vector<const ColumnView*> columns;
    for (size_t k = 0; k < keys_.size(); ++k) {
      columns.push_back(block.Find(groups_.keys[k]));
      if (columns[k] == nullptr) keys_[k] = Cell::At(absent_.Find(groups_.keys[k]), 0);
    }
    for (size_t i = 0; i < rows_.size(); ++i) {
      for (size_t k = 0; k < keys_.size(); ++k) {
        if (columns[k] != nullptr) keys_[k] = Cell::At(columns[k], rows_[i]);
      }
      const auto group = table_.FindOrAdd(keys_.data());
      if (!group) return TooManyGroups();
      group_of_[i] = *group;
    }
    return Status::Ok();
  }

  void Resize() {
    for (Aggregator& aggregator : aggregators_) aggregator.Resize(table_.group_count());
  }

  Status TooManyGroups() const {
    return {Code::kParameterTooLarge,
            "the query has more than the maximum of " + std::to_string(groups_.count_max) +
                " groups (limits.groups), use a filter or fewer group_by_fields: parameter too large"};
  }

  Status CheckSums() const {
    for (size_t i = 0; i < aggregators_.size(); ++i) {
      for (uint32_t group = 0; group < table_.group_count(); ++group) {
        if (!aggregators_[i].Overflows(group)) continue;
        return Status::Invalid("a sum is beyond Int64, field " +
                               plan_.rows.schema->Find(groups_.aggregates[i].field)->name);
      }
    }
    return Status::Ok();
  }

  // A column of the answer.
  Cell CellOf(uint32_t group, size_t column) const {
    const size_t keys = groups_.keys.size();
    return column < keys ? table_.KeysOf(group)[column] : aggregators_[column - keys].ValueOf(group);
  }

  bool IsBefore(uint32_t a, uint32_t b) const {
    for (const plan::GroupOrder& order : groups_.order) {
      const int compared =
          CompareInDirection(CellOf(a, order.column), CellOf(b, order.column), order.direction);
      if (compared != 0) return compared < 0;
    }
    for (size_t k = 0; k < groups_.keys.size(); ++k) {
      const int compared = CompareInDirection(CellOf(a, k), CellOf(b, k), {});
      if (compared != 0) return compared < 0;
    }
    return false;
  }

  Result<std::vector<Column>> Fetch(std::span<const uint32_t> order) const {
    std::vector<Column> columns;
    for (const FieldId key : groups_.keys) {
      columns.emplace_back(key, plan_.rows.schema->Find(key)->type, 0);
    }
    for (const Aggregator& aggregator : aggregators_) columns.emplace_back(FieldId(), aggregator.type(), 0);
    auto bytes_left = plan_.rows.output_bytes_max;
    for (size_t c = 0; c < columns.size(); ++c) {
      for (const uint32_t group : order) {
        const Cell cell = CellOf(group, c);
        bytes_left -= static_cast<int64_t>(ValueBytes(columns[c].type(), 0) + cell.text_bytes());
        if (bytes_left < 0) return OutputTooLarge(plan_.rows);
        cell.AppendTo(&columns[c]);
      }
    }
    return columns;
  }

  const plan::QueryPlan& plan_;
  const plan::GroupPlan& groups_;
  GroupTable table_;
  std::vector<Aggregator> aggregators_;
  AbsentValues absent_;
  size_t runs_ = 0;
  // Of one run.
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> group_of_;
  std::vector<uint32_t> same_row_;  // in the place of rows_, of a column that has one row for all
  std::vector<Cell> keys_;
};

}  // namespace

Result<std::vector<Column>> GroupRows(const plan::QueryPlan& plan, const Segments& segments,
                                      const CancelToken* cancel, ReadStats* stats) {
  Grouping grouping(plan);
  for (const auto& segment : segments) {
    RK_ASSIGN_OR_RETURN(const SelectedRows selected, SelectFrom(plan.rows, *segment, cancel, stats));
    if (!selected.any) continue;
    for (const auto& block : segment->blocks) {
      RK_RETURN_IF_ERROR(grouping.Add(*block, selected.exclude(), cancel));
    }
  }
  return grouping.Answer();
}

}  // namespace redkite::exec
