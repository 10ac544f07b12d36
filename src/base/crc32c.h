// CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected; RFC 3720 appendix B.4), by the CPU's instruction
// where it has one, by table elsewhere. Both give the same value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace redkite {

/// CRC of `data`; to go on after earlier bytes pass their CRC as `seed`.
uint32_t Crc32c(const void* data, size_t size, uint32_t seed = 0);
/// The same value by table on every machine: the twin that tests compare with.
uint32_t Crc32cByTable(const void* data, size_t size, uint32_t seed = 0);
inline uint32_t Crc32c(std::string_view s, uint32_t seed = 0) { return Crc32c(s.data(), s.size(), seed); }

}  // namespace redkite
