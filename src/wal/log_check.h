// CheckLogFile: verifies one log file on its own and tells every damage in it, where recovery stops at the
// first: behind each it goes on at the next record that verifies. Thread safety: none; reads only. Memory:
// that of LogScanner.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "io/file_system.h"
#include "wal/record_codec.h"

namespace redkite::wal {

inline constexpr int kDamagesToldPerFile = 20;  // a damage costs a walk to the end of the file

struct LogFileCheck {
  uint64_t record_count = 0;  // that verify
  int damage_count = 0;
};

/// `damage` gets one status for each, with file and offset. An error is one of the disk.
Result<LogFileCheck> CheckLogFile(io::FileSystem* fs, const std::string& path,
                                  const std::function<void(const Status&)>& damage);

}  // namespace redkite::wal
