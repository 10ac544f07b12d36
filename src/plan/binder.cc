#include "plan/binder.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <utility>

#include "plan/bound.h"
#include "plan/constant_fold.h"
#include "text/text_query.h"

namespace redkite::plan {
namespace {

/// Functions of the language that this build refuses by name; all lower or all upper case.
constexpr std::string_view kUnbuiltFunctions[] = {"text_match_fuzzy"};

constexpr std::string_view kSample = "random_sample";
constexpr std::string_view kElementFilter = "element_filter";
/// A regular expression takes up to kRegexMemoryMax.
constexpr size_t kRegexesMax = 32;
/// Each keeps a query or a shape prepared, and what a thread needs for it.
constexpr size_t kMatchesMax = 256;
/// What all uses of templates together may bring in: a short text can use a large value many times.
constexpr size_t kTemplateBytesMax = kMaxFilterBytes;
/// Nearer to 0 or 1 a fraction of rows means none or all.
constexpr double kSampleMargin = 1e-10;

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lower(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = ToLower(c);
  return out;
}

/// What a use of the array copies.
size_t BytesOf(const TemplateArray& array) {
  size_t bytes = sizeof array + array.values.memory_bytes();
  for (const TemplateArray& inner : array.arrays) bytes += BytesOf(inner);
  return bytes;
}

Status Unbuilt(std::string_view what) {
  return Status::Unimplemented(std::string(what) + " is not implemented");
}

class Binder {
 public:
  Binder(Ast ast, const FilterContext& context)
      : ast_(std::move(ast)), schema_(context.schema), templates_(context.templates), zone_(context.zone) {}

  Result<TypedFilter> Root(std::string_view text) {
    TypedFilter filter;
    RK_ASSIGN_OR_RETURN(filter.sample, TakeSample());
    if (ast_.root == kNoAst) return filter;
    RK_ASSIGN_OR_RETURN(filter.elements, TakeElementFilter());
    if (ast_.root == kNoAst) {
      filter.root = SomeElement(filter.elements);
      return filter;
    }
    RK_ASSIGN_OR_RETURN(Bound root, Bind(ast_.root));
    const auto* literal = std::get_if<BoundLiteral>(&root);
    if (auto* predicate = std::get_if<Expr>(&root)) {
      if (predicates_ > kMaxFilterPredicates) {
        return Refuse("the expression has more than " + std::to_string(kMaxFilterPredicates) + " predicates");
      }
      filter.root = std::move(*predicate);
    } else if (literal != nullptr && literal->variable.empty() &&
               std::holds_alternative<bool>(literal->value)) {
      filter.root = Expr{ConstantExpr{std::get<bool>(literal->value)}};
    } else {
      return Refuse("predicate is not a boolean expression: " + std::string(text.substr(0, 256)) +
                    ", data type: " + std::string(DataTypeName(BoundType(root))));
    }
    if (filter.elements != nullptr) {
      std::vector<Expr> both;
      both.push_back(std::move(filter.root));
      both.push_back(SomeElement(filter.elements));
      filter.root = MakeLogical(true, std::move(both));
    }
    return filter;
  }

 private:
  /// Takes random_sample from its place at the end; the root is none when nothing else is there.
  Result<std::optional<double>> TakeSample();
  /// The same for element_filter, which stands before it.
  Result<std::shared_ptr<const ElementPredicate>> TakeElementFilter();
  bool IsCallOf(std::string_view function, AstId id) const;
  /// Takes the last operand, or the only one, away.
  void DropLast();
  Result<Bound> Bind(AstId id);
  Result<Bound> BindColumn(const AstColumn& column);
  Result<Bound> BindTemplate(const AstNode& node);
  Status CountTemplateUse(size_t bytes);
  Result<Bound> BindChain(const AstNode& node);
  Result<Bound> BindUnary(const AstNode& node);
  Result<Bound> BindBinary(const AstNode& node);
  Result<Bound> BindRangeNode(const AstNode& node);
  Result<Bound> BindInNode(const AstNode& node);
  Result<Bound> BindLike(const AstNode& node);
  Result<std::shared_ptr<const RegexPattern>> CompileOnce(const std::string& pattern);
  Result<Bound> BindExists(const AstNode& node);
  Result<Bound> BindIsNull(const AstNode& node);
  Result<Bound> BindCall(const AstNode& node);
  /// text_match and phrase_match.
  Result<Bound> BindMatch(std::string_view name, const AstNode& node);
  /// st_equals and the like.
  Result<Bound> BindShape(geo::Relation relation, const AstNode& node);
  /// The column of the first argument, which is a plain name.
  Result<ColumnRef> FirstColumn(std::string_view function, const AstNode& node) const;
  /// The struct array that stands there as a whole; nullptr for all else.
  const StructSchema* StructOf(AstId id) const;
  /// match_any and the like.
  Result<Bound> BindStructMatch(MatchKind kind, const AstNode& node);
  /// The first two arguments of a predicate over elements: the struct array and what is asked.
  Result<std::shared_ptr<const ElementPredicate>> BindElements(std::string_view function,
                                                               const AstNode& node);
  /// A row that has elements of those.
  static Expr SomeElement(const std::shared_ptr<const ElementPredicate>& elements) {
    return Expr{MatchExpr{elements->counted, MatchKind::kAny, 0, elements}};
  }
  Result<text::AnalyzerPtr> AnalyzerOf(FieldId field);
  /// An operand of and, or, not.
  Result<Expr> BindPredicate(AstId id, const char* refusal);
  Result<ColumnRef> Resolve(const AstColumn& column) const;
  /// `ref` is the whole Array column.
  static Result<ColumnRef> ResolveElement(const AstColumn& column, ColumnRef ref);
  /// Refuses the types whose values cannot be compared in this build.
  static Status CheckComparable(const ColumnRef& ref);

  Ast ast_;  // every node is bound once, and may give away what it holds
  const CollectionSchema& schema_;
  const TemplateValues& templates_;
  const TimeZone& zone_;
  const StructSchema* elements_of_ = nullptr;  // inside a predicate over elements
  size_t predicates_ = 0;
  size_t template_bytes_ = 0;
  std::map<std::string, std::shared_ptr<const RegexPattern>> regexes_;
  std::map<FieldId, text::AnalyzerPtr> analyzers_;
  size_t matches_ = 0;
};

bool Binder::IsCallOf(std::string_view function, AstId id) const {
  const AstNode& node = ast_.At(id);
  if (node.kind != AstKind::kCall) return false;
  const std::string_view name = ast_.columns[node.payload].name;
  return Lower(name) == function && IsOneCase(name);
}

void Binder::DropLast() {
  AstNode& root = ast_.nodes[ast_.root];
  if (root.kind != AstKind::kAnd || root.first_child == root.last_child) {
    ast_.root = kNoAst;
    return;
  }
  AstId last = root.first_child;
  while (ast_.At(last).next != root.last_child) last = ast_.At(last).next;
  ast_.nodes[last].next = kNoAst;
  root.last_child = last;
}

Result<std::shared_ptr<const ElementPredicate>> Binder::TakeElementFilter() {
  const AstNode& root = ast_.At(ast_.root);
  const AstId call = root.kind == AstKind::kAnd ? root.last_child : ast_.root;
  if (!IsCallOf(kElementFilter, call)) return std::shared_ptr<const ElementPredicate>();
  const AstNode node = ast_.At(call);
  const AstId second = node.first_child == kNoAst ? kNoAst : ast_.At(node.first_child).next;
  if (second == kNoAst || ast_.At(second).next != kNoAst || node.negated)
    return Refuse("function element_filter takes 2 arguments");
  ++predicates_;
  RK_ASSIGN_OR_RETURN(auto elements, BindElements(kElementFilter, node));
  DropLast();
  return elements;
}

Result<std::optional<double>> Binder::TakeSample() {
  const AstNode& root = ast_.At(ast_.root);
  const AstId sample = root.kind == AstKind::kAnd ? root.last_child : ast_.root;
  if (!IsCallOf(kSample, sample)) return std::optional<double>();
  const AstId argument = ast_.At(sample).first_child;
  if (argument == kNoAst || ast_.At(argument).next != kNoAst || ast_.At(sample).negated) {
    return Refuse("function random_sample takes 1 argument");
  }
  const AstNode& constant = ast_.At(argument);
  const double* fraction =
      constant.kind == AstKind::kLiteral ? std::get_if<double>(&ast_.literals[constant.payload]) : nullptr;
  if (fraction == nullptr || !(*fraction > kSampleMargin && *fraction < 1 - kSampleMargin)) {
    return Refuse("the sample factor should be a float between 0 and 1 and not too close to 0 or 1");
  }
  const std::optional<double> part = *fraction;
  DropLast();
  return part;
}

Result<Bound> Binder::Bind(AstId id) {
  const AstNode& node = ast_.At(id);
  switch (node.kind) {
    case AstKind::kLiteral:
      return Bound(BoundLiteral{ast_.literals[node.payload], {}});
    case AstKind::kColumn:
      return BindColumn(ast_.columns[node.payload]);
    case AstKind::kTemplate:
      return BindTemplate(node);
    case AstKind::kList:
      return Bound(BoundList{&ast_, id, nullptr});
    case AstKind::kAnd:
    case AstKind::kOr:
      return BindChain(node);
    case AstKind::kUnary:
      return BindUnary(node);
    case AstKind::kBinary:
      return BindBinary(node);
    case AstKind::kRange:
      return BindRangeNode(node);
    case AstKind::kIn:
      return BindInNode(node);
    case AstKind::kLike:
      return BindLike(node);
    case AstKind::kExists:
      return BindExists(node);
    case AstKind::kIsNull:
      return BindIsNull(node);
    case AstKind::kCall:
      return BindCall(node);
    case AstKind::kNamed:
      return Refuse("an argument with a name is not expected here");
    case AstKind::kInstant:
      return BindInstant(std::get<std::string>(ast_.literals[node.payload]), zone_);
    case AstKind::kInterval:
      return BindInterval(std::get<std::string>(ast_.literals[node.payload]));
  }
  return Status::Internal("unknown node in filter");
}

Result<ColumnRef> Binder::Resolve(const AstColumn& column) const {
  if (column.name == "$") {
    if (elements_of_ != nullptr) return ResolveOfElement(schema_, *elements_of_, column);
    return Refuse("$[...] can only be used inside element_filter and the match_ functions");
  }
  if (elements_of_ != nullptr) {
    return Refuse("field " + std::string(column.name) +
                  " cannot be used in a predicate over elements, only their sub-fields $[sub] can");
  }
  if (const StructSchema* of = schema_.FindStruct(column.name)) return ResolveSubField(schema_, *of, column);
  ColumnRef ref;
  const FieldSchema* field =
      column.name == kDynamicFieldName ? schema_.dynamic_field() : schema_.Find(column.name);
  if (field == nullptr && (column.name == "null" || column.name == "NULL")) {
    return Refuse("NULL literal is not supported, use `is null` or `is not null`");
  }
  if (field == nullptr) {
    field = schema_.dynamic_field();
    if (field == nullptr || column.name == kDynamicFieldName) {
      return Refuse("field " + std::string(column.name) + " not exist");
    }
    ref.path.push_back({std::string(column.name), -1});
  }
  ref.field = field->id;
  ref.type = field->type;
  ref.element_type = field->element_type;
  ref.nullable = field->nullable;
  if (column.path.empty() && !column.bad_key) return ref;
  if (field->type == DataType::kArray) return ResolveElement(column, std::move(ref));
  if (field->type != DataType::kJson) {
    return Refuse(std::string(DataTypeName(field->type)) + " data type not supported accessed with []");
  }
  if (column.bad_key) return Refuse("json key must be enclosed in double quotes or single quotes");
  ref.path.insert(ref.path.end(), column.path.begin(), column.path.end());
  return ref;
}

Result<ColumnRef> Binder::ResolveElement(const AstColumn& column, ColumnRef ref) {
  const int64_t index = column.path.empty() ? -1 : column.path[0].index;
  if (column.bad_key || column.text_key || index < 0)
    return Refuse("can only access array field with integer index");
  if (column.path.size() > 1) {
    return Refuse(std::string(DataTypeName(ref.element_type)) + " data type not supported accessed with []");
  }
  // No array is as long as the largest one.
  ref.element = static_cast<int32_t>(std::min<int64_t>(index, std::numeric_limits<int32_t>::max()));
  ref.type = std::exchange(ref.element_type, DataType::kNone);
  return ref;
}

Status Binder::CheckComparable(const ColumnRef& ref) {
  switch (ref.type) {
    case DataType::kGeometry:
      return Refuse("shapes of a geometry field are compared by the st_ functions alone");
    case DataType::kText:
      return Refuse("filter on text field is not supported yet");
    default:
      return Status::Ok();
  }
}

Result<Bound> Binder::BindColumn(const AstColumn& column) {
  RK_ASSIGN_OR_RETURN(ColumnRef ref, Resolve(column));
  RK_RETURN_IF_ERROR(CheckComparable(ref));
  return Bound(BoundColumn{std::move(ref), std::nullopt, std::nullopt, column.name});
}

Result<Bound> Binder::BindTemplate(const AstNode& node) {
  const std::string name(ast_.columns[node.payload].name);
  const auto found = templates_.find(name);
  if (found == templates_.end()) {
    return Refuse("the value of expression template variable name {" + name + "} is not found");
  }
  const auto& value = found->second.value;
  if (const auto* list = std::get_if<std::shared_ptr<const TemplateArray>>(&value)) {
    RK_RETURN_IF_ERROR(CountTemplateUse(BytesOf(**list)));
    return Bound(BoundList{nullptr, kNoAst, list->get()});
  }
  BoundLiteral literal;
  literal.variable = ast_.columns[node.payload].name;
  if (const auto* b = std::get_if<bool>(&value)) {
    literal.value = *b;
  } else if (const auto* i = std::get_if<int64_t>(&value)) {
    literal.value = *i;
  } else if (const auto* d = std::get_if<double>(&value)) {
    literal.value = *d;
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    RK_RETURN_IF_ERROR(CountTemplateUse(text->size()));
    literal.value = *text;
  } else {
    return Refuse("expression elements can only be scalars");
  }
  return Bound(std::move(literal));
}

Status Binder::CountTemplateUse(size_t bytes) {
  template_bytes_ += bytes;
  if (template_bytes_ <= kTemplateBytesMax) return Status::Ok();
  return Refuse("the expression uses more than " + std::to_string(kTemplateBytesMax) +
                " bytes of expression template values");
}

Result<Expr> Binder::BindPredicate(AstId id, const char* refusal) {
  RK_ASSIGN_OR_RETURN(Bound bound, Bind(id));
  if (auto* predicate = std::get_if<Expr>(&bound)) return std::move(*predicate);
  const auto* literal = std::get_if<BoundLiteral>(&bound);
  if (literal != nullptr && literal->variable.empty() && std::holds_alternative<bool>(literal->value)) {
    return Expr{ConstantExpr{std::get<bool>(literal->value)}};
  }
  return Refuse(refusal);
}

Result<Bound> Binder::BindChain(const AstNode& node) {
  const bool is_and = node.kind == AstKind::kAnd;
  const char* refusal = is_and ? "'and' can only be used between boolean expressions"
                               : "'or' can only be used between boolean expressions";
  std::vector<Expr> operands;
  size_t terms = 0;
  for (AstId id = node.first_child; id != kNoAst; id = ast_.At(id).next) ++terms;
  operands.reserve(terms);  // a chain may be most of the memory of its request
  size_t leaves = 0;
  for (AstId id = node.first_child; id != kNoAst; id = ast_.At(id).next) {
    RK_ASSIGN_OR_RETURN(Expr operand, BindPredicate(id, refusal));
    operands.push_back(std::move(operand));
    ++leaves;
  }
  Expr merged = MakeLogical(is_and, std::move(operands));
  // Only what is left after lists were merged counts against the limit.
  size_t left = 1;
  if (const auto* e = std::get_if<AndExpr>(&merged.node)) left = e->operands.size();
  if (const auto* e = std::get_if<OrExpr>(&merged.node)) left = e->operands.size();
  predicates_ += left;
  predicates_ -= std::min(predicates_, leaves);
  return Bound(std::move(merged));
}

Result<Bound> Binder::BindUnary(const AstNode& node) {
  if (node.op == TokenKind::kNot) {
    RK_ASSIGN_OR_RETURN(Expr operand,
                        BindPredicate(node.first_child, "not op can only be applied on boolean expression"));
    return Bound(MakeNot(std::move(operand)));
  }
  RK_ASSIGN_OR_RETURN(Bound operand, Bind(node.first_child));
  if (auto* literal = std::get_if<BoundLiteral>(&operand); literal != nullptr && literal->variable.empty()) {
    RK_ASSIGN_OR_RETURN(literal->value, FoldUnary(node.op, literal->value));
    return operand;
  }
  return Refuse("unary operators can only apply on constants");
}

Result<Bound> Binder::BindBinary(const AstNode& node) {
  RK_ASSIGN_OR_RETURN(Bound left, Bind(ast_.Child(node, 0)));
  RK_ASSIGN_OR_RETURN(Bound right, Bind(ast_.Child(node, 1)));
  switch (node.op) {
    case TokenKind::kLt:
      ++predicates_;
      return BindComparison(CompareOp::kLt, std::move(left), std::move(right));
    case TokenKind::kLe:
      ++predicates_;
      return BindComparison(CompareOp::kLe, std::move(left), std::move(right));
    case TokenKind::kGt:
      ++predicates_;
      return BindComparison(CompareOp::kGt, std::move(left), std::move(right));
    case TokenKind::kGe:
      ++predicates_;
      return BindComparison(CompareOp::kGe, std::move(left), std::move(right));
    case TokenKind::kEq:
      ++predicates_;
      return BindComparison(CompareOp::kEq, std::move(left), std::move(right));
    case TokenKind::kNe:
      ++predicates_;
      return BindComparison(CompareOp::kNe, std::move(left), std::move(right));
    case TokenKind::kPlus:
      return BindArithmetic(ArithOp::kAdd, std::move(left), std::move(right));
    case TokenKind::kMinus:
      return BindArithmetic(ArithOp::kSub, std::move(left), std::move(right));
    case TokenKind::kStar:
      return BindArithmetic(ArithOp::kMul, std::move(left), std::move(right));
    case TokenKind::kSlash:
      return BindArithmetic(ArithOp::kDiv, std::move(left), std::move(right));
    case TokenKind::kPercent:
      return BindArithmetic(ArithOp::kMod, std::move(left), std::move(right));
    case TokenKind::kAmpersand:
      return BindArithmetic(ArithOp::kBitAnd, std::move(left), std::move(right));
    case TokenKind::kPipe:
      return BindArithmetic(ArithOp::kBitOr, std::move(left), std::move(right));
    case TokenKind::kCaret:
      return BindArithmetic(ArithOp::kBitXor, std::move(left), std::move(right));
    case TokenKind::kPower:
      return Refuse("power can only apply on constants");
    default:
      return Refuse("shift is not supported");
  }
}

Result<Bound> Binder::BindRangeNode(const AstNode& node) {
  ++predicates_;
  RK_ASSIGN_OR_RETURN(Bound first, Bind(ast_.Child(node, 0)));
  RK_ASSIGN_OR_RETURN(Bound middle, Bind(ast_.Child(node, 1)));
  RK_ASSIGN_OR_RETURN(Bound last, Bind(ast_.Child(node, 2)));
  const RangeEnds ends{node.op == TokenKind::kLe || node.op == TokenKind::kGe,
                       node.op2 == TokenKind::kLe || node.op2 == TokenKind::kGe,
                       node.op == TokenKind::kGt || node.op == TokenKind::kGe};
  if (std::holds_alternative<BoundInstant>(first) || std::holds_alternative<BoundInstant>(last))
    return BindInstantRange(std::get<BoundColumn>(middle), first, last, ends);
  auto* low = std::get_if<BoundLiteral>(&first);
  auto* high = std::get_if<BoundLiteral>(&last);
  if (low == nullptr || high == nullptr) return Refuse("the bounds of a range must be constants");
  RangeExpr range;
  range.column = std::move(std::get<BoundColumn>(middle).ref);
  range.lower_inclusive = ends.first_inclusive;
  range.upper_inclusive = ends.last_inclusive;
  range.lower = std::move(low->value);
  range.upper = std::move(high->value);
  if (ends.descending) {
    std::swap(range.lower, range.upper);
    std::swap(range.lower_inclusive, range.upper_inclusive);
  }
  return BindRange(std::move(range));
}

Result<Bound> Binder::BindInNode(const AstNode& node) {
  ++predicates_;
  RK_ASSIGN_OR_RETURN(Bound left, Bind(ast_.Child(node, 0)));
  RK_ASSIGN_OR_RETURN(Bound right, Bind(ast_.Child(node, 1)));
  RK_ASSIGN_OR_RETURN(Bound in, BindIn(std::move(left), right));
  if (node.negated) return Bound(MakeNot(std::move(std::get<Expr>(in))));
  return in;
}

Result<Bound> Binder::BindLike(const AstNode& node) {
  ++predicates_;
  const bool is_regex = node.op != TokenKind::kLike;
  RK_ASSIGN_OR_RETURN(Bound left, Bind(ast_.Child(node, 0)));
  RK_ASSIGN_OR_RETURN(Bound right, Bind(ast_.Child(node, 1)));
  auto* column = std::get_if<BoundColumn>(&left);
  if (column == nullptr || column->arithmetic ||
      (column->ref.type != DataType::kVarChar && column->ref.type != DataType::kJson)) {
    return Refuse(std::string(is_regex ? "regex" : "like") +
                  " operation on non-string or no-json field is unsupported");
  }
  const auto* literal = std::get_if<BoundLiteral>(&right);
  const auto* text = literal == nullptr ? nullptr : std::get_if<std::string>(&literal->value);
  if (text == nullptr) {
    return Refuse(std::string("the right-hand side of ") + (is_regex ? "a regex match" : "'like'") +
                  " must be a string");
  }
  if (is_regex) {
    RK_ASSIGN_OR_RETURN(auto regex, CompileOnce(*text));
    Expr match{RegexExpr{std::move(column->ref), std::move(regex)}};
    return Bound(node.op == TokenKind::kRegexMatch ? std::move(match) : MakeNot(std::move(match)));
  }
  RK_ASSIGN_OR_RETURN(LikePattern pattern, LikePattern::Parse(*text));
  return Bound(
      Expr{LikeExpr{std::move(column->ref), std::make_shared<const LikePattern>(std::move(pattern))}});
}

Result<std::shared_ptr<const RegexPattern>> Binder::CompileOnce(const std::string& pattern) {
  if (const auto known = regexes_.find(pattern); known != regexes_.end()) return known->second;
  if (regexes_.size() == kRegexesMax) {
    return Refuse("the expression has more than " + std::to_string(kRegexesMax) +
                  " different regex patterns");
  }
  RK_ASSIGN_OR_RETURN(auto regex, RegexPattern::Compile(pattern));
  regexes_.emplace(pattern, regex);
  return regex;
}

Result<Bound> Binder::BindExists(const AstNode& node) {
  ++predicates_;
  const AstNode& child = ast_.At(node.first_child);
  if (child.kind != AstKind::kColumn) return Refuse("exists operations are only supportted on json field");
  RK_ASSIGN_OR_RETURN(ColumnRef ref, Resolve(ast_.columns[child.payload]));
  if (ref.type != DataType::kJson || ref.path.empty()) {
    return Refuse("exists operations are only supportted on json field with a key");
  }
  return Bound(Expr{ExistsExpr{std::move(ref)}});
}

Result<Bound> Binder::BindIsNull(const AstNode& node) {
  ++predicates_;
  if (const StructSchema* of = StructOf(node.first_child)) {
    Expr is_null{IsNullExpr{CountedSubField(schema_, *of)}};
    return Bound(node.negated ? MakeNot(std::move(is_null)) : std::move(is_null));
  }
  if (elements_of_ != nullptr)
    return Refuse("IsNull/IsNotNull operations are not supported on elements of a struct array");
  RK_ASSIGN_OR_RETURN(ColumnRef ref, Resolve(ast_.columns[ast_.At(node.first_child).payload]));
  if (IsVector(ref.type)) return Refuse("IsNull/IsNotNull operations are not supported on vector fields");
  if (ref.is_element()) return Refuse("IsNull/IsNotNull operations are not supported on array elements");
  if (!ref.path.empty()) {
    // A place in a JSON column is null when it does not exist.
    Expr exists{ExistsExpr{std::move(ref)}};
    return Bound(node.negated ? std::move(exists) : MakeNot(std::move(exists)));
  }
  Expr is_null{IsNullExpr{std::move(ref)}};
  return Bound(node.negated ? MakeNot(std::move(is_null)) : std::move(is_null));
}

Result<ColumnRef> Binder::FirstColumn(std::string_view function, const AstNode& node) const {
  if (node.first_child == kNoAst || ast_.At(node.first_child).kind != AstKind::kColumn)
    return Refuse("the first argument of " + std::string(function) + " must be a field");
  return Resolve(ast_.columns[ast_.At(node.first_child).payload]);
}

Result<text::AnalyzerPtr> Binder::AnalyzerOf(FieldId field) {
  text::AnalyzerPtr& known = analyzers_[field];
  if (known == nullptr) {
    RK_ASSIGN_OR_RETURN(known, MatchAnalyzer(*schema_.Find(field)));
  }
  return known;
}

Result<Bound> Binder::BindMatch(std::string_view name, const AstNode& node) {
  RK_ASSIGN_OR_RETURN(ColumnRef column, FirstColumn(name, node));
  RK_ASSIGN_OR_RETURN(text::AnalyzerPtr analyzer, AnalyzerOf(column.field));
  MatchCall call{std::move(column), std::move(analyzer), {}, {}, {}};
  const AstId query = ast_.At(node.first_child).next;
  if (query == kNoAst) return Refuse("function " + std::string(name) + " takes at least 2 arguments");
  RK_ASSIGN_OR_RETURN(call.query, Bind(query));
  if (const AstId option = ast_.At(query).next; option != kNoAst) {
    if (ast_.At(option).next != kNoAst)
      return Refuse("function " + std::string(name) + " takes at most 3 arguments");
    const bool named = ast_.At(option).kind == AstKind::kNamed;
    if (named) call.option_name = ast_.columns[ast_.At(option).payload].name;
    RK_ASSIGN_OR_RETURN(call.option, Bind(named ? ast_.At(option).first_child : option));
  }
  return name == "text_match" ? BindTextMatch(std::move(call)) : BindPhraseMatch(std::move(call));
}

Result<Bound> Binder::BindShape(geo::Relation relation, const AstNode& node) {
  const std::string_view name = geo::RelationName(relation);
  RK_ASSIGN_OR_RETURN(ColumnRef column, FirstColumn(name, node));
  if (node.negated) return Refuse("function " + std::string(name) + " takes no arguments with names");
  std::vector<Bound> arguments;
  for (AstId id = ast_.At(node.first_child).next; id != kNoAst; id = ast_.At(id).next) {
    RK_ASSIGN_OR_RETURN(Bound argument, Bind(id));
    arguments.push_back(std::move(argument));
  }
  return BindRelation(relation, std::move(column), arguments);
}

const StructSchema* Binder::StructOf(AstId id) const {
  if (elements_of_ != nullptr || ast_.At(id).kind != AstKind::kColumn) return nullptr;
  const AstColumn& column = ast_.columns[ast_.At(id).payload];
  return column.path.empty() && !column.bad_key ? schema_.FindStruct(column.name) : nullptr;
}

Result<std::shared_ptr<const ElementPredicate>> Binder::BindElements(std::string_view function,
                                                                     const AstNode& node) {
  const std::string name(function);
  if (elements_of_ != nullptr) return Refuse(name + " cannot stand inside a predicate over elements");
  const AstId first = node.first_child;
  const StructSchema* of = first == kNoAst ? nullptr : StructOf(first);
  if (of == nullptr) return Refuse("the first argument of " + name + " must be a struct array field");
  elements_of_ = of;
  auto predicate =
      BindPredicate(ast_.At(first).next, "the predicate over elements is not a boolean expression");
  elements_of_ = nullptr;
  RK_RETURN_IF_ERROR(predicate.status());
  return MakeElementPredicate(schema_, *of, std::move(*predicate));
}

Result<Bound> Binder::BindStructMatch(MatchKind kind, const AstNode& node) {
  const std::string name = Lower(ast_.columns[node.payload].name);
  const AstId second = node.first_child == kNoAst ? kNoAst : ast_.At(node.first_child).next;
  if (second == kNoAst || ast_.At(second).kind == AstKind::kNamed)
    return Refuse("function " + name + " takes a struct array field and a predicate over its elements");
  RK_ASSIGN_OR_RETURN(auto elements, BindElements(name, node));
  std::optional<Bound> threshold;
  if (const AstId third = ast_.At(second).next; third != kNoAst) {
    const AstNode& option = ast_.At(third);
    const bool named = option.kind == AstKind::kNamed && ast_.columns[option.payload].name == "threshold";
    if (!named || option.next != kNoAst) return Refuse("the only option of " + name + " is threshold = N");
    RK_ASSIGN_OR_RETURN(threshold, Bind(option.first_child));
  }
  return BindElementMatch(kind, std::move(elements), threshold);
}

Result<Bound> Binder::BindCall(const AstNode& node) {
  ++predicates_;
  const std::string_view name = ast_.columns[node.payload].name;
  const std::string lower = Lower(name);
  const bool unbuilt = std::find(std::begin(kUnbuiltFunctions), std::end(kUnbuiltFunctions), lower) !=
                       std::end(kUnbuiltFunctions);
  if (unbuilt && IsOneCase(name)) return Unbuilt(lower);
  const auto relation = geo::ParseRelation(lower);
  const bool is_match = lower == "text_match" || lower == "phrase_match";
  if ((is_match || relation) && ++matches_ > kMatchesMax) {
    return Refuse("the expression has more than " + std::to_string(kMatchesMax) +
                  " text matches and relations of shapes");
  }
  if (is_match && IsOneCase(name)) return BindMatch(lower, node);
  if (relation && IsOneCase(name)) return BindShape(*relation, node);
  const std::optional<MatchKind> match = ParseMatchKind(lower);
  if (match && IsOneCase(name)) return BindStructMatch(*match, node);
  for (const std::string_view last : {kSample, kElementFilter}) {
    if (lower == last && IsOneCase(name))
      return Refuse(std::string(last) + " can only stand alone or as the last operand of 'and'");
  }
  if (lower == "array_length" && IsOneCase(name) && node.first_child != kNoAst &&
      node.first_child == node.last_child) {
    if (const StructSchema* of = StructOf(node.first_child))
      return Bound(BoundLength{CountedSubField(schema_, *of)});
  }
  if (!IsFunction(lower, name)) return Refuse("function " + std::string(name) + " not found");
  if (node.negated) return Refuse("function " + lower + " takes no arguments with names");
  std::vector<Bound> arguments;
  for (AstId id = node.first_child; id != kNoAst; id = ast_.At(id).next) {
    RK_ASSIGN_OR_RETURN(Bound argument, Bind(id));
    arguments.push_back(std::move(argument));
  }
  return BindFunction(lower, std::move(arguments));
}

}  // namespace

Result<TypedFilter> BindAst(Ast ast, std::string_view text, const FilterContext& context) {
  return Binder(std::move(ast), context).Root(text);
}

}  // namespace redkite::plan
