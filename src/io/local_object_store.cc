#include "io/local_object_store.h"

#include <algorithm>
#include <functional>

#include "base/coding.h"
#include "base/crc32c.h"
#include "io/file_paths.h"
#include "io/object_path.h"

namespace redkite::io {
namespace {

constexpr size_t kHeaderBytes = 64;
constexpr std::string_view kMagic = "RKOBJCT\n";
constexpr uint16_t kVersion = 1;

struct Header {
  uint64_t size_bytes = 0;
  uint64_t nonce = 0;
  uint32_t content_crc = 0;
};

std::string EncodeHeader(const Header& header) {
  std::string out(kMagic);
  PutFixed(&out, kVersion);
  PutFixed(&out, kVersion);  // min reader version
  PutFixed(&out, uint32_t{0});
  PutFixed(&out, header.size_bytes);
  PutFixed(&out, header.nonce);
  PutFixed(&out, header.content_crc);
  out.resize(kHeaderBytes - 4);
  PutFixed(&out, Crc32c(out));
  return out;
}

Result<Header> DecodeHeader(std::string_view bytes) {
  Decoder in(bytes.substr(0, kHeaderBytes - 4));
  if (in.Raw(kMagic.size()) != kMagic) return Status::Corrupt("no object file");
  Decoder crc(bytes.substr(kHeaderBytes - 4));
  if (crc.Fixed<uint32_t>() != Crc32c(bytes.substr(0, kHeaderBytes - 4))) {
    return Status::Corrupt("header checksum differs");
  }
  in.Fixed<uint16_t>();  // format version, informs
  const auto min_reader = in.Fixed<uint16_t>();
  const auto features = in.Fixed<uint32_t>();
  if (min_reader > kVersion || features != 0) {
    return Status(Code::kOperationNotSupported, "object file is newer than this build");
  }
  Header header;
  header.size_bytes = in.Fixed<uint64_t>();
  header.nonce = in.Fixed<uint64_t>();
  header.content_crc = in.Fixed<uint32_t>();
  return header;
}

std::string EtagFrom(const Header& header) {
  std::string bytes;
  PutFixed(&bytes, header.nonce);
  PutFixed(&bytes, header.content_crc);
  std::string etag;
  for (const char c : bytes) {
    etag.push_back("0123456789abcdef"[static_cast<unsigned char>(c) >> 4]);
    etag.push_back("0123456789abcdef"[static_cast<unsigned char>(c) & 15]);
  }
  return etag;
}

}  // namespace

struct LocalObjectStore::Opened {
  std::unique_ptr<RandomAccessFile> file;
  Header header;
};

struct LocalObjectStore::Walk {
  std::string_view prefix;
  std::string_view after;
  size_t limit = 0;
  bool done = false;
  ObjectPage page;
};

LocalObjectStore::LocalObjectStore(FileSystem* fs, std::string dir, std::unique_ptr<FileLock> lock,
                                   Random random)
    : fs_(fs), dir_(std::move(dir)), lock_(std::move(lock)), random_(random) {}

Result<std::unique_ptr<LocalObjectStore>> LocalObjectStore::Open(FileSystem* fs, const std::string& dir,
                                                                 Random random) {
  RK_RETURN_IF_ERROR(fs->CreateDirs(dir));
  RK_ASSIGN_OR_RETURN(auto lock, fs->Lock(JoinPath(dir, "LOCK")));
  for (const char* name : {"objects", "tmp"}) RK_RETURN_IF_ERROR(fs->CreateDirs(JoinPath(dir, name)));
  RK_ASSIGN_OR_RETURN(const auto unfinished, fs->List(JoinPath(dir, "tmp")));
  for (const FileInfo& info : unfinished) {
    RK_RETURN_IF_ERROR(fs->Remove(JoinPath(JoinPath(dir, "tmp"), info.name)));
  }
  return std::unique_ptr<LocalObjectStore>(new LocalObjectStore(fs, dir, std::move(lock), random));
}

std::string LocalObjectStore::PathOf(std::string_view key) const {
  return JoinPath(JoinPath(dir_, "objects"), PathOfObject(key));
}

Mutex& LocalObjectStore::MutexOf(std::string_view key) {
  return key_mutexes_[std::hash<std::string_view>()(key) % key_mutexes_.size()];
}

Status LocalObjectStore::fenced() const {
  MutexLock lock(mutex_);
  return fenced_;
}

Status LocalObjectStore::Fence(const Status& why) {
  MutexLock lock(mutex_);
  if (fenced_.ok()) {
    fenced_ =
        why.WithCode(Code::kIoFailed).WithContext("object store takes no more writes, restart to recover");
  }
  return fenced_;
}

Status LocalObjectStore::SettleDir(const std::string& dir, bool create) {
  MutexLock lock(dirs_mutex_);
  if (settled_dirs_.count(dir) > 0) return Status::Ok();
  if (create) {
    RK_RETURN_IF_ERROR(fs_->CreateDirs(dir));
  } else {
    RK_ASSIGN_OR_RETURN(const bool exists, fs_->Exists(dir));
    if (!exists) return {Code::kKeyNotFound, "no such directory: " + dir};
  }
  for (std::string level = dir;; level = DirName(level)) {
    RK_RETURN_IF_ERROR(fs_->SyncDir(level));
    settled_dirs_.insert(level);
    const std::string parent = DirName(level);
    if (level == dir_ || parent == level || settled_dirs_.count(parent) > 0) return Status::Ok();
  }
}

// ---- read

Result<LocalObjectStore::Opened> LocalObjectStore::OpenObject(std::string_view key) {
  RK_RETURN_IF_ERROR(CheckObjectKey(key));
  const std::string path = PathOf(key);
  const Status not_found(Code::kKeyNotFound, "no such object: " + std::string(key));
  const Status settled = SettleDir(DirName(path), false);
  if (settled.code() == Code::kKeyNotFound) return not_found;
  RK_RETURN_IF_ERROR(settled);
  auto file = fs_->OpenForRead(path);
  if (file.status().code() == Code::kKeyNotFound) return not_found;
  if (!file.ok()) return file.status();
  Opened opened;
  opened.file = std::move(*file);
  const auto corrupt = [&](const Status& why) { return why.WithContext("object is damaged: " + path); };
  if (opened.file->size_bytes() < kHeaderBytes) return corrupt(Status::Corrupt("file is too short"));
  std::string bytes(kHeaderBytes, '\0');
  RK_RETURN_IF_ERROR(opened.file->ReadAt(0, std::as_writable_bytes(std::span(bytes))));
  auto header = DecodeHeader(bytes);
  if (!header.ok()) return corrupt(header.status());
  opened.header = *header;
  if (opened.file->size_bytes() != kHeaderBytes + opened.header.size_bytes) {
    return corrupt(Status::Corrupt("file has another length than its header says"));
  }
  return opened;
}

Result<ObjectPart> LocalObjectStore::Get(std::string_view key, ObjectRange range) {
  RK_ASSIGN_OR_RETURN(const Opened opened, OpenObject(key));
  const uint64_t size = opened.header.size_bytes;
  const uint64_t length =
      range.length == ObjectRange::kToEnd && range.offset <= size ? size - range.offset : range.length;
  if (range.offset > size || length > size - range.offset) {
    return Status(Code::kUnexpectedEof,
                  "range ends behind the object's " + std::to_string(size) + " bytes: " + std::string(key));
  }
  ObjectPart part;
  part.object = {size, EtagFrom(opened.header)};
  part.bytes.resize(length);
  RK_RETURN_IF_ERROR(
      opened.file->ReadAt(kHeaderBytes + range.offset, std::as_writable_bytes(std::span(part.bytes))));
  if (length == size && Crc32c(part.bytes) != opened.header.content_crc) {
    return Status::Corrupt("object is damaged: " + PathOf(key) + ": content checksum differs");
  }
  return part;
}

Result<ObjectInfo> LocalObjectStore::Head(std::string_view key) {
  RK_ASSIGN_OR_RETURN(const Opened opened, OpenObject(key));
  return ObjectInfo{opened.header.size_bytes, EtagFrom(opened.header)};
}

Result<std::string> LocalObjectStore::EtagOf(std::string_view key) {
  auto opened = OpenObject(key);
  if (opened.status().code() == Code::kKeyNotFound) return std::string();
  if (!opened.ok()) return opened.status();
  return EtagFrom(opened->header);
}

Status LocalObjectStore::VisitDir(const std::string& dir, const std::string& key, Walk* walk) {
  RK_ASSIGN_OR_RETURN(const auto listing, fs_->List(dir));
  std::vector<std::pair<std::string, const FileInfo*>> entries;
  for (const FileInfo& info : listing) {
    if (auto entry = EntryOfName(info.name, info.is_dir)) entries.emplace_back(key + entry->key, &info);
  }
  std::sort(entries.begin(), entries.end());
  for (const auto& [name, info] : entries) {
    if (walk->done) return Status::Ok();
    if (info->is_dir) {
      const bool may_match = name.starts_with(walk->prefix) || walk->prefix.starts_with(name);
      const bool is_behind = walk->after > name && !walk->after.starts_with(name);
      if (may_match && !is_behind) RK_RETURN_IF_ERROR(VisitDir(JoinPath(dir, info->name), name, walk));
      continue;
    }
    if (!name.starts_with(walk->prefix) || name <= walk->after) continue;
    ObjectPage& page = walk->page;
    if (page.objects.size() == walk->limit) {
      page.next = page.objects.back().key;
      walk->done = true;
      return Status::Ok();
    }
    page.objects.push_back({name, std::max(info->size_bytes, kHeaderBytes) - kHeaderBytes});
  }
  return Status::Ok();
}

Result<ObjectPage> LocalObjectStore::List(std::string_view prefix, std::string_view after, size_t limit) {
  if (limit == 0) return Status::Invalid("a page of objects holds at least one: 0");
  Walk walk{prefix, after, std::min(limit, kMaxObjectsPerPage), false, {}};
  RK_RETURN_IF_ERROR(VisitDir(JoinPath(dir_, "objects"), "", &walk));
  return std::move(walk.page);
}

// ---- write

Status LocalObjectStore::WriteTemporary(const std::string& path, std::string_view header,
                                        std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(auto file, fs_->Create(path));
  RK_RETURN_IF_ERROR(file->Append(header));
  RK_RETURN_IF_ERROR(file->Append(bytes));
  RK_RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

Result<PutOutcome> LocalObjectStore::Write(std::string_view key, std::string_view bytes) {
  RK_RETURN_IF_ERROR(fenced());
  Header header{bytes.size(), 0, Crc32c(bytes)};
  std::string temporary;
  {
    MutexLock lock(mutex_);
    header.nonce = random_.Next();
    temporary = JoinPath(JoinPath(dir_, "tmp"), std::to_string(++temporaries_));
  }
  const std::string path = PathOf(key);
  RK_RETURN_IF_ERROR(SettleDir(DirName(path), true));
  Status status = WriteTemporary(temporary, EncodeHeader(header), bytes);
  const bool is_written = status.ok();
  if (is_written) status = fs_->Rename(temporary, path);
  if (!status.ok()) {
    (void)fs_->Remove(temporary);
    // A disk that is full has not renamed anything; whatever else went wrong may have.
    if (is_written && status.code() != Code::kDiskLimitExceeded) return Fence(status);
    return status;
  }
  if (Status synced = fs_->SyncDir(DirName(path)); !synced.ok()) return Fence(synced);
  return PutOutcome{true, EtagFrom(header)};
}

Result<PutOutcome> LocalObjectStore::Put(std::string_view key, std::string_view bytes) {
  RK_RETURN_IF_ERROR(CheckObjectKey(key));
  MutexLock lock(MutexOf(key));
  return Write(key, bytes);
}

Result<PutOutcome> LocalObjectStore::PutIfAbsent(std::string_view key, std::string_view bytes) {
  RK_RETURN_IF_ERROR(CheckObjectKey(key));
  MutexLock lock(MutexOf(key));
  RK_ASSIGN_OR_RETURN(std::string current, EtagOf(key));
  if (!current.empty()) return PutOutcome{false, std::move(current)};
  return Write(key, bytes);
}

Result<PutOutcome> LocalObjectStore::PutIfMatch(std::string_view key, std::string_view etag,
                                                std::string_view bytes) {
  RK_RETURN_IF_ERROR(CheckObjectKey(key));
  if (etag.empty()) return Status::Invalid("etag to match is empty: " + std::string(key));
  MutexLock lock(MutexOf(key));
  RK_ASSIGN_OR_RETURN(std::string current, EtagOf(key));
  if (current != etag) return PutOutcome{false, std::move(current)};
  return Write(key, bytes);
}

Status LocalObjectStore::Delete(std::string_view key) {
  RK_RETURN_IF_ERROR(CheckObjectKey(key));
  MutexLock lock(MutexOf(key));
  RK_RETURN_IF_ERROR(fenced());
  const std::string path = PathOf(key);
  const Status settled = SettleDir(DirName(path), false);
  if (settled.code() == Code::kKeyNotFound) return Status::Ok();
  RK_RETURN_IF_ERROR(settled);
  const Status removed = fs_->Remove(path);
  if (removed.code() == Code::kKeyNotFound) return Status::Ok();
  if (!removed.ok()) return Fence(removed);
  if (Status synced = fs_->SyncDir(DirName(path)); !synced.ok()) return Fence(synced);
  return Status::Ok();
}

}  // namespace redkite::io
