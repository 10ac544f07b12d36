// Array fields as a whole: array_contains*, and comparisons with a list.
#include <limits>
#include <utility>

#include "plan/bound.h"
#include "plan/constant_fold.h"
#include "types/array_value.h"

namespace redkite::plan {
namespace {

std::string TypeText(DataType type) { return std::string(DataTypeName(type)); }

/// What stands for an element of the Array, as if it were a column of its own.
ColumnRef ElementOf(const ColumnRef& array) {
  ColumnRef element;
  element.field = array.field;
  element.type = array.element_type;
  element.element = 0;
  return element;
}

bool IsArray(const JsonPart& part) {
  return part.kind == JsonPart::Kind::kBeginArray || part.kind == JsonPart::Kind::kEndArray;
}

Status AddValue(const Literal& value, ValueSet* values) {
  if (const auto* b = std::get_if<bool>(&value))
    values->AddBool(*b);
  else if (const auto* i = std::get_if<int64_t>(&value))
    values->AddInt(*i);
  else if (const auto* d = std::get_if<double>(&value))
    values->AddDouble(*d);
  else
    values->AddText(std::get<std::string>(value));
  return Status::Ok();
}

template <class T>
bool AppendInteger(int64_t value, ArrayBuilder* builder) {
  builder->Append(static_cast<T>(value));
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

/// Lays out an array of constants; false when the element type has no such value.
bool AppendElement(DataType type, const Literal& value, ArrayBuilder* builder) {
  switch (type) {
    case DataType::kBool:
      builder->Append<uint8_t>(std::get<bool>(value) ? 1 : 0);
      return true;
    case DataType::kInt8:
      return AppendInteger<int8_t>(std::get<int64_t>(value), builder);
    case DataType::kInt16:
      return AppendInteger<int16_t>(std::get<int64_t>(value), builder);
    case DataType::kInt32:
      return AppendInteger<int32_t>(std::get<int64_t>(value), builder);
    case DataType::kInt64:
      return AppendInteger<int64_t>(std::get<int64_t>(value), builder);
    case DataType::kFloat:
      builder->Append(static_cast<float>(std::get<double>(value)));
      return true;
    case DataType::kDouble:
      builder->Append(std::get<double>(value));
      return true;
    default:
      builder->AppendText(std::get<std::string>(value));
      return true;
  }
}

Status NotElement(const char* operation, const ColumnRef& array, DataType type) {
  return Refuse(std::string(operation) + " operation can't compare between array element type: " +
                TypeText(array.element_type) + " and " + TypeText(type));
}

}  // namespace

Result<Bound> BindArrayContains(ArrayContainsExpr contains, const char* operation, const Bound& constants) {
  const ColumnRef element = ElementOf(contains.column);
  auto values = std::make_shared<ValueSet>();
  const auto add = [&](const Literal& literal) -> Status {
    const Result<Literal> cast = CastLiteral(element, literal);
    if (!cast.ok()) return NotElement(operation, contains.column, LiteralType(literal));
    const auto* real = std::get_if<double>(&*cast);
    contains.possible &= real == nullptr || *real == *real;
    return AddValue(*cast, values.get());
  };
  const bool single = std::string_view(operation) == "Contains";
  if (const auto* literal = std::get_if<BoundLiteral>(&constants)) {
    RK_RETURN_IF_ERROR(add(literal->value));
  } else if (const auto* list = std::get_if<BoundList>(&constants); list != nullptr && !single) {
    RK_RETURN_IF_ERROR(VisitList(*list, [&](const JsonPart& part) {
      return IsArray(part) ? NotElement(operation, contains.column, DataType::kArray) : add(LiteralOf(part));
    }));
  } else if (list != nullptr) {
    return NotElement(operation, contains.column, DataType::kArray);
  } else {
    return Refuse("the element of a contains operation must be a constant");
  }
  values->Seal();
  contains.values = std::move(values);
  return Bound(Expr{std::move(contains)});
}

Result<Bound> BindArrayComparison(ColumnRef array, CompareOp op, const Bound& other) {
  if (std::holds_alternative<BoundColumn>(other)) return Refuse("can not comparisons array fields directly");
  const auto* list = std::get_if<BoundList>(&other);
  if (list == nullptr) {
    return Refuse("comparisons between " + TypeText(DataType::kArray) + " and " + TypeText(BoundType(other)) +
                  " are not supported");
  }
  if (op != CompareOp::kEq && op != CompareOp::kNe)
    return Refuse("can not comparisons array fields directly");
  const ColumnRef element = ElementOf(array);
  ArrayEqualsExpr equals;
  ArrayBuilder builder(element.type);
  RK_RETURN_IF_ERROR(VisitList(*list, [&](const JsonPart& part) -> Status {
    if (IsArray(part)) return NotElement("Equal", array, DataType::kArray);
    const Literal literal = LiteralOf(part);
    const Result<Literal> cast = CastLiteral(element, literal);
    if (!cast.ok()) return NotElement("Equal", array, LiteralType(literal));
    equals.possible &= AppendElement(element.type, *cast, &builder);
    return Status::Ok();
  }));
  equals.value = builder.Finish();
  equals.column = std::move(array);
  Expr expr{std::move(equals)};
  return Bound(op == CompareOp::kEq ? std::move(expr) : MakeNot(std::move(expr)));
}

}  // namespace redkite::plan
