#include "wire/access/base64.h"

#include <cstdint>
#include <string>

namespace redkite::wire {
namespace {

// -1 for no digit.
int DigitOf(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

std::optional<Secret> DecodeBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  std::string out;
  out.reserve(text.size() / 4 * 3);  // so that no part of it stays behind in a smaller buffer
  uint32_t bits = 0;
  int count = 0;
  bool valid = true;
  for (const char c : text.substr(0, text.size() - padding)) {
    const int digit = DigitOf(c);
    valid = valid && digit >= 0;
    bits = bits << 6 | static_cast<uint32_t>(digit & 63);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> count));
    bits &= (1u << count) - 1;
  }
  valid = valid && bits == 0;
  Secret secret(std::move(out));
  if (!valid) return std::nullopt;
  return secret;
}

}  // namespace redkite::wire
