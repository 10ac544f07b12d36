// TransportContext: what every connection of a Listener shares. Thread safety: options and seams are
// immutable, the rest is thread-safe. Shared by Listener, connections and requests, so that a late request
// can still give its memory back.
#pragma once

#include <atomic>

#include "base/memory_ledger.h"
#include "server/transport/address_counts.h"
#include "server/transport/listener.h"

namespace redkite::server {

struct TransportContext {
  TransportContext(const ListenerOptions& o, const ListenerSeams& s)
      : options(o),
        seams(s),
        request_memory(o.receive_total_bytes_max),
        response_memory(o.send_total_bytes_max),
        addresses(o.connection_count_per_address_max) {}
  const ListenerOptions options;
  const ListenerSeams seams;
  MemoryLedger request_memory;
  MemoryLedger response_memory;
  AddressCounts addresses;
  std::atomic<int64_t> connections_open{0};
  std::atomic<int64_t> connections_accepted{0};
  std::atomic<int64_t> connections_refused{0};
  std::atomic<int64_t> connections_evicted{0};
  std::atomic<int64_t> requests{0};
  std::atomic<int64_t> received_bytes{0};
  std::atomic<int64_t> sent_bytes{0};

  int64_t NowNs() const { return seams.clock->MonotonicNs(); }
};

}  // namespace redkite::server
