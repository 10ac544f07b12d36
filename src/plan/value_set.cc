#include "plan/value_set.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace redkite::plan {
namespace {

/// -0 and +0 are one value and get one key.
int64_t DoubleKey(double v) { return std::bit_cast<int64_t>(v == 0 ? 0.0 : v); }

template <class T>
void SortUnique(std::vector<T>* values) {
  std::sort(values->begin(), values->end());
  values->erase(std::unique(values->begin(), values->end()), values->end());
}

uint32_t TextHash(std::string_view text) {
  const size_t h = std::hash<std::string_view>()(text);
  return static_cast<uint32_t>(h ^ (h >> 32));
}

}  // namespace

void TextPool::SortUnique() {
  std::sort(spans_.begin(), spans_.end(), [this](Span a, Span b) { return TextOf(a) < TextOf(b); });
  const auto same = [this](Span a, Span b) { return TextOf(a) == TextOf(b); };
  spans_.erase(std::unique(spans_.begin(), spans_.end(), same), spans_.end());
}

void KeyTable::Build(const std::vector<int64_t>& keys) {
  slots_.assign(std::bit_ceil(keys.size() * 2 + 2), kEmpty);
  mask_ = slots_.size() - 1;
  shift_ = 64 - std::countr_zero(slots_.size());
  has_empty_key_ = false;
  for (int64_t key : keys) {
    if (key == kEmpty) {
      has_empty_key_ = true;
      continue;
    }
    uint64_t i = Home(key);
    while (slots_[i] != kEmpty) i = (i + 1) & mask_;
    slots_[i] = key;
  }
}

void ValueSet::Merge(const ValueSet& other) {
  has_true_ |= other.has_true_;
  has_false_ |= other.has_false_;
  ints_.insert(ints_.end(), other.ints_.begin(), other.ints_.end());
  doubles_.insert(doubles_.end(), other.doubles_.begin(), other.doubles_.end());
  for (const std::string_view text : other.texts_) texts_.Append(text);
}

void ValueSet::Seal() {
  SortUnique(&ints_);
  SortUnique(&doubles_);
  texts_.SortUnique();
  BuildIntTables();
  std::vector<int64_t> keys;
  keys.reserve(doubles_.size());
  for (double v : doubles_) keys.push_back(DoubleKey(v));
  SortUnique(&keys);
  double_table_.Build(keys);
  BuildTextTable();
}

void ValueSet::BuildIntTables() {
  bitmap_.clear();
  if (ints_.empty()) {
    min_int_ = 0;
    max_int_ = -1;
    return;
  }
  min_int_ = ints_.front();
  max_int_ = ints_.back();
  // A bitmap is smaller than the table up to 128 bits per value.
  const uint64_t span = static_cast<uint64_t>(max_int_) - static_cast<uint64_t>(min_int_);
  if (span / 128 < ints_.size() && span < (uint64_t{1} << 40)) {
    bitmap_.assign(span / 64 + 1, 0);
    for (int64_t v : ints_) {
      const uint64_t at = static_cast<uint64_t>(v) - static_cast<uint64_t>(min_int_);
      bitmap_[at >> 6] |= uint64_t{1} << (at & 63);
    }
  } else {
    int_table_.Build(ints_);
  }
}

void ValueSet::BuildTextTable() {
  text_slots_.assign(texts_.empty() ? 0 : std::bit_ceil(texts_.size() * 2 + 1), {});
  const size_t mask = text_slots_.size() - 1;
  for (size_t t = 0; t < texts_.size(); ++t) {
    const uint32_t hash = TextHash(texts_[t]);
    size_t i = hash & mask;
    while (text_slots_[i].index_plus_1 != 0) i = (i + 1) & mask;
    text_slots_[i] = {hash, static_cast<uint32_t>(t + 1)};
  }
}

bool ValueSet::ContainsDouble(double v) const { return double_table_.Contains(DoubleKey(v)); }

size_t ValueSet::FindText(std::string_view v) const {
  if (text_slots_.empty()) return kNone;
  const uint32_t hash = TextHash(v);
  const size_t mask = text_slots_.size() - 1;
  for (size_t i = hash & mask; text_slots_[i].index_plus_1 != 0; i = (i + 1) & mask) {
    const size_t place = text_slots_[i].index_plus_1 - 1;
    if (text_slots_[i].hash == hash && texts_[place] == v) return place;
  }
  return kNone;
}

}  // namespace redkite::plan
