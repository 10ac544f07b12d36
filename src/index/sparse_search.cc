#include "index/sparse_search.h"

#include <algorithm>
#include <bit>

#include "index/best_k.h"
#include "types/sparse_vector.h"

namespace redkite::index {
namespace {

constexpr size_t kRowsPerCheck = 1024;  // rows between two looks at the cancel token
constexpr unsigned kFilterBitsMin = 12;
constexpr unsigned kFilterBitsMax = 20;

struct Term {
  uint32_t index;
  uint32_t query;
  float value;
};

/// The pairs of all queries that add to a product, in the order of (index, query).
std::vector<Term> TermsOf(const SparseBatch& queries) {
  std::vector<Term> terms;
  for (size_t q = 0; q < queries.count; ++q) {
    const auto* const begin = reinterpret_cast<const char*>(queries.bytes) + queries.offsets[q];
    const SparseRow row({begin, queries.offsets[q + 1] - queries.offsets[q]});
    for (size_t i = 0; i < row.size(); ++i) {
      if (row.Value(i) > 0) terms.push_back({row.Index(i), static_cast<uint32_t>(q), row.Value(i)});
    }
  }
  std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
    return a.index != b.index ? a.index < b.index : a.query < b.query;
  });
  return terms;
}

/// Sums of one row, of those queries that share an index with it.
class RowSums {
 public:
  explicit RowSums(size_t query_count) : sums_(query_count, 0), touched_(query_count) {}
  void Add(uint32_t query, float product) {
    if (!(product > 0)) return;  // also what a damaged value makes
    if (sums_[query] == 0) touched_[touched_count_++] = query;
    sums_[query] += product;
  }
  /// Calls f(query, sum) and forgets them.
  template <class F>
  void Take(F f) {
    for (size_t i = 0; i < touched_count_; ++i) {
      f(touched_[i], sums_[touched_[i]]);
      sums_[touched_[i]] = 0;
    }
    touched_count_ = 0;
  }

 private:
  std::vector<float> sums_;
  std::vector<uint32_t> touched_;
  size_t touched_count_ = 0;
};

}  // namespace

SparseScan::SparseScan(const SparseBatch& queries) : query_count_(queries.count) {
  const std::vector<Term> terms = TermsOf(queries);
  size_t distinct = 0;
  for (size_t i = 0; i < terms.size(); ++i)
    distinct += i == 0 || terms[i].index != terms[i - 1].index ? 1 : 0;
  MakeTable(distinct);
  postings_.reserve(terms.size());
  for (size_t i = 0; i < terms.size();) {
    Slot slot{terms[i].index, static_cast<uint32_t>(i), 0};
    for (; i < terms.size() && terms[i].index == slot.index; ++i, ++slot.count)
      postings_.push_back({terms[i].query, terms[i].value});
    Put(slot);
  }
}

void SparseScan::MakeTable(size_t distinct) {
  const auto slot_bits = static_cast<unsigned>(std::bit_width(2 * distinct + 1));
  slots_.resize(size_t{1} << slot_bits);
  slot_mask_ = static_cast<uint32_t>(slots_.size() - 1);
  slot_shift_ = 32 - slot_bits;
  // One bit of 32 is set: few pairs that no query has look further.
  const unsigned filter_bits = std::clamp(slot_bits + 4, kFilterBitsMin, kFilterBitsMax);
  filter_.resize((size_t{1} << filter_bits) / 64);
  filter_shift_ = 32 - filter_bits;
}

void SparseScan::Put(const Slot& slot) {
  const uint32_t hash = slot.index * kSpread;
  const uint32_t bit = hash >> filter_shift_;
  filter_[bit >> 6] |= uint64_t{1} << (bit & 63);
  uint32_t at = hash >> slot_shift_;
  while (slots_[at].index != kNoIndex) at = (at + 1) & slot_mask_;
  slots_[at] = slot;
}

Status SparseScan::Search(const ColumnView& rows, const SearchArgs& args, const SearchContext& context,
                          TopK* out) const {
  const size_t k = std::min(args.k, rows.row_count);
  out->Reset(query_count_, args.k);
  if (k == 0 || postings_.empty()) return Status::Ok();
  const size_t room = BestK::RoomFor(k);
  std::vector<Ranked> keys(query_count_ * room);
  std::vector<BestK> best;
  best.reserve(query_count_);
  for (size_t q = 0; q < query_count_; ++q) best.emplace_back(keys.data() + q * room, k);
  RowSums sums(query_count_);
  size_t looked_at = 0;
  for (size_t row = 0; row < rows.row_count; ++row) {
    if (row % kRowsPerCheck == 0 && context.cancel != nullptr) RK_RETURN_IF_ERROR(context.cancel->Check());
    if (context.exclude.Test(row)) continue;
    ++looked_at;
    const SparseRow pairs(rows.TextAt(row));
    for (size_t i = 0; i < pairs.size(); ++i) {
      for (const Posting& posting : Find(pairs.Index(i)))
        sums.Add(posting.query, posting.value * pairs.Value(i));
    }
    sums.Take([&](uint32_t query, float sum) {
      const float distance = -sum;
      if (best[query].Wants(distance) && args.range.Contains(distance))
        best[query].Offer(distance, static_cast<RowOffset>(row));
    });
  }
  if (context.stats != nullptr) context.stats->distances_computed += looked_at * query_count_;
  for (size_t q = 0; q < query_count_; ++q) out->SetCount(q, best[q].Write(out->Entries(q)));
  return Status::Ok();
}

}  // namespace redkite::index
