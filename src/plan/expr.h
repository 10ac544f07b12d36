// Expr: one node of a typed filter. Names are resolved to fields, constants are cast to what the column
// compares in, and chains of `and` / `or` are one node with many operands.
//
// Every predicate has a value and a validity (three-valued logic): see exec/filter/eval_filter.h. `!=`, `not
// in` and `is not null` on JSON are expressed with NotExpr where the meaning is the same. Thread safety:
// plain data, immutable once inside a FilterPlan. Owns its operands.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "plan/element_set.h"
#include "plan/interval_set.h"
#include "plan/like_pattern.h"
#include "plan/regex_pattern.h"
#include "plan/value_set.h"
#include "types/data_type.h"
#include "types/ids.h"
#include "types/instant.h"

namespace redkite::text {
class TermQuery;
class PhraseQuery;
}  // namespace redkite::text
namespace redkite::geo {
class Predicate;
}  // namespace redkite::geo

namespace redkite::plan {

class FilterPlan;

/// The constants of the language. An integer literal is int64, a float literal double.
using Literal = std::variant<bool, int64_t, double, std::string>;

enum class CompareOp : uint8_t { kLt, kLe, kGt, kGe, kEq, kNe };
enum class ArithOp : uint8_t { kAdd, kSub, kMul, kDiv, kMod, kBitAnd, kBitOr, kBitXor };

/// One step of a JSON path: a key of an object or, when the text is a decimal number, also an index of an
/// array.
struct JsonStep {
  std::string key;
  int64_t index = -1;  // -1: the text is not an index
  bool operator==(const JsonStep&) const = default;
};

/// A column, a place inside a JSON column, or an element of an Array column.
struct ColumnRef {
  FieldId field;
  DataType type = DataType::kNone;          // of the value: of an element, not of its Array
  DataType element_type = DataType::kNone;  // of an Array as a whole
  bool nullable = false;
  int32_t element = -1;        // which element of an Array; -1: the whole column
  std::vector<JsonStep> path;  // JSON only
  bool is_element() const { return element >= 0; }
  /// That of the column.
  DataType stored_type() const { return is_element() ? DataType::kArray : type; }
  bool operator==(const ColumnRef&) const = default;
};

struct Expr;

/// Always or never true; never unknown.
struct ConstantExpr {
  bool value = true;
};
struct AndExpr {
  std::vector<Expr> operands;  // two or more, cheap ones first
};
struct OrExpr {
  std::vector<Expr> operands;
};
struct NotExpr {
  std::unique_ptr<Expr> operand;
};
/// column [arith constant] op value. Integer columns calculate in int64 (wrapping), floating ones in double.
struct Arithmetic {
  ArithOp op = ArithOp::kAdd;
  Literal operand;
};
struct CompareExpr {
  ColumnRef column;
  CompareOp op = CompareOp::kEq;
  Literal value;  // Bool: bool; integers: int64; Float: double rounded to float; VarChar: text; JSON: any;
                  // Timestamptz: int64
  std::optional<Arithmetic> arithmetic;
};
/// lower <(=) column <(=) upper; both of the kind that CompareExpr::value has. JSON: both numbers or both
/// texts.
struct RangeExpr {
  ColumnRef column;
  Literal lower;
  Literal upper;
  bool lower_inclusive = false;
  bool upper_inclusive = false;
};
/// column + or - interval op value, of instants, where the interval has months: their length is that of the
/// row.
struct CompareShiftedExpr {
  ColumnRef column;
  Interval interval;
  bool subtract = false;
  CompareOp op = CompareOp::kEq;
  int64_t value = 0;
};
struct CompareColumnsExpr {
  ColumnRef left;
  CompareOp op = CompareOp::kEq;
  ColumnRef right;
};
struct InExpr {
  ColumnRef column;
  std::shared_ptr<const ValueSet> values;  // sealed
};
/// The value lies in one of many ranges.
struct IntervalsExpr {
  ColumnRef column;  // integer, floating or text
  std::shared_ptr<const IntervalSet> values;
};
struct LikeExpr {
  ColumnRef column;
  std::shared_ptr<const LikePattern> pattern;
};
/// The text has a match of the pattern.
struct RegexExpr {
  ColumnRef column;
  std::shared_ptr<const RegexPattern> pattern;
};
/// The text, analysed like its field says, has words of the query.
struct TextMatchExpr {
  ColumnRef column;
  std::shared_ptr<const text::TermQuery> query;
};
/// It has the words of the phrase at places that fit.
struct PhraseMatchExpr {
  ColumnRef column;
  std::shared_ptr<const text::PhraseQuery> query;
};
/// A relation of the shape to a constant one.
struct GeometryExpr {
  ColumnRef column;
  std::shared_ptr<const geo::Predicate> predicate;
};
/// The text begins with that of another column of the row.
struct StartsWithExpr {
  ColumnRef column;
  ColumnRef prefix;
};
/// The JSON array has an element that equals one of the constants, or (`all`) one for each of them. False for
/// what is no array, also where there is nothing.
struct ContainsExpr {
  ColumnRef column;
  std::shared_ptr<const ElementSet> elements;
  bool all = false;
};
/// The same for an Array column. Unknown for a null row only.
struct ArrayContainsExpr {
  ColumnRef column;
  std::shared_ptr<const ValueSet> values;  // sealed; of the element type's kind
  bool all = false;
  bool possible = true;  // otherwise one of the constants, not-a-number, equals nothing
};
/// The Array has these elements in this order.
struct ArrayEqualsExpr {
  ColumnRef column;
  std::string value;     // an ArrayValue
  bool possible = true;  // otherwise no value of the element type is one of them, and no array is equal
};
/// The number of elements of the Array or JSON array; unknown for what is none.
struct ArrayLengthExpr {
  ColumnRef column;
  CompareOp op = CompareOp::kEq;
  int64_t value = 0;
};
/// What a filter asks of the elements of a struct array. In `filter` a sub-field is a column with one row for
/// each element.
struct ElementPredicate {
  FieldId struct_id;
  ColumnRef counted;  // a whole sub-field, which says how many elements a row has
  std::shared_ptr<const FilterPlan> filter;
  std::vector<ColumnRef> read;  // the whole sub-fields that it looks at, in the order of its fields()
};
enum class MatchKind : uint8_t { kAny, kAll, kLeast, kMost, kExact };
/// Some, every, at least, at most or exactly `threshold` elements of the row pass. Unknown for a null row
/// only; elements for which the predicate is unknown do not pass.
struct MatchExpr {
  ColumnRef column;  // ElementPredicate::counted
  MatchKind kind = MatchKind::kAny;
  int64_t threshold = 0;
  std::shared_ptr<const ElementPredicate> elements;
};
/// The whole column's value is absent; never unknown.
struct IsNullExpr {
  ColumnRef column;
};
/// The JSON path leads to something other than null and {}.
struct ExistsExpr {
  ColumnRef column;
};

struct Expr {
  std::variant<ConstantExpr, AndExpr, OrExpr, NotExpr, CompareExpr, CompareShiftedExpr, RangeExpr,
               CompareColumnsExpr, InExpr, IntervalsExpr, LikeExpr, RegexExpr, StartsWithExpr, ContainsExpr,
               ArrayContainsExpr, ArrayEqualsExpr, ArrayLengthExpr, IsNullExpr, ExistsExpr, TextMatchExpr,
               PhraseMatchExpr, GeometryExpr, MatchExpr>
      node;
};

/// The filter in a canonical form with field ids ("#100 < 5 and #101 in [1, 2]"), for EXPLAIN and tests. Long
/// lists are cut.
std::string ExprText(const Expr& expr);

}  // namespace redkite::plan
