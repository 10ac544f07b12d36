#include "io/sparse_bytes.h"

#include <algorithm>
#include <cstring>

namespace redkite::io {

void SparseBytes::Write(uint64_t offset, std::string_view bytes) {
  size_ = std::max(size_, offset + bytes.size());
  while (!bytes.empty()) {
    const uint64_t in_page = offset % kPageBytes;
    const uint64_t n = std::min<uint64_t>(kPageBytes - in_page, bytes.size());
    auto [page, is_new] = pages_.try_emplace(offset / kPageBytes);
    if (is_new) page->second.fill(0);
    std::memcpy(page->second.data() + in_page, bytes.data(), n);
    bytes.remove_prefix(n);
    offset += n;
  }
}

void SparseBytes::Read(uint64_t offset, char* out, uint64_t size) const {
  while (size > 0) {
    const uint64_t in_page = offset % kPageBytes;
    const uint64_t n = std::min(kPageBytes - in_page, size);
    const auto page = pages_.find(offset / kPageBytes);
    if (page == pages_.end()) {
      std::memset(out, 0, n);
    } else {
      std::memcpy(out, page->second.data() + in_page, n);
    }
    out += n;
    offset += n;
    size -= n;
  }
}

void SparseBytes::Resize(uint64_t size) {
  if (size < size_) {
    pages_.erase(pages_.lower_bound((size + kPageBytes - 1) / kPageBytes), pages_.end());
    const auto last = pages_.find(size / kPageBytes);
    if (last != pages_.end()) std::fill(last->second.begin() + size % kPageBytes, last->second.end(), 0);
  }
  size_ = size;
}

void SparseBytes::FlipBit(uint64_t bit) {
  char byte = 0;
  Read(bit / 8, &byte, 1);
  byte = static_cast<char>(byte ^ (1 << (bit % 8)));
  Write(bit / 8, {&byte, 1});
}

}  // namespace redkite::io
