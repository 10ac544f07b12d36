#include "index/hnsw_builder.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "index/hnsw_index.h"

namespace redkite::index {
namespace {

constexpr int kMaxLevel = 30;
constexpr size_t kSelectedPerCheck = 4;  // chosen links compared at once with a candidate

uint64_t PackEntry(int level, RowOffset row) { return (static_cast<uint64_t>(level) << 32) | row; }
int EntryLevel(uint64_t entry) { return static_cast<int>(entry >> 32); }
RowOffset EntryRow(uint64_t entry) { return static_cast<RowOffset>(entry); }

void StoreLink(uint32_t* link, uint32_t value) { __atomic_store_n(link, value, __ATOMIC_RELEASE); }

template <class T>
T* As(AlignedBuffer& buffer) {
  return reinterpret_cast<T*>(buffer.data());
}

}  // namespace

HnswBuilder::HnswBuilder(const IndexSpec& spec, const VectorView& vectors)
    : spec_(spec),
      vectors_(vectors),
      inverse_norms_(spec.metric == Metric::kCosine ? vectors.rows * sizeof(float) : 0),
      upper_slot_(vectors.rows * sizeof(uint32_t)),
      levels_(vectors.rows),
      scorer_(vectors, spec.metric, As<float>(inverse_norms_)),
      scratch_pool_(vectors.rows, LinkStride(MaxLinks(spec.m, 0, vectors.rows)) + 1) {
  graph_.rows = vectors.rows;
  graph_.base_stride = LinkStride(MaxLinks(spec.m, 0, vectors.rows));
  graph_.upper_stride = LinkStride(MaxLinks(spec.m, 1, vectors.rows));
  DrawLevels();
  base_links_ = AlignedBuffer(vectors.rows * graph_.base_stride * sizeof(uint32_t));
  upper_links_ = AlignedBuffer(graph_.upper_slot_count * graph_.upper_stride * sizeof(uint32_t));
  graph_.base_links = As<uint32_t>(base_links_);
  graph_.upper_slot = As<uint32_t>(upper_slot_);
  graph_.upper_links = As<uint32_t>(upper_links_);
}

void HnswBuilder::DrawLevels() {
  Random random(spec_.seed);
  const double multiplier = 1.0 / std::log(std::max(2, spec_.m));
  uint32_t* slot = As<uint32_t>(upper_slot_);
  for (size_t row = 0; row < vectors_.rows; ++row) {
    const double level = -std::log(1.0 - random.Unit()) * multiplier;
    levels_[row] = static_cast<uint8_t>(std::min<double>(level, kMaxLevel));
    slot[row] = levels_[row] == 0 ? kNoLink : static_cast<uint32_t>(graph_.upper_slot_count);
    graph_.upper_slot_count += levels_[row];
  }
}

uint32_t* HnswBuilder::MutableLinks(RowOffset row, int level) {
  return const_cast<uint32_t*>(graph_.Links(row, level));
}

bool HnswBuilder::Step(size_t row_count) {
  const size_t first = next_row_.fetch_add(row_count, std::memory_order_relaxed);
  if (first >= vectors_.rows) return false;
  const size_t end = std::min(vectors_.rows, first + row_count);
  ScratchLease scratch(&scratch_pool_);
  for (size_t row = first; row < end; ++row) {
    InsertRow(static_cast<RowOffset>(row), scratch.get());
    rows_done_.fetch_add(1, std::memory_order_release);
  }
  return true;
}

void HnswBuilder::InsertRow(RowOffset row, SearchScratch* scratch) {
  const bool null = vectors_.IsNull(row);
  if (spec_.metric == Metric::kCosine) {
    As<float>(inverse_norms_)[row] = null ? 0 : scorer_.InverseNormOf(vectors_.Row(row));
  }
  const int level = LevelOf(row);
  for (int l = 0; l <= level; ++l) std::fill_n(MutableLinks(row, l), graph_.Stride(l), kNoLink);
  if (null) return;  // no walk leads there
  uint64_t entry = entry_.load(std::memory_order_acquire);
  if (entry != kNoEntry && level <= EntryLevel(entry)) return InsertBelow(entry, row, scratch);
  // The row becomes the entry: one at a time, so that two of them link to each other.
  MutexLock lock(entry_mutex_);
  entry = entry_.load(std::memory_order_acquire);
  if (entry != kNoEntry) InsertBelow(entry, row, scratch);
  if (entry == kNoEntry || level > EntryLevel(entry))
    entry_.store(PackEntry(level, row), std::memory_order_release);
}

/// Links `row` on every level that both it and the graph have.
void HnswBuilder::InsertBelow(uint64_t entry, RowOffset row, SearchScratch* scratch) {
  SearchStats stats;
  const Walk walk{graph_, scorer_, scorer_.PrepareRow(row), scratch, &stats};
  const int top = std::min(LevelOf(row), EntryLevel(entry));
  Ranked nearest = walk.Rank(EntryRow(entry));
  for (int level = EntryLevel(entry); level > top; --level) nearest = WalkGreedily(walk, level, nearest);
  const size_t ef = std::min<size_t>(std::max(spec_.ef_construction, spec_.m), vectors_.rows);
  scratch->chosen.clear();
  scratch->chosen_end.clear();
  for (int level = top; level >= 0; --level) {
    WalkBestFirst(walk, level, nearest, ef);
    nearest = *scratch->pool.begin() & ~Ranked{1};
    scratch->candidates.assign(scratch->pool.begin(), scratch->pool.end());
    SelectNeighbours(scratch->candidates, MaxLinks(spec_.m, 1, vectors_.rows), scratch);
    std::copy(scratch->selected.begin(), scratch->selected.end(), MutableLinks(row, level));
    scratch->chosen.insert(scratch->chosen.end(), scratch->selected.begin(), scratch->selected.end());
    scratch->chosen_end.push_back(scratch->chosen.size());
  }
  // All own lists stand; now the row becomes visible.
  size_t next = 0;
  for (int level = top; level >= 0; --level) {
    const size_t end = scratch->chosen_end[static_cast<size_t>(top - level)];
    for (; next < end; ++next) Connect(scratch->chosen[next], row, level, scratch);
  }
}

/// Adds the link from -> to; a full list is chosen anew from its links and the new one.
void HnswBuilder::Connect(RowOffset from, RowOffset to, int level, SearchScratch* scratch) {
  const size_t most = MaxLinks(spec_.m, level, vectors_.rows);
  uint32_t* links = MutableLinks(from, level);
  MutexLock lock(list_mutexes_[from % kLockCount]);
  size_t count = 0;
  while (count < most && links[count] != kNoLink) ++count;
  if (count < most) return StoreLink(links + count, to);

  RowOffset* ids = scratch->ids.data();
  std::copy_n(links, count, ids);
  ids[count++] = to;
  scorer_.Gather(scorer_.PrepareRow(from), ids, count, scratch->distances.data());
  scratch->candidates.clear();
  for (size_t i = 0; i < count; ++i) scratch->candidates.push_back(MakeRanked(scratch->distances[i], ids[i]));
  std::sort(scratch->candidates.begin(), scratch->candidates.end());
  SelectNeighbours(scratch->candidates, most, scratch);
  for (size_t i = 0; i < most; ++i) {
    StoreLink(links + i, i < scratch->selected.size() ? scratch->selected[i] : kNoLink);
  }
}

/// Algorithm 4: of the candidates, best first, those that are nearer to the base row than to any one chosen
/// before. Few enough are all taken.
void HnswBuilder::SelectNeighbours(const std::vector<Ranked>& candidates, size_t most,
                                   SearchScratch* scratch) {
  std::vector<RowOffset>& selected = scratch->selected;
  selected.clear();
  for (const Ranked candidate : candidates) {
    if (selected.size() == most) break;
    if (candidates.size() <= most || IsDiverse(candidate, selected.data(), selected.size(), scratch)) {
      selected.push_back(RowOf(candidate));
    }
  }
}

bool HnswBuilder::IsDiverse(Ranked candidate, const RowOffset* selected, size_t count,
                            SearchScratch* scratch) const {
  const Scorer::Query query = scorer_.PrepareRow(RowOf(candidate));
  const float to_base = DistanceOf(candidate);
  for (size_t i = 0; i < count; i += kSelectedPerCheck) {
    const size_t n = std::min(kSelectedPerCheck, count - i);
    scorer_.Gather(query, selected + i, n, scratch->distances.data());
    for (size_t j = 0; j < n; ++j) {
      if (scratch->distances[j] < to_base) return false;
    }
  }
  return true;
}

Result<std::unique_ptr<AnyIndex>> HnswBuilder::Finish() {
  if (rows_done() != vectors_.rows) {
    return Status::Internal("index build finished before all rows were inserted: " +
                            std::to_string(rows_done()));
  }
  const uint64_t entry = entry_.load(std::memory_order_acquire);
  graph_.entry = entry == kNoEntry ? 0 : EntryRow(entry);
  graph_.max_level = entry == kNoEntry ? 0 : EntryLevel(entry);
  HnswIndex::Parts parts{graph_, std::move(base_links_), std::move(upper_slot_), std::move(upper_links_),
                         std::move(inverse_norms_)};
  return std::unique_ptr<AnyIndex>(std::make_unique<HnswIndex>(spec_, vectors_, std::move(parts)));
}

size_t HnswBuilder::memory_bytes() const {
  return base_links_.size() + upper_slot_.size() + upper_links_.size() + inverse_norms_.size() +
         levels_.size();
}

}  // namespace redkite::index
