// WriteRecord: what one mutation writes to the log: keys to delete, rows to add, or both (an upsert is one
// record, so it is atomic), or that all rows go. Format: docs/formats/write_record.md. Thread safety: plain
// data and pure functions.
#pragma once

#include <memory>
#include <optional>

#include "segment/row_block.h"
#include "wal/log.h"

namespace redkite::shard {

/// AppendRequest::type of a WriteRecord.
inline constexpr uint8_t kWriteRecordType = 1;

/// Of a collection whose keys are unique: rows without deletes are refused when one of their keys is there.
struct UniqueKeys {
  bool checked = false;
  Timestamp expired_before = 0;  // older rows have outlived their time to live and do not count
};

/// Rows of one partition.
struct PartitionRows {
  PartitionId partition;
  std::shared_ptr<segment::PreparedRows> rows;  // never null
};

struct WriteRecord {
  PartitionId partition;  // of the rows; for deletes alone: only there, or 0 = in all
  Column delete_keys;     // without rows: nothing is deleted
  /// Deletes hide rows inserted up to here; 0 = up to the record's own timestamp. A delete by filter carries
  /// the moment at which its keys were looked up.
  Timestamp delete_up_to = 0;
  std::shared_ptr<segment::PreparedRows> rows;  // null: nothing is added
  /// Where rows go to several partitions: those of the others, each partition once. Empty without `rows`.
  std::vector<PartitionRows> more;
  bool truncates = false;  // every row that came before goes; it deletes and adds nothing then
  /// How the write is ordered, not part of the record in the log.
  UniqueKeys unique;
  /// The write was made from what a read that ended at this timestamp saw of delete_keys: it is refused when
  /// one of them was written since. Not part of the record in the log either.
  std::optional<Timestamp> made_at;
  /// That the rows were made for; not part of the record in the log. With made_at the write is refused too
  /// when one for a newer schema came before it.
  std::shared_ptr<const CollectionSchema> schema;

  /// Calls `take` with each partition and its rows.
  template <class F>
  void ForEachRows(F take) const {
    if (rows) take(partition, *rows);
    for (const PartitionRows& part : more) take(part.partition, *part.rows);
  }
};

/// The payload borrows the columns of `record`, which it keeps alive.
wal::LogPayload EncodeWriteRecord(std::shared_ptr<const WriteRecord> record);
/// kDataIntegrity for anything malformed. `pk_field` orders the rows.
Result<WriteRecord> DecodeWriteRecord(std::string_view payload, FieldId pk_field);

}  // namespace redkite::shard
