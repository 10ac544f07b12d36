// The configuration file: the part of YAML that settings need. "key: value" lines, keys dotted or nested by
// indentation, # comments, plain or quoted values. Lists, anchors, documents and flow style are refused, with
// the line. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace redkite::config {

struct FileEntry {
  std::string key;  // dotted
  std::string value;
  int line = 0;  // from 1
};

/// Entries in the order of the file. `name` stands in front of messages: "redkite.yaml:3: …".
Result<std::vector<FileEntry>> ParseSettingsFile(std::string_view name, std::string_view text);

}  // namespace redkite::config
