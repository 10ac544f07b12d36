// The gRPC parts of a call that are not HTTP/2: message prefix, grpc-timeout, grpc-message. Specification:
// grpc/doc/PROTOCOL-HTTP2.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redkite::server {

/// Nanoseconds of a grpc-timeout value ("100m", "3S"); empty when malformed. Saturates instead of
/// overflowing.
std::optional<int64_t> ParseGrpcTimeout(std::string_view value);
/// grpc-message: everything but printable ASCII without '%' becomes %XX.
std::string PercentEncode(std::string_view text);
/// True for application/grpc, also with "+proto" or parameters behind it; not for grpc-web.
bool IsGrpcContentType(std::string_view content_type);
/// The 5 bytes before an uncompressed message.
void EncodeMessagePrefix(uint32_t message_bytes, char out[5]);

/// Collects the one message of a unary request from DATA chunks into a contiguous string. Memory follows what
/// has arrived, not what the prefix promises.
class MessageAssembler {
 public:
  enum class Outcome { kOk, kTooLarge, kCompressed, kSecondMessage };
  explicit MessageAssembler(int64_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}
  Outcome Append(std::string_view chunk, std::string* message);
  /// A whole message has arrived.
  bool complete() const { return prefix_bytes_ == 5 && missing_bytes_ == 0; }
  uint32_t declared_bytes() const { return declared_bytes_; }

 private:
  Outcome ParsePrefix();
  int64_t message_bytes_max_;
  unsigned char prefix_[5] = {};
  int prefix_bytes_ = 0;
  uint32_t declared_bytes_ = 0;
  uint32_t missing_bytes_ = 0;
};

/// Reserves for `more` further bytes of a body that is expected to become `total_bytes`: grows by a factor,
/// so that a forged length cannot make us allocate much more than was sent.
void GrowBody(std::string* body, size_t more_bytes, size_t total_bytes);

}  // namespace redkite::server
