// Parameters behind the path of a GET. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace redkite::server {

/// The first of that name, decoded; empty where it is not there.
std::string QueryParameter(std::string_view query, std::string_view key);

}  // namespace redkite::server
