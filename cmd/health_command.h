// `redkite health`: asks a running server's /healthz, for health checks of containers that have no curl.
// Returns the process's exit code: 0 healthy, 1 not, 2 wrong usage. Thread safety: main thread.
#pragma once

#include <span>
#include <string_view>

namespace redkite::cmd {

int Health(std::span<const std::string_view> arguments);

}  // namespace redkite::cmd
