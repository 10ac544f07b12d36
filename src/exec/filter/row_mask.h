// RowMask: three truth values for the rows of one block, as two disjoint bit sets; a row in neither is
// unknown. BlockRows: which rows of the columns a block covers. Thread safety: plain data. Size: 1 KiB, made
// for the stack.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "types/bitset.h"
#include "types/column.h"

namespace redkite::exec {

inline constexpr size_t kFilterBlockRows = 4096;
inline constexpr size_t kFilterBlockWords = kFilterBlockRows / 64;

/// One bit per row of a block.
struct RowBits {
  uint64_t words[kFilterBlockWords];
};

struct RowMask {
  RowBits is_true;
  RowBits is_false;

  void Negate() { std::swap(is_true, is_false); }
};

struct BlockRows {
  size_t begin = 0;  // a multiple of 64
  size_t count = 0;
  size_t words() const { return BitWords(count); }
};

/// The values of a column for the rows of a block.
struct BlockValues {
  ColumnView column;
  BlockRows rows;  // where they are in it
  uint64_t ValidWord(size_t word) const {
    return column.validity == nullptr ? ~uint64_t{0} : column.validity[rows.begin / 64 + word];
  }
};

/// Calls `visit(row in block)` for each bit of `bits`.
template <class Visit>
void ForEachRow(const RowBits& bits, size_t words, Visit visit) {
  for (size_t w = 0; w < words; ++w) {
    for (uint64_t rest = bits.words[w]; rest != 0; rest &= rest - 1) {
      visit(w * 64 + static_cast<size_t>(std::countr_zero(rest)));
    }
  }
}

}  // namespace redkite::exec
