#include "base/aligned_buffer.h"

#include <sys/mman.h>

#include <new>

namespace redkite {
namespace {
constexpr size_t kHugePageBytes = size_t{2} << 20;
size_t AlignmentOf(size_t size_bytes) { return size_bytes >= kHugePageBytes ? kHugePageBytes : 64; }
}  // namespace

AlignedBuffer::AlignedBuffer(size_t size_bytes) : size_bytes_(size_bytes) {
  if (size_bytes == 0) return;
  const size_t alignment = AlignmentOf(size_bytes);
  data_ = static_cast<std::byte*>(::operator new(size_bytes, std::align_val_t(alignment)));
  // Advice only: without huge pages everything works, slower.
  if (alignment == kHugePageBytes) ::madvise(data_, size_bytes & ~(kHugePageBytes - 1), MADV_HUGEPAGE);
}

AlignedBuffer& AlignedBuffer::operator=(AlignedBuffer&& o) noexcept {
  std::swap(data_, o.data_);
  std::swap(size_bytes_, o.size_bytes_);
  return *this;
}

AlignedBuffer::~AlignedBuffer() {
  if (data_ != nullptr) ::operator delete(data_, std::align_val_t(AlignmentOf(size_bytes_)));
}

}  // namespace redkite
