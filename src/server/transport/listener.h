// Listener: one TCP port that speaks gRPC and REST over HTTP/2 and REST over HTTP/1.1; the first bytes of a
// connection decide. Owns its IO threads. Protocols: RFC 9113 (HTTP/2), RFC 9112 (HTTP/1.1), the
// gRPC-over-HTTP/2 mapping.
//
// Thread safety: Start and Stop from one thread; the accessors from any. Stop is idempotent and called by the
// destructor. Ownership: handlers, clock, logger and certificates are borrowed and outlive the Listener. A
// Responder may outlive it. Idle costs nothing: without requests in progress the IO threads sleep without a
// timeout.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "server/transport/rpc_handler.h"

namespace redkite::server {

class TlsReloader;

struct ListenerOptions {
  std::string host = "127.0.0.1";  // numeric address or name; "" or "*" means every interface
  int port = 0;                    // 0: the system chooses, see Listener::port()
  int io_thread_count = 1;
  int64_t receive_message_bytes_max = 64 << 20;  // one request message or HTTP body
  int64_t send_message_bytes_max = 256 << 20;
  int64_t receive_total_bytes_max = 1LL << 30;  // request bodies of all connections until their calls end
  int64_t send_total_bytes_max =
      1LL << 30;                        // answers of all connections until they have left for the network
  int connection_count_max = 10'000;    // then the one that is needed least makes room for the next
  int64_t arriving_silence_ms = 1'000;  // nothing of a begun request came: its connection may make room too
  int stream_count_max = 1'000;         // at a time, per HTTP/2 connection
  int64_t header_bytes_max = 32 << 10;
  int64_t header_timeout_ms = 10'000;  // first bytes and header sections must be complete
  int64_t body_grace_ms = 30'000;      // after it a body must have come at body_bytes_per_second_min
  int64_t body_bytes_per_second_min = 1024;
  int64_t write_stall_timeout_ms = 60'000;  // nothing of a pending answer was taken by the client
  int64_t http1_idle_timeout_ms = 120'000;  // kept-alive connections; idle HTTP/2 ones stay
  int reset_count_per_second_max = 200;     // RST_STREAM in a second (rapid reset), then GOAWAY
  int control_frame_count_per_second_max =
      2'000;  // PING, SETTINGS, PRIORITY, empty DATA in a second, then GOAWAY
  int connection_count_per_address_max =
      0;                             // 0: no limit of its own; an IPv6 network of 64 bits is one address
  int64_t http_timeout_ms = 30'000;  // of HTTP requests without `request-timeout`; 0: no deadlines
  // Names of the settings, for the error texts.
  std::string receive_limit_option = "receive_message_bytes_max";
  std::string receive_total_limit_option = "receive_total_bytes_max";
  std::string send_limit_option = "send_message_bytes_max";
  std::string header_limit_option = "header_bytes_max";
  std::string connection_limit_option = "connection_count_max";
  std::string address_limit_option = "connection_count_per_address_max";
};

struct ListenerStats {
  int64_t connections_open = 0;
  int64_t connections_accepted = 0;
  int64_t connections_refused = 0;  // over a limit and nobody makes room, or no descriptor left
  int64_t connections_evicted = 0;  // to make room for others
  int64_t requests = 0;
  int64_t received_bytes = 0;
  int64_t sent_bytes = 0;
  int64_t request_memory_bytes = 0;   // of receive_total_bytes_max
  int64_t response_memory_bytes = 0;  // of send_total_bytes_max
};

struct ListenerSeams {
  const Clock* clock = nullptr;
  RpcHandler* rpc = nullptr;         // null: gRPC is answered UNIMPLEMENTED
  HttpHandler* http = nullptr;       // null: HTTP is answered 404
  Logger* log = nullptr;             // may be null
  const TlsReloader* tls = nullptr;  // null: plain TCP
};

/// An address that is bound, but not listened at: it is this process's, and clients are refused.
class BoundAddress {
 public:
  BoundAddress() = default;
  BoundAddress(BoundAddress&& o) noexcept : socket_(std::exchange(o.socket_, -1)) {}
  BoundAddress& operator=(BoundAddress&& o) noexcept {
    std::swap(socket_, o.socket_);
    return *this;
  }
  ~BoundAddress();
  /// kServiceUnavailable, naming host and port, when the address is in use or cannot be bound.
  static Result<BoundAddress> Bind(const ListenerOptions& options);

 private:
  friend class Listener;
  explicit BoundAddress(int socket) : socket_(socket) {}
  int socket_ = -1;
};

class Listener {
 public:
  /// Starts to serve at an address that was bound with the same options; kServiceUnavailable when somebody
  /// else listens there meanwhile.
  static Result<std::unique_ptr<Listener>> Start(BoundAddress address, const ListenerOptions& options,
                                                 const ListenerSeams& seams);
  /// Binds too.
  static Result<std::unique_ptr<Listener>> Start(const ListenerOptions& options, const ListenerSeams& seams);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const;
  ListenerStats stats() const;
  /// Takes no more connections, tells clients to go elsewhere (GOAWAY), waits up to `grace_ms` for requests
  /// in progress, then closes everything. Returns when all IO threads have ended.
  void Stop(int64_t grace_ms);

 private:
  struct State;
  explicit Listener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace redkite::server
