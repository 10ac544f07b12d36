#include "config/value_text.h"

#include <algorithm>
#include <charconv>
#include <span>

namespace redkite::config {
namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};
constexpr Unit kByteUnits[] = {{"TiB", kGiB << 10}, {"GiB", kGiB}, {"MiB", kMiB}, {"KiB", kKiB}, {"B", 1}};
constexpr Unit kTimeUnits[] = {{"h", kHour}, {"min", kMinute}, {"s", kSecond}, {"ms", 1}};
constexpr std::string_view kLevelNames[] = {"debug", "info", "warn", "error", "off"};

Status Refuse(std::string_view key, std::string_view expected, std::string_view text) {
  return {Code::kParameterInvalid, "option " + std::string(key) + " expects " + std::string(expected) +
                                       ": \"" + std::string(text) + "\""};
}

bool ParseInteger(std::string_view text, int64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

// Number and unit, with blanks between them allowed. A bare number is accepted when `bare` is, and for 0.
bool ParseScaled(std::string_view text, std::span<const Unit> units, bool bare, int64_t* value) {
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  int64_t number = 0;
  if (digits == 0 || !ParseInteger(text.substr(0, digits), &number)) return false;
  std::string_view unit = text.substr(digits);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  if (unit.empty()) {
    *value = number;
    return bare || number == 0;
  }
  const auto found =
      std::find_if(units.begin(), units.end(), [unit](const Unit& u) { return u.name == unit; });
  return found != units.end() && !__builtin_mul_overflow(number, found->factor, value);
}

std::string PrintScaled(std::span<const Unit> units, int64_t value) {
  if (value == 0) return "0";
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) return std::to_string(value / unit.factor) + std::string(unit.name);
  }
  return std::to_string(value);
}

template <class Spec>
Status Bounded(const Spec& spec, std::string_view key, std::string_view text, int64_t parsed,
               int64_t* value) {
  if (parsed < spec.min || parsed > spec.max) return Refuse(key, PrintBounds(spec), text);
  *value = parsed;
  return Status::Ok();
}

}  // namespace

Status ParseValue(const Text& spec, std::string_view key, std::string_view text, std::string* value) {
  const bool may_be_empty = *spec.value == '\0';
  if (text.empty() && !may_be_empty) return Refuse(key, "a text", text);
  *value = may_be_empty && text == "none" ? std::string_view() : text;
  return Status::Ok();
}

Status ParseValue(const Address&, std::string_view key, std::string_view text, std::string* value) {
  if (!ParseHostPort(text).ok()) return Refuse(key, "HOST:PORT", text);
  *value = text;
  return Status::Ok();
}

Status ParseValue(const Flag&, std::string_view key, std::string_view text, bool* value) {
  if (text != "true" && text != "false") return Refuse(key, "true or false", text);
  *value = text == "true";
  return Status::Ok();
}

Status ParseValue(const Count& spec, std::string_view key, std::string_view text, int64_t* value) {
  int64_t parsed = 0;
  if (!ParseInteger(text, &parsed)) return Refuse(key, "a whole number in " + PrintBounds(spec), text);
  return Bounded(spec, key, text, parsed, value);
}

Status ParseValue(const Bytes& spec, std::string_view key, std::string_view text, int64_t* value) {
  int64_t parsed = 0;
  if (!ParseScaled(text, kByteUnits, true, &parsed)) return Refuse(key, "a size such as 64MiB", text);
  return Bounded(spec, key, text, parsed, value);
}

Status ParseValue(const Duration& spec, std::string_view key, std::string_view text, int64_t* value) {
  int64_t parsed = 0;
  if (!ParseScaled(text, kTimeUnits, false, &parsed))
    return Refuse(key, "a time such as 250ms, 10s or 5min", text);
  return Bounded(spec, key, text, parsed, value);
}

Status ParseValue(const Choice& spec, std::string_view key, std::string_view text, std::string* value) {
  std::string_view words = spec.words;
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    if (word != text) continue;
    *value = text;
    return Status::Ok();
  }
  return Refuse(key, PrintWords(spec), text);
}

Status ParseValue(const Level&, std::string_view key, std::string_view text, LogLevel* value) {
  const auto found = std::find(std::begin(kLevelNames), std::end(kLevelNames), text);
  if (found == std::end(kLevelNames)) return Refuse(key, "debug, info, warn, error or off", text);
  *value = static_cast<LogLevel>(found - std::begin(kLevelNames));
  return Status::Ok();
}

std::string PrintValue(const Text&, const std::string& value) { return value; }
std::string PrintValue(const Address&, const std::string& value) { return value; }
std::string PrintValue(const Flag&, bool value) { return value ? "true" : "false"; }
std::string PrintValue(const Count&, int64_t value) { return std::to_string(value); }
std::string PrintValue(const Bytes&, int64_t value) { return PrintScaled(kByteUnits, value); }
std::string PrintValue(const Duration&, int64_t value) { return PrintScaled(kTimeUnits, value); }
std::string PrintValue(const Choice&, const std::string& value) { return value; }
std::string PrintWords(const Choice& spec) {
  std::string out = spec.words;
  for (size_t at = out.find(' '); at != std::string::npos; at = out.find(' ', at + 2)) out.insert(at, ",");
  return out;
}
std::string PrintValue(const Level&, LogLevel value) {
  return std::string(kLevelNames[static_cast<int>(value)]);
}

Result<HostPort> ParseHostPort(std::string_view text) {
  const Status malformed(Code::kParameterInvalid,
                         "not an address of the form HOST:PORT: \"" + std::string(text) + "\"");
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed;
  std::string_view host = text.substr(0, colon);
  int64_t port = 0;
  if (!ParseInteger(text.substr(colon + 1), &port) || port < 0 || port > 65535) return malformed;
  if (!host.empty() && host.front() == '[') {
    if (host.back() != ']') return malformed;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return malformed;  // a bare IPv6 address cannot be told from its port
  }
  if (host.find_first_of(" \t/[]") != std::string_view::npos) return malformed;
  return HostPort{std::string(host), static_cast<int>(port)};
}

bool IsLoopbackHost(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  // Only the dotted form with four numbers: "127.example.org" is a name.
  return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace redkite::config
