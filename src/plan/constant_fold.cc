#include "plan/constant_fold.h"

#include <charconv>
#include <cmath>

namespace redkite::plan {
namespace {

Status Refused(std::string message) { return {Code::kParameterInvalid, std::move(message)}; }

template <class T>
Result<Literal> Compare(TokenKind op, const T& a, const T& b) {
  switch (op) {
    case TokenKind::kLt:
      return Literal(a < b);
    case TokenKind::kLe:
      return Literal(a <= b);
    case TokenKind::kGt:
      return Literal(a > b);
    case TokenKind::kGe:
      return Literal(a >= b);
    case TokenKind::kEq:
      return Literal(a == b);
    default:
      return Literal(a != b);
  }
}

int64_t IntPower(int64_t base, int64_t exponent) {
  uint64_t result = 1;
  uint64_t factor = static_cast<uint64_t>(base);
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result *= factor;
    factor *= factor;
  }
  return static_cast<int64_t>(result);
}

Result<Literal> FoldInts(TokenKind op, int64_t a, int64_t b) {
  const auto ua = static_cast<uint64_t>(a);
  const auto ub = static_cast<uint64_t>(b);
  switch (op) {
    case TokenKind::kPlus:
      return Literal(static_cast<int64_t>(ua + ub));
    case TokenKind::kMinus:
      return Literal(static_cast<int64_t>(ua - ub));
    case TokenKind::kStar:
      return Literal(static_cast<int64_t>(ua * ub));
    case TokenKind::kSlash:
    case TokenKind::kPercent:
      if (b == 0) return Refused("cannot divide by zero");
      if (b == -1) return Literal(op == TokenKind::kSlash ? static_cast<int64_t>(0 - ua) : int64_t{0});
      return Literal(op == TokenKind::kSlash ? a / b : a % b);
    case TokenKind::kPower:
      if (b < 0) return Literal(std::pow(static_cast<double>(a), static_cast<double>(b)));
      return Literal(IntPower(a, b));
    case TokenKind::kAmpersand:
      return Literal(a & b);
    case TokenKind::kPipe:
      return Literal(a | b);
    default:
      return Literal(a ^ b);
  }
}

Result<Literal> FoldDoubles(TokenKind op, double a, double b) {
  switch (op) {
    case TokenKind::kPlus:
      return Literal(a + b);
    case TokenKind::kMinus:
      return Literal(a - b);
    case TokenKind::kStar:
      return Literal(a * b);
    case TokenKind::kSlash:
      if (b == 0) return Refused("cannot divide by zero");
      return Literal(a / b);
    case TokenKind::kPercent:
      return Refused("modulo can only apply on integer types");
    case TokenKind::kPower:
      return Literal(std::pow(a, b));
    default:
      return Refused("bit operators can only apply on integer types");
  }
}

bool IsComparison(TokenKind op) { return op >= TokenKind::kLt && op <= TokenKind::kNe; }

}  // namespace

bool IsNumber(const Literal& literal) {
  return std::holds_alternative<int64_t>(literal) || std::holds_alternative<double>(literal);
}

double ToDouble(const Literal& number) {
  const auto* i = std::get_if<int64_t>(&number);
  return i != nullptr ? static_cast<double>(*i) : std::get<double>(number);
}

DataType LiteralType(const Literal& literal) {
  constexpr DataType kTypes[] = {DataType::kBool, DataType::kInt64, DataType::kDouble, DataType::kVarChar};
  return kTypes[literal.index()];
}

Literal LiteralOf(const JsonPart& part) {
  if (part.kind == JsonPart::Kind::kBool) return part.truth;
  if (part.kind == JsonPart::Kind::kInt) return part.integer;
  if (part.kind == JsonPart::Kind::kDouble) return part.real;
  return std::string(part.text);
}

std::string LiteralText(const Literal& literal) {
  if (const auto* b = std::get_if<bool>(&literal)) return *b ? "true" : "false";
  if (const auto* i = std::get_if<int64_t>(&literal)) return std::to_string(*i);
  if (const auto* d = std::get_if<double>(&literal)) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, *d).ptr;
    return {buffer, end};
  }
  const auto& text = std::get<std::string>(literal);
  return text.size() <= 64 ? "\"" + text + "\"" : "\"" + text.substr(0, 64) + "...\"";
}

Result<Literal> FoldBinary(TokenKind op, const Literal& left, const Literal& right) {
  if (op == TokenKind::kShiftLeft || op == TokenKind::kShiftRight) return Refused("shift is not supported");
  const bool ints = std::holds_alternative<int64_t>(left) && std::holds_alternative<int64_t>(right);
  if (IsNumber(left) && IsNumber(right)) {
    if (IsComparison(op)) {
      if (ints) return Compare(op, std::get<int64_t>(left), std::get<int64_t>(right));
      return Compare(op, ToDouble(left), ToDouble(right));
    }
    if (ints) return FoldInts(op, std::get<int64_t>(left), std::get<int64_t>(right));
    return FoldDoubles(op, ToDouble(left), ToDouble(right));
  }
  const std::string pair{std::string(DataTypeName(LiteralType(left))) + " and " +
                         std::string(DataTypeName(LiteralType(right)))};
  if (!IsComparison(op)) return Refused("arithmetic between " + pair + " is not supported");
  if (left.index() != right.index()) return Refused("comparisons between " + pair + " are not supported");
  if (const auto* text = std::get_if<std::string>(&left))
    return Compare(op, *text, std::get<std::string>(right));
  if (op != TokenKind::kEq && op != TokenKind::kNe)
    return Refused("comparisons between " + pair + " are not supported");
  return Compare(op, std::get<bool>(left), std::get<bool>(right));
}

Result<Literal> FoldUnary(TokenKind op, const Literal& operand) {
  if (op == TokenKind::kNot) {
    if (const auto* b = std::get_if<bool>(&operand)) return Literal(!*b);
    return Refused("not op can only be applied on boolean expression");
  }
  if (const auto* i = std::get_if<int64_t>(&operand)) {
    if (op == TokenKind::kMinus) return Literal(static_cast<int64_t>(0 - static_cast<uint64_t>(*i)));
    if (op == TokenKind::kTilde) return Literal(~*i);
    return operand;
  }
  if (const auto* d = std::get_if<double>(&operand); d != nullptr && op != TokenKind::kTilde) {
    return Literal(op == TokenKind::kMinus ? -*d : *d);
  }
  return Refused("unary operators can only apply on numbers: " + LiteralText(operand));
}

}  // namespace redkite::plan
