// Segments with random rows of every sortable type, many of them null, and the same rows as values, for tests
// of what groups and orders. Few values are different, keys may repeat, rows are deleted at some time. Tests
// only.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/random.h"
#include "exec/read_snapshot.h"
#include "segment/growing_segment.h"

namespace redkite::exec {

/// A value as a test sees it; monostate: null.
using PlainValue = std::variant<std::monostate, int64_t, double, std::string>;
using PlainValues = std::vector<PlainValue>;

/// `id` (key), `flag`, `small`, `n`, `f`, `d`, `t`, and `later`, which no segment has. All but `id` and
/// `small` are nullable.
inline std::shared_ptr<const CollectionSchema> ValueSchema() {
  auto schema = std::make_shared<CollectionSchema>();
  schema->name = "values";
  constexpr std::pair<const char*, DataType> kFields[] = {
      {"id", DataType::kInt64},  {"flag", DataType::kBool},  {"small", DataType::kInt8},
      {"n", DataType::kInt64},   {"f", DataType::kFloat},    {"d", DataType::kDouble},
      {"t", DataType::kVarChar}, {"later", DataType::kInt32}};
  for (const auto& [name, type] : kFields) {
    FieldSchema field;
    field.id = FieldId(100 + static_cast<int64_t>(schema->fields.size()));
    field.name = name;
    field.type = type;
    field.is_primary = schema->fields.empty();
    field.nullable = !field.is_primary && field.name != "small";
    schema->fields.push_back(std::move(field));
  }
  return schema;
}

struct ValueRow {
  PlainValues values;  // by position of the field in the schema
  Timestamp ts = 0;
  Timestamp deleted = kMaxTimestamp;
  uint32_t segment = 0;
  RowOffset row = 0;
};

inline void AppendPlain(const PlainValue& value, Column* column) {
  const int64_t integer = std::holds_alternative<int64_t>(value) ? std::get<int64_t>(value) : 0;
  if (std::holds_alternative<std::monostate>(value)) return column->AppendNull();
  switch (column->type()) {
    case DataType::kBool:
      return column->Append<uint8_t>(integer != 0);
    case DataType::kInt8:
      return column->Append<int8_t>(static_cast<int8_t>(integer));
    case DataType::kInt64:
      return column->Append<int64_t>(integer);
    case DataType::kFloat:
      return column->Append<float>(static_cast<float>(std::get<double>(value)));
    case DataType::kDouble:
      return column->Append<double>(std::get<double>(value));
    default:
      return column->AppendText(std::get<std::string>(value));
  }
}

inline PlainValue PlainAt(const ColumnView& column, size_t row) {
  if (!column.IsValid(row)) return {};
  switch (column.type) {
    case DataType::kBool:
      return int64_t{column.At<uint8_t>(row)};
    case DataType::kInt8:
      return int64_t{column.At<int8_t>(row)};
    case DataType::kInt32:
      return int64_t{column.At<int32_t>(row)};
    case DataType::kInt64:
      return column.At<int64_t>(row);
    case DataType::kFloat:
      return double{column.At<float>(row)};
    case DataType::kDouble:
      return column.At<double>(row);
    default:
      return std::string(column.TextAt(row));
  }
}

/// Columns as rows of values.
inline std::vector<PlainValues> PlainRows(const std::vector<Column>& columns) {
  std::vector<PlainValues> rows(columns.empty() ? 0 : columns[0].row_count());
  for (size_t r = 0; r < rows.size(); ++r) {
    for (const Column& column : columns) rows[r].push_back(PlainAt(column.view(), r));
  }
  return rows;
}

/// < 0, 0 or > 0 in a direction.
inline int ComparePlain(const PlainValue& a, const PlainValue& b, const plan::Direction& direction) {
  const bool a_null = a.index() == 0, b_null = b.index() == 0;
  if (a_null && b_null) return 0;
  if (a_null) return direction.nulls_first ? -1 : 1;
  if (b_null) return direction.nulls_first ? 1 : -1;
  const int order = a < b ? -1 : b < a ? 1 : 0;
  return direction.descending ? -order : order;
}

class ValueSegments {
 public:
  ValueSegments(uint64_t seed, size_t segments, uint64_t keys) : random_(seed), keys_(keys) {
    for (size_t s = 0; s < segments; ++s) AddSegment(static_cast<uint32_t>(s));
  }
  const Segments& segments() const { return segments_; }
  const std::vector<ValueRow>& rows() const { return rows_; }
  Timestamp last_ts() const { return now_; }
  /// In the order in which segments hold them; `passes` stands for the selection's filter.
  template <class F>
  std::vector<const ValueRow*> Visible(const plan::RowSelection& selection, F passes) const {
    std::vector<const ValueRow*> out;
    for (const ValueRow& row : rows_) {
      const bool there =
          row.ts <= selection.read_ts && (row.deleted == kMaxTimestamp || row.deleted > selection.read_ts);
      if (there && passes(row)) out.push_back(&row);
    }
    return out;
  }

 private:
  PlainValue RandomValue(const FieldSchema& field) {
    if (field.nullable && random_.Below(5) == 0) return {};
    const auto number = static_cast<int64_t>(random_.Below(9)) - 4;
    switch (field.type) {
      case DataType::kBool:
        return int64_t{number > 0};
      case DataType::kFloat:
      case DataType::kDouble:
        return static_cast<double>(number) / 8;
      case DataType::kVarChar:
        return std::string(static_cast<size_t>(number + 4) % 4, 'x') + static_cast<char>('c' + number % 3);
      default:
        return number;
    }
  }
  void AddSegment(uint32_t number) {
    segment::GrowingSegment segment(SegmentId(number + 1), PartitionId(1), FieldId(100));
    for (int b = 0; b < 8; ++b) {
      AppendBatch(number, &segment);
      DeleteSome(number, &segment);
    }
    segments_.push_back(std::make_shared<segment::SegmentSnapshot>(segment.current()));
  }
  void AppendBatch(uint32_t number, segment::GrowingSegment* segment) {
    const auto schema = ValueSchema();
    RowBatch batch;
    batch.row_count = 1 + random_.Below(40);
    ++now_;
    std::vector<ValueRow> rows(batch.row_count);
    for (size_t f = 0; f + 1 < schema->fields.size(); ++f) {
      const FieldSchema& field = schema->fields[f];
      Column column(field.id, field.type, 0);
      for (ValueRow& row : rows) {
        row.values.push_back(field.is_primary ? PlainValue(static_cast<int64_t>(random_.Below(keys_)))
                                              : RandomValue(field));
        AppendPlain(row.values.back(), &column);
      }
      batch.columns.push_back(std::move(column));
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].values.emplace_back();  // `later`
      rows[i].ts = now_;
      rows[i].segment = number;
      rows[i].row = static_cast<RowOffset>(segment->row_count() + i);
    }
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    segment->Append(segment::PrepareRows(std::move(batch), FieldId(100)), now_);
  }
  void DeleteSome(uint32_t number, segment::GrowingSegment* segment) {
    std::vector<segment::DeleteEntry> entries;
    ++now_;
    for (ValueRow& row : rows_) {
      if (row.segment != number || row.deleted != kMaxTimestamp || random_.Below(12) != 0) continue;
      row.deleted = now_;
      entries.push_back({row.row, now_});
    }
    segment->Delete(entries);
  }

  Random random_;
  const uint64_t keys_;
  Timestamp now_ = 10;
  Segments segments_;
  std::vector<ValueRow> rows_;
};

inline plan::RowSelection ValueSelection(const std::string& filter) {
  plan::RowSelection selection;
  selection.schema = ValueSchema();
  selection.filter = plan::ParseFilter(filter, *selection.schema).value();
  selection.output_fields = {FieldId(100)};
  return selection;
}

}  // namespace redkite::exec
