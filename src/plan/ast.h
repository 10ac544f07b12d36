// Ast: the tree of a filter text before names and types are known. Nodes live in one array and refer to each
// other by index, so that a text with a million terms costs neither a million allocations nor a deep
// destructor. Invariants: children come before their parent; depth <= kMaxFilterDepth; `and` / `or` chains
// are one node. Thread safety: plain data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plan/expr.h"
#include "plan/lexer.h"

namespace redkite::plan {

using AstId = uint32_t;
inline constexpr AstId kNoAst = UINT32_MAX;

enum class AstKind : uint8_t {
  kLiteral,   // payload: literals
  kColumn,    // payload: columns
  kTemplate,  // payload: columns, name only
  kList,      // payload: lists; children: the elements that are no literals
  kAnd,       // children
  kOr,        // children; payload: how many terms it was made of
  kUnary,     // op; one child
  kBinary,    // op; two children
  kRange,     // op, op2; three children: lower or upper, column, the other
  kIn,        // negated; two children
  kLike,      // op: like, =~, !~; two children
  kExists,    // one child
  kIsNull,    // negated; one child
  kCall,      // payload: columns, name only; children: the arguments; negated: some have names
  kNamed,     // of a call: payload: columns, name only; one child
  kInstant,   // payload: literals, the text behind ISO
  kInterval,  // the same behind INTERVAL
};

struct AstNode {
  AstKind kind = AstKind::kLiteral;
  TokenKind op = TokenKind::kEnd;
  TokenKind op2 = TokenKind::kEnd;
  bool negated = false;
  uint16_t depth = 1;
  uint32_t position = 0;
  uint32_t payload = 0;
  AstId first_child = kNoAst;
  AstId last_child = kNoAst;
  AstId next = kNoAst;  // sibling
};

/// A name with what stood in brackets behind it.
struct AstColumn {
  std::string_view name;  // points into the text
  std::vector<JsonStep> path = {};
  bool bad_key = false;             // a bracket held neither a string nor an index
  bool text_key = false;            // a bracket held a string
  std::string_view sub_field = {};  // the name in the last bracket, where no other one held one
};

/// As long as all elements are integers they stand in `ints`, all texts in `texts`, at a fraction of the
/// memory; else all in `literals`.
struct AstList {
  std::vector<int64_t> ints;
  TextPool texts;
  std::vector<Literal> literals;
  bool mixed = false;            // there are elements that are no literals: the children of the node
  std::vector<uint32_t> places;  // of each child: how many literals stand before it
};

struct Ast {
  std::vector<AstNode> nodes;
  std::vector<Literal> literals;
  std::vector<AstColumn> columns;
  std::vector<AstList> lists;
  AstId root = kNoAst;

  const AstNode& At(AstId id) const { return nodes[id]; }
  AstId Child(const AstNode& node, int which) const {
    AstId id = node.first_child;
    while (which-- > 0 && id != kNoAst) id = nodes[id].next;
    return id;
  }
};

}  // namespace redkite::plan
