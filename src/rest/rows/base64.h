// Base64 (RFC 4648 section 4, with padding): how JSON carries the bytes of vectors. Thread safety: pure
// functions.
#pragma once

#include <string>
#include <string_view>

namespace redkite::rest {

/// Appends the bytes that `text` stands for. False, and `bytes` is as it was, where it stands for none.
bool AppendFromBase64(std::string_view text, std::string* bytes);
std::string ToBase64(std::string_view bytes);

}  // namespace redkite::rest
