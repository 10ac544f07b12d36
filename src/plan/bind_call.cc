// The functions of the language that are built.
#include <algorithm>
#include <utility>

#include "plan/bound.h"

namespace redkite::plan {
namespace {

struct Function {
  std::string_view name;
  size_t arguments;
  bool any_case;  // otherwise the name is in one case
};
constexpr Function kFunctions[] = {
    {"json_contains", 2, false},     {"array_contains", 2, false},
    {"json_contains_all", 2, false}, {"array_contains_all", 2, false},
    {"json_contains_any", 2, false}, {"array_contains_any", 2, false},
    {"array_length", 1, false},      {"empty", 1, true},
    {"starts_with", 2, true},
};

const Function* Find(std::string_view lower) {
  const auto* found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [lower](const Function& f) { return f.name == lower; });
  return found == std::end(kFunctions) ? nullptr : found;
}

/// The column of an argument without a calculation, or nullptr.
ColumnRef* ColumnOf(Bound* argument) {
  auto* column = std::get_if<BoundColumn>(argument);
  return column == nullptr || column->arithmetic ? nullptr : &column->ref;
}

ColumnRef* TextColumnOf(Bound* argument) {
  ColumnRef* column = ColumnOf(argument);
  return column != nullptr && column->type == DataType::kVarChar ? column : nullptr;
}

bool IsArrayOrJson(const ColumnRef& column) {
  return column.type == DataType::kJson || column.type == DataType::kArray;
}

Status CheckIsList(const Bound& elements) {
  const auto* literal = std::get_if<BoundLiteral>(&elements);
  if (literal != nullptr && !literal->variable.empty()) {
    return Refuse("operation element must be an array: the value of expression template variable name {" +
                  std::string(literal->variable) + "} is not array");
  }
  if (!std::holds_alternative<BoundList>(elements)) return Refuse("operation element must be an array");
  return Status::Ok();
}

Result<Bound> BindContains(std::string_view name, Bound* subject, const Bound& elements) {
  ColumnRef* column = ColumnOf(subject);
  if (column == nullptr || !IsArrayOrJson(*column))
    return Refuse("contains operation are only supported on json or array fields now");
  ContainsExpr contains;
  contains.all = name.ends_with("_all");
  const bool any = name.ends_with("_any");
  if (contains.all || any) RK_RETURN_IF_ERROR(CheckIsList(elements));
  if (column->type == DataType::kArray) {
    const char* operation = contains.all ? "ContainsAll" : any ? "ContainsAny" : "Contains";
    return BindArrayContains({std::move(*column), nullptr, contains.all, true}, operation, elements);
  }
  if (!contains.all && !any) {
    RK_ASSIGN_OR_RETURN(ElementSet one, BindElement(elements));
    contains.elements = std::make_shared<const ElementSet>(std::move(one));
  } else {
    RK_ASSIGN_OR_RETURN(ElementSet each, BindElements(elements));
    contains.elements = std::make_shared<const ElementSet>(std::move(each));
  }
  contains.column = std::move(*column);
  return Bound(Expr{std::move(contains)});
}

Result<Bound> BindArrayLength(Bound* subject) {
  ColumnRef* column = ColumnOf(subject);
  const bool lists = column != nullptr && column->type == DataType::kArrayOfVector;
  if (column == nullptr || (!IsArrayOrJson(*column) && !lists))
    return Refuse("array_length operation are only supported on json or array fields now");
  return Bound(BoundLength{std::move(*column)});
}

Result<Bound> BindStartsWith(ColumnRef column, Bound* prefix) {
  if (ColumnRef* other = TextColumnOf(prefix))
    return Bound(Expr{StartsWithExpr{std::move(column), std::move(*other)}});
  const auto* literal = std::get_if<BoundLiteral>(prefix);
  const auto* text = literal == nullptr ? nullptr : std::get_if<std::string>(&literal->value);
  if (text == nullptr) return Refuse("the prefix of starts_with must be a string or a VarChar field");
  return Bound(
      Expr{LikeExpr{std::move(column), std::make_shared<const LikePattern>(LikePattern::Prefix(*text))}});
}

}  // namespace

bool IsOneCase(std::string_view name) {
  const bool upper = std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  const bool lower = std::any_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return !(upper && lower);
}

bool IsFunction(std::string_view lower, std::string_view name) {
  const Function* function = Find(lower);
  return function != nullptr && (function->any_case || IsOneCase(name));
}

Result<Bound> BindFunction(std::string_view name, std::vector<Bound> arguments) {
  const size_t wanted = Find(name)->arguments;
  if (arguments.size() != wanted) {
    return Refuse("function " + std::string(name) + " takes " + std::to_string(wanted) +
                  (wanted == 1 ? " argument" : " arguments"));
  }
  if (name == "array_length") return BindArrayLength(&arguments[0]);
  if (name != "empty" && name != "starts_with") return BindContains(name, &arguments[0], arguments[1]);
  ColumnRef* column = TextColumnOf(&arguments[0]);
  if (column == nullptr) return Refuse("function " + std::string(name) + " needs a VarChar field");
  if (name == "starts_with") return BindStartsWith(std::move(*column), &arguments[1]);
  return BindComparison(CompareOp::kEq, std::move(arguments[0]), BoundLiteral{std::string(), {}});
}

}  // namespace redkite::plan
