#include "engine/check_data.h"

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "engine/catalog_witness.h"
#include "engine/collection_dirs.h"
#include "io/dry_file_system.h"
#include "io/file_paths.h"
#include "meta/catalog.h"
#include "meta/local_kv.h"
#include "segment/sealed_segment.h"
#include "storage/block_file.h"
#include "storage/manifest.h"
#include "wal/local_log.h"
#include "wal/log_check.h"

namespace redkite::engine {
namespace {

using storage::FileKind;
using storage::FileRef;

class Checker {
 public:
  Checker(io::FileSystem* fs, const std::function<void(const CheckFinding&)>& found,
          const std::function<void(const std::string&)>& progress)
      : fs_(fs), found_(found), progress_(progress), random_(1), logger_(&clock_, LogLevel::kOff) {}

  Result<CheckReport> Run(const std::string& data_dir);

 private:
  void Damage(const std::string& path, const Status& status) {
    ++report_.damage_count;
    found_({CheckFinding::Kind::kDamage, path, status.message()});
  }
  void Begin(const std::string& path) {
    if (progress_) progress_(path);
  }
  void CheckSizes(const std::string& dir);
  void CheckLog();
  Status ReadLog();
  void CheckLogFiles(const Status& failure);
  void CheckCollections();
  void CheckCollectionsAlone();
  // `collection` is nullptr where there is no catalog.
  void CheckCollection(CollectionId id, const meta::CollectionMeta* collection);
  void CheckSegment(const std::string& dir, const storage::SegmentMeta& segment,
                    const meta::CollectionMeta* collection);
  bool CheckFile(const std::string& dir, const FileRef& ref, FileKind kind);
  void CheckManifest(const std::string& dir, const storage::Manifest& manifest, CollectionId id);
  void CheckAgainstCatalog(const std::string& dir, const storage::Manifest& manifest,
                           const meta::CollectionMeta& collection);

  io::DryFileSystem fs_;
  const std::function<void(const CheckFinding&)>& found_;
  const std::function<void(const std::string&)>& progress_;
  SystemClock clock_;
  Random random_;
  Logger logger_;
  CheckReport report_;
  std::unique_ptr<storage::DataDir> dir_;
  std::unique_ptr<meta::LocalKv> kv_;
  std::unique_ptr<meta::Catalog> catalog_;
  wal::LogPosition log_end_ = 0;
  bool log_is_whole_ = false;
};

Result<CheckReport> Checker::Run(const std::string& data_dir) {
  RK_ASSIGN_OR_RETURN(const bool exists, fs_.Exists(io::JoinPath(data_dir, "FORMAT")));
  if (!exists) return Status(Code::kIoFailed, "not a data directory, it has no FORMAT: " + data_dir);
  RK_ASSIGN_OR_RETURN(dir_, storage::DataDir::Open(&fs_, data_dir, &random_));
  ++report_.files;
  Begin(dir_->meta_dir());
  auto kv = meta::LocalKv::Open(&fs_, dir_->meta_dir());
  auto catalog = kv.ok() ? meta::Catalog::Open(kv->get()) : kv.status();
  if (catalog.ok()) {
    kv_ = std::move(*kv);
    catalog_ = std::move(*catalog);
    CheckSizes(dir_->meta_dir());
  } else {
    Damage(dir_->meta_dir(), catalog.status());
  }
  CheckLog();
  if (catalog_) {
    CheckCollections();
  } else {
    CheckCollectionsAlone();
  }
  return report_;
}

void Checker::CheckSizes(const std::string& dir) {
  const auto listing = fs_.List(dir);
  if (!listing.ok()) return Damage(dir, listing.status());
  for (const io::FileInfo& info : *listing) {
    report_.files += info.is_dir ? 0 : 1;
    report_.bytes += info.is_dir ? 0 : info.size_bytes;
  }
}

void Checker::CheckLog() {
  Begin(dir_->wal_dir());
  const Status read = ReadLog();
  if (!read.ok()) return CheckLogFiles(read);
  log_is_whole_ = true;
  CheckSizes(dir_->wal_dir());
}

Status Checker::ReadLog() {
  CatalogWitness witness(catalog_.get());
  wal::LocalLogOptions options;
  options.fs = &fs_;
  options.dir = dir_->wal_dir();
  options.clock = &clock_;
  options.random = &random_;
  options.has_thread = false;
  options.witness = catalog_ ? &witness : nullptr;
  RK_ASSIGN_OR_RETURN(const auto log, wal::LocalLog::Open(std::move(options)));
  const int64_t id_max = catalog_ ? catalog_->collection_id_max() : INT64_MAX;
  std::map<int64_t, uint64_t> lost;
  uint64_t records = 0;
  RK_RETURN_IF_ERROR(log->Read(0, [&](const wal::LogRecord& record) {
    ++records;
    if (record.shard.value() > id_max) ++lost[record.shard.value()];
    return Status::Ok();
  }));
  for (const auto& [id, count] : lost) {
    Damage(dir_->wal_dir(), Status::Corrupt(std::to_string(count) + " records of collection " +
                                            std::to_string(id) + ", which the catalog does not know"));
  }
  report_.log_records = records;
  log_end_ = log->last_position();
  return Status::Ok();
}

// The log as a whole has stopped at its first damage: now each file on its own.
void Checker::CheckLogFiles(const Status& failure) {
  bool is_told = false;
  const auto listing = fs_.List(dir_->wal_dir());
  for (const io::FileInfo& info : listing.ok() ? *listing : std::vector<io::FileInfo>()) {
    if (!wal::ParseLogFileName(info.name)) continue;
    const std::string path = io::JoinPath(dir_->wal_dir(), info.name);
    Begin(path);
    const auto checked = wal::CheckLogFile(&fs_, path, [&](const Status& damage) {
      Damage(path, damage);
      const size_t place_end = damage.message().find(": ", path.size() + 2);  // "PATH: offset N: what"
      is_told =
          is_told || failure.message().find(damage.message().substr(0, place_end + 1)) != std::string::npos;
    });
    if (checked.ok()) {
      report_.log_records += checked->record_count;
    } else if (failure.message().find(path) == std::string::npos) {
      Damage(path, checked.status());
    }
  }
  if (!is_told) Damage(dir_->wal_dir(), failure);
}

void Checker::CheckCollections() {
  CollectionDirs dirs(&fs_, dir_.get(), &logger_);
  const auto survey = dirs.Look([this](CollectionId id) { return catalog_->GetCollection(id).ok(); },
                                catalog_->collection_id_max());
  if (!survey.ok()) return Damage(dir_->collections_dir(), survey.status());
  for (const CollectionDirs::Renamed& renamed : survey->renamed)
    Damage(dir_->collection_dir(renamed.id), dirs.Refusal(renamed));
  for (const CollectionId id : survey->lost)
    Damage(dir_->collection_dir(id), Status::Corrupt("files of a collection that the catalog does not know"));
  for (const CollectionId id : survey->leftovers)
    found_({CheckFinding::Kind::kGarbage, dir_->collection_dir(id), "left by a create or drop that was cut"});
  for (const meta::CollectionPtr& collection : catalog_->ListCollections(DatabaseId(0)))
    CheckCollection(collection->id, collection.get());
}

// Without the catalog nobody knows which collections there are: what is there is looked at.
void Checker::CheckCollectionsAlone() {
  CollectionDirs dirs(&fs_, dir_.get(), &logger_);
  const auto survey = dirs.Look([](CollectionId) { return false; }, 0);
  if (!survey.ok()) return Damage(dir_->collections_dir(), survey.status());
  for (const CollectionDirs::Renamed& renamed : survey->renamed)
    Damage(dir_->collection_dir(renamed.id), dirs.Refusal(renamed));
  for (const CollectionId id : survey->lost) CheckCollection(id, nullptr);
  for (const CollectionId id : survey->leftovers) {
    // Its marker is there: it may be one that was never finished.
    const auto exists = fs_.Exists(dir_->shard_dir(id, ShardId(id.value())));
    if (exists.ok() && *exists) CheckCollection(id, nullptr);
  }
}

void Checker::CheckCollection(CollectionId id, const meta::CollectionMeta* collection) {
  ++report_.collections;
  const std::string dir = dir_->shard_dir(id, ShardId(id.value()));
  Begin(dir);
  auto manifests = storage::ManifestStore::Open(&fs_, dir);
  if (!manifests.ok()) return Damage(dir, manifests.status());
  const auto manifest = (*manifests)->current();
  if (!manifest) return Damage(dir, Status::Corrupt("the MANIFEST is missing"));
  ++report_.files;
  CheckManifest(dir, *manifest, id);
  if (collection != nullptr) CheckAgainstCatalog(dir, *manifest, *collection);
  for (const storage::SegmentMeta& segment : manifest->segments) CheckSegment(dir, segment, collection);
  const auto listing = fs_.List(dir);
  if (!listing.ok()) return Damage(dir, listing.status());
  for (const std::string& name : storage::FindGarbage(*manifest, *listing))
    found_({CheckFinding::Kind::kGarbage, io::JoinPath(dir, name), "named by no manifest"});
}

void Checker::CheckManifest(const std::string& dir, const storage::Manifest& manifest, CollectionId id) {
  if (manifest.collection != id)
    Damage(dir, Status::Corrupt("manifest of collection " + std::to_string(manifest.collection.value())));
  if (log_is_whole_ && manifest.checkpoint.log_position > log_end_ + 1) {
    Damage(dir, Status::Corrupt("flushed up to log position " +
                                std::to_string(manifest.checkpoint.log_position - 1) +
                                ", but the log ends at " + std::to_string(log_end_)));
  }
}

void Checker::CheckAgainstCatalog(const std::string& dir, const storage::Manifest& manifest,
                                  const meta::CollectionMeta& collection) {
  const Status age = CheckGeneration(dir, manifest.generation, catalog_->generation(collection.id));
  if (!age.ok()) Damage(dir, age);
  for (const storage::SegmentMeta& segment : manifest.segments) {
    if (segment.partition.value() > collection.partition_id_max) {
      Damage(dir, Status::Corrupt("segment " + std::to_string(segment.id.value()) + " is of partition " +
                                  std::to_string(segment.partition.value()) +
                                  ", which the catalog does not know"));
    }
  }
}

bool Checker::CheckFile(const std::string& dir, const FileRef& ref, FileKind kind) {
  if (ref.empty()) return true;
  const std::string path = io::JoinPath(dir, ref.name);
  Begin(path);
  auto file = storage::BlockFileReader::Open(&fs_, dir, ref, kind);
  const Status verified = file.ok() ? (*file)->VerifyAll() : file.status();
  if (!verified.ok()) {
    Damage(path, verified);
    return false;
  }
  ++report_.files;
  report_.bytes += ref.length_bytes;
  return true;
}

void Checker::CheckSegment(const std::string& dir, const storage::SegmentMeta& segment,
                           const meta::CollectionMeta* collection) {
  ++report_.segments;
  report_.rows += segment.row_count;
  bool whole = true;
  for (const storage::ColumnRef& column : segment.columns)
    whole = CheckFile(dir, column.file, FileKind::kColumn) && whole;
  whole = CheckFile(dir, segment.timestamps, FileKind::kTimestamps) && whole;
  whole = CheckFile(dir, segment.primary_key_order, FileKind::kPrimaryKeyOrder) && whole;
  whole = CheckFile(dir, segment.delta, FileKind::kDelta) && whole;
  for (const storage::IndexRef& index : segment.indexes)
    whole = CheckFile(dir, index.file, FileKind::kIndex) && whole;
  if (!whole || collection == nullptr) return;
  // The bytes are what was written; now whether they are what the manifest and the schema say.
  const auto opened = segment::OpenSegment(&fs_, dir, segment, collection->schema);
  if (!opened.ok()) Damage(dir, opened.status());
}

}  // namespace

Result<CheckReport> CheckData(io::FileSystem* fs, const std::string& data_dir,
                              const std::function<void(const CheckFinding&)>& found,
                              const std::function<void(const std::string& path)>& progress) {
  return Checker(fs, found, progress).Run(data_dir);
}

}  // namespace redkite::engine
