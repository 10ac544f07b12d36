#include "io/object_path.h"

#include "io/file_paths.h"

namespace redkite::io {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.=+,").find(c) != std::string_view::npos;
}

std::string Escaped(std::string_view prefix, std::string_view bytes) {
  std::string name(prefix);
  for (const char c : bytes) {
    if (IsPlain(c)) {
      name.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      name.push_back('%');
      name.push_back(kHex[byte >> 4]);
      name.push_back(kHex[byte & 15]);
    }
  }
  return name;
}

std::optional<std::string> Unescaped(std::string_view name) {
  std::string bytes;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      if (!IsPlain(name[i])) return std::nullopt;
      bytes.push_back(name[i]);
      continue;
    }
    if (i + 2 >= name.size()) return std::nullopt;
    const size_t high = std::string_view(kHex).find(name[i + 1]);
    const size_t low = std::string_view(kHex).find(name[i + 2]);
    if (high > 15 || low > 15) return std::nullopt;
    const auto byte = static_cast<char>(high << 4 | low);
    if (IsPlain(byte)) return std::nullopt;  // one name for each part
    bytes.push_back(byte);
    i += 2;
  }
  return bytes;
}

}  // namespace

std::string PathOfObject(std::string_view key) {
  std::string path;
  for (;;) {
    const size_t slash = key.find('/');
    std::string_view part = key.substr(0, slash);
    while (part.size() >= kChunkBytes) {
      path = JoinPath(path, Escaped("c-", part.substr(0, kChunkBytes)));
      part.remove_prefix(kChunkBytes);
    }
    const bool is_last = slash == std::string_view::npos;
    path = JoinPath(path, Escaped(is_last ? "o-" : "d-", part));
    if (is_last) return path;
    key.remove_prefix(slash + 1);
  }
}

std::optional<ObjectEntry> EntryOfName(std::string_view name, bool is_dir) {
  if (name.size() < 2 || name[1] != '-') return std::nullopt;
  const char kind = name[0];
  std::optional<std::string> bytes = Unescaped(name.substr(2));
  if (!bytes || is_dir != (kind != 'o')) return std::nullopt;
  const bool is_chunk = kind == 'c';
  if ((bytes->size() == kChunkBytes) != is_chunk || bytes->size() > kChunkBytes) return std::nullopt;
  if (kind == 'd') bytes->push_back('/');
  if (kind != 'o' && kind != 'd' && !is_chunk) return std::nullopt;
  return ObjectEntry{kind == 'o', std::move(*bytes)};
}

}  // namespace redkite::io
