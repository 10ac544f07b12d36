// HeaderBlock: the header fields of one request, in one piece of memory. Names are lower-case.
// Thread safety: immutable once the request is handed to its handler.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redkite::server {

/// Fields to send: response headers or trailing metadata. Names lower-case.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

class HeaderBlock {
 public:
  void Reserve(size_t fields, size_t bytes) {
    entries_.reserve(fields);
    bytes_.reserve(bytes);
  }
  void Add(std::string_view name, std::string_view value) {
    entries_.push_back({static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(name.size()),
                        static_cast<uint32_t>(value.size())});
    bytes_.append(name).append(value);
  }
  void Clear() {
    entries_.clear();
    bytes_.clear();
  }
  size_t size() const { return entries_.size(); }
  std::string_view name(size_t i) const {
    return std::string_view(bytes_).substr(entries_[i].offset, entries_[i].name_bytes);
  }
  std::string_view value(size_t i) const {
    return std::string_view(bytes_).substr(entries_[i].offset + entries_[i].name_bytes,
                                           entries_[i].value_bytes);
  }
  /// The first value of `name` (lower-case).
  std::optional<std::string_view> Find(std::string_view wanted) const {
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (name(i) == wanted) return value(i);
    }
    return std::nullopt;
  }
  int Count(std::string_view wanted) const {
    int n = 0;
    for (size_t i = 0; i < entries_.size(); ++i) n += name(i) == wanted;
    return n;
  }

 private:
  struct Entry {
    uint32_t offset;
    uint32_t name_bytes;
    uint32_t value_bytes;
  };
  std::string bytes_;
  std::vector<Entry> entries_;
};

}  // namespace redkite::server
