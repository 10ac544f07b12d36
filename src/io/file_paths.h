// File paths as text, with '/' between names. Pure functions; they never touch a disk.
#pragma once

#include <string>
#include <string_view>

namespace redkite::io {

/// "a/b" from "a" (or "a/") and "b"; `name` alone when `dir` is empty.
std::string JoinPath(std::string_view dir, std::string_view name);
/// "a/b" of "a/b/c"; "." where there is no directory, "/" for entries of the root.
std::string DirName(std::string_view path);
/// "c" of "a/b/c".
std::string BaseName(std::string_view path);

}  // namespace redkite::io
