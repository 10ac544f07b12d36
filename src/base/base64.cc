#include "base/base64.h"

#include <array>
#include <cstdint>

namespace redkite {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> FillValues() {
  std::array<int8_t, 256> values{};
  for (int8_t& value : values) value = -1;
  for (size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
  return values;
}
constexpr std::array<int8_t, 256> kValues = FillValues();

}  // namespace

bool AppendDecodedBase64(std::string_view text, std::string* out) {
  if (text.size() % 4 != 0) return false;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  out->reserve(out->size() + text.size() / 4 * 3);
  for (size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const size_t digits = last ? 4 - padding : 4;
    uint32_t group = 0;
    for (size_t j = 0; j < digits; ++j) {
      const int8_t value = kValues[static_cast<unsigned char>(text[i + j])];
      if (value < 0) return false;
      group |= static_cast<uint32_t>(value) << (18 - 6 * j);
    }
    // Bits that no byte takes must be zero, so that one text stands for one string.
    if ((digits == 2 && (group & 0xffff) != 0) || (digits == 3 && (group & 0xff) != 0)) return false;
    for (size_t j = 0; j + 1 < digits; ++j) out->push_back(static_cast<char>(group >> (16 - 8 * j)));
  }
  return true;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string out;
  if (!AppendDecodedBase64(text, &out)) return std::nullopt;
  return out;
}

std::string EncodeBase64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    const size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    for (size_t j = 0; j < count; ++j)
      group |= uint32_t{static_cast<unsigned char>(bytes[i + j])} << (16 - 8 * j);
    for (size_t j = 0; j < 4; ++j) out.push_back(j <= count ? kAlphabet[(group >> (18 - 6 * j)) & 63] : '=');
  }
  return out;
}

}  // namespace redkite
