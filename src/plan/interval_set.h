// IntervalSet: the values of one column that lie in any of many ranges: one binary search, whatever their
// number.
//
// Held as a sorted list of boundaries between values; a value is in the set when an odd number of them lies
// before it. So an interval needs no end (the last boundary may open one), a point is two boundaries, and the
// set operations are sweeps. Thread safety: immutable after Seal(). Owns its texts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "plan/value_set.h"

namespace redkite::plan {

/// Between values: just before `value`, or just after it.
template <class T>
struct Boundary {
  T value;
  bool after = false;
  bool operator==(const Boundary&) const = default;
  bool operator<(const Boundary& o) const {
    return value < o.value || (!(o.value < value) && after < o.after);
  }
};

/// Boundaries of disjoint intervals, ascending, alternately opening and closing.
template <class T>
using Boundaries = std::vector<Boundary<T>>;

/// Of all `sets` together; each is ascending.
template <class T>
Boundaries<T> Unite(const std::vector<Boundaries<T>>& sets);
/// The values that are not in `set`. `bottom` is the smallest value there is.
template <class T>
Boundaries<T> Complement(Boundaries<T> set, const T& bottom);
template <class T>
Boundaries<T> Intersect(const std::vector<Boundaries<T>>& sets, const T& bottom);

class IntervalSet {
 public:
  explicit IntervalSet(Boundaries<int64_t> ints);
  explicit IntervalSet(Boundaries<double> doubles);
  explicit IntervalSet(Boundaries<std::string> texts) : texts_(std::move(texts)) {}

  bool ContainsInt(int64_t v) const { return CountUpTo(ints_, v) % 2 != 0; }
  /// Never for a NaN.
  bool ContainsDouble(double v) const { return v == v && CountUpTo(doubles_, v) % 2 != 0; }
  bool ContainsText(std::string_view v) const;
  size_t interval_count() const { return (ints_.size() + doubles_.size() + texts_.size() + 1) / 2; }

 private:
  /// `starts` are the first values behind the boundaries.
  template <class T>
  static size_t CountUpTo(const std::vector<T>& starts, T v) {
    // Without branches: the data decides nothing that a processor could foresee.
    const T* base = starts.data();
    size_t n = starts.size();
    while (n > 1) {
      const size_t half = n / 2;
      base += base[half - 1] <= v ? half : 0;
      n -= half;
    }
    return static_cast<size_t>(base - starts.data()) + (n == 1 && *base <= v ? 1 : 0);
  }

  std::vector<int64_t> ints_;
  std::vector<double> doubles_;
  Boundaries<std::string> texts_;
};

}  // namespace redkite::plan
