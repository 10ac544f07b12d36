// Cell: one scalar value of a row, or null; comparable with the other values of its column. Texts are
// borrowed from the column. Thread safety: plain data and pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "plan/group_plan.h"
#include "types/column.h"

namespace redkite::exec {

class Cell {
 public:
  Cell() : integer_(0) {}
  static Cell Of(int64_t value) {
    Cell cell(Kind::kInteger);
    cell.integer_ = value;
    return cell;
  }
  static Cell Of(double value) {
    Cell cell(Kind::kReal);
    cell.real_ = value;
    return cell;
  }
  static Cell Of(std::string_view value) {
    Cell cell(Kind::kText);
    cell.text_ = value;
    return cell;
  }
  /// The value of a sortable column in a row; null without a column.
  static Cell At(const ColumnView* column, size_t row);

  bool is_null() const { return kind_ == Kind::kNull; }
  /// < 0, 0 or > 0; texts by their bytes. Both are values of one column.
  int Compare(const Cell& other) const;
  /// Null equals null.
  bool operator==(const Cell& other) const {
    return kind_ == other.kind_ && (is_null() || Compare(other) == 0);
  }
  uint64_t Hash() const;
  /// One more row of a column of its type. Bytes of text are what it adds beside the fixed size.
  void AppendTo(Column* column) const;
  size_t text_bytes() const { return kind_ == Kind::kText ? text_.size() : 0; }

 private:
  enum class Kind : uint8_t { kNull, kInteger, kReal, kText };
  explicit Cell(Kind kind) : kind_(kind), integer_(0) {}

  Kind kind_ = Kind::kNull;
  union {
    int64_t integer_;
    double real_;
    std::string_view text_;
  };
};

/// < 0 where `a` comes before `b`.
int CompareInDirection(const Cell& a, const Cell& b, const plan::Direction& direction);

}  // namespace redkite::exec
