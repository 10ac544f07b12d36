// The declarations of options.inc as data: for loading, help and generated documents.
// Thread safety: immutable.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "config/settings.h"

namespace redkite::config {

enum class Restart { kRestart, kLive };

struct OptionInfo {
  std::string_view key;
  std::string_view member;  // of Settings
  std::string_view doc;
  Restart restart;
  bool is_flag;
  std::string default_text;
  std::string bounds_text;  // "1MiB..64GiB"; empty without bounds
  /// Parses `text` into the member; the Status names key, value and what was expected.
  Status (*set)(std::string_view text, Settings* settings);
  /// The member's value as text that `set` reads.
  std::string (*print)(const Settings& settings);
};

std::span<const OptionInfo> AllOptions();
/// nullptr for an unknown key.
const OptionInfo* FindOption(std::string_view key);
/// 'unknown option "k"; did you mean "key"?', or without the question where nothing is near.
std::string UnknownOptionText(std::string_view key);

}  // namespace redkite::config
