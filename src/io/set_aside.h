// What a rescue sets aside: damaged files and directories, kept beside what goes on without them, under a
// name that nothing reads: "NAME.damaged", and "NAME.damaged.2" … for what is set aside under the same name
// later. Nothing that was set aside is ever written over. Thread safety: as the file system's; one rescue at
// a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/file_system.h"

namespace redkite::io {

/// The first of these names of `path` that is free.
Result<std::string> SetAsidePath(FileSystem* fs, const std::string& path);
/// "x.log" of "x.log.damaged" and of "x.log.damaged.2"; nothing for other names.
std::optional<std::string_view> NameBeforeSetAside(std::string_view name);
/// Renames `path`; the new path. The directory is synced.
Result<std::string> SetAside(FileSystem* fs, const std::string& path);
/// Copies `path` and leaves it; the path of the copy, which is durable. Only zeros are behind `used_bytes`:
/// they are not read. Memory: one buffer of 1 MiB.
Result<std::string> CopyAside(FileSystem* fs, const std::string& path, uint64_t used_bytes);

}  // namespace redkite::io
