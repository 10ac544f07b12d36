#include "plan/parser.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "plan/constant_fold.h"
#include "plan/filter_plan.h"

namespace redkite::plan {
namespace {

// Binding powers, larger is tighter: 20 minus the level in the contract's table.
constexpr int kLoosest = 4;
constexpr int kOr = 4, kAnd = 5, kPipe = 6, kCaret = 7, kAmpersand = 8, kEquality = 9, kRelation = 10,
              kIn = 12;
constexpr int kShift = 13, kSum = 14, kProduct = 15, kUnary = 16, kPower = 17, kLike = 18, kTightest = 19;

int Binding(TokenKind op) {
  switch (op) {
    case TokenKind::kOr:
      return kOr;
    case TokenKind::kAnd:
      return kAnd;
    case TokenKind::kPipe:
      return kPipe;
    case TokenKind::kCaret:
      return kCaret;
    case TokenKind::kAmpersand:
      return kAmpersand;
    case TokenKind::kEq:
    case TokenKind::kNe:
      return kEquality;
    case TokenKind::kLt:
    case TokenKind::kLe:
    case TokenKind::kGt:
    case TokenKind::kGe:
      return kRelation;
    case TokenKind::kIn:
    case TokenKind::kNot:
      return kIn;  // "x not in"
    case TokenKind::kShiftLeft:
    case TokenKind::kShiftRight:
      return kShift;
    case TokenKind::kPlus:
    case TokenKind::kMinus:
      return kSum;
    case TokenKind::kStar:
    case TokenKind::kSlash:
    case TokenKind::kPercent:
      return kProduct;
    case TokenKind::kPower:
      return kPower;
    case TokenKind::kLike:
    case TokenKind::kRegexMatch:
    case TokenKind::kRegexNotMatch:
      return kLike;
    default:
      return -1;
  }
}

bool IsLess(TokenKind op) { return op == TokenKind::kLt || op == TokenKind::kLe; }
bool IsGreater(TokenKind op) { return op == TokenKind::kGt || op == TokenKind::kGe; }

constexpr uint32_t kTermsBeforeMerging = 64;
constexpr int kArgumentsMax = 64;
constexpr size_t kListsMax = kMaxFilterPredicates;  // each takes some 300 bytes

void AddToList(Literal value, AstList* list) {
  if (list->literals.empty()) {
    if (const auto* number = std::get_if<int64_t>(&value)) {
      if (list->texts.empty()) return list->ints.push_back(*number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      if (list->ints.empty()) return list->texts.Append(*text);
    }
    for (const int64_t earlier : list->ints) list->literals.emplace_back(earlier);
    for (const std::string_view earlier : list->texts) list->literals.emplace_back(std::string(earlier));
    list->ints = {};
    list->texts = {};
  }
  list->literals.push_back(std::move(value));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), lexer_(text) { Advance(); }

  Result<Ast> Run() {
    ast_.root = Expression(kLoosest);
    if (status_.ok() && token_.kind != TokenKind::kEnd) Unexpected();
    RK_RETURN_IF_ERROR(status_);
    RK_RETURN_IF_ERROR(fold_status_);
    return std::move(ast_);
  }

 private:
  // After an error every function returns kNoAst at once; status_ holds the first error.
  AstId Expression(int loosest);
  AstId Prefix();
  AstId Operand();
  AstId Name();
  AstId Path(AstColumn column, uint32_t position);
  AstId Call(std::string_view name, uint32_t position);
  AstId List();
  AstId Infix(AstId left, const Token& op, int binding);
  AstId Relation(AstId left, const Token& op);
  AstId Chain(AstKind kind, AstId left, AstId right, uint32_t position);

  void Advance() { token_ = lexer_.Next(); }
  Token Take() {
    Token taken = std::move(token_);
    Advance();
    return taken;
  }
  bool Expect(TokenKind kind) {
    if (!status_.ok()) return false;
    if (token_.kind != kind) {
      Unexpected();
      return false;
    }
    Advance();
    return true;
  }
  AstId Fail(size_t position, const std::string& reason) {
    if (status_.ok()) status_ = Status(Code::kParameterInvalid, PositionText(text_, position) + reason);
    return kNoAst;
  }
  AstId Unexpected() {
    if (token_.kind == TokenKind::kError) {
      return Fail(token_.position,
                  token_.string_value + " at: '" + std::string(token_.text.substr(0, 64)) + "'");
    }
    if (token_.kind == TokenKind::kEnd) return Fail(token_.position, "unexpected end of the expression");
    return Fail(token_.position, "mismatched input '" + std::string(token_.text.substr(0, 64)) + "'");
  }
  AstId Add(AstNode node);
  AstId AddLiteral(Literal value, uint32_t position);
  AstId AddParent(AstNode node, std::initializer_list<AstId> children);
  AstId Folded(Result<Literal> value, AstId into, AstId used);
  bool IsIntEquality(AstId id) const;
  bool MergeEquality(AstId chain, AstId right);
  void AppendChild(AstId parent, AstId child);
  const Literal* LiteralAt(AstId id) const {
    return ast_.nodes[id].kind == AstKind::kLiteral ? &ast_.literals[ast_.nodes[id].payload] : nullptr;
  }

  std::string_view text_;
  Lexer lexer_;
  Token token_;
  Ast ast_;
  Status status_;
  Status fold_status_;  // a calculation that failed: reported when the syntax is right
  int depth_ = 0;
};

AstId Parser::Add(AstNode node) {
  ast_.nodes.push_back(node);
  return static_cast<AstId>(ast_.nodes.size() - 1);
}

AstId Parser::AddLiteral(Literal value, uint32_t position) {
  AstNode node;
  node.kind = AstKind::kLiteral;
  node.position = position;
  node.payload = static_cast<uint32_t>(ast_.literals.size());
  ast_.literals.push_back(std::move(value));
  return Add(node);
}

void Parser::AppendChild(AstId parent, AstId child) {
  AstNode& node = ast_.nodes[parent];
  if (node.first_child == kNoAst)
    node.first_child = child;
  else
    ast_.nodes[node.last_child].next = child;
  node.last_child = child;
  node.depth = std::max<uint16_t>(node.depth, ast_.nodes[child].depth + 1);
}

AstId Parser::AddParent(AstNode node, std::initializer_list<AstId> children) {
  const uint32_t position = node.position;
  const AstId id = Add(node);
  for (AstId child : children) AppendChild(id, child);
  if (ast_.nodes[id].depth > kMaxFilterDepth) return Fail(position, "the expression is nested too deeply");
  return id;
}

// The literal at `into` becomes the value; `used` (or kNoAst) is needed no more.
AstId Parser::Folded(Result<Literal> value, AstId into, AstId used) {
  if (!value.ok() && fold_status_.ok()) fold_status_ = value.status();
  ast_.literals[ast_.nodes[into].payload] = value.ok() ? std::move(value).value() : Literal(int64_t{0});
  if (used != kNoAst && used + 1 == ast_.nodes.size() &&
      ast_.nodes[used].payload + 1 == ast_.literals.size()) {
    ast_.nodes.pop_back();
    ast_.literals.pop_back();
  }
  return into;
}

AstId Parser::Expression(int loosest) {
  if (!status_.ok()) return kNoAst;
  if (++depth_ > kMaxFilterDepth) return Fail(token_.position, "the expression is nested too deeply");
  AstId left = Prefix();
  while (status_.ok()) {
    const int binding = Binding(token_.kind);
    if (binding < loosest || (token_.kind == TokenKind::kNot && !token_.bare_word)) break;
    const Token op = Take();
    left = Infix(left, op, binding);
  }
  --depth_;
  return status_.ok() ? left : kNoAst;
}

AstId Parser::Infix(AstId left, const Token& op, int binding) {
  AstNode node;
  node.position = op.position;
  node.op = op.kind;
  if (binding == kRelation) return Relation(left, op);
  if (op.kind == TokenKind::kNot && !Expect(TokenKind::kIn)) return kNoAst;
  const AstId right = Expression(binding + 1);
  if (right == kNoAst) return kNoAst;
  if (op.kind == TokenKind::kAnd) return Chain(AstKind::kAnd, left, right, op.position);
  if (op.kind == TokenKind::kOr) return Chain(AstKind::kOr, left, right, op.position);
  if (binding == kIn) {
    node.kind = AstKind::kIn;
    node.negated = op.kind == TokenKind::kNot;
  } else if (binding == kLike) {
    const AstKind kind = ast_.nodes[right].kind;
    if (kind != AstKind::kTemplate && (kind != AstKind::kLiteral || LiteralAt(right)->index() != 3)) {
      return Fail(ast_.nodes[right].position, "mismatched input, a string is expected");
    }
    node.kind = AstKind::kLike;
  } else {
    const Literal* a = LiteralAt(left);
    const Literal* b = LiteralAt(right);
    if (a != nullptr && b != nullptr) {
      Result<Literal> value = FoldBinary(op.kind, *a, *b);
      return Folded(std::move(value), left, right);
    }
    node.kind = AstKind::kBinary;
  }
  return AddParent(node, {left, right});
}

AstId Parser::Relation(AstId left, const Token& op) {
  const bool plain_name = token_.kind == TokenKind::kIdentifier || token_.kind == TokenKind::kMeta ||
                          token_.kind == TokenKind::kDollar;
  const AstId middle = Expression(kRelation + 2);
  if (middle == kNoAst) return kNoAst;
  const bool chain =
      plain_name && ast_.nodes[middle].kind == AstKind::kColumn &&
      ((IsLess(op.kind) && IsLess(token_.kind)) || (IsGreater(op.kind) && IsGreater(token_.kind)));
  AstNode node;
  node.position = op.position;
  node.op = op.kind;
  if (chain) {
    const Token second = Take();
    const AstId right = Expression(kRelation + 2);
    if (right == kNoAst) return kNoAst;
    node.kind = AstKind::kRange;
    node.op2 = second.kind;
    return AddParent(node, {left, middle, right});
  }
  const Literal* a = LiteralAt(left);
  const Literal* b = LiteralAt(middle);
  if (a != nullptr && b != nullptr) {
    Result<Literal> value = FoldBinary(op.kind, *a, *b);
    return Folded(std::move(value), left, middle);
  }
  node.kind = AstKind::kBinary;
  return AddParent(node, {left, middle});
}

AstId Parser::Chain(AstKind kind, AstId left, AstId right, uint32_t position) {
  if (ast_.nodes[left].kind != kind) {
    AstNode node;
    node.kind = kind;
    node.position = position;
    node.payload = 1;
    left = AddParent(node, {left});
    if (left == kNoAst) return kNoAst;
  }
  if (ast_.nodes[right].kind != kind) {
    if (kind == AstKind::kOr && MergeEquality(left, right)) return left;
    AppendChild(left, right);
    ++ast_.nodes[left].payload;
  } else {
    const AstNode from = ast_.nodes[right];
    AstNode& into = ast_.nodes[left];
    into.payload += from.payload;
    ast_.nodes[into.last_child].next = from.first_child;
    into.last_child = from.last_child;
    into.depth = std::max(into.depth, from.depth);
  }
  if (ast_.nodes[left].depth > kMaxFilterDepth) return Fail(position, "the expression is nested too deeply");
  return left;
}

// `name == integer`, in this order.
bool Parser::IsIntEquality(AstId id) const {
  const AstNode& node = ast_.nodes[id];
  if (node.kind != AstKind::kBinary || node.op != TokenKind::kEq) return false;
  const AstNode& column = ast_.nodes[node.first_child];
  const Literal* value = LiteralAt(node.last_child);
  if (column.kind != AstKind::kColumn || value == nullptr || !std::holds_alternative<int64_t>(*value))
    return false;
  const AstColumn& named = ast_.columns[column.payload];
  return named.path.empty() && !named.bad_key;
}

// In a long chain `a == 1 or a == 2` becomes one list at once: a term then takes 8 bytes instead of some 200.
// Short chains are left to the binder, which finds more and names what is wrong with each term.
bool Parser::MergeEquality(AstId chain, AstId right) {
  if (ast_.nodes[chain].payload < kTermsBeforeMerging || right + 1 != ast_.nodes.size()) return false;
  if (!IsIntEquality(right)) return false;
  const AstNode& added = ast_.nodes[right];
  const AstId last = ast_.nodes[chain].last_child;
  AstNode& before = ast_.nodes[last];
  const bool is_list = before.kind == AstKind::kIn && !before.negated &&
                       ast_.nodes[before.first_child].kind == AstKind::kColumn &&
                       ast_.nodes[before.last_child].kind == AstKind::kList;
  if (!is_list && !IsIntEquality(last)) return false;
  const AstColumn& column = ast_.columns[ast_.nodes[before.first_child].payload];
  const AstColumn& same = ast_.columns[ast_.nodes[added.first_child].payload];
  if (column.name != same.name || !column.path.empty() || column.bad_key) return false;
  if (!is_list) {
    AstNode& value = ast_.nodes[before.last_child];
    AstList list;
    list.ints.push_back(std::get<int64_t>(ast_.literals[value.payload]));
    value.kind = AstKind::kList;
    value.payload = static_cast<uint32_t>(ast_.lists.size());
    ast_.lists.push_back(std::move(list));
    before.kind = AstKind::kIn;
  }
  AddToList(*LiteralAt(added.last_child), &ast_.lists[ast_.nodes[before.last_child].payload]);
  ++ast_.nodes[chain].payload;
  // The term was the newest: column, value, comparison.
  if (ast_.nodes[added.last_child].payload + 1 == ast_.literals.size()) ast_.literals.pop_back();
  if (added.first_child + 2 == right) ast_.nodes.resize(ast_.nodes.size() - 3);
  return true;
}

AstId Parser::Prefix() {
  AstNode node;
  node.position = token_.position;
  node.op = token_.kind;
  switch (token_.kind) {
    case TokenKind::kNot:
    case TokenKind::kMinus:
    case TokenKind::kPlus:
    case TokenKind::kTilde: {
      Advance();
      if (node.op == TokenKind::kMinus && token_.kind == TokenKind::kIntegerMinMagnitude) {
        Advance();
        return AddLiteral(Literal(INT64_MIN), node.position);
      }
      const AstId operand = Expression(kUnary);
      if (operand == kNoAst) return kNoAst;
      if (const Literal* value = LiteralAt(operand)) {
        Result<Literal> folded = FoldUnary(node.op, *value);
        return Folded(std::move(folded), operand, kNoAst);
      }
      node.kind = AstKind::kUnary;
      return AddParent(node, {operand});
    }
    case TokenKind::kExists: {
      Advance();
      const AstId operand = Expression(kTightest);
      if (operand == kNoAst) return kNoAst;
      node.kind = AstKind::kExists;
      return AddParent(node, {operand});
    }
    default:
      return Operand();
  }
}

AstId Parser::Operand() {
  const uint32_t position = token_.position;
  switch (token_.kind) {
    case TokenKind::kBool:
      return AddLiteral(Literal(Take().bool_value), position);
    case TokenKind::kInteger:
      return AddLiteral(Literal(Take().int_value), position);
    case TokenKind::kFloat:
      return AddLiteral(Literal(Take().float_value), position);
    case TokenKind::kString:
      return AddLiteral(Literal(Take().string_value), position);
    case TokenKind::kIntegerMinMagnitude:
      return Fail(position, "integer is out of range of int64");
    case TokenKind::kLeftBracket:
      return List();
    case TokenKind::kIdentifier:
    case TokenKind::kMeta:
    case TokenKind::kNull:
    case TokenKind::kDollar:
      return Name();
    case TokenKind::kTemplate: {
      AstNode node;
      node.kind = AstKind::kTemplate;
      node.position = position;
      node.payload = static_cast<uint32_t>(ast_.columns.size());
      ast_.columns.push_back(AstColumn{Take().text});
      return Add(node);
    }
    case TokenKind::kLeftParen: {
      Advance();
      const AstId inner = Expression(kLoosest);
      return Expect(TokenKind::kRightParen) ? inner : kNoAst;
    }
    default:
      return Unexpected();
  }
}

AstId Parser::Name() {
  const Token name = Take();
  if (name.kind == TokenKind::kIdentifier && token_.kind == TokenKind::kLeftParen)
    return Call(name.text, name.position);
  const bool iso = name.text == "ISO" || name.text == "iso";
  if ((iso || name.text == "INTERVAL" || name.text == "interval") && token_.kind == TokenKind::kString) {
    AstNode node;
    node.kind = iso ? AstKind::kInstant : AstKind::kInterval;
    node.position = name.position;
    node.payload = static_cast<uint32_t>(ast_.literals.size());
    ast_.literals.emplace_back(Take().string_value);
    return Add(node);
  }
  const AstId column = Path(AstColumn{name.text}, name.position);
  if (column == kNoAst || (token_.kind != TokenKind::kIsNull && token_.kind != TokenKind::kIsNotNull))
    return column;
  AstNode node;
  node.kind = AstKind::kIsNull;
  node.position = token_.position;
  node.negated = token_.kind == TokenKind::kIsNotNull;
  Advance();
  return AddParent(node, {column});
}

AstId Parser::Path(AstColumn column, uint32_t position) {
  while (status_.ok() && token_.kind == TokenKind::kLeftBracket) {
    Advance();
    if (token_.kind == TokenKind::kString || token_.kind == TokenKind::kInteger) {
      JsonStep step;
      column.sub_field = {};  // it was not the last one
      column.text_key |= token_.kind == TokenKind::kString;
      step.key = token_.kind == TokenKind::kString ? token_.string_value : std::string(token_.text);
      int64_t index = 0;
      const char* end = step.key.data() + step.key.size();
      const auto parsed = std::from_chars(step.key.data(), end, index);
      if (!step.key.empty() && parsed.ec == std::errc() && parsed.ptr == end && index >= 0)
        step.index = index;
      column.path.push_back(std::move(step));
      if (column.path.size() > static_cast<size_t>(kMaxFilterDepth)) {
        return Fail(token_.position, "the expression is nested too deeply");
      }
    } else if (token_.kind == TokenKind::kIdentifier || token_.kind == TokenKind::kFloat) {
      const bool named = token_.kind == TokenKind::kIdentifier && !column.bad_key;
      column.sub_field = named ? token_.text : std::string_view();
      column.bad_key = true;
    } else {
      return Unexpected();
    }
    Advance();
    if (!Expect(TokenKind::kRightBracket)) return kNoAst;
  }
  AstNode node;
  node.kind = AstKind::kColumn;
  node.position = position;
  const AstColumn* newest = ast_.columns.empty() ? nullptr : &ast_.columns.back();
  const bool again = newest != nullptr && newest->name == column.name && newest->path.empty() &&
                     !newest->bad_key && column.path.empty() && !column.bad_key;
  if (!again) ast_.columns.push_back(std::move(column));
  node.payload = static_cast<uint32_t>(ast_.columns.size() - 1);
  return Add(node);
}

AstId Parser::Call(std::string_view name, uint32_t position) {
  Advance();
  AstNode node;
  node.kind = AstKind::kCall;
  node.position = position;
  node.payload = static_cast<uint32_t>(ast_.columns.size());
  ast_.columns.push_back(AstColumn{name});
  const AstId call = Add(node);
  for (int arguments = 0; status_.ok() && token_.kind != TokenKind::kRightParen; ++arguments) {
    if (arguments == kArgumentsMax)
      return Fail(position, "too many arguments of " + std::string(name.substr(0, 64)));
    AstId argument = Expression(kLoosest);
    if (argument != kNoAst && token_.kind == TokenKind::kAssign &&
        ast_.nodes[argument].kind == AstKind::kColumn) {
      Advance();  // name = value
      ast_.nodes[call].negated = true;
      AstNode named;
      named.kind = AstKind::kNamed;
      named.position = ast_.nodes[argument].position;
      named.payload = ast_.nodes[argument].payload;
      argument = Expression(kLoosest);
      if (argument != kNoAst) argument = AddParent(named, {argument});
    }
    if (argument == kNoAst) return kNoAst;
    AppendChild(call, argument);
    if (token_.kind != TokenKind::kComma) break;
    Advance();
  }
  if (!Expect(TokenKind::kRightParen)) return kNoAst;
  if (ast_.nodes[call].depth > kMaxFilterDepth) return Fail(position, "the expression is nested too deeply");
  return call;
}

AstId Parser::List() {
  AstNode node;
  node.kind = AstKind::kList;
  node.position = token_.position;
  Advance();
  AstList list;
  std::vector<AstId> others;
  while (status_.ok() && token_.kind != TokenKind::kRightBracket) {
    const AstId element = Expression(kLoosest);
    if (element == kNoAst) return kNoAst;
    if (LiteralAt(element) != nullptr && element + 1 == ast_.nodes.size()) {
      // The usual case: the value moves into the list and its node goes, so that long lists stay small. What
      // folding left behind it stays unused.
      AddToList(std::move(ast_.literals[ast_.nodes[element].payload]), &list);
      if (ast_.nodes[element].payload + 1 == ast_.literals.size()) ast_.literals.pop_back();
      ast_.nodes.pop_back();
    } else {
      list.mixed = true;
      list.places.push_back(
          static_cast<uint32_t>(list.ints.size() + list.texts.size() + list.literals.size()));
      others.push_back(element);
    }
    if (token_.kind != TokenKind::kComma) break;
    Advance();
  }
  if (!Expect(TokenKind::kRightBracket)) return kNoAst;
  if (ast_.lists.size() == kListsMax) {
    return Fail(node.position, "the expression has more than " + std::to_string(kListsMax) + " lists");
  }
  node.payload = static_cast<uint32_t>(ast_.lists.size());
  ast_.lists.push_back(std::move(list));
  const AstId id = Add(node);
  for (AstId other : others) AppendChild(id, other);
  if (ast_.nodes[id].depth > kMaxFilterDepth)
    return Fail(node.position, "the expression is nested too deeply");
  return id;
}

}  // namespace

Result<Ast> ParseAst(std::string_view text) { return Parser(text).Run(); }

}  // namespace redkite::plan
