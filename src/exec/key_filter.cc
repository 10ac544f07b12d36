#include "exec/key_filter.h"

#include <bit>

namespace redkite::exec {

using segment::PrimaryKey;

PrimaryKey KeyOf(const Segments& segments, const RowRef& ref) {
  const segment::RowBlock& block = segments[ref.segment]->BlockOf(ref.row);
  return PrimaryKey::At(block.pk, ref.row - block.first_row);
}

bool KeyFilter::DropRepeated(const Segments& segments, std::vector<ScoredRow>* hits) {
  StartRound(hits->size());
  const size_t before = hits->size();
  std::erase_if(*hits, [&](const ScoredRow& hit) {
    const PrimaryKey key = KeyOf(segments, hit.ref);
    const Place place{hit.ref, hit.element};
    if (!key.is_text) return !InsertNumber(key.number, place);
    const auto [first, is_new] = texts_.try_emplace(key.text, place);
    return !is_new && !first->second.IsOtherElement(place);
  });
  return hits->size() != before;
}

void KeyFilter::StartRound(size_t keys) {
  texts_.clear();
  const size_t wanted = std::bit_ceil(keys * 2 + 2);
  if (wanted > slots_.size() || ++round_ == 0) {
    slots_.assign(std::max(wanted, slots_.size()), Slot());
    shift_ = 64 - std::countr_zero(slots_.size());
    round_ = 1;
  }
}

// Multiplicative hashing: the top bits of the product (D. Knuth, TAOCP 3, 6.4).
bool KeyFilter::InsertNumber(int64_t key, const Place& place) {
  const size_t mask = slots_.size() - 1;
  size_t i = (static_cast<uint64_t>(key) * 0x9e3779b97f4a7c15u) >> shift_;
  for (; slots_[i].round == round_; i = (i + 1) & mask) {
    if (slots_[i].key == key) return slots_[i].first.IsOtherElement(place);
  }
  slots_[i] = {key, round_, place};
  return true;
}

}  // namespace redkite::exec
