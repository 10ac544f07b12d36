#include "segment/key_filter.h"

#include <functional>
#include <string_view>

#include "segment/row_block.h"

namespace redkite::segment {
namespace {

constexpr size_t kRowsPerBlock = 25;  // 10 bits for each

// Odd numbers that spread the bits of a key over the words of its block; those of Parquet's filter.
constexpr std::array<uint32_t, 8> kSalts = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                            0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};

uint64_t HashOf(const PrimaryKey& key) {
  uint64_t x = key.is_text ? std::hash<std::string_view>()(key.text) : static_cast<uint64_t>(key.number);
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;  // the finaliser of MurmurHash3
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

size_t BlockOf(uint64_t hash, size_t blocks) {
  return static_cast<size_t>(((hash >> 32) * static_cast<uint64_t>(blocks)) >> 32);
}

uint32_t BitOf(uint64_t hash, size_t word) {
  return 1U << ((static_cast<uint32_t>(hash) * kSalts[word]) >> 27);
}

}  // namespace

void KeyFilter::Build() const {
  MutexLock lock(mutex_);
  if (built_.load(std::memory_order_relaxed)) return;
  blocks_.assign(keys_.row_count / kRowsPerBlock + 1, Block{});
  for (size_t r = 0; r < keys_.row_count; ++r) {
    const uint64_t hash = HashOf(PrimaryKey::At(keys_, r));
    Block& block = blocks_[BlockOf(hash, blocks_.size())];
    for (size_t w = 0; w < block.size(); ++w) block[w] |= BitOf(hash, w);
  }
  built_.store(true, std::memory_order_release);
}

bool KeyFilter::MayContain(const PrimaryKey& key) const {
  if (!built_.load(std::memory_order_acquire)) Build();
  const uint64_t hash = HashOf(key);
  const Block& block = blocks_[BlockOf(hash, blocks_.size())];
  uint32_t missing = 0;
  for (size_t w = 0; w < block.size(); ++w) missing |= BitOf(hash, w) & ~block[w];
  return missing == 0;
}

}  // namespace redkite::segment
