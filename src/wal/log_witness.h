// LogWitness: where a log keeps, outside its own directory, what its files must be. A log alone cannot tell
// that its newest or oldest file, or all of it, was removed: what is left looks like a younger or a trimmed
// log.
//
// LocalLog stores the mark when a file is made, before a record in it is acknowledged, and before files are
// trimmed; it compares at Open. Thread safety: Load from one thread; Store from one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "wal/record_codec.h"

namespace redkite::wal {

/// The bounds are ones that the log has passed for certain: it has a file that begins at `oldest` or before
/// it, and one that begins at `newest` or behind it.
struct LogMark {
  LogUuid uuid{};
  LogPosition oldest = 0;
  LogPosition newest = 0;
  bool operator==(const LogMark&) const = default;
};
/// Version 1: docs/formats/log.md.
std::string EncodeLogMark(const LogMark& mark);
/// kDataIntegrity for anything malformed, kOperationNotSupported for a newer version.
Result<LogMark> DecodeLogMark(std::string_view bytes);

class LogWitness {
 public:
  virtual ~LogWitness() = default;
  /// What Store got last; nothing in a new data directory.
  virtual std::optional<std::string> Load() = 0;
  /// Durable on return.
  virtual Status Store(std::string mark) = 0;
};

}  // namespace redkite::wal
