// BindAst: names to fields, constants to the column's kind, and every type rule of the language. The result
// is the typed tree, with constants folded, `or` of equalities on one column turned into one list, and cheap
// operands first.
#pragma once

#include <memory>
#include <optional>

#include "base/status.h"
#include "plan/ast.h"
#include "plan/expr.h"
#include "plan/filter_plan.h"
#include "types/schema.h"

namespace redkite::plan {

struct TypedFilter {
  Expr root{ConstantExpr{true}};
  std::optional<double> sample;                      // the fraction of random_sample
  std::shared_ptr<const ElementPredicate> elements;  // of element_filter, whose rows `root` selects
};

/// What the names and texts of a filter mean.
struct FilterContext {
  const CollectionSchema& schema;
  const TemplateValues& templates;
  const TimeZone& zone;  // of instants without an offset
};

/// `text` is the text that `ast` was made of, for messages.
Result<TypedFilter> BindAst(Ast ast, std::string_view text, const FilterContext& context);

}  // namespace redkite::plan
