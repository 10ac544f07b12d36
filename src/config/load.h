// Load: the settings of a run. Later sources win: built-in defaults, the file of --config, the flags.
// Flags: --key value, --key=value; a flag of yes or no may stand alone (--insecure).
// Thread safety: pure but for `read_file`.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "config/settings.h"

namespace redkite::config {

/// Reads a whole text file; passed in, so that this room touches no disk.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

/// `arguments` are those after the subcommand. An unknown key, a malformed or out-of-bounds value, or a
/// combination that CheckSettings refuses gives kParameterInvalid with a text for the user.
Result<Settings> Load(std::span<const std::string_view> arguments, const FileReader& read_file);

}  // namespace redkite::config
