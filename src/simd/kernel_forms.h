// The single, gathered and block form of a kernel, made from a measure: what one instruction set does with
// one register of a query and one of a row. Each row has two partial sums whatever the form, so that all
// forms round alike; the batched forms take four rows at a time, which shares the loads of the query and
// hides the latency of the sums.
//
// A measure has: kBytes, what a register takes in; Load and LoadTail (fewer bytes, zeros behind them); Sum
// with Zero, Add(sum, query, row), Join and Finish (four sums to four floats); QuerySum with See(sum, query),
// where the result needs something of the query alone, else NothingSeen. Everything is of internal linkage:
// each file that includes this is compiled for another instruction set.
#pragma once

#include "simd/distance.h"

namespace redkite::simd {
namespace {

constexpr size_t kTile = 4;           // rows at a time
constexpr size_t kPrefetchAhead = 8;  // rows

/// For measures that need nothing of the query alone.
struct NothingSeen {
  template <class Register>
  static NothingSeen See(NothingSeen seen, Register) {
    return seen;
  }
};

/// The distances of `query` to rows r[0..kRows), in the lower lanes. Always inline: the count of distinct
/// rows is known at the call.
template <class M, size_t kRows>
inline __attribute__((always_inline)) auto Tile(const char* query, const char* const* r, size_t bytes) {
  typename M::Sum even[kTile], odd[kTile];
  for (size_t j = 0; j < kTile; ++j) even[j] = odd[j] = M::Zero();
  typename M::QuerySum seen{};
  size_t i = 0;
  for (; i + 2 * M::kBytes <= bytes; i += 2 * M::kBytes) {
    const auto q0 = M::Load(query + i);
    const auto q1 = M::Load(query + i + M::kBytes);
    seen = M::See(M::See(seen, q0), q1);
    for (size_t j = 0; j < kRows; ++j) {
      even[j] = M::Add(even[j], q0, M::Load(r[j] + i));
      odd[j] = M::Add(odd[j], q1, M::Load(r[j] + i + M::kBytes));
    }
  }
  if (i + M::kBytes <= bytes) {
    const auto q0 = M::Load(query + i);
    seen = M::See(seen, q0);
    for (size_t j = 0; j < kRows; ++j) even[j] = M::Add(even[j], q0, M::Load(r[j] + i));
    i += M::kBytes;
  }
  if (i < bytes) {
    const auto q0 = M::LoadTail(query + i, bytes - i);
    seen = M::See(seen, q0);
    for (size_t j = 0; j < kRows; ++j) odd[j] = M::Add(odd[j], q0, M::LoadTail(r[j] + i, bytes - i));
  }
  for (size_t j = 0; j < kTile; ++j) even[j] = M::Join(even[j], odd[j]);
  return M::Finish(even, seen);
}

template <class M>
struct Forms {
  static float One(const void* query, const void* row, size_t row_bytes) {
    const char* const r = static_cast<const char*>(row);
    return Tile<M, 1>(static_cast<const char*>(query), &r, row_bytes)[0];
  }

  static void Gather(const void* query, Rows rows, const uint32_t* ids, size_t count, float* out) {
    const size_t bytes = rows.row_bytes;
    const char* const q = static_cast<const char*>(query);
    const char* const data = reinterpret_cast<const char*>(rows.data);
    const auto row = [&](size_t i) { return data + ids[i] * bytes; };
    for (size_t i = 0; i < count && i < kPrefetchAhead; ++i) Prefetch(row(i), bytes);
    size_t i = 0;
    for (; i + kTile <= count; i += kTile) {
      for (size_t j = i + kPrefetchAhead; j < i + kPrefetchAhead + kTile && j < count; ++j)
        Prefetch(row(j), bytes);
      const char* const r[kTile] = {row(i), row(i + 1), row(i + 2), row(i + 3)};
      const auto v = Tile<M, kTile>(q, r, bytes);
      __builtin_memcpy(out + i, &v, sizeof v);
    }
    for (; i < count; ++i) out[i] = One(query, row(i), bytes);
  }

  static void Block(const void* query, Rows rows, size_t count, float* out) {
    const size_t bytes = rows.row_bytes;
    const char* const q = static_cast<const char*>(query);
    const char* row = reinterpret_cast<const char*>(rows.data);
    size_t i = 0;
    for (; i + kTile <= count; i += kTile, row += kTile * bytes) {
      const char* const r[kTile] = {row, row + bytes, row + 2 * bytes, row + 3 * bytes};
      const auto v = Tile<M, kTile>(q, r, bytes);
      __builtin_memcpy(out + i, &v, sizeof v);
    }
    for (; i < count; ++i, row += bytes) out[i] = One(query, row, bytes);
  }

  static constexpr DistanceKernel kKernel{One, Gather, Block};
};

}  // namespace
}  // namespace redkite::simd
