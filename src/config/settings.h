// Settings: the values of all options, as a plain struct whose members options.inc declares (units in their
// names). A default-constructed one holds the defaults. Thread safety: plain data; read-only once the server
// runs.
#pragma once

#include "base/status.h"
#include "config/option_spec.h"

namespace redkite::config {

struct Settings {
#define OPTION(member, key, kind, restart, doc) decltype(kind)::Value member = (kind).value;
#include "config/options.inc"
#undef OPTION
  bool operator==(const Settings&) const = default;
};

/// Rules between options: `insecure` excludes what asks for credentials.
Status CheckSettings(const Settings& settings);

}  // namespace redkite::config
