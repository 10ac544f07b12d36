// Base64 with the standard alphabet (RFC 4648 section 4). Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redkite {

/// Appends what `text` stands for, in place. False, with part of it appended, where DecodeBase64 has nothing.
bool AppendDecodedBase64(std::string_view text, std::string* out);
/// nullopt for anything but whole groups of four, padded with "=".
std::optional<std::string> DecodeBase64(std::string_view text);
std::string EncodeBase64(std::string_view bytes);

}  // namespace redkite
