// The few things that the room needs of cryptography: digests, comparison in constant time, secret bytes.
// BLAKE2b (RFC 7693) of libsodium. Thread safety: pure functions; a SecretSource from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace redkite::access {

inline constexpr size_t kDigestBytes = 32;
using Digest = std::array<uint8_t, kDigestBytes>;
using DigestKey = std::array<uint8_t, 32>;

/// Where keys come from; a test passes one that gives known bytes.
class SecretSource {
 public:
  virtual ~SecretSource() = default;
  virtual void Fill(std::span<uint8_t> out) = 0;
};

/// The operating system's generator. Base's Random can be predicted from what it gave, and so serves no
/// secret.
class SystemSecretSource final : public SecretSource {
 public:
  void Fill(std::span<uint8_t> out) override;
};

/// Sets libsodium up; every function of the room that uses it calls this itself. Costs nothing the second
/// time.
void PrepareCrypto();
DigestKey MakeDigestKey(SecretSource* source);
/// Of the pair: where the first text ends makes a difference.
Digest KeyedDigest(const DigestKey& key, std::string_view first, std::string_view second);
Digest PlainDigest(std::string_view bytes);
/// In time that depends on the sizes only.
bool EqualInConstantTime(std::string_view a, std::string_view b);
std::string_view BytesOf(const Digest& digest);
std::string ToHex(std::span<const uint8_t> bytes);

}  // namespace redkite::access
