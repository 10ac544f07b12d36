// Operators between constants, calculated while the text is parsed.
#pragma once

#include <string>

#include "base/status.h"
#include "plan/expr.h"
#include "plan/lexer.h"
#include "types/json_text.h"

namespace redkite::plan {

/// `+ - * / % **`, bit operators, shifts (refused) and comparisons.
Result<Literal> FoldBinary(TokenKind op, const Literal& left, const Literal& right);
/// `+ - ~` and `not`.
Result<Literal> FoldUnary(TokenKind op, const Literal& operand);

bool IsNumber(const Literal& literal);
double ToDouble(const Literal& number);
DataType LiteralType(const Literal& literal);
/// A bool, number or text as a constant.
Literal LiteralOf(const JsonPart& part);
/// The value for a message; long texts are cut.
std::string LiteralText(const Literal& literal);

}  // namespace redkite::plan
