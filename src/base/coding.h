// Little-endian fixed and variable-length integers for log records, manifests and the catalog.
// Decoder never reads past its input: the first malformed field makes it fail for good, so that callers check
// once.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/status.h"

namespace redkite {

static_assert(std::endian::native == std::endian::little, "on-disk integers are little-endian");

template <class T>
void PutFixed(std::string* out, T v) {
  out->append(reinterpret_cast<const char*>(&v), sizeof v);
}
inline void PutVarint(std::string* out, uint64_t v) {
  for (; v >= 0x80; v >>= 7) out->push_back(static_cast<char>(v | 0x80));
  out->push_back(static_cast<char>(v));
}
inline void PutBytes(std::string* out, std::string_view v) {
  PutVarint(out, v.size());
  out->append(v);
}

class Decoder {
 public:
  explicit Decoder(std::string_view in) : in_(in) {}
  bool ok() const { return ok_; }
  bool done() const { return ok_ && in_.empty(); }
  size_t remaining() const { return in_.size(); }
  /// 0 after a failure, like the other getters.
  template <class T>
  T Fixed() {
    T v{};
    if (in_.size() < sizeof v) return Fail<T>();
    std::memcpy(&v, in_.data(), sizeof v);
    in_.remove_prefix(sizeof v);
    return v;
  }
  uint64_t Varint() {
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (in_.empty()) return Fail<uint64_t>();
      const auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      if (shift == 63 && byte > 1) return Fail<uint64_t>();
      v |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return v;
    }
    return Fail<uint64_t>();
  }
  /// A view into the input.
  std::string_view Bytes() {
    const uint64_t n = Varint();
    if (!ok_ || n > in_.size()) return Fail<std::string_view>();
    return Raw(n);
  }
  std::string_view Raw(uint64_t n) {
    if (n > in_.size()) return Fail<std::string_view>();
    std::string_view v = in_.substr(0, n);
    in_.remove_prefix(n);
    return v;
  }
  std::string String() { return std::string(Bytes()); }
  /// A count of items of which each takes at least one byte: bounded by what is left, so that a forged count
  /// cannot make the caller allocate.
  uint64_t Count() {
    const uint64_t n = Varint();
    return n > in_.size() ? Fail<uint64_t>() : n;
  }
  Status Finish(std::string_view what) const {
    if (done()) return Status::Ok();
    return Status::Corrupt("malformed " + std::string(what));
  }

 private:
  template <class T>
  T Fail() {
    ok_ = false;
    in_ = {};
    return T{};
  }
  std::string_view in_;
  bool ok_ = true;
};

}  // namespace redkite
