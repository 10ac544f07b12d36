// What a handler says to the transport, as plain data: gRPC statuses, HTTP responses, and the Reply that
// carries either to its connection. Thread safety: plain data; a ReplySink takes replies from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "server/transport/header_block.h"

namespace redkite::server {

/// gRPC's status codes. Milvus business errors are not among them: those travel inside an OK reply.
enum class RpcCode : int {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

struct RpcStatus {
  RpcCode code = RpcCode::kOk;
  std::string message = {};
  bool ok() const { return code == RpcCode::kOk; }
};

struct HttpResponse {
  int status = 200;
  HeaderList headers;  // content-length and connection are the transport's
  std::string body;
};

/// What a Responder or an admission ticket sends to the connection. Only the transport makes use of it.
struct Reply {
  enum class Step { kAnswer, kAdmitted, kRefused };
  Step step = Step::kAnswer;
  uint32_t stream_id = 0;
  bool has_message = false;
  bool finish = true;
  int http_status = 0;  // not 0: an HTTP answer, `message` is its body, `headers` its headers
  RpcStatus status;
  std::string message;
  HeaderList headers;
  std::shared_ptr<std::atomic<int64_t>> unsent_bytes;
};

class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void Deliver(Reply reply) = 0;
};

}  // namespace redkite::server
