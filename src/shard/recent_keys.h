// RecentKeys: which keys were written lately and when, so that a write which was made from what a read saw
// can be refused when it would undo a write that came in between. Notes nothing until the first such write
// asks, and stops again when none has asked for long. Keys are kept as hashes: two that collide cost a
// needless refusal, never a missed one. Thread safety: none; the shard's append lock guards it.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "shard/write_record.h"

namespace redkite::shard {

class RecentKeys {
 public:
  static constexpr size_t kKeysMax = 65536;        // beyond it everything is forgotten
  static constexpr size_t kKeysOfWriteMax = 4096;  // a larger write counts as one of every key
  static constexpr int kQuietWritesMax = 4096;     // without a question

  /// The newest write after record.made_at that may have touched one of the keys which `record` replaces, or
  /// any that brought a schema newer than its own; 0: there is none.
  Timestamp OutdatedBy(const WriteRecord& record);
  /// A write was given its timestamp. `primary` is the field of the primary key.
  void Note(const WriteRecord& record, FieldId primary, Timestamp ts);

 private:
  void Forget();

  bool noting_ = false;
  int quiet_writes_ = 0;
  Timestamp last_ts_ = 0;
  uint32_t schema_version_ = 0;  // the newest that came
  Timestamp known_from_ = 0;     // of writes up to here it is not known what they touched
  std::unordered_map<uint64_t, Timestamp> newest_;
};

}  // namespace redkite::shard
