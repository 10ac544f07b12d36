// Column files: one file per field of a sealed segment, one for the timestamps, one for the order of the
// primary keys. Format: docs/formats/column_file.md. The layout is that of types/column.h, so that a load is
// a map.
//
// Thread safety: the functions share no state; an open ColumnFile is immutable and shared.
// Ownership: a ColumnFile owns its map; view() and everything taken from it lives as long as the ColumnFile.
// Invariants: after Open every offset is inside the data and the counts agree, so that no reader can leave
// the map. The values themselves are verified at Open (VerifyData::kNow) or by VerifyAll / VerifyRows
// (kLater).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "storage/block_file.h"
#include "types/column.h"
#include "types/timestamp.h"
#include "types/value_zone.h"

namespace redkite::storage {

struct ColumnRef {
  FieldId field{};
  FileRef file;
  bool operator==(const ColumnRef&) const = default;
};

/// One field of a segment to be written.
struct FieldColumn {
  FieldId field{};
  ColumnView view;
};

/// A sealed segment as its caller holds it. All of it has row_count rows, at most 2^32 - 1.
struct SegmentRows {
  std::span<const FieldColumn> columns;  // in schema order
  std::span<const Timestamp> timestamps;
  std::span<const RowOffset> primary_key_order;  // row offsets sorted by key: a permutation
};

struct SegmentFileRefs {
  std::vector<ColumnRef> columns;
  FileRef timestamps;
  FileRef primary_key_order;
};

/// Files are durable on return; their names with the manifest that names them.
Result<SegmentFileRefs> WriteColumns(io::FileSystem* fs, const SegmentFiles& files, const SegmentRows& rows);
Result<ColumnRef> WriteColumn(io::FileSystem* fs, const SegmentFiles& files, const FieldColumn& column);

/// What every value of a column is bounded by. Text bounds are cut to 64 bytes: a value's first 64 bytes lie
/// between.
struct ColumnStats {
  uint64_t null_count = 0;
  bool has_range = false;             // false: no value, a type without order, or a NaN among the values
  int64_t min_int = 0, max_int = 0;   // Bool and integers
  double min_real = 0, max_real = 0;  // Float, Double
  std::string min_text, max_text;     // VarChar
  bool operator==(const ColumnStats&) const = default;
};
ColumnStats ComputeStats(const ColumnView& column);
std::string EncodeStats(const ColumnStats& stats);

/// The statistics of a column that is seen run by run.
class StatsSum {
 public:
  void Add(const ColumnView& rows);
  const ColumnStats& stats() const { return sum_; }

 private:
  ColumnStats sum_;
  bool unordered_ = false;  // a NaN was among the values
};

/// What the schema and the manifest say that a column file must hold.
struct ColumnShape {
  SegmentId segment{};
  FieldId field{};
  DataType type = DataType::kNone;
  int dim = 0;
  uint64_t row_count = 0;
};

std::string EncodeZones(DataType type, const std::vector<ValueZone>& zones);
/// False: not the zones of such a column.
bool DecodeZones(std::string_view bytes, const ColumnShape& shape, std::vector<ValueZone>* zones);

enum class VerifyData { kNow, kLater };
struct ColumnOpen {
  VerifyData verify = VerifyData::kNow;
  MemoryLedger* memory = nullptr;  // see BlockFileReader::Open
};

class ColumnFile {
 public:
  static Result<std::shared_ptr<const ColumnFile>> Open(io::FileSystem* fs, const std::string& dir,
                                                        const FileRef& file, const ColumnShape& shape,
                                                        const ColumnOpen& how = {});
  const ColumnView& view() const { return view_; }
  const ColumnStats& stats() const { return stats_; }
  /// Of each run of kValueZoneRows; empty where the file has none.
  std::span<const ValueZone> zones() const { return zones_; }
  Status VerifyAll(const CancelToken* cancel = nullptr) const { return reader_->VerifyAll(cancel); }
  /// For kLater: verifies the values of rows [first, first + rows), which must exist.
  Status VerifyRows(uint64_t first, uint64_t rows) const;
  uint64_t mapped_bytes() const { return reader_->ref().length_bytes; }
  bool is_resident() const { return reader_->is_resident(); }

 private:
  ColumnFile() = default;
  std::unique_ptr<BlockFileReader> reader_;
  const Section* data_ = nullptr;
  ColumnView view_;
  ColumnStats stats_;
  std::vector<ValueZone> zones_;
};

/// An array of one number per row, mapped: timestamps and the order of the primary keys.
template <class T>
class RowArrayFile {
 public:
  RowArrayFile(std::unique_ptr<BlockFileReader> reader, std::span<const T> values)
      : reader_(std::move(reader)), values_(values) {}
  std::span<const T> values() const { return values_; }

 private:
  std::unique_ptr<BlockFileReader> reader_;
  std::span<const T> values_;
};
using TimestampsFile = RowArrayFile<Timestamp>;
using PrimaryKeyOrderFile = RowArrayFile<RowOffset>;

/// Both are verified whole; the order is a permutation of the rows.
Result<std::shared_ptr<const TimestampsFile>> OpenTimestamps(io::FileSystem* fs, const std::string& dir,
                                                             const FileRef& file, SegmentId segment,
                                                             uint64_t row_count);
Result<std::shared_ptr<const PrimaryKeyOrderFile>> OpenPrimaryKeyOrder(io::FileSystem* fs,
                                                                       const std::string& dir,
                                                                       const FileRef& file, SegmentId segment,
                                                                       uint64_t row_count);

}  // namespace redkite::storage
