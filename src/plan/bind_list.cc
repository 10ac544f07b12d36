// Lists of constants, of the text or of a template: `in`, and the elements of json_contains*.
#include <functional>
#include <utility>

#include "plan/bound.h"
#include "plan/constant_fold.h"

namespace redkite::plan {
namespace {

std::string TypeText(DataType type) { return std::string(DataTypeName(type)); }

JsonPart PartOf(const Literal& literal) {
  JsonPart part;
  if (const auto* b = std::get_if<bool>(&literal)) {
    part.kind = JsonPart::Kind::kBool;
    part.truth = *b;
  } else if (const auto* i = std::get_if<int64_t>(&literal)) {
    part.kind = JsonPart::Kind::kInt;
    part.integer = *i;
  } else if (const auto* d = std::get_if<double>(&literal)) {
    part.kind = JsonPart::Kind::kDouble;
    part.real = *d;
  } else {
    part.kind = JsonPart::Kind::kText;
    part.text = std::get<std::string>(literal);
  }
  return part;
}

JsonPart PartOf(JsonPart::Kind kind) {
  JsonPart part;
  part.kind = kind;
  return part;
}

/// The constants of an `in` list, cast to the column's kind.
class ListCaster {
 public:
  explicit ListCaster(const ColumnRef& column) : column_(column) {}

  Status AddTree(AstList* list) {
    if (list->mixed)
      return Refuse("value in list cannot be casted to " + TypeText(column_.type) + ": it is no constant");
    if (!list->texts.empty()) {
      // What the first one says of the type holds for all. There may be a million: they are not copied.
      RK_RETURN_IF_ERROR(Cast(Literal(std::string(list->texts[0]))).status());
      values_->TakeTexts(std::move(list->texts));
    }
    RK_RETURN_IF_ERROR(AddLiterals(list->literals));
    for (const int64_t value : list->ints) RK_RETURN_IF_ERROR(Add(value));
    return Status::Ok();
  }

  Status AddGiven(const TemplateArray& list) {
    if (!list.arrays.empty())
      return Refuse("value in list cannot be casted to " + TypeText(column_.type) + ": it is an array");
    const ColumnView view = list.values.view();
    switch (view.type) {
      case DataType::kBool:
        for (const uint8_t value : view.Values<uint8_t>()) RK_RETURN_IF_ERROR(Add(value != 0));
        return Status::Ok();
      case DataType::kInt64:
        for (const int64_t value : view.Values<int64_t>()) RK_RETURN_IF_ERROR(Add(value));
        return Status::Ok();
      case DataType::kDouble:
        for (const double value : view.Values<double>()) RK_RETURN_IF_ERROR(Add(value));
        return Status::Ok();
      case DataType::kVarChar:
        return AddTexts(view);
      case DataType::kJson:
        return AddJson(view);
      default:
        return Status::Ok();
    }
  }

  std::shared_ptr<const ValueSet> Take() {
    values_->Seal();
    return std::move(values_);
  }

 private:
  Result<Literal> Cast(const Literal& literal) const {
    Result<Literal> cast = CastLiteral(column_, literal);
    if (cast.ok()) return cast;
    return Refuse("value " + LiteralText(literal) + " in list cannot be casted to " + TypeText(column_.type));
  }
  Status Add(const Literal& literal) {
    RK_ASSIGN_OR_RETURN(const Literal cast, Cast(literal));
    if (const auto* b = std::get_if<bool>(&cast))
      values_->AddBool(*b);
    else if (const auto* text = std::get_if<std::string>(&cast))
      values_->AddText(*text);
    else if (const auto* i = std::get_if<int64_t>(&cast); i != nullptr && !any_double_)
      values_->AddInt(*i);
    else
      values_->AddDouble(ToDouble(cast));
    return Status::Ok();
  }
  Status AddLiterals(const std::vector<Literal>& literals) {
    // With a float among them, the integers are floats, too.
    for (const Literal& literal : literals) any_double_ |= std::holds_alternative<double>(literal);
    for (const Literal& literal : literals) RK_RETURN_IF_ERROR(Add(literal));
    return Status::Ok();
  }
  Status AddTexts(const ColumnView& view) {
    if (view.row_count > 0) RK_RETURN_IF_ERROR(Cast(Literal(std::string(view.TextAt(0)))).status());
    for (size_t i = 0; i < view.row_count; ++i) values_->AddText(view.TextAt(i));
    return Status::Ok();
  }
  /// Parses twice, which is less than keeping a million literals.
  Status AddJson(const ColumnView& view) {
    bool any_array = false;
    for (size_t i = 0; i < view.row_count; ++i) {
      RK_RETURN_IF_ERROR(VisitJsonConstant(view.TextAt(i), [&](const JsonPart& part) {
        any_array |= part.kind == JsonPart::Kind::kBeginArray;
        any_double_ |= part.kind == JsonPart::Kind::kDouble;
      }));
    }
    if (any_array)
      return Refuse("value in list cannot be casted to " + TypeText(column_.type) + ": it is an array");
    Status added;
    for (size_t i = 0; i < view.row_count && added.ok(); ++i) {
      RK_RETURN_IF_ERROR(
          VisitJsonConstant(view.TextAt(i), [&](const JsonPart& part) { added = Add(LiteralOf(part)); }));
    }
    return added;
  }

  const ColumnRef& column_;
  std::shared_ptr<ValueSet> values_ = std::make_shared<ValueSet>();
  bool any_double_ = false;
};

/// The parts of a list's elements, of a list of the tree or of a template.
class ListParts {
 public:
  using Visit = std::function<Status(const JsonPart&)>;
  explicit ListParts(const Visit& visit) : visit_(visit) {}

  Status Of(const BoundList& list) {
    return list.given != nullptr ? OfGiven(*list.given) : OfTree(*list.ast, list.node);
  }

 private:
  Status OfTree(const Ast& ast, AstId node) {
    const AstList& list = ast.lists[ast.At(node).payload];
    size_t literal = 0;
    const auto visit_up_to = [&](size_t end) {
      for (; literal < end; ++literal) RK_RETURN_IF_ERROR(visit_(LiteralAt(list, literal)));
      return Status::Ok();
    };
    AstId child = ast.At(node).first_child;
    for (size_t i = 0; child != kNoAst; ++i, child = ast.At(child).next) {
      RK_RETURN_IF_ERROR(visit_up_to(list.places[i]));
      if (ast.At(child).kind == AstKind::kLiteral) {
        RK_RETURN_IF_ERROR(visit_(PartOf(ast.literals[ast.At(child).payload])));
        continue;
      }
      if (ast.At(child).kind != AstKind::kList) return Refuse("the elements of an array must be constants");
      RK_RETURN_IF_ERROR(Array([&] { return OfTree(ast, child); }));
    }
    return visit_up_to(list.ints.size() + list.texts.size() + list.literals.size());
  }
  Status OfGiven(const TemplateArray& list) {
    for (const TemplateArray& array : list.arrays) {
      RK_RETURN_IF_ERROR(Array([&] { return OfGiven(array); }));
    }
    const ColumnView view = list.values.view();
    for (size_t i = 0; i < view.row_count; ++i) RK_RETURN_IF_ERROR(OfGivenAt(view, i));
    return Status::Ok();
  }
  Status OfGivenAt(const ColumnView& view, size_t i) {
    switch (view.type) {
      case DataType::kBool:
        return visit_(PartOf(Literal(view.At<uint8_t>(i) != 0)));
      case DataType::kInt64:
        return visit_(PartOf(Literal(view.At<int64_t>(i))));
      case DataType::kDouble:
        return visit_(PartOf(Literal(view.At<double>(i))));
      case DataType::kVarChar:
        return visit_(PartOfText(view.TextAt(i)));
      default:
        break;
    }
    Status visited;
    RK_RETURN_IF_ERROR(VisitJsonConstant(view.TextAt(i), [&](const JsonPart& part) {
      if (visited.ok()) visited = visit_(part);
    }));
    return visited;
  }
  template <class Inside>
  Status Array(Inside inside) {
    RK_RETURN_IF_ERROR(visit_(PartOf(JsonPart::Kind::kBeginArray)));
    RK_RETURN_IF_ERROR(inside());
    return visit_(PartOf(JsonPart::Kind::kEndArray));
  }
  static JsonPart PartOfText(std::string_view text) {
    JsonPart part = PartOf(JsonPart::Kind::kText);
    part.text = text;
    return part;
  }
  /// Literals are of one kind of storage at a time.
  static JsonPart LiteralAt(const AstList& list, size_t i) {
    if (i < list.ints.size()) return PartOf(Literal(list.ints[i]));
    if (i < list.texts.size()) return PartOfText(list.texts[i]);
    return PartOf(list.literals[i]);
  }

  const Visit& visit_;
};

}  // namespace

Status VisitList(const BoundList& list, const std::function<Status(const JsonPart&)>& visit) {
  return ListParts(visit).Of(list);
}

Result<Bound> BindIn(Bound left, const Bound& right) {
  auto* column = std::get_if<BoundColumn>(&left);
  const auto* list = std::get_if<BoundList>(&right);
  if (column == nullptr || column->arithmetic) return Refuse("'term' can only be used on single field");
  const auto* literal = std::get_if<BoundLiteral>(&right);
  if (literal != nullptr && !literal->variable.empty()) {
    return Refuse("the value of expression template variable name {" + std::string(literal->variable) +
                  "} is not array");
  }
  if (list == nullptr) return Refuse("the right-hand side of 'in' must be a list");
  ListCaster caster(column->ref);
  RK_RETURN_IF_ERROR(list->given != nullptr
                         ? caster.AddGiven(*list->given)
                         : caster.AddTree(&list->ast->lists[list->ast->At(list->node).payload]));
  if (column->ref.type == DataType::kArray) return Refuse("value in list cannot be casted to Array");
  auto values = caster.Take();
  return Bound(Expr{InExpr{std::move(column->ref), std::move(values)}});
}

Result<ElementSet> BindElement(const Bound& constant) {
  std::string key;
  if (const auto* literal = std::get_if<BoundLiteral>(&constant)) {
    AppendElementPart(PartOf(literal->value), &key);
  } else if (const auto* list = std::get_if<BoundList>(&constant)) {
    AppendElementPart(PartOf(JsonPart::Kind::kBeginArray), &key);
    RK_RETURN_IF_ERROR(VisitList(*list, [&key](const JsonPart& part) {
      AppendElementPart(part, &key);
      return Status::Ok();
    }));
    AppendElementPart(PartOf(JsonPart::Kind::kEndArray), &key);
  } else {
    return Refuse("the element of a contains operation must be a constant");
  }
  TextPool pool;
  pool.Append(key);
  return ElementSet(std::move(pool));
}

Result<ElementSet> BindElements(const Bound& list) {
  TextPool pool;
  std::string key;  // of one element: of an array all its parts
  int depth = 0;
  RK_RETURN_IF_ERROR(VisitList(std::get<BoundList>(list), [&](const JsonPart& part) {
    AppendElementPart(part, &key);
    if (part.kind == JsonPart::Kind::kBeginArray) ++depth;
    if (part.kind == JsonPart::Kind::kEndArray) --depth;
    if (depth > 0) return Status::Ok();
    pool.Append(key);
    key.clear();
    return Status::Ok();
  }));
  return ElementSet(std::move(pool));
}

}  // namespace redkite::plan
