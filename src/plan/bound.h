// Bound: what a part of a filter means once its names are known. Internal to the binder.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "geo/geometry.h"
#include "plan/ast.h"
#include "plan/expr.h"
#include "text/text_query.h"
#include "types/schema.h"
#include "types/template_value.h"
#include "types/time_zone.h"

namespace redkite::plan {

struct BoundLiteral {
  Literal value;
  std::string_view variable;  // name of the template that gave it; empty: it stood in the text
};
struct BoundInstant {
  int64_t micros = 0;
};
struct BoundInterval {
  Interval interval;
  bool subtract = false;
};
/// A column, with or without one calculation on it.
struct BoundColumn {
  ColumnRef ref;
  std::optional<Arithmetic> arithmetic;
  std::optional<BoundInterval> shift;  // of a Timestamptz
  std::string_view name;
};
/// array_length of a column.
struct BoundLength {
  ColumnRef ref;
};
/// A list of constants; borrowed from the tree or from the templates.
struct BoundList {
  Ast* ast = nullptr;  // of the tree: `node`, a kList; `in` takes its texts
  AstId node = kNoAst;
  const TemplateArray* given = nullptr;  // or of a template
};
/// Expr: a predicate.
using Bound =
    std::variant<BoundLiteral, BoundColumn, BoundLength, BoundList, BoundInstant, BoundInterval, Expr>;

/// "Int64", "JSON" …; predicates are Bool, lists Array.
DataType BoundType(const Bound& bound);
Status Refuse(std::string message);

/// A constant for comparison with `column`: rounded to float, widened to double. Fails with "cannot cast
/// value to T".
Result<Literal> CastLiteral(const ColumnRef& column, const Literal& value);
/// left op right, in either order of column and constant.
Result<Bound> BindComparison(CompareOp op, Bound left, Bound right);
/// column op constant, to be compared later.
Result<Bound> BindArithmetic(ArithOp op, Bound left, Bound right);
/// lower op column op upper, already in ascending order.
Result<Bound> BindRange(RangeExpr range);

/// a op b is b Mirror(op) a.
CompareOp Mirror(CompareOp op);

// Instants (bind_time.cc).
Result<Bound> BindInstant(const std::string& text, const TimeZone& zone);
Result<Bound> BindInterval(const std::string& text);
/// Whether one of two operands is an instant.
bool IsInstantComparison(const Bound& left, const Bound& right);
/// An instant against a column, in either order.
Result<Bound> BindInstantComparison(CompareOp op, const Bound& left, const Bound& right);
/// column + or - interval.
Result<Bound> BindShift(ArithOp op, const Bound& left, const Bound& right);
/// How a chain of comparisons is written.
struct RangeEnds {
  bool first_inclusive = false;
  bool last_inclusive = false;
  bool descending = false;
};
Result<Bound> BindInstantRange(const BoundColumn& column, const Bound& first, const Bound& last,
                               RangeEnds ends);

// Lists (bind_list.cc).
Result<Bound> BindIn(Bound left, const Bound& right);
/// The constant as the one element of json_contains; an array is one, too.
Result<ElementSet> BindElement(const Bound& constant);
/// Each constant of the list.
Result<ElementSet> BindElements(const Bound& list);
/// Hands the parts of the list's elements to `visit` in their order.
Status VisitList(const BoundList& list, const std::function<Status(const JsonPart&)>& visit);

// Array fields as a whole (bind_array.cc).
/// The constants, one or each of a list, cast to the element type; `operation` is for messages.
Result<Bound> BindArrayContains(ArrayContainsExpr contains, const char* operation, const Bound& constants);
/// array op constant, or the mirror image.
Result<Bound> BindArrayComparison(ColumnRef array, CompareOp op, const Bound& other);

// text_match, phrase_match and the relations of shapes (bind_match.cc).
struct MatchCall {
  ColumnRef column;
  text::AnalyzerPtr analyzer;
  Bound query;
  std::string_view option_name;  // of the third argument; empty: it has none
  std::optional<Bound> option;
};
/// Of a text field that has enable_match.
Result<text::AnalyzerPtr> MatchAnalyzer(const FieldSchema& field);
Result<Bound> BindTextMatch(MatchCall call);
Result<Bound> BindPhraseMatch(MatchCall call);
/// `arguments` stand behind the column.
Result<Bound> BindRelation(geo::Relation relation, ColumnRef column, const std::vector<Bound>& arguments);

// Struct arrays (bind_struct.cc).
/// s[sub], or s[0][sub] of one element.
Result<ColumnRef> ResolveSubField(const CollectionSchema& schema, const StructSchema& of,
                                  const AstColumn& column);
/// $[sub] in a predicate over elements: as a column of their values.
Result<ColumnRef> ResolveOfElement(const CollectionSchema& schema, const StructSchema& of,
                                   const AstColumn& column);
/// A sub-field that says how many elements a row has, and whether it is null.
ColumnRef CountedSubField(const CollectionSchema& schema, const StructSchema& of);
/// A predicate over elements of it; `filter` is bound to their columns.
std::shared_ptr<const ElementPredicate> MakeElementPredicate(const CollectionSchema& schema,
                                                             const StructSchema& of, Expr filter);
/// match_any …; nothing for other names, which are in lower case.
std::optional<MatchKind> ParseMatchKind(std::string_view lower);
/// `elements` is an operand of its own; `threshold` that of the kinds that have one.
Result<Bound> BindElementMatch(MatchKind kind, std::shared_ptr<const ElementPredicate> elements,
                               const std::optional<Bound>& threshold);

// Functions (bind_call.cc).
/// All lower or all upper: most names of the language are known only so.
bool IsOneCase(std::string_view name);
/// Whether this build has the function; `lower` is the name in lower case.
bool IsFunction(std::string_view lower, std::string_view name);
/// `name` is in lower case.
Result<Bound> BindFunction(std::string_view name, std::vector<Bound> arguments);

/// Makes one `and` / `or` of checked operands: folds constants, merges lists, orders by cost.
Expr MakeLogical(bool is_and, std::vector<Expr> operands);
Expr MakeNot(Expr operand);

}  // namespace redkite::plan
