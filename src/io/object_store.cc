#include "io/object_store.h"

namespace redkite::io {

Status CheckObjectKey(std::string_view key) {
  if (key.empty()) return Status::Invalid("object key is empty");
  if (key.size() > kMaxObjectKeyBytes) {
    return Status::Invalid("object key of " + std::to_string(key.size()) + " bytes exceeds the limit of " +
                           std::to_string(kMaxObjectKeyBytes));
  }
  if (key.find('\0') != std::string_view::npos) return Status::Invalid("object key holds a NUL byte");
  for (size_t begin = 0; begin <= key.size();) {
    const size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view part = key.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") {
      return Status::Invalid("object key has the part '" + std::string(part) + "': " + std::string(key));
    }
    begin = end + 1;
  }
  return Status::Ok();
}

}  // namespace redkite::io
