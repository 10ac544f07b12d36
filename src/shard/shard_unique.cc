// Unique primary keys. A write that brings rows enters its keys in arriving_keys_ and the log under one lock,
// so the order of timestamps is that in which keys were looked for. An insert finds each key that is there
// either arriving or in the snapshot that is taken afterwards: it leaves arriving_keys_ after it was
// published.
#include <optional>
#include <unordered_set>

#include "shard/shard.h"
#include "types/collection_properties.h"

namespace redkite::shard {
namespace {

using segment::PrimaryKey;

std::string TextOf(const PrimaryKey& key) {
  if (key.is_text) return std::string(key.text);
  return std::string(reinterpret_cast<const char*>(&key.number), sizeof key.number);
}

std::string NameOf(const PrimaryKey& key) {
  return key.is_text ? std::string(key.text) : std::to_string(key.number);
}

// One column of them for each partition.
std::vector<ColumnView> KeysOf(const WriteRecord& record, FieldId primary) {
  std::vector<ColumnView> out;
  record.ForEachRows([&](PartitionId, const segment::PreparedRows& rows) {
    out.push_back(rows.rows.Find(primary)->view());
  });
  return out;
}

bool IsThere(const segment::SegmentSnapshot& segment, const PrimaryKey& key, Timestamp expired_before) {
  bool found = false;
  segment.ForEachRowOf(key, [&](RowOffset row, Timestamp ts) {
    found = found || (ts >= expired_before && !segment.deletes->IsDeleted(row));
  });
  return found;
}

// An answer that may come before the lock is released under which it was asked for; whoever gets it may write
// again.
class HeldAnswer {
 public:
  explicit HeldAnswer(WriteDone done) : done_(std::move(done)) {}
  void Give(Status status, Timestamp ts) {
    {
      MutexLock lock(mutex_);
      if (held_) {
        early_.emplace(std::move(status), ts);
        return;
      }
    }
    done_(std::move(status), ts);
  }
  void Release() {
    {
      MutexLock lock(mutex_);
      held_ = false;
      if (!early_) return;
    }
    done_(std::move(early_->first), early_->second);
  }

 private:
  const WriteDone done_;
  Mutex mutex_;
  bool held_ GUARDED_BY(mutex_) = true;
  std::optional<std::pair<Status, Timestamp>> early_;  // written once, before the lock is released
};

}  // namespace

Status Shard::CheckNewKeys(const WriteRecord& record) const {
  const FieldSchema& primary = options_.schema->primary();
  const std::vector<ColumnView> parts = KeysOf(record, primary.id);
  const auto refuse = [&](const PrimaryKey& key, const std::string& why) {
    return Status::Invalid("primary key " + why + "[" + primary.name + "=" + NameOf(key) +
                           "][collection=" + options_.schema->name + "], and the collection has " +
                           std::string(kUniqueKeysProperty) + " set");
  };
  std::unordered_set<std::string> seen;
  for (const ColumnView& keys : parts) {
    for (size_t row = 0; row < keys.row_count; ++row) {
      const PrimaryKey key = PrimaryKey::At(keys, row);
      if (!seen.insert(TextOf(key)).second) return refuse(key, "occurs twice in the request");
    }
  }
  // The key that the snapshot or the map has, if any.
  const auto find = [&](const auto& is_there) -> std::optional<PrimaryKey> {
    for (const ColumnView& keys : parts) {
      for (size_t row = 0; row < keys.row_count; ++row) {
        if (is_there(PrimaryKey::At(keys, row))) return PrimaryKey::At(keys, row);
      }
    }
    return std::nullopt;
  };
  // Before the snapshot is taken: what leaves this map meanwhile is in it.
  {
    MutexLock lock(arriving_mutex_);
    if (!arriving_keys_.empty()) {
      const auto* const arriving = &arriving_keys_;
      const auto old = find([arriving](const PrimaryKey& key) { return arriving->contains(TextOf(key)); });
      if (old) return refuse(*old, "exists already");
    }
  }
  const auto snapshot = this->snapshot();
  for (const auto& segment : snapshot->segments) {
    const auto old =
        find([&](const PrimaryKey& key) { return IsThere(*segment, key, record.unique.expired_before); });
    if (old) return refuse(*old, "exists already");
  }
  return Status::Ok();
}

void Shard::AppendUnique(std::shared_ptr<WriteRecord> record, wal::LogPayload payload, WriteDone done) {
  // The rows are moved out of the record when it is applied.
  std::vector<std::string> keys;
  for (const ColumnView& view : KeysOf(*record, options_.schema->primary().id)) {
    for (size_t row = 0; row < view.row_count; ++row) keys.push_back(TextOf(PrimaryKey::At(view, row)));
  }
  auto answer = std::make_shared<HeldAnswer>(std::move(done));
  Status refused;
  {
    MutexLock order(unique_mutex_);
    // An upsert replaces what is there.
    if (record->delete_keys.row_count() == 0) refused = CheckNewKeys(*record);
    if (refused.ok()) {
      {
        MutexLock lock(arriving_mutex_);
        for (const std::string& key : keys) ++arriving_keys_[key];
      }
      AppendUnchecked(
          std::move(record), std::move(payload),
          [self = shared_from_this(), answer, keys = std::move(keys)](Status status, Timestamp ts) {
            self->Arrived(keys);
            answer->Give(std::move(status), ts);
          });
    } else {
      answer->Give(std::move(refused), 0);
    }
  }
  answer->Release();
}

void Shard::Arrived(const std::vector<std::string>& keys) {
  MutexLock lock(arriving_mutex_);
  for (const std::string& key : keys) {
    const auto it = arriving_keys_.find(key);
    if (--it->second == 0) arriving_keys_.erase(it);
  }
}

}  // namespace redkite::shard
