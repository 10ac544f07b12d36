// SparseBytes: the content of a file in memory, as pages; what was never written reads as zero and takes no
// memory. Thread safety: none. Copying copies the content.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

namespace redkite::io {

class SparseBytes {
 public:
  static constexpr uint64_t kPageBytes = 4096;
  uint64_t size() const { return size_; }
  /// Grows the content where it must.
  void Write(uint64_t offset, std::string_view bytes);
  /// The caller keeps offset + size within size().
  void Read(uint64_t offset, char* out, uint64_t size) const;
  void Resize(uint64_t size);
  void FlipBit(uint64_t bit);
  /// Memory that the pages take.
  uint64_t resident_bytes() const { return pages_.size() * kPageBytes; }

 private:
  std::map<uint64_t, std::array<char, kPageBytes>> pages_;
  uint64_t size_ = 0;
};

}  // namespace redkite::io
