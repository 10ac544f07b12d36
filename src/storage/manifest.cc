#include "storage/manifest.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <unordered_set>

#include "base/planted.h"
#include "io/file_paths.h"

namespace redkite::storage {
namespace {

constexpr std::string_view kPrefix = "MANIFEST-";
constexpr size_t kDigits = 20;  // names sort as numbers do

std::string ManifestName(uint64_t generation) {
  char digits[kDigits + 1];
  std::snprintf(digits, sizeof digits, "%020llu", static_cast<unsigned long long>(generation));
  return std::string(kPrefix) + digits;
}

std::optional<uint64_t> GenerationOf(std::string_view name) {
  if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + kDigits) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  uint64_t generation = 0;
  const auto [at, error] = std::from_chars(name.data(), name.data() + name.size(), generation);
  if (error != std::errc() || at != name.data() + name.size()) return std::nullopt;
  return generation;
}

Status WriteWhole(io::FileSystem* fs, const std::string& path, std::string_view bytes, bool* sync_failed) {
  RK_ASSIGN_OR_RETURN(auto file, fs->Create(path));
  RK_RETURN_IF_ERROR(file->Append(bytes));
  const Status synced = file->Sync();
  *sync_failed = !synced.ok();
  RK_RETURN_IF_ERROR(synced);
  return file->Close();
}

}  // namespace

const SegmentMeta* Manifest::Find(SegmentId id) const {
  auto it = std::find_if(segments.begin(), segments.end(), [&](const SegmentMeta& s) { return s.id == id; });
  return it == segments.end() ? nullptr : &*it;
}

SegmentMeta* Manifest::Find(SegmentId id) {
  return const_cast<SegmentMeta*>(static_cast<const Manifest*>(this)->Find(id));
}

void AddFilesOf(const SegmentMeta& meta, std::vector<FileRef>* files) {
  for (const ColumnRef& column : meta.columns) files->push_back(column.file);
  for (const IndexRef& index : meta.indexes) files->push_back(index.file);
  for (const FileRef* file : {&meta.timestamps, &meta.primary_key_order, &meta.delta}) {
    if (!file->empty()) files->push_back(*file);
  }
}

std::vector<std::string> FindGarbage(const Manifest& manifest, const std::vector<io::FileInfo>& listing) {
  std::unordered_set<std::string> needed = {ManifestName(manifest.generation)};
  for (const SegmentMeta& s : manifest.segments) {
    for (const ColumnRef& c : s.columns) needed.insert(c.file.name);
    for (const IndexRef& x : s.indexes) needed.insert(x.file.name);
    needed.insert({s.timestamps.name, s.primary_key_order.name, s.delta.name});
  }
  std::vector<std::string> garbage;
  for (const io::FileInfo& info : listing) {
    if (!info.is_dir && !needed.contains(info.name)) garbage.push_back(info.name);
  }
  return garbage;
}

Result<std::unique_ptr<ManifestStore>> ManifestStore::Open(io::FileSystem* fs, const std::string& dir) {
  std::unique_ptr<ManifestStore> store(new ManifestStore(fs, dir));
  RK_RETURN_IF_ERROR(store->Load());
  return store;
}

Status ManifestStore::Load() {
  RK_ASSIGN_OR_RETURN(const auto listing, fs_->List(dir_));
  std::optional<uint64_t> newest;
  size_t manifest_count = 0;
  for (const io::FileInfo& info : listing) {
    const std::optional<uint64_t> generation = GenerationOf(info.name);
    newest = std::max(newest, generation);
    manifest_count += generation.has_value();
  }
  if (!newest.has_value()) return Status::Ok();
  const std::string path = io::JoinPath(dir_, ManifestName(*newest));
  // Beside an older one its name may not be durable yet: the process that made it was ended, or could not
  // sync. The older one goes and the log is trimmed because of it, so it must not vanish.
  if (manifest_count > 1) RK_RETURN_IF_ERROR(fs_->SyncDir(dir_));
  RK_ASSIGN_OR_RETURN(const std::string bytes, fs_->ReadAll(path, kManifestBytesMax));
  Result<Manifest> manifest = DecodeManifest(bytes);
  if (!manifest.ok()) return manifest.status().WithContext(path);
  if (manifest->generation != *newest) {
    return Status::Corrupt("manifest holds generation " + std::to_string(manifest->generation) + ": " + path);
  }
  MutexLock lock(mutex_);
  current_ = std::make_shared<const Manifest>(std::move(manifest).value());
  return Status::Ok();
}

std::shared_ptr<const Manifest> ManifestStore::current() const {
  MutexLock lock(mutex_);
  return current_;
}

Status ManifestStore::health() const {
  if (RK_PLANTED("fenced_flush_overwrites")) return Status::Ok();
  MutexLock lock(commit_mutex_);
  return fenced_;
}

Result<std::shared_ptr<const Manifest>> ManifestStore::Commit(const std::function<Status(Manifest*)>& edit) {
  MutexLock commit_lock(commit_mutex_);
  RK_RETURN_IF_ERROR(fenced_);
  const std::shared_ptr<const Manifest> before = current();
  Manifest next = before == nullptr ? Manifest() : *before;
  RK_RETURN_IF_ERROR(edit(&next));
  if (before != nullptr && next == *before) return before;
  next.generation = before == nullptr ? 1 : before->generation + 1;
  RK_RETURN_IF_ERROR(Write(next));
  auto committed = std::make_shared<const Manifest>(std::move(next));
  {
    MutexLock lock(mutex_);
    current_ = committed;
  }
  RemoveOlder(committed->generation);
  return std::shared_ptr<const Manifest>(std::move(committed));
}

Status ManifestStore::Write(const Manifest& manifest) {
  const std::string path = io::JoinPath(dir_, ManifestName(manifest.generation));
  const std::string temporary = path + ".tmp";
  RK_ASSIGN_OR_RETURN(const bool exists, fs_->Exists(path));
  if (exists) {
    fenced_ = Status::Corrupt("manifest was written by someone else: " + path);
    return fenced_;
  }
  const std::string bytes = EncodeManifest(manifest);
  if (bytes.size() > kManifestBytesMax) {
    return {Code::kDiskLimitExceeded, "manifest would be too large: " + path + ": " +
                                          std::to_string(bytes.size()) + " bytes, at most " +
                                          std::to_string(kManifestBytesMax)};
  }
  bool sync_failed = false;
  const Status written = WriteWhole(fs_, temporary, bytes, &sync_failed);
  if (!written.ok()) {
    if (sync_failed) fenced_ = written;
    (void)fs_->Remove(temporary);  // garbage otherwise
    return written;
  }
  // The names of the files that the manifest names must be durable before it is.
  fenced_ = fs_->SyncDir(dir_);
  if (fenced_.ok()) fenced_ = fs_->Rename(temporary, path);
  if (fenced_.ok() && !RK_PLANTED("manifest_name_not_synced")) fenced_ = fs_->SyncDir(dir_);
  return fenced_;
}

void ManifestStore::RemoveOlder(uint64_t generation) {
  // What fails here is garbage, and the next commit tries again.
  const Result<std::vector<io::FileInfo>> listing = fs_->List(dir_);
  if (!listing.ok()) return;
  for (const io::FileInfo& info : *listing) {
    const std::optional<uint64_t> g = GenerationOf(info.name);
    if (g.has_value() && *g < generation) (void)fs_->Remove(io::JoinPath(dir_, info.name));
  }
}

}  // namespace redkite::storage
