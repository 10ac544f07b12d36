#include "shard/recent_keys.h"

#include <algorithm>
#include <functional>

namespace redkite::shard {
namespace {

uint64_t HashAt(const ColumnView& keys, size_t row) {
  if (keys.type == DataType::kVarChar) return std::hash<std::string_view>()(keys.TextAt(row));
  return static_cast<uint64_t>(keys.At<int64_t>(row));
}

}  // namespace

void RecentKeys::Forget() {
  newest_.clear();
  known_from_ = last_ts_;
}

Timestamp RecentKeys::OutdatedBy(const WriteRecord& record) {
  const ColumnView keys = record.delete_keys.view();
  quiet_writes_ = 0;
  if (!noting_) {
    noting_ = true;
    Forget();
  }
  // What such a write put into fields that the record does not know would be lost.
  if (record.schema && record.schema->version < schema_version_) return last_ts_;
  Timestamp newest = known_from_;
  for (size_t row = 0; row < keys.row_count && !newest_.empty(); ++row) {
    const auto it = newest_.find(HashAt(keys, row));
    if (it != newest_.end()) newest = std::max(newest, it->second);
  }
  return newest > *record.made_at ? newest : 0;
}

void RecentKeys::Note(const WriteRecord& record, FieldId primary, Timestamp ts) {
  last_ts_ = ts;
  if (record.schema) schema_version_ = std::max(schema_version_, record.schema->version);
  if (!noting_) return;
  if (++quiet_writes_ > kQuietWritesMax) {
    noting_ = false;
    newest_ = {};
    return;
  }
  const auto note = [&](const ColumnView& keys) {
    if (keys.row_count > kKeysOfWriteMax || newest_.size() + keys.row_count > kKeysMax) return Forget();
    for (size_t row = 0; row < keys.row_count; ++row) newest_[HashAt(keys, row)] = ts;
  };
  if (record.truncates) return Forget();
  if (record.delete_keys.row_count() > 0) note(record.delete_keys.view());
  record.ForEachRows(
      [&](PartitionId, const segment::PreparedRows& rows) { note(rows.rows.Find(primary)->view()); });
}

}  // namespace redkite::shard
