// PbReader: walks the fields of one protobuf message in the received bytes, without copies and without
// allocation.
//
//   for (PbReader r(bytes); r.Next();) switch (r.tag()) {
//     case PbLen(3): name = r.bytes(); break;
//     case PbVarint(7): rows = r.value(); break;
//   }
//   if (!r.ok()) … malformed
//
// A known number with another wire type falls through the switch like an unknown field, as protobuf wants it.
// Groups are skipped. Encoding: https://protobuf.dev/programming-guides/encoding. The input is untrusted and
// never read past. Thread safety: one thread. Views point into the input.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace redkite::wire {

constexpr uint32_t PbVarint(uint32_t number) { return number << 3; }
constexpr uint32_t PbFixed64(uint32_t number) { return number << 3 | 1; }
constexpr uint32_t PbLen(uint32_t number) { return number << 3 | 2; }
constexpr uint32_t PbFixed32(uint32_t number) { return number << 3 | 5; }

/// Reads a varint at *p and moves *p behind it; false (and *p anywhere) when it is cut off or over 10 bytes
/// long.
inline bool ReadPbVarint(const char** p, const char* end, uint64_t* value) {
  uint64_t v = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    if (*p == end) return false;
    const auto byte = static_cast<unsigned char>(*(*p)++);
    v |= static_cast<uint64_t>(byte & 0x7f) << (shift < 64 ? shift : 63);
    if (byte < 0x80) {
      *value = v;
      return true;
    }
  }
  return false;
}

class PbReader {
 public:
  explicit PbReader(std::string_view in) : p_(in.data()), end_(in.data() + in.size()) {}
  /// Moves to the next field; false at the end and for malformed input.
  bool Next() {
    if (p_ == end_) return false;
    uint64_t tag = 0;
    if (!ReadTag(&tag)) return Fail();
    tag_ = static_cast<uint32_t>(tag);
    switch (tag & 7) {
      case 0:
        return ReadPbVarint(&p_, end_, &value_) || Fail();
      case 1:
        return ReadFixed(8) || Fail();
      case 2:
        return ReadLen() || Fail();
      case 3:
        return SkipGroup(tag_ >> 3) || Fail();
      case 5:
        return ReadFixed(4) || Fail();
      default:
        return Fail();
    }
  }
  bool ok() const { return ok_; }
  uint32_t tag() const { return tag_; }
  /// The number of a varint or fixed field; a fixed one's bits.
  uint64_t value() const { return value_; }
  int64_t int64() const { return static_cast<int64_t>(value_); }
  int32_t int32() const { return static_cast<int32_t>(value_); }
  bool boolean() const { return value_ != 0; }
  std::string_view bytes() const { return bytes_; }
  /// Just behind the field.
  const char* position() const { return p_; }

 private:
  static constexpr int kMaxGroupDepth = 100;
  bool Fail() {
    ok_ = false;
    p_ = end_;
    return false;
  }
  // At most five bytes; bits beyond 32 are dropped, as the generated code does.
  bool ReadTag(uint64_t* tag) {
    const char* start = p_;
    if (!ReadPbVarint(&p_, end_, tag) || p_ - start > 5) return false;
    *tag = static_cast<uint32_t>(*tag);
    return (*tag >> 3) != 0;
  }
  bool ReadFixed(size_t n) {
    if (static_cast<size_t>(end_ - p_) < n) return false;
    value_ = 0;
    std::memcpy(&value_, p_, n);
    p_ += n;
    return true;
  }
  bool ReadLen() {
    uint64_t n = 0;
    if (!ReadPbVarint(&p_, end_, &n) || n > static_cast<uint64_t>(end_ - p_)) return false;
    bytes_ = {p_, n};
    p_ += n;
    return true;
  }
  bool SkipGroup(uint32_t number) {
    uint32_t open[kMaxGroupDepth] = {number};
    for (int depth = 1; depth > 0;) {
      uint64_t tag = 0;
      if (!ReadTag(&tag)) return false;
      switch (tag & 7) {
        case 0:
          if (!ReadPbVarint(&p_, end_, &value_)) return false;
          break;
        case 1:
          if (!ReadFixed(8)) return false;
          break;
        case 2:
          if (!ReadLen()) return false;
          break;
        case 3:
          if (depth == kMaxGroupDepth) return false;
          open[depth++] = static_cast<uint32_t>(tag >> 3);
          break;
        case 4:
          if (open[--depth] != static_cast<uint32_t>(tag >> 3)) return false;
          break;
        case 5:
          if (!ReadFixed(4)) return false;
          break;
        default:
          return false;
      }
    }
    return true;
  }

  const char* p_;
  const char* end_;
  uint32_t tag_ = 0;
  uint64_t value_ = 0;
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace redkite::wire
