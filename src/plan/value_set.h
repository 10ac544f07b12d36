// ValueSet: the constants of an `in` list, ready for look-ups: one hash probe, whatever the length of the
// list.
//
// Integers and doubles share one open-addressing table of 64-bit keys (doubles by their bits, -0 stored as
// +0); texts are found by hash and compared once. A set for a JSON path may hold several kinds; one for a
// column holds the column's kind. Thread safety: immutable after Seal(). Owns its texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redkite::plan {

/// Open addressing over 64-bit keys, load at most 1/2.
class KeyTable {
 public:
  /// `keys` are distinct.
  void Build(const std::vector<int64_t>& keys);
  bool Contains(int64_t key) const {
    if (slots_.empty()) return false;
    for (uint64_t i = Home(key);; i = (i + 1) & mask_) {
      if (slots_[i] == key) return key != kEmpty || has_empty_key_;
      if (slots_[i] == kEmpty) return false;
    }
  }

 private:
  static constexpr int64_t kEmpty = INT64_MIN + 0x5bd1e995;
  /// Multiplicative hashing: the top bits of the product (D. Knuth, TAOCP 3, 6.4).
  uint64_t Home(int64_t key) const { return (static_cast<uint64_t>(key) * 0x9e3779b97f4a7c15u) >> shift_; }
  std::vector<int64_t> slots_;
  uint64_t mask_ = 0;
  int shift_ = 63;
  bool has_empty_key_ = false;
};

/// Texts behind one another: a million short ones take their bytes and eight each, not a string each.
class TextPool {
 public:
  class Iterator {  // for loops over a range
   public:
    Iterator(const TextPool* pool, size_t at) : pool_(pool), at_(at) {}
    std::string_view operator*() const { return (*pool_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const TextPool* pool_;
    size_t at_;
  };
  /// All texts together have less than 4 GiB: they come from one request.
  void Append(std::string_view text) {
    spans_.push_back({static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(text.size())});
    bytes_.append(text);
  }
  /// Where the bytes are does not change.
  void SortUnique();
  size_t size() const { return spans_.size(); }
  bool empty() const { return spans_.empty(); }
  std::string_view operator[](size_t i) const { return TextOf(spans_[i]); }
  std::vector<std::string> Strings() const {
    std::vector<std::string> out;
    out.reserve(size());
    for (const Span span : spans_) out.emplace_back(TextOf(span));
    return out;
  }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

 private:
  struct Span {
    uint32_t begin;
    uint32_t size;
  };
  std::string_view TextOf(Span span) const { return {bytes_.data() + span.begin, span.size}; }
  std::string bytes_;
  std::vector<Span> spans_;
};

class ValueSet {
 public:
  static constexpr size_t kNone = std::string_view::npos;

  void AddBool(bool v) { (v ? has_true_ : has_false_) = true; }
  void AddInt(int64_t v) { ints_.push_back(v); }
  /// Not-a-number equals nothing, and has no place in an order.
  void AddDouble(double v) {
    if (v == v) doubles_.push_back(v);
  }
  void AddText(std::string_view v) { texts_.Append(v); }
  /// The first texts, without a copy of them.
  void TakeTexts(TextPool texts) { texts_ = std::move(texts); }
  /// Takes over the values of `other`; Seal() must follow.
  void Merge(const ValueSet& other);
  /// Sorts, drops duplicates and builds the tables. Must follow the last Add.
  void Seal();

  bool ContainsBool(bool v) const { return v ? has_true_ : has_false_; }
  bool ContainsInt(int64_t v) const {
    return v >= min_int_ && v <= max_int_ && (!bitmap_.empty() ? TestBitmap(v) : int_table_.Contains(v));
  }
  bool ContainsDouble(double v) const;
  bool ContainsText(std::string_view v) const { return FindText(v) != kNone; }
  /// Its place among texts(), or kNone.
  size_t FindText(std::string_view v) const;

  bool has_bools() const { return has_true_ || has_false_; }
  /// Sorted, distinct.
  const std::vector<int64_t>& ints() const { return ints_; }
  const std::vector<double>& doubles() const { return doubles_; }
  const TextPool& texts() const { return texts_; }
  bool empty() const { return !has_bools() && ints_.empty() && doubles_.empty() && texts_.empty(); }
  size_t size() const { return ints_.size() + doubles_.size() + texts_.size() + has_true_ + has_false_; }

 private:
  bool TestBitmap(int64_t v) const {
    const uint64_t at = static_cast<uint64_t>(v) - static_cast<uint64_t>(min_int_);
    return ((bitmap_[at >> 6] >> (at & 63)) & 1) != 0;
  }
  void BuildIntTables();
  void BuildTextTable();

  bool has_true_ = false;
  bool has_false_ = false;
  std::vector<int64_t> ints_;
  std::vector<double> doubles_;
  TextPool texts_;
  int64_t min_int_ = 0;  // min > max while there are no ints
  int64_t max_int_ = -1;
  std::vector<uint64_t> bitmap_;  // dense integers, bit 0 = min_int_
  KeyTable int_table_;
  KeyTable double_table_;
  struct TextSlot {
    uint32_t hash = 0;
    uint32_t index_plus_1 = 0;
  };
  std::vector<TextSlot> text_slots_;
};

}  // namespace redkite::plan
