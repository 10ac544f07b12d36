// MergeJsonObjects: one JSON object over another. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace redkite {

/// The members of `object` with those of `update` in their place or beside them; members of members are not
/// merged. kParameterInvalid when one of the two is no object.
Result<std::string> MergeJsonObjects(std::string_view object, std::string_view update);

}  // namespace redkite
