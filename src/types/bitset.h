// ExcludeBitset: one meaning everywhere: bit 1 = the row is excluded. A set of rows to keep is another type
// (RowBits in exec); there is never a bare flip. Bits beyond size() in the last word are 0. Thread safety:
// plain data.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace redkite {

inline constexpr size_t BitWords(size_t bits) { return (bits + 63) / 64; }

/// Borrowed exclusion bits; without words nothing is excluded.
struct ExcludeView {
  const uint64_t* words = nullptr;
  size_t size = 0;
  bool Test(size_t row) const { return words != nullptr && ((words[row >> 6] >> (row & 63)) & 1) != 0; }
  bool empty() const { return words == nullptr; }
};

class ExcludeBitset {
 public:
  ExcludeBitset() = default;
  explicit ExcludeBitset(size_t size) : size_(size), words_(BitWords(size), 0) {}
  size_t size() const { return size_; }
  bool Test(size_t row) const { return ((words_[row >> 6] >> (row & 63)) & 1) != 0; }
  void Exclude(size_t row) {
    DCHECK(row < size_);
    words_[row >> 6] |= uint64_t{1} << (row & 63);
  }
  void ExcludeAll() {
    for (uint64_t& w : words_) w = ~uint64_t{0};
    ClearTail();
  }
  /// Excludes what `other` excludes too. Sizes are equal.
  void Add(const ExcludeBitset& other) {
    DCHECK(other.size_ == size_);
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  size_t CountExcluded() const {
    size_t n = 0;
    for (uint64_t w : words_) n += static_cast<size_t>(std::popcount(w));
    return n;
  }
  size_t CountKept() const { return size_ - CountExcluded(); }
  std::vector<uint64_t>& words() { return words_; }
  const std::vector<uint64_t>& words() const { return words_; }
  ExcludeView view() const { return {words_.data(), size_}; }
  /// Must follow any direct write to words() that may have set bits beyond size().
  void ClearTail() {
    if ((size_ & 63) != 0 && !words_.empty()) words_.back() &= (uint64_t{1} << (size_ & 63)) - 1;
  }

 private:
  size_t size_ = 0;
  std::vector<uint64_t> words_;
};

}  // namespace redkite
