// Base64 (RFC 4648 section 4, with padding): how JSON carries the bytes of vectors.
// Decoded straight into a column's bytes, and less strict about the last bits than base/base64.h. Thread
// safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace redkite::rest {

/// Appends the bytes that `text` stands for. False, and `bytes` is as it was, where it stands for none.
bool AppendFromBase64(std::string_view text, std::string* bytes);

}  // namespace redkite::rest
