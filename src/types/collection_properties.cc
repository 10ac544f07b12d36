#include "types/collection_properties.h"

#include <charconv>

namespace redkite {
namespace {

std::optional<int64_t> SecondsOf(const Params& properties, std::string_view key) {
  const std::string* text = FindParam(properties, key);
  const auto seconds = text == nullptr ? std::nullopt : ParsePropertyInt(*text);
  if (!seconds || *seconds < 0 || *seconds > kPropertySecondsMax) return std::nullopt;
  return seconds;
}

}  // namespace

std::optional<int64_t> ParsePropertyInt(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> ParsePropertyFlag(std::string_view text) {
  for (std::string_view yes : {"true", "True", "TRUE", "1", "t", "T"}) {
    if (text == yes) return true;
  }
  for (std::string_view no : {"false", "False", "FALSE", "0", "f", "F"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

Timestamp ExpiredBefore(const Params& properties, Timestamp now) {
  const auto seconds = SecondsOf(properties, kTtlProperty);
  if (!seconds || *seconds == 0) return 0;
  const int64_t cutoff_ms = WallMsOf(now) - *seconds * 1000;
  return cutoff_ms <= 0 ? 0 : MakeTimestamp(cutoff_ms);
}

std::optional<int64_t> RetentionMs(const Params& properties) {
  const auto seconds = SecondsOf(properties, kRetentionProperty);
  if (!seconds) return std::nullopt;
  return *seconds * 1000;
}

bool HasUniqueKeys(const Params& properties) {
  const std::string* text = FindParam(properties, kUniqueKeysProperty);
  return text != nullptr && ParsePropertyFlag(*text).value_or(false);
}

bool TakesGivenKeys(const Params& properties) {
  const std::string* text = FindParam(properties, kGivenKeysProperty);
  return text != nullptr && ParsePropertyFlag(*text).value_or(false);
}

bool IsAutoCompacted(const Params& properties) {
  const std::string* text = FindParam(properties, kAutoCompactionProperty);
  return text == nullptr || ParsePropertyFlag(*text).value_or(true);
}

}  // namespace redkite
