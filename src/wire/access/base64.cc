#include "wire/access/base64.h"

#include <string>

#include "base/base64.h"

namespace redkite::wire {

std::optional<Secret> DecodeBase64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);  // so that no part of it stays behind in a smaller buffer
  const bool valid = AppendDecodedBase64(text, &out);
  Secret secret(std::move(out));  // wipes what it takes, also where that is nothing
  if (!valid) return std::nullopt;
  return secret;
}

}  // namespace redkite::wire
