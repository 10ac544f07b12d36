// The same tables and filters for a database that speaks SQL: one JSON value a line, with parameters beside
// the text, so that no number and no text is written in two ways. Tests only.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exec/differential/filter_fixture.h"
#include "exec/differential/table_fixture.h"

namespace redkite::exec::differential {

/// A boolean expression of SQL (the dialect of SQLite) with `?` for each of the parameters.
struct SqlText {
  std::string text;
  std::vector<Value> parameters;
};

class SqlPrinter {
 public:
  explicit SqlPrinter(const std::vector<FieldSchema>& fields) : fields_(fields) {}
  /// Nothing where SQL means something else.
  std::optional<SqlText> Print(const Filter& filter) {
    Put(filter);
    return same_ ? std::optional(std::move(sql_)) : std::nullopt;
  }

 private:
  static const char* Sign(Op op) {
    static constexpr const char* kSigns[] = {" < ", " <= ", " > ", " >= ", " = ", " <> "};
    return kSigns[static_cast<int>(op)];
  }
  void Name(const Operand& operand) { sql_.text += '"' + fields_[operand.field].name + '"'; }
  /// As the column compares: SQL would compare an integer with a real number exactly.
  void Constant(const Operand& operand, const Value& value) {
    sql_.text += "?";
    const bool real = IsFloating(operand.type) && value.kind == Value::Kind::kInt;
    sql_.parameters.push_back(real ? Value::Real(value.AsReal()) : value);
  }
  void Put(const Filter& filter) {
    switch (filter.kind) {
      case Filter::Kind::kConstant:
        sql_.text += filter.value.truth ? "1" : "0";
        return;
      case Filter::Kind::kAnd:
      case Filter::Kind::kOr:
        for (size_t i = 0; i < filter.parts.size(); ++i) {
          if (i > 0) sql_.text += filter.kind == Filter::Kind::kAnd ? " AND " : " OR ";
          Inside(filter.parts[i]);
        }
        return;
      case Filter::Kind::kNot:
        sql_.text += "NOT ";
        return Inside(filter.parts[0]);
      case Filter::Kind::kCompare:
        return Compare(filter);
      case Filter::Kind::kCompareColumns:
        return Columns(filter);
      case Filter::Kind::kRange:
        Name(filter.left);
        sql_.text += Sign(filter.with_lower ? Op::kGe : Op::kGt);
        Constant(filter.left, filter.value);
        sql_.text += " AND ";
        Name(filter.left);
        sql_.text += Sign(filter.with_upper ? Op::kLe : Op::kLt);
        return Constant(filter.left, filter.upper);
      case Filter::Kind::kIn:
        same_ &= !filter.value.members.empty();
        Name(filter.left);
        sql_.text += filter.negated ? " NOT IN (" : " IN (";
        for (size_t i = 0; i < filter.value.members.size(); ++i) {
          if (i > 0) sql_.text += ", ";
          Constant(filter.left, filter.value.members[i].second);
        }
        sql_.text += ")";
        return;
      case Filter::Kind::kLike:
        Name(filter.left);
        sql_.text += " LIKE ? ESCAPE '\\'";
        return sql_.parameters.push_back(filter.value);
      case Filter::Kind::kIsNull:
        Name(filter.left);
        sql_.text += filter.negated ? " IS NOT NULL" : " IS NULL";
        return;
      case Filter::Kind::kEmpty:
        Name(filter.left);
        sql_.text += " = ''";
        return;
      case Filter::Kind::kStartsWith:
        sql_.text += "substr(";
        Name(filter.left);
        sql_.text += ", 1, length(?)) = ?";
        sql_.parameters.push_back(filter.value);
        return sql_.parameters.push_back(filter.value);
      case Filter::Kind::kStartsWithColumn:
        sql_.text += "substr(";
        Name(filter.left);
        sql_.text += ", 1, length(";
        Name(filter.right);
        sql_.text += ")) = ";
        return Name(filter.right);
      default:
        same_ = false;
    }
  }
  void Inside(const Filter& filter) {
    sql_.text += "(";
    Put(filter);
    sql_.text += ")";
  }
  void Compare(const Filter& filter) {
    if (filter.arithmetic != 0) sql_.text += "(";
    Name(filter.left);
    if (filter.arithmetic != 0) {
      sql_.text += std::string(" ") + filter.arithmetic + " ";
      Constant(filter.left, filter.operand);
      sql_.text += ")";
    }
    sql_.text += Sign(filter.op);
    Constant(filter.left, filter.value);
  }
  void Columns(const Filter& filter) {
    const bool reals = IsFloating(filter.left.type) || IsFloating(filter.right.type);
    for (const Operand* side : {&filter.left, &filter.right}) {
      if (side == &filter.right) sql_.text += Sign(filter.op);
      sql_.text += reals ? "CAST(" : "";
      Name(*side);
      sql_.text += reals ? " AS REAL)" : "";
    }
  }

  const std::vector<FieldSchema>& fields_;
  SqlText sql_;
  bool same_ = true;
};

/// {"columns": [...], "rows": [[...], ...]} of the rows that are not deleted, the first column their number.
inline std::string SqlTable(const Table& table) {
  Value object{Value::Kind::kObject}, columns{Value::Kind::kArray}, rows{Value::Kind::kArray};
  for (const FieldSchema& field : table.fields()) columns.members.emplace_back("", Value::Text(field.name));
  for (size_t r = 0; r < table.rows().size(); ++r) {
    if (table.is_deleted(r)) continue;
    Value row{Value::Kind::kArray};
    row.members.emplace_back("", Value::Int(static_cast<int64_t>(r)));
    for (const auto& cell : table.rows()[r]) row.members.emplace_back("", cell.value_or(Value()));
    rows.members.emplace_back("", std::move(row));
  }
  object.members.emplace_back("columns", std::move(columns));
  object.members.emplace_back("rows", std::move(rows));
  return JsonPrinter(nullptr).Print(object);
}

/// {"where": ..., "parameters": [...], "kept": [...], "filter": ...}
inline std::string SqlQuery(const SqlText& sql, const std::vector<size_t>& kept, const std::string& filter) {
  Value object{Value::Kind::kObject}, rows{Value::Kind::kArray};
  for (const size_t row : kept) rows.members.emplace_back("", Value::Int(static_cast<int64_t>(row)));
  object.members.emplace_back("where", Value::Text(sql.text));
  object.members.emplace_back("parameters", Value::Array(sql.parameters));
  object.members.emplace_back("kept", std::move(rows));
  object.members.emplace_back("filter", Value::Text(filter));
  return JsonPrinter(nullptr).Print(object);
}

}  // namespace redkite::exec::differential
