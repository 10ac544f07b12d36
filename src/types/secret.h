// Secret: a password or a key on its way. It prints as ***, so that no log, error or test failure shows it by
// accident, and its bytes are overwritten when it goes. Thread safety: plain data. Ownership: its own bytes;
// copies are further copies of the secret, so move where you can.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace redkite {

/// Overwrites bytes for good: through volatile, so that the compiler keeps writes that nothing reads.
inline void WipeBytes(void* data, size_t size) {
  volatile char* p = static_cast<char*>(data);
  for (size_t i = 0; i < size; ++i) p[i] = 0;
}

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : size_(text.size()) {
    if (size_ == 0) return;
    bytes_.reset(new char[size_]);
    std::memcpy(bytes_.get(), text.data(), size_);
  }
  /// Takes the text over: what it stood in is wiped.
  explicit Secret(std::string&& text) : Secret(std::string_view(text)) {
    WipeBytes(text.data(), text.size());
    text.clear();
  }
  explicit Secret(const char* text) : Secret(std::string_view(text)) {}
  Secret(const Secret& other) : Secret(other.Reveal()) {}
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  Secret& operator=(Secret other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Secret() {
    if (bytes_ != nullptr) WipeBytes(bytes_.get(), size_);
  }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  /// The text itself. The name says that a caller shows it: nothing that is logged calls this.
  std::string_view Reveal() const {
    return size_ == 0 ? std::string_view("") : std::string_view(bytes_.get(), size_);
  }
  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

 private:
  std::unique_ptr<char[]> bytes_;  // not std::string, which leaves short texts behind when it moves
  size_t size_ = 0;
};

}  // namespace redkite
