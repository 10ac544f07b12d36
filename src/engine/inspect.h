// InspectFile: what one file of a data directory holds, as lines of text, for `redkite inspect`. It reads the
// file alone, also one that a start would refuse, as far as it can be read. Thread safety: one thread.
#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "io/file_system.h"

namespace redkite::engine {

using LineCallback = std::function<void(const std::string& line)>;

/// The kind of file is told by its first bytes: log file, block file (column, timestamps, key order, deletes,
/// index), manifest, metadata log and snapshot, FORMAT. What was read before damage is told first;
/// kDataIntegrity then names file and offset. kParameterInvalid: none of ours.
Status InspectFile(io::FileSystem* fs, const std::string& path, const LineCallback& line);

}  // namespace redkite::engine
