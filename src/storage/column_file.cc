#include "storage/column_file.h"

#include <algorithm>
#include <limits>

#include "base/coding.h"
#include "storage/segment_file.h"
#include "types/bitset.h"

namespace redkite::storage {
namespace {

std::span<const std::byte> AsBytes(const void* data, size_t size_bytes) {
  return {static_cast<const std::byte*>(data), size_bytes};
}

Result<ColumnStats> ReadStats(const BlockFileReader& reader, FieldId field) {
  RK_ASSIGN_OR_RETURN(const auto bytes, reader.Read({kStatsSection, field}));
  Decoder in({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  ColumnStats s;
  s.null_count = in.Fixed<uint64_t>();
  s.has_range = (in.Varint() & 1) != 0;
  s.min_int = in.Fixed<int64_t>();
  s.max_int = in.Fixed<int64_t>();
  s.min_real = in.Fixed<double>();
  s.max_real = in.Fixed<double>();
  s.min_text = in.String();
  s.max_text = in.String();
  if (!in.ok()) return reader.Corrupt("statistics section");
  return s;
}

Status CheckWritable(const ColumnView& v) {
  const bool fixed = !IsVariableLength(v.type);
  if (fixed && (v.dim < 0 || ValueBytes(v.type, v.dim) == 0)) {
    return Status::Internal("column of a type that is not stored: " + std::string(DataTypeName(v.type)));
  }
  if (!fixed && (v.offsets == nullptr || v.offsets[0] != 0))
    return Status::Internal("text column without offsets");
  if (v.row_count > std::numeric_limits<RowOffset>::max()) {
    return Status::Internal("column of too many rows: " + std::to_string(v.row_count));
  }
  return Status::Ok();
}

/// A file with one array of a number per row.
template <class T>
Result<FileRef> WriteRowArray(io::FileSystem* fs, const SegmentFiles& files, FileKind kind,
                              std::span<const T> values) {
  const bool order = kind == FileKind::kPrimaryKeyOrder;
  const std::string name = SegmentFileName(files, order ? "pk" : "ts", order ? "ord" : "col");
  RK_ASSIGN_OR_RETURN(auto writer, BlockFileWriter::Create(fs, files.dir, name, kind, files.generation));
  const FileIdent ident{.segment = files.segment, .count = values.size()};
  RK_RETURN_IF_ERROR(writer->Add({kIdentSection}, EncodeIdent(ident)));
  RK_RETURN_IF_ERROR(writer->Add({order ? kRowsSection : kTimestampsSection}, std::as_bytes(values)));
  return writer->Finish();
}

template <class T>
Result<std::shared_ptr<const RowArrayFile<T>>> OpenRowArray(std::unique_ptr<BlockFileReader> reader,
                                                            SegmentId segment, uint64_t row_count) {
  RK_ASSIGN_OR_RETURN(const FileIdent ident, ReadIdent(*reader, FieldId(0)));
  if (ident != FileIdent{.segment = segment, .count = row_count})
    return reader->Corrupt("file of other rows");
  RK_RETURN_IF_ERROR(reader->VerifyAll());
  const bool order = reader->kind() == FileKind::kPrimaryKeyOrder;
  RK_ASSIGN_OR_RETURN(const auto bytes, reader->Read({order ? kRowsSection : kTimestampsSection}));
  if (bytes.size() != row_count * sizeof(T)) return reader->Corrupt("row count");
  const std::span<const T> values(reinterpret_cast<const T*>(bytes.data()), row_count);
  return std::shared_ptr<const RowArrayFile<T>>(std::make_shared<RowArrayFile<T>>(std::move(reader), values));
}

bool IsPermutation(std::span<const RowOffset> order) {
  ExcludeBitset seen(order.size());
  for (const RowOffset row : order) {
    if (row >= order.size() || seen.Test(row)) return false;
    seen.Exclude(row);
  }
  return true;
}

Status CheckOffsets(const BlockFileReader& reader, std::span<const std::byte> bytes, uint64_t row_count,
                    uint64_t data_bytes) {
  if (bytes.size() != (row_count + 1) * sizeof(uint64_t)) return reader.Corrupt("offset count");
  const auto* offsets = reinterpret_cast<const uint64_t*>(bytes.data());
  bool rising = offsets[0] == 0;
  for (uint64_t r = 0; r < row_count; ++r) rising &= offsets[r] <= offsets[r + 1];
  if (!rising || offsets[row_count] != data_bytes) return reader.Corrupt("offsets");
  return Status::Ok();
}

}  // namespace

Result<ColumnRef> WriteColumn(io::FileSystem* fs, const SegmentFiles& files, const FieldColumn& column) {
  const ColumnView& v = column.view;
  RK_RETURN_IF_ERROR(CheckWritable(v));
  const std::string name = SegmentFileName(files, "f" + std::to_string(column.field.value()), "col");
  RK_ASSIGN_OR_RETURN(auto writer,
                      BlockFileWriter::Create(fs, files.dir, name, FileKind::kColumn, files.generation));
  const FileIdent ident{files.segment, column.field, v.type, v.dim, v.row_count};
  const std::string stats = EncodeStats(ComputeStats(v));
  RK_RETURN_IF_ERROR(writer->Add({kIdentSection, column.field}, EncodeIdent(ident)));
  RK_RETURN_IF_ERROR(writer->Add({kStatsSection, column.field}, stats));
  if (HasValueZones(v.type)) {
    ZoneSum zones;
    zones.Add(v);
    RK_RETURN_IF_ERROR(writer->Add({kZonesSection, column.field}, EncodeZones(v.type, zones.Take())));
  }
  if (v.validity != nullptr) {
    RK_RETURN_IF_ERROR(
        writer->Add({kValiditySection, column.field}, AsBytes(v.validity, BitWords(v.row_count) * 8)));
  }
  if (IsVariableLength(v.type)) {
    RK_RETURN_IF_ERROR(
        writer->Add({kOffsetsSection, column.field}, AsBytes(v.offsets, (v.row_count + 1) * 8)));
  }
  RK_RETURN_IF_ERROR(writer->Add({kDataSection, column.field}, AsBytes(v.data, v.data_bytes())));
  RK_ASSIGN_OR_RETURN(FileRef file, writer->Finish());
  return ColumnRef{column.field, std::move(file)};
}

Result<SegmentFileRefs> WriteColumns(io::FileSystem* fs, const SegmentFiles& files, const SegmentRows& rows) {
  const size_t row_count = rows.timestamps.size();
  bool agree = rows.primary_key_order.size() == row_count;
  for (const FieldColumn& c : rows.columns) agree = agree && c.view.row_count == row_count;
  if (!agree) return Status::Internal("columns of a segment have different row counts");
  SegmentFileRefs refs;
  for (const FieldColumn& c : rows.columns) {
    RK_ASSIGN_OR_RETURN(ColumnRef ref, WriteColumn(fs, files, c));
    refs.columns.push_back(std::move(ref));
  }
  RK_ASSIGN_OR_RETURN(refs.timestamps, WriteRowArray(fs, files, FileKind::kTimestamps, rows.timestamps));
  RK_ASSIGN_OR_RETURN(refs.primary_key_order,
                      WriteRowArray(fs, files, FileKind::kPrimaryKeyOrder, rows.primary_key_order));
  return refs;
}

Result<std::shared_ptr<const ColumnFile>> ColumnFile::Open(io::FileSystem* fs, const std::string& dir,
                                                           const FileRef& file, const ColumnShape& shape,
                                                           const ColumnOpen& how) {
  std::shared_ptr<ColumnFile> column(new ColumnFile);
  RK_ASSIGN_OR_RETURN(column->reader_, BlockFileReader::Open(fs, dir, file, FileKind::kColumn, how.memory));
  const BlockFileReader& reader = *column->reader_;
  if (how.verify == VerifyData::kNow) RK_RETURN_IF_ERROR(reader.VerifyAll());
  RK_ASSIGN_OR_RETURN(const FileIdent ident, ReadIdent(reader, shape.field));
  if (ident != FileIdent{shape.segment, shape.field, shape.type, shape.dim, shape.row_count}) {
    return reader.Corrupt("column of another segment, field, type or row count");
  }
  RK_ASSIGN_OR_RETURN(column->stats_, ReadStats(reader, shape.field));
  if (HasValueZones(shape.type) && reader.Find({kZonesSection, shape.field}) != nullptr) {
    RK_ASSIGN_OR_RETURN(const auto zones, reader.Read({kZonesSection, shape.field}));
    if (!DecodeZones({reinterpret_cast<const char*>(zones.data()), zones.size()}, shape, &column->zones_))
      return reader.Corrupt("zones section");
  }
  const Section* data = reader.Find({kDataSection, shape.field});
  if (data == nullptr) return reader.Corrupt("no data section");
  ColumnView& v = column->view_;
  v.type = shape.type;
  v.dim = shape.dim;
  v.row_count = shape.row_count;
  v.data = reader.Raw(*data).data();
  if (IsVariableLength(shape.type)) {
    RK_ASSIGN_OR_RETURN(const auto offsets, reader.Read({kOffsetsSection, shape.field}));
    RK_RETURN_IF_ERROR(CheckOffsets(reader, offsets, shape.row_count, data->length_bytes));
    v.offsets = reinterpret_cast<const uint64_t*>(offsets.data());
  } else if (data->length_bytes != shape.row_count * ValueBytes(shape.type, shape.dim)) {
    return reader.Corrupt("length of the data section");
  }
  if (reader.Find({kValiditySection, shape.field}) != nullptr) {
    RK_ASSIGN_OR_RETURN(const auto validity, reader.Read({kValiditySection, shape.field}));
    if (validity.size() != BitWords(shape.row_count) * 8)
      return reader.Corrupt("length of the validity section");
    v.validity = reinterpret_cast<const uint64_t*>(validity.data());
  }
  column->data_ = data;
  return std::shared_ptr<const ColumnFile>(std::move(column));
}

Status ColumnFile::VerifyRows(uint64_t first, uint64_t rows) const {
  CHECK(first <= view_.row_count && rows <= view_.row_count - first);
  if (view_.offsets != nullptr) {
    return reader_->VerifyRange(*data_, view_.offsets[first],
                                view_.offsets[first + rows] - view_.offsets[first]);
  }
  const uint64_t value_bytes = ValueBytes(view_.type, view_.dim);
  return reader_->VerifyRange(*data_, first * value_bytes, rows * value_bytes);
}

Result<std::shared_ptr<const TimestampsFile>> OpenTimestamps(io::FileSystem* fs, const std::string& dir,
                                                             const FileRef& file, SegmentId segment,
                                                             uint64_t row_count) {
  RK_ASSIGN_OR_RETURN(auto reader, BlockFileReader::Open(fs, dir, file, FileKind::kTimestamps));
  return OpenRowArray<Timestamp>(std::move(reader), segment, row_count);
}

Result<std::shared_ptr<const PrimaryKeyOrderFile>> OpenPrimaryKeyOrder(io::FileSystem* fs,
                                                                       const std::string& dir,
                                                                       const FileRef& file, SegmentId segment,
                                                                       uint64_t row_count) {
  RK_ASSIGN_OR_RETURN(auto reader, BlockFileReader::Open(fs, dir, file, FileKind::kPrimaryKeyOrder));
  const std::string path = reader->path();
  RK_ASSIGN_OR_RETURN(auto order, OpenRowArray<RowOffset>(std::move(reader), segment, row_count));
  if (!IsPermutation(order->values()))
    return Status::Corrupt("damaged file: key order is no permutation: " + path);
  return order;
}

}  // namespace redkite::storage
