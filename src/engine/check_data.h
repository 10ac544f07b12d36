// CheckData: reads everything in a data directory and verifies it, for `redkite check`. It opens the stores
// as a start does, over a file system that drops every change, and goes on where a start would stop: each
// file is told of by itself. Thread safety: one thread; takes the directory's lock, so no server may run on
// it. Memory: files are mapped one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "io/file_system.h"

namespace redkite::engine {

struct CheckFinding {
  enum class Kind {
    kDamage,   // data is lost or cannot be trusted
    kGarbage,  // a file that nothing names; the next start removes it
  };
  Kind kind = Kind::kDamage;
  std::string path;
  std::string what;
};

struct CheckReport {
  uint64_t files = 0;  // verified to their last byte
  uint64_t bytes = 0;
  uint64_t log_records = 0;
  uint64_t collections = 0;
  uint64_t segments = 0;
  uint64_t rows = 0;  // in segments, deleted ones among them
  uint64_t damage_count = 0;
};

/// `found` is called for each finding as it is made, `progress` before each file. Errors: the directory is
/// none of ours, newer than this build, in use, or cannot be read.
Result<CheckReport> CheckData(io::FileSystem* fs, const std::string& data_dir,
                              const std::function<void(const CheckFinding&)>& found,
                              const std::function<void(const std::string& path)>& progress = {});

}  // namespace redkite::engine
