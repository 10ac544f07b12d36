#include "exec/filter/json_numbers.h"

#include <algorithm>
#include <span>
#include <utility>

#include "exec/filter/json_cell.h"
#include "exec/filter/json_predicate.h"
#include "exec/filter/scalar_kernels.h"

namespace redkite::exec {
namespace {

using plan::CompareOp;
using plan::Literal;
using segment::JsonPathChunk;

struct Bound {
  CompareOp op;
  Literal value;
};

ColumnView ViewOf(DataType type, const void* values, size_t count) {
  ColumnView view;
  view.type = type;
  view.row_count = count;
  view.data = static_cast<const std::byte*>(values);
  return view;
}

plan::CompareExpr Comparison(CompareOp op, Literal value) {
  plan::CompareExpr compare;
  compare.op = op;
  compare.value = std::move(value);
  return compare;
}

/// Bits of the cells that satisfy the bound if they are of this kind.
void BoundBits(const Bound& bound, JsonKind kind, const JsonPathChunk& chunk, size_t count, RowBits* out) {
  const BlockRows rows{0, count};
  if (kind == JsonKind::kInt && std::holds_alternative<int64_t>(bound.value)) {
    return CompareBits(ViewOf(DataType::kInt64, chunk.values.data(), count), rows,
                       Comparison(bound.op, bound.value), out);
  }
  const plan::CompareExpr compare = Comparison(bound.op, NumberOf(bound.value));
  if (kind == JsonKind::kDouble) {
    return CompareBits(ViewOf(DataType::kDouble, chunk.values.data(), count), rows, compare, out);
  }
  double widened[segment::kJsonChunkRows];
  for (size_t i = 0; i < count; ++i) widened[i] = static_cast<double>(static_cast<int64_t>(chunk.values[i]));
  CompareBits(ViewOf(DataType::kDouble, widened, count), rows, compare, out);
}

/// Adds the rows of one kind for which all bounds hold, and those for which not.
void AddKind(std::span<const Bound> bounds, JsonKind kind, const JsonPathChunk& chunk, BlockRows rows,
             RowMask* out) {
  RowBits of_kind, hold, next;
  if ((chunk.present & ~KindBit(kind)) == 0) {
    std::fill_n(of_kind.words, rows.words(), ~uint64_t{0});
  } else {
    CompareBits(ViewOf(DataType::kInt8, chunk.kinds.data(), rows.count), {0, rows.count},
                Comparison(CompareOp::kEq, static_cast<int64_t>(kind)), &of_kind);
  }
  BoundBits(bounds[0], kind, chunk, rows.count, &hold);
  for (const Bound& bound : bounds.subspan(1)) {
    BoundBits(bound, kind, chunk, rows.count, &next);
    for (size_t w = 0; w < rows.words(); ++w) hold.words[w] &= next.words[w];
  }
  for (size_t w = 0; w < rows.words(); ++w) {
    out->is_true.words[w] |= hold.words[w] & of_kind.words[w];
    out->is_false.words[w] |= ~hold.words[w] & of_kind.words[w];
  }
}

bool AllHold(std::span<const Bound> bounds, const JsonPathChunk& chunk, BlockRows rows, RowMask* out) {
  if ((chunk.present & KindBit(JsonKind::kUint)) != 0) return false;
  std::fill_n(out->is_true.words, rows.words(), 0);
  std::fill_n(out->is_false.words, rows.words(), 0);
  for (JsonKind kind : {JsonKind::kInt, JsonKind::kDouble}) {
    if ((chunk.present & KindBit(kind)) != 0) AddKind(bounds, kind, chunk, rows, out);
  }
  return true;
}

}  // namespace

bool CompareJsonNumbers(const plan::CompareExpr& compare, const JsonPathChunk& chunk, BlockRows rows,
                        RowMask* out) {
  if (compare.arithmetic || !IsNumber(compare.value)) return false;
  const Bound bound{compare.op, compare.value};
  return AllHold({&bound, 1}, chunk, rows, out);
}

bool JsonNumbersInRange(const plan::RangeExpr& range, const JsonPathChunk& chunk, BlockRows rows,
                        RowMask* out) {
  if (!IsNumber(range.lower)) return false;
  const Bound bounds[] = {{range.lower_inclusive ? CompareOp::kGe : CompareOp::kGt, range.lower},
                          {range.upper_inclusive ? CompareOp::kLe : CompareOp::kLt, range.upper}};
  return AllHold(bounds, chunk, rows, out);
}

}  // namespace redkite::exec
