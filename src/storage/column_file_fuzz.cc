// Any content of the sections under right checksums, as a column, as deletes and as a key order: opened or
// refused; never a wrong access. The input's first bytes say which type, how many rows, and where one section
// ends.
#include "io/mem_file_system.h"
#include "storage/column_file.h"
#include "storage/delta_file.h"
#include "storage/segment_file.h"

namespace {

using namespace redkite;           // NOLINT
using namespace redkite::storage;  // NOLINT

const SegmentId kSegment{1};

FileRef Write(io::FileSystem* fs, FileKind kind, FieldId field, const FileIdent& ident,
              const std::vector<std::pair<uint16_t, std::string>>& sections) {
  auto writer = BlockFileWriter::Create(fs, ".", "f", kind, 1).value();
  CHECK(writer->Add({kIdentSection, field}, EncodeIdent(ident)).ok());
  for (const auto& [section, bytes] : sections) CHECK(writer->Add({section, field}, bytes).ok());
  return writer->Finish().value();
}

size_t Touch(const ColumnView& v) {
  size_t sum = 0;
  for (size_t b = 0; b < v.data_bytes(); ++b) sum += static_cast<size_t>(v.data[b]);
  for (size_t r = 0; r < v.row_count; ++r) {
    sum += v.IsValid(r) ? 1 : 0;
    if (v.offsets != nullptr) sum += v.TextAt(r).size();
  }
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr DataType kTypes[] = {DataType::kBool,   DataType::kInt16,      DataType::kInt64,
                                 DataType::kDouble, DataType::kVarChar,    DataType::kVarChar,
                                 DataType::kJson,   DataType::kFloatVector};
  if (size < 4) return 0;
  const DataType type = kTypes[data[0] % 8];
  const uint64_t rows = data[1] % 40;
  const size_t cut = data[2];
  const bool with_validity = data[3] % 2 == 0;
  std::string rest(reinterpret_cast<const char*>(data) + 4, size - 4);
  const std::string first = rest.substr(0, std::min(cut, rest.size()));
  const std::string second = rest.substr(first.size());
  const int dim = IsVector(type) ? 3 : 0;
  const FieldId field(100);
  io::MemFileSystem fs;
  std::vector<std::pair<uint16_t, std::string>> sections = {
      {kStatsSection, size % 5 == 0 ? first : std::string(50, '\0')}, {kDataSection, second}};
  if (IsVariableLength(type)) sections.emplace_back(kOffsetsSection, first);
  if (with_validity) sections.emplace_back(kValiditySection, std::string((rows + 63) / 64 * 8, '\x5a'));
  FileRef ref = Write(&fs, FileKind::kColumn, field, {kSegment, field, type, dim, rows}, sections);
  size_t sum = 0;
  const auto column = ColumnFile::Open(&fs, ".", ref, {kSegment, field, type, dim, rows});
  if (column.ok()) sum += Touch((*column)->view());

  const FileIdent counted{kSegment, FieldId(0), DataType::kNone, 0, rows};
  ref = Write(&fs, FileKind::kDelta, FieldId(0), counted,
              {{kRowsSection, first}, {kTimestampsSection, second}});
  const auto deltas = ReadDelta(&fs, ".", ref, kSegment, rows);
  if (deltas.ok()) {
    for (const RowOffset r : deltas->rows) CHECK(r < rows);
  }
  ref = Write(&fs, FileKind::kPrimaryKeyOrder, FieldId(0), counted, {{kRowsSection, second}});
  const auto order = OpenPrimaryKeyOrder(&fs, ".", ref, kSegment, rows);
  if (order.ok()) {
    for (const RowOffset r : (*order)->values()) CHECK(r < rows);
  }
  return sum == SIZE_MAX ? 1 : 0;
}
