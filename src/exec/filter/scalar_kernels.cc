#include "exec/filter/scalar_kernels.h"

#include <algorithm>
#include <limits>
#include <type_traits>

namespace redkite::exec {
namespace {

using plan::ArithOp;
using plan::CompareOp;

/// 64 flags of 0 or 1 to one word.
uint64_t Pack(const uint8_t* flags) {
  uint64_t word = 0;
  for (int byte = 0; byte < 8; ++byte) {
    uint64_t eight;
    std::memcpy(&eight, flags + byte * 8, 8);
    // Gathers bit 0 of each byte in the top byte.
    word |= ((eight * 0x0102040810204080u) >> 56) << (byte * 8);
  }
  return word;
}

/// out bit i = predicate(values[i]).
template <class T, class Predicate>
void FillBits(const T* values, size_t count, Predicate predicate, RowBits* out) {
  uint8_t flags[64];
  size_t w = 0;
  for (; (w + 1) * 64 <= count; ++w) {
    const T* v = values + w * 64;
    for (int i = 0; i < 64; ++i) flags[i] = predicate(v[i]);
    out->words[w] = Pack(flags);
  }
  if (w * 64 < count) {
    std::memset(flags, 0, sizeof flags);
    for (size_t i = w * 64; i < count; ++i) flags[i - w * 64] = predicate(values[i]);
    out->words[w] = Pack(flags);
  }
}

void FillAll(BlockRows rows, bool value, RowBits* out) {
  std::fill_n(out->words, rows.words(), value ? ~uint64_t{0} : 0);
}

void Invert(BlockRows rows, RowBits* out) {
  for (size_t w = 0; w < rows.words(); ++w) out->words[w] = ~out->words[w];
}

/// lower <= v <= upper for integers, as one unsigned comparison.
template <class T>
void IntBetween(const T* values, BlockRows rows, int64_t lower, int64_t upper, RowBits* out) {
  lower = std::max<int64_t>(lower, std::numeric_limits<T>::min());
  upper = std::min<int64_t>(upper, std::numeric_limits<T>::max());
  if (lower > upper) return FillAll(rows, false, out);
  using U = std::make_unsigned_t<T>;
  const auto base = static_cast<U>(lower);
  const auto width = static_cast<U>(static_cast<U>(upper) - base);
  FillBits(
      values, rows.count, [=](T v) { return static_cast<U>(static_cast<U>(v) - base) <= width; }, out);
}

/// Every comparison of an integer with a constant is a range, or the outside of one.
template <class T>
void IntCompare(const T* values, BlockRows rows, CompareOp op, int64_t c, RowBits* out) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  switch (op) {
    case CompareOp::kLt:
      if (c == kMin) return FillAll(rows, false, out);
      return IntBetween(values, rows, kMin, c - 1, out);
    case CompareOp::kLe:
      return IntBetween(values, rows, kMin, c, out);
    case CompareOp::kGt:
      if (c == kMax) return FillAll(rows, false, out);
      return IntBetween(values, rows, c + 1, kMax, out);
    case CompareOp::kGe:
      return IntBetween(values, rows, c, kMax, out);
    case CompareOp::kEq:
      return IntBetween(values, rows, c, c, out);
    case CompareOp::kNe:
      IntBetween(values, rows, c, c, out);
      return Invert(rows, out);
  }
}

template <class T>
void FloatCompare(const T* values, BlockRows rows, CompareOp op, T c, RowBits* out) {
  switch (op) {
    case CompareOp::kLt:
      return FillBits(
          values, rows.count, [c](T v) { return v < c; }, out);
    case CompareOp::kLe:
      return FillBits(
          values, rows.count, [c](T v) { return v <= c; }, out);
    case CompareOp::kGt:
      return FillBits(
          values, rows.count, [c](T v) { return v > c; }, out);
    case CompareOp::kGe:
      return FillBits(
          values, rows.count, [c](T v) { return v >= c; }, out);
    case CompareOp::kEq:
      return FillBits(
          values, rows.count, [c](T v) { return v == c; }, out);
    case CompareOp::kNe:
      return FillBits(
          values, rows.count, [c](T v) { return v != c; }, out);
  }
}

/// Calls `use` with a typed pointer to the block's first value.
template <class Use>
void WithValues(const ColumnView& column, BlockRows rows, Use use) {
  switch (column.type) {
    case DataType::kBool:
      return use(column.Values<uint8_t>().data() + rows.begin);
    case DataType::kInt8:
      return use(column.Values<int8_t>().data() + rows.begin);
    case DataType::kInt16:
      return use(column.Values<int16_t>().data() + rows.begin);
    case DataType::kInt32:
      return use(column.Values<int32_t>().data() + rows.begin);
    case DataType::kInt64:
    case DataType::kTimestamptz:
      return use(column.Values<int64_t>().data() + rows.begin);
    case DataType::kFloat:
      return use(column.Values<float>().data() + rows.begin);
    case DataType::kDouble:
      return use(column.Values<double>().data() + rows.begin);
    default:
      return;
  }
}

/// 64 values or fewer, widened; the rest of `out` is zero.
template <class Wide>
void Widen(const ColumnView& column, size_t begin, size_t count, Wide* out) {
  WithValues(column, {begin, count}, [&](const auto* values) {
    for (size_t i = 0; i < count; ++i) out[i] = static_cast<Wide>(values[i]);
  });
  std::fill(out + count, out + 64, Wide{});
}

/// One word of `a[i] op b(i)`: the switch stands outside the loop.
template <class Wide, class Right>
uint64_t CompareWord(CompareOp op, const Wide* a, Right b) {
  uint8_t flags[64];
  auto fill = [&](auto test) {
    for (int i = 0; i < 64; ++i) flags[i] = test(a[i], b(i));
  };
  switch (op) {
    case CompareOp::kLt:
      fill([](Wide x, Wide y) { return x < y; });
      break;
    case CompareOp::kLe:
      fill([](Wide x, Wide y) { return x <= y; });
      break;
    case CompareOp::kGt:
      fill([](Wide x, Wide y) { return x > y; });
      break;
    case CompareOp::kGe:
      fill([](Wide x, Wide y) { return x >= y; });
      break;
    case CompareOp::kEq:
      fill([](Wide x, Wide y) { return x == y; });
      break;
    case CompareOp::kNe:
      fill([](Wide x, Wide y) { return x != y; });
      break;
  }
  return Pack(flags);
}

template <class Wide>
void CalculateWord(ArithOp op, Wide operand, Wide* values) {
  auto all = [&](auto calculate) {
    for (int i = 0; i < 64; ++i) values[i] = calculate(values[i]);
  };
  switch (op) {
    // The usual ones without a switch per value.
    case ArithOp::kAdd:
      return all([=](Wide v) { return Calculate(ArithOp::kAdd, v, operand); });
    case ArithOp::kSub:
      return all([=](Wide v) { return Calculate(ArithOp::kSub, v, operand); });
    case ArithOp::kMul:
      return all([=](Wide v) { return Calculate(ArithOp::kMul, v, operand); });
    default:
      return all([=](Wide v) { return Calculate(op, v, operand); });
  }
}

template <class Wide>
void CompareCalculated(const ColumnView& column, BlockRows rows, const plan::CompareExpr& compare,
                       RowBits* out) {
  const Wide operand = std::get<Wide>(compare.arithmetic->operand);
  const Wide constant = std::get<Wide>(compare.value);
  Wide values[64];
  for (size_t w = 0; w < rows.words(); ++w) {
    Widen(column, rows.begin + w * 64, std::min<size_t>(64, rows.count - w * 64), values);
    CalculateWord(compare.arithmetic->op, operand, values);
    out->words[w] = CompareWord(compare.op, values, [=](int) { return constant; });
  }
}

template <class Wide>
void CompareWidened(const BlockValues& left, const BlockValues& right, CompareOp op, RowBits* out) {
  Wide a[64];
  Wide b[64];
  for (size_t w = 0; w < left.rows.words(); ++w) {
    const size_t count = std::min<size_t>(64, left.rows.count - w * 64);
    Widen(left.column, left.rows.begin + w * 64, count, a);
    Widen(right.column, right.rows.begin + w * 64, count, b);
    out->words[w] = CompareWord(op, a, [&](int i) { return b[i]; });
  }
}

}  // namespace

void CompareBits(const ColumnView& column, BlockRows rows, const plan::CompareExpr& compare, RowBits* out) {
  if (compare.arithmetic) {
    if (IsInteger(column.type)) return CompareCalculated<int64_t>(column, rows, compare, out);
    return CompareCalculated<double>(column, rows, compare, out);
  }
  WithValues(column, rows, [&]<class T>(const T* values) {
    if constexpr (std::is_same_v<T, uint8_t>) {
      // Bool: stored as one byte, 0 or not.
      const int c = std::get<bool>(compare.value) ? 1 : 0;
      const CompareOp op = compare.op;
      const bool of_false = CompareValues(op, 0, c);
      const bool of_true = CompareValues(op, 1, c);
      FillBits(
          values, rows.count, [=](uint8_t v) { return v != 0 ? of_true : of_false; }, out);
    } else if constexpr (std::is_floating_point_v<T>) {
      FloatCompare(values, rows, compare.op, static_cast<T>(std::get<double>(compare.value)), out);
    } else {
      IntCompare(values, rows, compare.op, std::get<int64_t>(compare.value), out);
    }
  });
}

void RangeBits(const ColumnView& column, BlockRows rows, const plan::RangeExpr& range, RowBits* out) {
  WithValues(column, rows, [&]<class T>(const T* values) {
    if constexpr (std::is_same_v<T, uint8_t>) {
      FillAll(rows, false, out);
    } else if constexpr (std::is_floating_point_v<T>) {
      const T lower = static_cast<T>(std::get<double>(range.lower));
      const T upper = static_cast<T>(std::get<double>(range.upper));
      const bool with_lower = range.lower_inclusive;
      const bool with_upper = range.upper_inclusive;
      FillBits(
          values, rows.count,
          [=](T v) {
            return (v > lower || (with_lower & (v == lower))) & (v < upper || (with_upper & (v == upper)));
          },
          out);
    } else {
      // An exclusive bound at the end of int64 would not be below (above) the other one, which the binder
      // checked.
      const int64_t lower = std::get<int64_t>(range.lower) + (range.lower_inclusive ? 0 : 1);
      const int64_t upper = std::get<int64_t>(range.upper) - (range.upper_inclusive ? 0 : 1);
      IntBetween(values, rows, lower, upper, out);
    }
  });
}

void CompareColumnsBits(const BlockValues& left, const BlockValues& right, CompareOp op, RowBits* out) {
  if (IsFloating(left.column.type) || IsFloating(right.column.type))
    return CompareWidened<double>(left, right, op, out);
  if (left.column.type == DataType::kBool) {
    // Bytes other than 0 and 1 count as 1.
    return CompareWidened<bool>(left, right, op, out);
  }
  CompareWidened<int64_t>(left, right, op, out);
}

void InBits(const ColumnView& column, BlockRows rows, const plan::ValueSet& values, RowBits* out) {
  WithValues(column, rows, [&]<class T>(const T* v) {
    if constexpr (std::is_same_v<T, uint8_t>) {
      const bool of_true = values.ContainsBool(true);
      const bool of_false = values.ContainsBool(false);
      FillBits(
          v, rows.count, [=](uint8_t b) { return b != 0 ? of_true : of_false; }, out);
    } else if constexpr (std::is_floating_point_v<T>) {
      FillBits(
          v, rows.count, [&](T d) { return values.ContainsDouble(static_cast<double>(d)); }, out);
    } else if (values.ints().size() == 1) {
      IntCompare(v, rows, CompareOp::kEq, values.ints()[0], out);
    } else {
      FillBits(
          v, rows.count, [&](T i) { return values.ContainsInt(i); }, out);
    }
  });
}

void IntervalBits(const ColumnView& column, BlockRows rows, const plan::IntervalSet& values, RowBits* out) {
  WithValues(column, rows, [&]<class T>(const T* v) {
    if constexpr (std::is_same_v<T, uint8_t>) {
      FillAll(rows, false, out);
    } else if constexpr (std::is_floating_point_v<T>) {
      FillBits(
          v, rows.count, [&](T d) { return values.ContainsDouble(static_cast<double>(d)); }, out);
    } else {
      FillBits(
          v, rows.count, [&](T i) { return values.ContainsInt(i); }, out);
    }
  });
}

}  // namespace redkite::exec
