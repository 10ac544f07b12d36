#include "storage/column_file_writer.h"

#include <algorithm>
#include <limits>

#include "storage/segment_file.h"
#include "types/bitset.h"

namespace redkite::storage {

ColumnFileWriter::ColumnFileWriter(const ColumnShape& shape, std::unique_ptr<BlockFileWriter> writer)
    : shape_(shape), writer_(std::move(writer)) {
  if (IsVariableLength(shape.type)) offsets_.push_back(0);
}

Result<std::unique_ptr<ColumnFileWriter>> ColumnFileWriter::Create(io::FileSystem* fs,
                                                                   const SegmentFiles& files,
                                                                   const ColumnShape& shape) {
  if (shape.row_count > std::numeric_limits<RowOffset>::max()) {
    return Status::Internal("column of too many rows: " + std::to_string(shape.row_count));
  }
  const std::string name = SegmentFileName(files, "f" + std::to_string(shape.field.value()), "col");
  RK_ASSIGN_OR_RETURN(auto writer,
                      BlockFileWriter::Create(fs, files.dir, name, FileKind::kColumn, files.generation));
  const FileIdent ident{files.segment, shape.field, shape.type, shape.dim, shape.row_count};
  RK_RETURN_IF_ERROR(writer->Add({kIdentSection, shape.field}, EncodeIdent(ident)));
  RK_RETURN_IF_ERROR(writer->Begin({kDataSection, shape.field}));
  return std::unique_ptr<ColumnFileWriter>(new ColumnFileWriter(shape, std::move(writer)));
}

Status ColumnFileWriter::Append(const ColumnView& rows) {
  if (rows.type != shape_.type || rows.dim != shape_.dim || rows.row_count > shape_.row_count - row_count_) {
    return Status::Internal("rows that do not belong into their column");
  }
  RK_RETURN_IF_ERROR(writer_->Append({rows.data, rows.data_bytes()}));
  if (rows.offsets != nullptr) {
    const uint64_t before = offsets_.back();
    for (size_t r = 1; r <= rows.row_count; ++r) offsets_.push_back(before + rows.offsets[r]);
  }
  AddValidity(rows);
  stats_.Add(rows);
  zones_.Add(rows);
  row_count_ += rows.row_count;
  return Status::Ok();
}

void ColumnFileWriter::AddValidity(const ColumnView& rows) {
  if (validity_.empty()) {
    if (rows.validity == nullptr) return;
    validity_.assign(BitWords(shape_.row_count), 0);
    for (size_t r = 0; r < row_count_; ++r) validity_[r >> 6] |= uint64_t{1} << (r & 63);
  }
  for (size_t r = 0; r < rows.row_count; ++r) {
    const size_t at = row_count_ + r;
    if (rows.IsValid(r)) validity_[at >> 6] |= uint64_t{1} << (at & 63);
  }
}

Result<ColumnRef> ColumnFileWriter::Finish() {
  if (row_count_ != shape_.row_count) return Status::Internal("column with rows missing");
  RK_RETURN_IF_ERROR(writer_->End());
  const FieldId field = shape_.field;
  RK_RETURN_IF_ERROR(writer_->Add({kStatsSection, field}, EncodeStats(stats_.stats())));
  if (HasValueZones(shape_.type)) {
    RK_RETURN_IF_ERROR(writer_->Add({kZonesSection, field}, EncodeZones(shape_.type, zones_.Take())));
  }
  if (!validity_.empty()) {
    RK_RETURN_IF_ERROR(writer_->Add({kValiditySection, field}, std::as_bytes(std::span(validity_))));
  }
  if (!offsets_.empty()) {
    RK_RETURN_IF_ERROR(writer_->Add({kOffsetsSection, field}, std::as_bytes(std::span(offsets_))));
  }
  RK_ASSIGN_OR_RETURN(FileRef file, writer_->Finish());
  return ColumnRef{field, std::move(file)};
}

}  // namespace redkite::storage
