// Any content of the sections under right checksums, as deletes, as timestamps and as a key order: opened or
// refused; what is opened names only rows of the segment and reads back what was written.
#include "base/coding.h"
#include "base/testing/fuzz_input.h"
#include "base/testing/fuzz_target.h"
#include "io/mem_file_system.h"
#include "storage/column_file.h"
#include "storage/delta_file.h"
#include "storage/segment_file.h"

namespace redkite::storage {
namespace {

const SegmentId kSegment{1};

FileRef Write(io::FileSystem* fs, FileKind kind, uint64_t count, std::string_view rows,
              std::string_view timestamps) {
  auto writer = BlockFileWriter::Create(fs, ".", "f", kind, 1).value();
  CHECK(writer->Add({kIdentSection}, EncodeIdent({kSegment, FieldId(0), DataType::kNone, 0, count})).ok());
  CHECK(writer->Add({kRowsSection}, rows).ok());
  CHECK(writer->Add({kTimestampsSection}, timestamps).ok());
  return writer->Finish().value();
}

void CheckDeltas(io::FileSystem* fs, const FileRef& ref, uint64_t rows) {
  const auto deltas = ReadDelta(fs, ".", ref, kSegment, rows);
  if (!deltas.ok()) return;
  CHECK(deltas->rows.size() == deltas->timestamps.size());
  for (const RowOffset r : deltas->rows) CHECK(r < rows);
  const auto again = WriteDelta(fs, {".", kSegment, 2}, *deltas);
  CHECK(again.ok() && *ReadDelta(fs, ".", *again, kSegment, rows) == *deltas);
}

void Run(std::string_view bytes) {
  fuzz::FuzzInput input(bytes);
  const uint64_t rows = input.Below(64);
  const uint64_t count = input.OneIn(16) ? input.Word() : input.Below(64);
  const size_t cut = input.Byte();
  const std::string rest(input.Rest());
  const std::string first = rest.substr(0, std::min(cut, rest.size()));
  const std::string second = rest.substr(first.size());
  io::MemFileSystem fs;
  CheckDeltas(&fs, Write(&fs, FileKind::kDelta, count, first, second), rows);
  const auto order = OpenPrimaryKeyOrder(
      &fs, ".", Write(&fs, FileKind::kPrimaryKeyOrder, count, first, second), kSegment, rows);
  if (order.ok()) {
    CHECK((*order)->values().size() == rows);
    for (const RowOffset r : (*order)->values()) CHECK(r < rows);
  }
  const auto times =
      OpenTimestamps(&fs, ".", Write(&fs, FileKind::kTimestamps, count, first, second), kSegment, rows);
  if (times.ok()) {
    Timestamp sum = 0;
    for (const Timestamp t : (*times)->values()) sum ^= t;
    CHECK((*times)->values().size() == rows && (sum == 0 || rows > 0));
  }
}

fuzz::Inputs Seeds() {
  std::string deltas({2, 2, 8});
  for (const uint32_t row : {1, 0}) PutFixed(&deltas, row);
  for (const uint64_t timestamp : {7, 8}) PutFixed(&deltas, timestamp);
  return {deltas, std::string(3, '\0')};
}

}  // namespace
}  // namespace redkite::storage

FUZZ_TARGET(delta_file_fuzz, redkite::storage::Run, redkite::storage::Seeds, 5000)
