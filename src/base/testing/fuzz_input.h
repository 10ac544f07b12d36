// FuzzInput: takes decisions from the bytes of a fuzzer's input, so that a target can make well-formed things
// of arbitrary bytes. At the end of the bytes every decision is 0: put the plainest choice first. Thread
// safety: one thread. Borrows the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>

namespace redkite::fuzz {

class FuzzInput {
 public:
  explicit FuzzInput(std::string_view bytes) : bytes_(bytes) {}
  bool done() const { return bytes_.empty(); }
  size_t left() const { return bytes_.size(); }

  uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    return byte;
  }
  uint64_t Word() {
    uint64_t word = 0;
    const std::string_view taken = Take(sizeof word);
    std::memcpy(&word, taken.data(), taken.size());
    return word;
  }
  /// 0 … n - 1.
  uint64_t Below(uint64_t n) { return n == 0 ? 0 : (n <= 256 ? Byte() : Word()) % n; }
  /// True once in `n` times when bytes are drawn evenly; false at the end.
  bool OneIn(uint64_t n) { return !done() && Below(n) == n - 1; }
  template <class T, size_t N>
  const T& OneOf(const T (&choices)[N]) {
    return choices[Below(N)];
  }
  /// A small number, a border or anything.
  int64_t Integer() {
    constexpr int64_t kBorders[] = {0,
                                    -1,
                                    127,
                                    128,
                                    -128,
                                    -129,
                                    32767,
                                    32768,
                                    65535,
                                    65536,
                                    16384,
                                    16385,
                                    INT32_MAX,
                                    INT32_MIN,
                                    int64_t{1} << 31,
                                    -32769,
                                    INT64_MAX,
                                    INT64_MIN,
                                    int64_t{1} << 53,
                                    (int64_t{1} << 53) + 1,
                                    int64_t{1} << 32};
    switch (Below(4)) {
      case 0:
        return static_cast<int64_t>(Below(8));
      case 1:
        return static_cast<int8_t>(Byte());
      case 2:
        return OneOf(kBorders);
      default:
        return static_cast<int64_t>(Word());
    }
  }
  double Real() {
    using Limits = std::numeric_limits<double>;
    constexpr double kBorders[] = {0.0,
                                   -0.0,
                                   1.0,
                                   0.5,
                                   1e300,
                                   -1e300,
                                   3.5e38,
                                   1e-320,
                                   Limits::infinity(),
                                   -Limits::infinity(),
                                   Limits::quiet_NaN(),
                                   Limits::max(),
                                   Limits::lowest(),
                                   Limits::min(),
                                   9007199254740993.0,
                                   9223372036854775808.0};
    switch (Below(3)) {
      case 0:
        return static_cast<double>(static_cast<int8_t>(Byte())) / 4;
      case 1:
        return OneOf(kBorders);
      default: {
        const uint64_t word = Word();
        double value;
        std::memcpy(&value, &word, sizeof value);
        return value;
      }
    }
  }
  /// Up to `most` raw bytes, a length byte in front.
  std::string_view Bytes(size_t most = 255) { return Take(Below(most < 255 ? most + 1 : 256)); }
  std::string_view Rest() { return Take(bytes_.size()); }

 private:
  std::string_view Take(size_t count) {
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view bytes_;
};

}  // namespace redkite::fuzz
