#include "access/crypto.h"

#include <sodium.h>

#include "base/check.h"

namespace redkite::access {

static_assert(kDigestBytes >= crypto_generichash_BYTES_MIN && kDigestBytes <= crypto_generichash_BYTES_MAX);

namespace {

// libsodium wants a place even for no bytes.
const unsigned char* BytesAt(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data() != nullptr ? text.data() : "");
}

}  // namespace

void PrepareCrypto() {
  // A machine without a source of chance must not hand out keys.
  static const bool ready = sodium_init() >= 0;
  CHECK(ready);
}

void SystemSecretSource::Fill(std::span<uint8_t> out) {
  PrepareCrypto();
  randombytes_buf(out.data(), out.size());
}

DigestKey MakeDigestKey(SecretSource* source) {
  DigestKey key;
  source->Fill(key);
  return key;
}

Digest KeyedDigest(const DigestKey& key, std::string_view first, std::string_view second) {
  PrepareCrypto();
  crypto_generichash_state state;
  Digest digest;
  const uint64_t first_bytes = first.size();
  crypto_generichash_init(&state, key.data(), key.size(), digest.size());
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&first_bytes), sizeof first_bytes);
  crypto_generichash_update(&state, BytesAt(first), first.size());
  crypto_generichash_update(&state, BytesAt(second), second.size());
  crypto_generichash_final(&state, digest.data(), digest.size());
  sodium_memzero(&state, sizeof state);
  return digest;
}

Digest PlainDigest(std::string_view bytes) {
  PrepareCrypto();
  Digest digest;
  crypto_generichash(digest.data(), digest.size(), BytesAt(bytes), bytes.size(), nullptr, 0);
  return digest;
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(BytesAt(a), BytesAt(b), a.size()) == 0;
}

std::string_view BytesOf(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string ToHex(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

}  // namespace redkite::access
