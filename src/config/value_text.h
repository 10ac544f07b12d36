// Values of options as text: parsing with unit and bounds, and printing in the largest unit that divides.
// Bytes: 1048576, 64KiB, 512MiB, 2GiB. Durations: 250ms, 10s, 5min, 1h. Flags: true, false.
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "config/option_spec.h"

namespace redkite::config {

/// Each reads `text` for the option `key`; on failure *value is unchanged.
Status ParseValue(const Text& spec, std::string_view key, std::string_view text, std::string* value);
Status ParseValue(const Address& spec, std::string_view key, std::string_view text, std::string* value);
Status ParseValue(const Flag& spec, std::string_view key, std::string_view text, bool* value);
Status ParseValue(const Count& spec, std::string_view key, std::string_view text, int64_t* value);
Status ParseValue(const Bytes& spec, std::string_view key, std::string_view text, int64_t* value);
Status ParseValue(const Duration& spec, std::string_view key, std::string_view text, int64_t* value);
Status ParseValue(const Choice& spec, std::string_view key, std::string_view text, std::string* value);
Status ParseValue(const Level& spec, std::string_view key, std::string_view text, LogLevel* value);

std::string PrintValue(const Text& spec, const std::string& value);
std::string PrintValue(const Address& spec, const std::string& value);
std::string PrintValue(const Flag& spec, bool value);
std::string PrintValue(const Count& spec, int64_t value);
std::string PrintValue(const Bytes& spec, int64_t value);
std::string PrintValue(const Duration& spec, int64_t value);
std::string PrintValue(const Choice& spec, const std::string& value);
std::string PrintValue(const Level& spec, LogLevel value);

/// "auto, off": the words of a choice.
std::string PrintWords(const Choice& spec);
/// "1MiB..64GiB" for kinds with bounds, the words of a choice, else empty.
template <class Spec>
std::string PrintBounds(const Spec& spec) {
  if constexpr (requires { spec.min; }) {
    return PrintValue(spec, spec.min) + ".." + PrintValue(spec, spec.max);
  } else if constexpr (requires { spec.words; }) {
    return PrintWords(spec);
  } else {
    return {};
  }
}

struct HostPort {
  std::string host;  // without the brackets of IPv6
  int port = 0;
};
/// "127.0.0.1:19530", "localhost:0", "[::1]:9091"; an empty host means every interface.
Result<HostPort> ParseHostPort(std::string_view text);
/// 127.0.0.0/8, ::1 and localhost.
bool IsLoopbackHost(std::string_view host);

}  // namespace redkite::config
