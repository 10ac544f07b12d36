// Http1Parser: turns the bytes of an HTTP/1.1 connection into one request at a time (RFC 9112). Strict where
// leniency lets requests be smuggled: CRLF line ends, one Content-Length, never together with
// Transfer-Encoding. Thread safety: none. Memory follows what has arrived, not what Content-Length promises.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/transport/rpc_handler.h"

namespace redkite::server {

class Http1Parser {
 public:
  enum class State { kHead, kBody, kChunkSize, kChunkData, kChunkEnd, kTrailers, kDone, kFailed };
  struct Limits {
    int64_t header_bytes_max = 0;
    int64_t body_bytes_max = 0;
    std::string_view header_option = {};  // names of the settings, for the error texts; outlive the parser
    std::string_view body_option = {};
  };
  explicit Http1Parser(const Limits& limits) : limits_(limits) {}

  /// Takes bytes up to the end of the request; returns how many it took. Stops for good at kDone or kFailed,
  /// and returns once when the head is complete, so that the caller can admit the request.
  size_t Consume(std::string_view bytes);
  /// Ready for the next request.
  void Reset();
  /// The rest of the body is taken and thrown away.
  void DiscardBody();

  State state() const { return state_; }
  /// Nothing of a request has arrived.
  bool idle() const { return state_ == State::kHead && line_.empty(); }
  /// From the complete head on; the caller may move it away at kDone.
  std::shared_ptr<HttpRequest>& request() { return request_; }
  bool keep_alive() const { return keep_alive_; }
  bool expects_continue() const { return expects_continue_; }
  int64_t body_bytes() const { return body_bytes_; }
  /// Of the body or of the current chunk, as far as known.
  uint64_t left_bytes() const { return left_bytes_; }
  bool discarding() const { return discarding_; }
  /// At kFailed: what to answer.
  int error_status() const { return error_status_; }
  const std::string& error_text() const { return error_text_; }

 private:
  size_t ConsumeHead(std::string_view bytes);
  size_t ConsumeLine(std::string_view bytes);
  size_t ConsumeData(std::string_view bytes);
  void ParseHead();
  bool ParseRequestLine(std::string_view line);
  bool ParseTarget(std::string_view target);
  bool ParseField(std::string_view line);
  void ParseFraming();
  void ParseConnectionFields();
  void ParseChunkSize();
  std::string BodyTooLarge() const;
  bool Fail(int status, std::string text);

  const Limits limits_;
  State state_ = State::kHead;
  std::string line_;  // the head, or a line of the chunked coding, as far as it has arrived
  std::shared_ptr<HttpRequest> request_;
  bool http10_ = false;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
  bool discarding_ = false;
  uint64_t left_bytes_ = 0;      // of the body or the chunk
  uint64_t expected_bytes_ = 0;  // of the whole body, as far as known
  int64_t body_bytes_ = 0;
  int64_t trailer_bytes_ = 0;
  int error_status_ = 0;
  std::string error_text_;
};

}  // namespace redkite::server
