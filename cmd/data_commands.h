// The commands that look at a data directory without a server: `redkite check` and `redkite inspect`. Both
// return the process's exit code: 0 all right, 1 damage found, 2 wrong usage or nothing could be looked at.
// Thread safety: main thread.
#pragma once

#include <span>
#include <string_view>

namespace redkite::cmd {

int Check(std::span<const std::string_view> arguments);
int Inspect(std::span<const std::string_view> arguments);

}  // namespace redkite::cmd
