// `redkite audit verify PATH`: the chain of an audit log. Returns the process's exit code: 0 whole, 1
// changed, 2 wrong usage or nothing could be looked at. Thread safety: main thread.
#pragma once

#include <span>
#include <string_view>

namespace redkite::cmd {

int Audit(std::span<const std::string_view> arguments);

}  // namespace redkite::cmd
