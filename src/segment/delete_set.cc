#include "segment/delete_set.h"

#include <algorithm>

namespace redkite::segment {

template <class F>
void DeleteSet::ForEachFrom(size_t start, F f) const {
  size_t at = 0;
  for (const Run& run : runs_) {
    for (size_t i = start > at ? std::min(start - at, run->size()) : 0; i < run->size(); ++i) f((*run)[i]);
    at += run->size();
  }
}

bool DeleteSet::IsDeleted(RowOffset row) const {
  if (bitmap_ && row < bitmap_->size() && bitmap_->Test(row)) return true;
  bool found = false;
  ForEachFrom(bitmap_count_, [&](const DeleteEntry& e) { found = found || e.row == row; });
  return found;
}

std::shared_ptr<const DeleteSet> DeleteSet::With(std::span<const DeleteEntry> entries,
                                                 size_t row_count) const {
  auto next = std::make_shared<DeleteSet>(*this);
  std::vector<DeleteEntry> fresh;
  fresh.reserve(entries.size());
  if (entries.size() == 1) {
    if (!IsDeleted(entries[0].row)) fresh.push_back(entries[0]);
  } else if (!entries.empty()) {
    // Looking each row up among the entries that no bitmap covers would cost their number for every row.
    ExcludeBitset deleted(row_count);
    if (bitmap_) std::copy(bitmap_->words().begin(), bitmap_->words().end(), deleted.words().begin());
    ForEachFrom(bitmap_count_, [&](const DeleteEntry& e) { deleted.Exclude(e.row); });
    for (const DeleteEntry& e : entries) {
      if (deleted.Test(e.row)) continue;
      deleted.Exclude(e.row);
      fresh.push_back(e);
    }
  }
  if (fresh.empty()) return next;
  next->count_ += fresh.size();
  next->max_ts_ = std::max(max_ts_, fresh.back().ts);
  while (!next->runs_.empty() && next->runs_.back()->size() <= fresh.size()) {
    const auto& last = *next->runs_.back();
    fresh.insert(fresh.begin(), last.begin(), last.end());
    next->runs_.pop_back();
  }
  next->runs_.push_back(std::make_shared<const std::vector<DeleteEntry>>(std::move(fresh)));

  const size_t uncovered = next->count_ - next->bitmap_count_;
  if (uncovered > std::max<size_t>(256, row_count / 256)) {
    auto bitmap = std::make_shared<ExcludeBitset>(row_count);
    if (bitmap_) std::copy(bitmap_->words().begin(), bitmap_->words().end(), bitmap->words().begin());
    next->ForEachFrom(next->bitmap_count_, [&](const DeleteEntry& e) { bitmap->Exclude(e.row); });
    next->bitmap_ = std::move(bitmap);
    next->bitmap_count_ = next->count_;
  }
  return next;
}

void DeleteSet::ExcludeAt(Timestamp read_ts, ExcludeBitset* exclude) const {
  size_t start = 0;
  if (bitmap_ && read_ts >= max_ts_) {
    const auto& words = bitmap_->words();
    for (size_t i = 0; i < words.size(); ++i) exclude->words()[i] |= words[i];
    start = bitmap_count_;
  }
  ForEachFrom(start, [&](const DeleteEntry& e) {
    if (e.ts <= read_ts) exclude->Exclude(e.row);
  });
}

std::vector<DeleteEntry> DeleteSet::Entries(size_t skipped) const {
  std::vector<DeleteEntry> entries;
  entries.reserve(count_ - std::min(skipped, count_));
  ForEachFrom(skipped, [&](const DeleteEntry& e) { entries.push_back(e); });
  return entries;
}

size_t DeleteSet::CountUpTo(Timestamp ts) const {
  size_t count = 0;
  for (const Run& run : runs_) {
    const auto newer = std::upper_bound(run->begin(), run->end(), ts,
                                        [](Timestamp t, const DeleteEntry& e) { return t < e.ts; });
    count += static_cast<size_t>(newer - run->begin());
    if (newer != run->end()) break;
  }
  return count;
}

}  // namespace redkite::segment
