#include "server/transport/grpc_framing.h"

#include <algorithm>
#include <limits>

namespace redkite::server {

std::optional<int64_t> ParseGrpcTimeout(std::string_view value) {
  if (value.size() < 2 || value.size() > 9) return std::nullopt;
  int64_t amount = 0;
  for (char c : value.substr(0, value.size() - 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    amount = amount * 10 + (c - '0');
  }
  int64_t unit_ns = 0;
  switch (value.back()) {
    case 'H':
      unit_ns = 3'600'000'000'000;
      break;
    case 'M':
      unit_ns = 60'000'000'000;
      break;
    case 'S':
      unit_ns = 1'000'000'000;
      break;
    case 'm':
      unit_ns = 1'000'000;
      break;
    case 'u':
      unit_ns = 1'000;
      break;
    case 'n':
      unit_ns = 1;
      break;
    default:
      return std::nullopt;
  }
  if (amount > std::numeric_limits<int64_t>::max() / unit_ns) return std::numeric_limits<int64_t>::max();
  return amount * unit_ns;
}

std::string PercentEncode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (unsigned char c : text) {
    if (c >= 0x20 && c <= 0x7e && c != '%') {
      out.push_back(static_cast<char>(c));
    } else {
      out.push_back('%');
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    }
  }
  return out;
}

bool IsGrpcContentType(std::string_view content_type) {
  constexpr std::string_view kGrpc = "application/grpc";
  if (content_type.substr(0, kGrpc.size()) != kGrpc) return false;
  return content_type.size() == kGrpc.size() || content_type[kGrpc.size()] == '+' ||
         content_type[kGrpc.size()] == ';';
}

void EncodeMessagePrefix(uint32_t message_bytes, char out[5]) {
  out[0] = 0;
  for (int i = 0; i < 4; ++i) out[1 + i] = static_cast<char>(message_bytes >> (24 - 8 * i));
}

void GrowBody(std::string* body, size_t more_bytes, size_t total_bytes) {
  constexpr size_t kFirstBytes = 64 << 10;
  size_t needed = body->size() + more_bytes;
  if (needed <= body->capacity()) return;
  size_t wanted = std::max(needed, std::max(kFirstBytes, body->size() * 8));
  body->reserve(std::max(needed, std::min(wanted, total_bytes)));
}

MessageAssembler::Outcome MessageAssembler::ParsePrefix() {
  declared_bytes_ = static_cast<uint32_t>(prefix_[1]) << 24 | static_cast<uint32_t>(prefix_[2]) << 16 |
                    static_cast<uint32_t>(prefix_[3]) << 8 | prefix_[4];
  missing_bytes_ = declared_bytes_;
  if (prefix_[0] != 0) return Outcome::kCompressed;
  return declared_bytes_ > message_bytes_max_ ? Outcome::kTooLarge : Outcome::kOk;
}

MessageAssembler::Outcome MessageAssembler::Append(std::string_view chunk, std::string* message) {
  while (prefix_bytes_ < 5 && !chunk.empty()) {
    prefix_[prefix_bytes_++] = static_cast<unsigned char>(chunk.front());
    chunk.remove_prefix(1);
    if (prefix_bytes_ == 5) {
      if (Outcome outcome = ParsePrefix(); outcome != Outcome::kOk) return outcome;
    }
  }
  size_t taken = std::min<size_t>(chunk.size(), missing_bytes_);
  if (taken > 0) {
    GrowBody(message, taken, declared_bytes_);
    message->append(chunk.substr(0, taken));
    missing_bytes_ -= static_cast<uint32_t>(taken);
  }
  return taken < chunk.size() ? Outcome::kSecondMessage : Outcome::kOk;
}

}  // namespace redkite::server
