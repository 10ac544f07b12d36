// The whole chain of an audit log, over all of its files: any changed byte, missing, added or reordered line
// is found. What cannot be found without a hash kept elsewhere: lines that lack at the end, and a chain made
// anew by somebody who may write the files. Thread safety: one thread; a log that is written to meanwhile may
// show a last line without its end. Memory: bounded, whatever the files hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "io/file_system.h"

namespace redkite::audit {

struct VerifyOptions {
  /// The first files may lack, as when they were moved to an archive.
  bool may_lack_begin = false;
  /// A hash that was noted earlier: a line with it must be there. Empty: none is asked for.
  std::string_view expected_hash = {};
};

struct VerifyFinding {
  std::string path = {};
  uint64_t line = 0;  // in the file, from 1; 0: the file as a whole
  uint64_t offset = 0;
  std::string what;
};

inline constexpr size_t kFindingsMax = 100;

struct VerifyReport {
  uint64_t files = 0;
  uint64_t lines = 0;
  uint64_t first_seq = 0;
  uint64_t last_seq = 0;
  std::string last_hash;                // to be noted elsewhere
  uint64_t damage_count = 0;            // also of those that `findings` has no room for
  std::vector<VerifyFinding> findings;  // the first kFindingsMax
};

/// kKeyNotFound where there is no file of the log. A damaged log is a report, no failure.
Result<VerifyReport> VerifyAuditLog(io::FileSystem* fs, const std::string& path,
                                    const VerifyOptions& options = {});

}  // namespace redkite::audit
