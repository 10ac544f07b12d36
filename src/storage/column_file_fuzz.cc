// Any content of the sections under right checksums, as a column: opened or refused; never a wrong access.
// The input's first bytes say which type, how many rows, and where one section ends.
#include "base/coding.h"
#include "base/testing/fuzz_input.h"
#include "base/testing/fuzz_target.h"
#include "io/mem_file_system.h"
#include "storage/column_file.h"
#include "storage/segment_file.h"
#include "types/array_value.h"
#include "types/sparse_vector.h"

namespace redkite::storage {
namespace {

const SegmentId kSegment{1};
const FieldId kField{100};

// Whatever the elements are said to be, no array is read beyond its bytes.
size_t TouchArray(std::string_view bytes) {
  size_t sum = 0;
  for (const DataType element : {DataType::kBool, DataType::kInt32, DataType::kDouble, DataType::kVarChar}) {
    const auto array = ArrayValue::Parse(element, bytes);
    if (array) array->ForEach([&](auto e) { sum += sizeof e; });
    for (size_t i = 0; array && element == DataType::kVarChar && i < array->size(); ++i)
      for (const char c : array->TextAt(i)) sum += static_cast<unsigned char>(c);
  }
  return sum;
}

size_t TouchSparse(const SparseRow& row) {
  size_t sum = 0;
  for (size_t i = 0; i < row.size(); ++i) sum += row.Index(i) + (row.Value(i) > 0 ? 1 : 0);
  return sum;
}

size_t Touch(const ColumnView& v) {
  size_t sum = 0;
  for (size_t b = 0; b < v.data_bytes(); ++b) sum += static_cast<size_t>(v.data[b]);
  for (size_t r = 0; r < v.row_count; ++r) {
    sum += v.IsValid(r) ? 1 : 0;
    if (v.offsets != nullptr) sum += v.TextAt(r).size();
    if (v.type == DataType::kArray) sum += TouchArray(v.TextAt(r));
    if (v.type == DataType::kSparseFloatVector) sum += TouchSparse(SparseRow(v.TextAt(r)));
  }
  return sum;
}

void Run(std::string_view bytes) {
  constexpr DataType kTypes[] = {DataType::kBool,         DataType::kInt16,
                                 DataType::kInt64,        DataType::kDouble,
                                 DataType::kVarChar,      DataType::kVarChar,
                                 DataType::kJson,         DataType::kFloatVector,
                                 DataType::kArray,        DataType::kSparseFloatVector,
                                 DataType::kArrayOfVector};
  fuzz::FuzzInput input(bytes);
  const DataType type = input.OneOf(kTypes);
  const uint64_t rows = input.Below(200);
  const size_t cut = input.Byte();
  const uint8_t flags = input.Byte();
  const std::string rest(input.Rest());
  const std::string first = rest.substr(0, std::min(cut, rest.size()));
  const FileIdent ident{kSegment, kField, type,
                        IsDenseVector(type) || type == DataType::kArrayOfVector ? 3 : 0, rows};
  io::MemFileSystem fs;
  auto writer = BlockFileWriter::Create(&fs, ".", "f", FileKind::kColumn, 1).value();
  CHECK(writer->Add({kIdentSection, kField}, EncodeIdent(ident)).ok());
  CHECK(writer->Add({kStatsSection, kField}, (flags & 1) != 0 ? first : std::string(50, '\0')).ok());
  if ((flags & 16) != 0) CHECK(writer->Add({kZonesSection, kField}, first).ok());
  CHECK(writer->Add({kDataSection, kField}, rest.substr(first.size())).ok());
  if (IsVariableLength(type)) CHECK(writer->Add({kOffsetsSection, kField}, first).ok());
  if ((flags & 2) != 0) {
    const std::string validity = (flags & 4) != 0 ? first : std::string((rows + 63) / 64 * 8, '\x5a');
    CHECK(writer->Add({kValiditySection, kField}, validity).ok());
  }
  const FileRef ref = writer->Finish().value();
  ColumnShape shape{kSegment, kField, type, ident.dim, rows};
  if ((flags & 8) != 0) shape.row_count = cut;
  const auto column = ColumnFile::Open(&fs, ".", ref, shape);
  if (!column.ok()) return;
  CHECK(Touch((*column)->view()) != SIZE_MAX);
  CHECK((*column)->zones().empty() || (*column)->zones().size() == 1);
}

fuzz::Inputs Seeds() {
  std::string texts({4, 3, 32, 0});
  for (const uint64_t offset : {0, 2, 4, 6}) PutFixed(&texts, offset);
  std::string ints({2, 2, 0, 2});
  for (const int64_t value : {7, 8}) PutFixed(&ints, value);
  std::string zones({2, 2, 21, 16});
  zones += EncodeZones(DataType::kInt64, {{.ordered = true, .min_int = 7, .max_int = 8}});
  for (const int64_t value : {7, 8}) PutFixed(&zones, value);
  std::string vectors({7, 2, 0, 0});
  vectors.append(24, 'v');
  std::string arrays({8, 2, 24, 0});
  for (const uint64_t offset : {0, 17, 17}) PutFixed(&arrays, offset);
  for (const uint32_t number : {2, 1, 5}) PutFixed(&arrays, number);  // two texts: their ends, then they
  std::string sparse({9, 2, 24, 0});
  for (const uint64_t offset : {0, 8, 8}) PutFixed(&sparse, offset);
  PutFixed<uint64_t>(&sparse, 0x3f80000000000005);
  std::string lists({10, 2, 24, 0});
  for (const uint64_t offset : {0, 24, 24}) PutFixed(&lists, offset);
  lists.append(24, 'v');
  return {texts + "ababab", ints, zones, vectors, arrays + "abcde", sparse, lists};
}

}  // namespace
}  // namespace redkite::storage

FUZZ_TARGET(column_file_fuzz, redkite::storage::Run, redkite::storage::Seeds, 5000)
