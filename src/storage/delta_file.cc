#include "storage/delta_file.h"

#include <algorithm>
#include <cstring>

#include "storage/segment_file.h"

namespace redkite::storage {

Result<FileRef> WriteDelta(io::FileSystem* fs, const SegmentFiles& files, const DeltaRows& deltas) {
  if (deltas.rows.size() != deltas.timestamps.size()) return Status::Internal("deletes without timestamps");
  const std::string name = SegmentFileName(files, "del", "del");
  RK_ASSIGN_OR_RETURN(auto writer,
                      BlockFileWriter::Create(fs, files.dir, name, FileKind::kDelta, files.generation));
  const FileIdent ident{.segment = files.segment, .count = deltas.rows.size()};
  RK_RETURN_IF_ERROR(writer->Add({kIdentSection}, EncodeIdent(ident)));
  RK_RETURN_IF_ERROR(writer->Add({kRowsSection}, std::as_bytes(std::span(deltas.rows))));
  RK_RETURN_IF_ERROR(writer->Add({kTimestampsSection}, std::as_bytes(std::span(deltas.timestamps))));
  return writer->Finish();
}

Result<DeltaRows> ReadDelta(io::FileSystem* fs, const std::string& dir, const FileRef& file,
                            SegmentId segment, uint64_t row_count) {
  RK_ASSIGN_OR_RETURN(auto reader, BlockFileReader::Open(fs, dir, file, FileKind::kDelta));
  RK_RETURN_IF_ERROR(reader->VerifyAll());
  RK_ASSIGN_OR_RETURN(const FileIdent ident, ReadIdent(*reader, FieldId(0)));
  if (ident.segment != segment) return reader->Corrupt("deletes of another segment");
  RK_ASSIGN_OR_RETURN(const auto rows, reader->Read({kRowsSection}));
  RK_ASSIGN_OR_RETURN(const auto timestamps, reader->Read({kTimestampsSection}));
  // Compared as quotients: a forged count must not overflow.
  if (rows.size() % 4 != 0 || rows.size() / 4 != ident.count || timestamps.size() % 8 != 0 ||
      timestamps.size() / 8 != ident.count) {
    return reader->Corrupt("delete count");
  }
  DeltaRows deltas;
  deltas.rows.resize(ident.count);
  deltas.timestamps.resize(ident.count);
  if (ident.count > 0) {
    std::memcpy(deltas.rows.data(), rows.data(), rows.size());
    std::memcpy(deltas.timestamps.data(), timestamps.data(), timestamps.size());
  }
  const bool inside =
      std::all_of(deltas.rows.begin(), deltas.rows.end(), [&](RowOffset r) { return r < row_count; });
  if (!inside) return reader->Corrupt("delete of a row beyond the segment");
  return deltas;
}

}  // namespace redkite::storage
