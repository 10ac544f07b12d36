#include "proxy/rows/partial_update.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>

#include "proxy/default_rules.h"
#include "proxy/insert_rules.h"
#include "types/absent_value.h"
#include "types/array_value.h"
#include "types/json_merge.h"

namespace redkite::proxy {
namespace {

constexpr size_t kNotThere = SIZE_MAX;

FieldOp OpOf(const PartialRows& update, FieldId field) {
  for (const auto& [id, op] : update.ops) {
    if (id == field) return op;
  }
  return FieldOp::kReplace;
}

bool NeedsOldValue(const PartialRows& update, const FieldSchema& field) {
  return update.sent.Find(field.id) == nullptr || field.is_dynamic ||
         OpOf(update, field.id) != FieldOp::kReplace;
}

// Where each key of the update is among the rows that were found.
std::vector<size_t> FindRows(const ColumnView& keys, const ColumnView& found) {
  std::vector<size_t> rows(keys.row_count, kNotThere);
  const auto match = [&](auto key_at) {
    std::unordered_map<decltype(key_at(found, 0)), size_t> row_of;
    for (size_t row = 0; row < found.row_count; ++row) row_of[key_at(found, row)] = row;
    for (size_t row = 0; row < keys.row_count; ++row) {
      const auto it = row_of.find(key_at(keys, row));
      if (it != row_of.end()) rows[row] = it->second;
    }
  };
  if (keys.type == DataType::kVarChar) {
    match([](const ColumnView& column, size_t row) { return column.TextAt(row); });
  } else {
    match([](const ColumnView& column, size_t row) { return column.At<int64_t>(row); });
  }
  return rows;
}

template <class T>
std::string BytesOf(T element) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return std::string(element);
  } else {
    if (element == T{}) element = T{};  // of floats the zero without a sign
    std::string bytes(sizeof element, '\0');
    std::memcpy(bytes.data(), &element, sizeof element);
    return bytes;
  }
}

ArrayValue ArrayAt(const FieldSchema& field, const ColumnView& column, size_t row) {
  return ArrayValue::Parse(field.element_type, column.TextAt(row)).value_or(ArrayValue());
}

// One row of an array that is changed; `old` and `sent` may be null.
class ArrayChange {
 public:
  ArrayChange(const FieldSchema& field, FieldOp op) : field_(field), op_(op), builder_(field.element_type) {}

  Status Append(size_t row, const std::optional<ArrayValue>& old, const std::optional<ArrayValue>& sent,
                Column* out) {
    size_t length = 0;
    const auto add = [&](auto element) {
      AddElement(element);
      ++length;
    };
    if (op_ == FieldOp::kArrayAppend) {
      if (old) old->ForEach(add);
      if (sent) sent->ForEach(add);
    } else {
      std::unordered_set<std::string> removed;
      if (sent) sent->ForEach([&](auto element) { removed.insert(BytesOf(element)); });
      const auto keep = [&](auto element) {
        if (!removed.contains(BytesOf(element))) add(element);
      };
      if (old) old->ForEach(keep);
    }
    const std::string_view bytes = builder_.Finish();
    const auto capacity = static_cast<size_t>(field_.max_capacity);
    if (length > capacity && op_ == FieldOp::kArrayAppend) {
      return ArrayTooLong("array field " + field_.name + ", row number: " + std::to_string(row), length,
                          capacity);
    }
    out->AppendText(bytes);
    return Status::Ok();
  }

 private:
  template <class T>
  void AddElement(T element) {
    if constexpr (std::is_same_v<T, std::string_view>) {
      builder_.AppendText(element);
    } else if constexpr (std::is_same_v<T, bool>) {
      builder_.Append<uint8_t>(element ? 1 : 0);
    } else {
      builder_.Append<T>(element);
    }
  }

  const FieldSchema& field_;
  const FieldOp op_;
  ArrayBuilder builder_;
};

Result<Column> ChangeArrays(const FieldSchema& field, FieldOp op, const ColumnView& sent,
                            const ColumnView& found, const std::vector<size_t>& rows) {
  Column out(field.id, field.type, 0);
  ArrayChange change(field, op);
  for (size_t row = 0; row < rows.size(); ++row) {
    const bool is_there = rows[row] != kNotThere;
    std::optional<ArrayValue> old, update;
    if (is_there && found.IsValid(rows[row])) old = ArrayAt(field, found, rows[row]);
    if (sent.IsValid(row)) update = ArrayAt(field, sent, row);
    // Nothing is taken out of nothing, and null changes nothing.
    const bool stays_null = !old && (!update || (is_there && op == FieldOp::kArrayRemove));
    if (stays_null) {
      out.AppendNull();
    } else {
      RK_RETURN_IF_ERROR(change.Append(row, old, update, &out));
    }
  }
  return out;
}

Result<Column> MergeDynamic(const FieldSchema& field, const Limits& limits, const ColumnView& sent,
                            const ColumnView& found, const std::vector<size_t>& rows) {
  Column out(field.id, field.type, 0);
  for (size_t row = 0; row < rows.size(); ++row) {
    const std::string_view update = sent.TextAt(row);
    if (rows[row] == kNotThere) {
      out.AppendText(update);
      continue;
    }
    RK_ASSIGN_OR_RETURN(const std::string merged, MergeJsonObjects(found.TextAt(rows[row]), update));
    if (merged.size() > limits.json_bytes_max) {
      return Status::Invalid("the JSON field " + field.name + "'s length exceeds max length, row number: " +
                             std::to_string(row) + ", length: " + std::to_string(merged.size()) +
                             ", max length: " + std::to_string(limits.json_bytes_max));
    }
    out.AppendText(merged);
  }
  return out;
}

Column KeepOld(const FieldSchema& field, const ColumnView& found, const std::vector<size_t>& rows) {
  Column out(field.id, field.type, field.dim);
  out.Reserve(rows.size());
  for (const size_t row : rows) {
    if (row == kNotThere) {
      AppendAbsent(field, &out);
    } else {
      out.AppendFrom(found, row);
    }
  }
  return out;
}

Status CheckNewRows(const CollectionSchema& schema, const Limits& limits, const PartialRows& update,
                    const std::vector<size_t>& rows) {
  const auto added = std::count(rows.begin(), rows.end(), kNotThere);
  int64_t row_bytes = 0;
  for (const FieldSchema& field : schema.fields) {
    if (added == 0 || field.is_primary || update.sent.Find(field.id) != nullptr) continue;
    if (!MayBeAbsent(field)) return NoDataOf(field);
    row_bytes += FilledRowBytes(field);
  }
  return CheckFilled(limits, added, row_bytes);
}

}  // namespace

std::vector<FieldId> FieldsToRead(const CollectionSchema& schema, const PartialRows& update) {
  std::vector<FieldId> fields = {schema.primary().id};
  for (const FieldSchema& field : schema.fields) {
    if (!field.is_primary && NeedsOldValue(update, field)) fields.push_back(field.id);
  }
  return fields;
}

Result<RowBatch> MergeRows(const CollectionSchema& schema, const Limits& limits, const PartialRows& update,
                           const std::vector<Column>& found) {
  const std::vector<size_t> rows = FindRows(update.keys.view(), found[0].view());
  RK_RETURN_IF_ERROR(CheckNewRows(schema, limits, update, rows));
  RowBatch out;
  out.row_count = rows.size();
  size_t next = 1;  // of `found`
  for (const FieldSchema& field : schema.fields) {
    if (field.is_primary) continue;
    const Column* sent = update.sent.Find(field.id);
    const FieldOp op = OpOf(update, field.id);
    if (!NeedsOldValue(update, field)) {
      Column copy(field.id, field.type, field.dim);
      copy.AppendAll(sent->view());
      out.columns.push_back(std::move(copy));
      continue;
    }
    const ColumnView old = found[next++].view();
    if (sent == nullptr) {
      out.columns.push_back(KeepOld(field, old, rows));
      continue;
    }
    auto changed = field.is_dynamic ? MergeDynamic(field, limits, sent->view(), old, rows)
                                    : ChangeArrays(field, op, sent->view(), old, rows);
    RK_RETURN_IF_ERROR(changed.status());
    out.columns.push_back(std::move(*changed));
  }
  return out;
}

}  // namespace redkite::proxy
