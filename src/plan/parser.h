// ParseAst: tokens to a tree, by operator precedence (V. Pratt, "Top down operator precedence", 1973).
//
// The precedence is the contract's, which is unusual: `not` binds tighter than comparison. Constant parts are
// calculated on the way. Recursion happens for brackets and prefix operators only, is counted, and stops at
// kMaxFilterDepth.
#pragma once

#include <string_view>

#include "base/status.h"
#include "plan/ast.h"

namespace redkite::plan {

/// `text` must outlive the tree. Errors of syntax start with "line L:C ".
Result<Ast> ParseAst(std::string_view text);

}  // namespace redkite::plan
