// TzifBytes: makes the bytes of a zone file (RFC 9636, version 2) for tests. Thread safety: plain data.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace redkite {

struct TzifBytes {
  std::vector<int32_t> offsets;                      // the first one before all transitions
  std::vector<std::pair<int64_t, int>> transitions;  // time, which offset from then on
  std::string footer;

  std::string Encode() const {
    std::string out = Header(0, 0);  // the first block, of 32-bit times, may be empty
    out += Header(transitions.size(), offsets.size());
    for (const auto& [time, offset] : transitions) Put(time, 8, &out);
    for (const auto& [time, offset] : transitions) out.push_back(static_cast<char>(offset));
    for (const int32_t offset : offsets) {
      Put(offset, 4, &out);
      out.append(2, '\0');
    }
    out += std::string("XXX\0", 4) + "\n" + footer + "\n";
    return out;
  }

 private:
  static void Put(int64_t value, int bytes, std::string* out) {
    for (int i = bytes - 1; i >= 0; --i)
      out->push_back(static_cast<char>(static_cast<uint64_t>(value) >> (i * 8)));
  }
  static std::string Header(size_t times, size_t types) {
    std::string out = "TZif2" + std::string(15, '\0');
    for (const size_t count :
         {size_t{0}, size_t{0}, size_t{0}, times, types, types == 0 ? size_t{0} : size_t{4}})
      Put(static_cast<int64_t>(count), 4, &out);
    return out;
  }
};

}  // namespace redkite
