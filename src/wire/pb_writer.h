// PbWriter: appends protobuf fields to a string. Fields with proto3's default value are written too when
// asked for; whoever wants them left out tests first (the …IfSet forms do). Sizes come from the Pb…Size
// functions, so that a large reply is reserved once and nested messages need no copy. Thread safety: one
// thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace redkite::wire {

constexpr size_t PbVarintSize(uint64_t v) { return (static_cast<size_t>(std::bit_width(v | 1)) + 6) / 7; }
/// Tag, length and body.
constexpr size_t PbLenFieldSize(uint32_t number, size_t body_bytes) {
  return PbVarintSize(number << 3) + PbVarintSize(body_bytes) + body_bytes;
}

inline char* PutPbVarint(char* p, uint64_t v) {
  for (; v >= 0x80; v >>= 7) *p++ = static_cast<char>(v | 0x80);
  *p++ = static_cast<char>(v);
  return p;
}

class PbWriter {
 public:
  explicit PbWriter(std::string* out) : out_(out) {}

  void Varint(uint32_t number, uint64_t v) {
    char buffer[16];
    char* p = PutPbVarint(buffer, uint64_t{number} << 3);
    p = PutPbVarint(p, v);
    out_->append(buffer, static_cast<size_t>(p - buffer));
  }
  void Float(uint32_t number, float v) {
    char buffer[16];
    char* p = PutPbVarint(buffer, uint64_t{number} << 3 | 5);
    std::memcpy(p, &v, sizeof v);
    out_->append(buffer, static_cast<size_t>(p - buffer) + sizeof v);
  }
  void VarintIfSet(uint32_t number, uint64_t v) {
    if (v != 0) Varint(number, v);
  }
  void Bytes(uint32_t number, std::string_view v) {
    LenHeader(number, v.size());
    out_->append(v);
  }
  void BytesIfSet(uint32_t number, std::string_view v) {
    if (!v.empty()) Bytes(number, v);
  }
  /// Start of a length-delimited field: `body_bytes` of body follow.
  void LenHeader(uint32_t number, size_t body_bytes) {
    char buffer[16];
    char* p = PutPbVarint(buffer, uint64_t{number} << 3 | 2);
    p = PutPbVarint(p, body_bytes);
    out_->append(buffer, static_cast<size_t>(p - buffer));
  }
  void Raw(const void* data, size_t size) { out_->append(static_cast<const char*>(data), size); }
  /// The next value of a packed field.
  void PackedVarint(uint64_t v) {
    char buffer[10];
    out_->append(buffer, static_cast<size_t>(PutPbVarint(buffer, v) - buffer));
  }

 private:
  std::string* out_;
};

}  // namespace redkite::wire
