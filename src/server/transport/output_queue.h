// OutputQueue: bytes on their way to the socket. Small pieces are copied into blocks, large bodies are
// referred to, so that a body of 100 MiB is copied by the kernel only. Thread safety: none; the Connection
// serialises.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory_ledger.h"

namespace redkite::server {

/// Makes `body` shareable; its accounted memory is given back with the last reference.
std::shared_ptr<const std::string> ShareBody(std::string&& body, MemoryReservation reservation);

class OutputQueue {
 public:
  /// Copies `bytes`.
  void Append(std::string_view bytes);
  /// Refers to `bytes`, which are inside `*owner`.
  void AppendShared(const std::shared_ptr<const std::string>& owner, std::string_view bytes);
  bool empty() const { return size_bytes_ == 0; }
  size_t size_bytes() const { return size_bytes_; }
  /// Fills `out` with the first pieces; returns how many.
  int Gather(iovec* out, int count_max) const;
  /// Drops `bytes` from the front, at most size_bytes().
  void Consume(size_t bytes);

 private:
  struct Segment {
    std::shared_ptr<const std::string> owner;  // null: the bytes are in `block`
    std::string block;
    std::string_view shared;
    std::string_view bytes() const { return owner ? shared : std::string_view(block); }
  };
  std::vector<Segment> segments_;  // those before head_ are gone
  size_t head_ = 0;
  size_t head_offset_ = 0;  // bytes of segments_[head_] that are gone
  size_t size_bytes_ = 0;
};

}  // namespace redkite::server
