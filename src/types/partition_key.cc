#include "types/partition_key.h"

namespace redkite {
namespace {

// The finalizer of SplitMix64: each bit of the input changes half of the output's.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

size_t Scale(uint64_t hash, size_t count) { return static_cast<size_t>((hash >> 32) * count >> 32); }

}  // namespace

size_t PartitionOfKey(int64_t key, size_t count) { return Scale(Mix(static_cast<uint64_t>(key)), count); }

size_t PartitionOfKey(std::string_view key, size_t count) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return Scale(Mix(hash), count);
}

std::vector<uint32_t> PartitionsOfKeys(const ColumnView& keys, size_t count) {
  std::vector<uint32_t> out(keys.row_count);
  for (size_t row = 0; row < keys.row_count; ++row) {
    out[row] =
        static_cast<uint32_t>(keys.type == DataType::kVarChar ? PartitionOfKey(keys.TextAt(row), count)
                                                              : PartitionOfKey(keys.At<int64_t>(row), count));
  }
  return out;
}

}  // namespace redkite
