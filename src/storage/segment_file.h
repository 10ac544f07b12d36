// What the files of a segment have in common: their names and the section that says what they hold. Used
// inside storage. Thread safety: pure functions over their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "storage/block_file.h"
#include "types/data_type.h"

namespace redkite::storage {

/// Section kinds of the column, timestamps, primary-key-order, delta and index files
/// (docs/formats/column_file.md).
enum SectionKind : uint16_t {
  kIdentSection = 1,
  kStatsSection = 2,
  kDataSection = 3,
  kOffsetsSection = 4,
  kValiditySection = 5,
  kRowsSection = 6,
  kTimestampsSection = 7,
  kIndexSection = 8,
  kZonesSection = 9,
};

/// First section of every segment file, checked against what the reader expects.
struct FileIdent {
  SegmentId segment{};
  FieldId field{};
  DataType type = DataType::kNone;
  int dim = 0;
  uint64_t count = 0;  // rows, or deletes
  bool operator==(const FileIdent&) const = default;
};

/// "s<segment>-<what>-g<generation>.<extension>".
std::string SegmentFileName(const SegmentFiles& files, std::string_view what, std::string_view extension);
std::string EncodeIdent(const FileIdent& ident);
Result<FileIdent> ReadIdent(const BlockFileReader& reader, FieldId field);

}  // namespace redkite::storage
