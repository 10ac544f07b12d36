// One line of the audit log: docs/formats/audit.md. An ASCII JSON object in one fixed order of keys, `hash`
// last: SHA-256 (FIPS 180-4) over the hash of the line before, as its 64 digits, and the line's bytes before
// `,"hash"`. Whatever a client sent is escaped to printable ASCII, so that no text of an event can end a line
// or move a terminal. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/audit_event.h"

namespace redkite::audit {

/// A text of an event is cut behind so many bytes; the cut shows as an ellipsis.
inline constexpr size_t kTextBytesMax = 256;
/// More than the longest line that EncodeEvent and AppendLine can make, its end included.
inline constexpr size_t kLineBytesMax = 16 << 10;
inline constexpr size_t kHashDigits = 64;

/// Where the next line continues: its number and the hash of the one before. The first: 1, zeros.
struct Chain {
  uint64_t next_seq = 1;
  std::string hash = std::string(kHashDigits, '0');
  bool operator==(const Chain&) const = default;
};

/// `"event":"login","user":"root",…`: the part of a line that an event gives.
std::string EncodeEvent(const Event& event);
/// The same for what the log says of itself: the head of a file, names the hash that it continues; a torn end
/// that was moved to file `kept`; damage that a start went on behind; events that were lost.
std::string EncodeHead(std::string_view previous_hash);
std::string EncodeTorn(uint64_t bytes, std::string_view kept);
std::string EncodeDamage(std::string_view kept);
std::string EncodeLost(uint64_t count);

/// Appends the line with `fields` to `out`, with its end, and moves the chain on.
void AppendLine(int64_t wall_ms, std::string_view fields, Chain* chain, std::string* out);

/// The parts of a line; views into it.
struct Line {
  uint64_t seq = 0;
  std::string_view body;  // what is hashed
  std::string_view hash;
  std::optional<std::string_view> previous;  // of the head of a file
};
/// `text` is without its end. Nothing: it has not the form of a line. The hash is not checked.
std::optional<Line> ParseLine(std::string_view text);
std::string HashOf(std::string_view previous_hash, std::string_view body);

}  // namespace redkite::audit
