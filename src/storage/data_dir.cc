#include "storage/data_dir.h"

#include <charconv>
#include <cstdio>
#include <optional>

#include "base/crc32c.h"
#include "io/file_paths.h"

namespace redkite::storage {
namespace {

constexpr std::string_view kTitle = kDataFormatTitle;
constexpr std::string_view kCrcKey = "crc32c ";
constexpr uint64_t kKnownIncompatibleFeatures = 0;
constexpr size_t kCrcLineBytes = kCrcKey.size() + 8 + 1;

std::string Hex(uint64_t v, int digits) {
  char text[17];
  std::snprintf(text, sizeof text, "%0*llx", digits, static_cast<unsigned long long>(v));
  return text;
}

std::string NewUuid(Random* random) {
  // Version 4 of RFC 9562: random but for version and variant.
  const uint64_t high = (random->Next() & ~uint64_t{0xf000}) | 0x4000;
  const uint64_t low = (random->Next() & ~(uint64_t{3} << 62)) | (uint64_t{1} << 63);
  const std::string h = Hex(high, 16);
  const std::string l = Hex(low, 16);
  return h.substr(0, 8) + "-" + h.substr(8, 4) + "-" + h.substr(12) + "-" + l.substr(0, 4) + "-" +
         l.substr(4);
}

/// Takes "key value\n" from the front of `text`; false when the next line has another key.
bool TakeLine(std::string_view* text, std::string_view key, std::string_view* value) {
  const size_t end = text->find('\n');
  if (end == std::string_view::npos || end <= key.size() || !text->starts_with(key) ||
      (*text)[key.size()] != ' ') {
    return false;
  }
  *value = text->substr(key.size() + 1, end - key.size() - 1);
  text->remove_prefix(end + 1);
  return true;
}

template <class T>
bool TakeNumber(std::string_view* text, std::string_view key, T* number) {
  std::string_view value;
  if (!TakeLine(text, key, &value)) return false;
  const auto [at, error] = std::from_chars(value.data(), value.data() + value.size(), *number);
  return error == std::errc() && at == value.data() + value.size();
}

bool IsOwnName(std::string_view name) {
  return name == "LOCK" || name == "FORMAT.tmp" || name == "lost+found";
}

/// The format, or nothing for a directory that is absent or empty.
Result<std::optional<DataFormat>> ReadFormat(io::FileSystem* fs, const std::string& path) {
  const std::string file = io::JoinPath(path, "FORMAT");
  Result<std::string> text = fs->ReadAll(file, kFormatBytesMax);
  if (text.ok()) {
    Result<DataFormat> format = DecodeDataFormat(*text);
    if (!format.ok()) return format.status().WithContext(file);
    return std::optional<DataFormat>(std::move(format).value());
  }
  if (text.status().code() != Code::kKeyNotFound) return text.status();
  RK_ASSIGN_OR_RETURN(const bool exists, fs->Exists(path));
  if (!exists) return std::optional<DataFormat>();
  RK_ASSIGN_OR_RETURN(const auto listing, fs->List(path));
  for (const io::FileInfo& info : listing) {
    if (!IsOwnName(info.name)) {
      return Status::Corrupt("not a data directory, it has files but no FORMAT: " + path);
    }
  }
  return std::optional<DataFormat>();
}

Status CheckReadable(const DataFormat& format, const std::string& path) {
  if (format.min_reader_version > kDataFormatVersion) {
    return {Code::kOperationNotSupported,
            "data directory needs a build that reads format " + std::to_string(format.min_reader_version) +
                ", this one reads up to " + std::to_string(kDataFormatVersion) + ": " + path};
  }
  if ((format.incompatible_features & ~kKnownIncompatibleFeatures) != 0) {
    return {Code::kOperationNotSupported,
            "data directory uses features that this build does not know: bits " +
                Hex(format.incompatible_features, 1) + ": " + path};
  }
  return Status::Ok();
}

}  // namespace

std::string EncodeDataFormat(const DataFormat& format) {
  std::string out(kTitle);
  out += "uuid " + format.uuid + "\n";
  out += "format_version " + std::to_string(format.format_version) + "\n";
  out += "min_reader_version " + std::to_string(format.min_reader_version) + "\n";
  out += "incompatible_features " + std::to_string(format.incompatible_features) + "\n";
  out += "compatible_features " + std::to_string(format.compatible_features) + "\n";
  out += std::string(kCrcKey) + Hex(Crc32c(out), 8) + "\n";
  return out;
}

Result<DataFormat> DecodeDataFormat(std::string_view text) {
  const Status damaged = Status::Corrupt("damaged data directory format");
  if (!text.starts_with(kTitle) || text.size() < kTitle.size() + kCrcLineBytes) return damaged;
  const std::string_view covered = text.substr(0, text.size() - kCrcLineBytes);
  if (text.substr(covered.size()) != std::string(kCrcKey) + Hex(Crc32c(covered), 8) + "\n") return damaged;
  std::string_view rest = covered.substr(kTitle.size());
  std::string_view uuid;
  DataFormat format;
  // Lines that a later version adds follow the known ones and are skipped.
  if (!TakeLine(&rest, "uuid", &uuid) || !TakeNumber(&rest, "format_version", &format.format_version) ||
      !TakeNumber(&rest, "min_reader_version", &format.min_reader_version) ||
      !TakeNumber(&rest, "incompatible_features", &format.incompatible_features) ||
      !TakeNumber(&rest, "compatible_features", &format.compatible_features)) {
    return damaged;
  }
  format.uuid = uuid;
  return format;
}

Result<std::unique_ptr<DataDir>> DataDir::Open(io::FileSystem* fs, const std::string& path, Random* random) {
  RK_ASSIGN_OR_RETURN(std::optional<DataFormat> format, ReadFormat(fs, path));
  if (format.has_value()) {
    RK_RETURN_IF_ERROR(CheckReadable(*format, path));
  } else {
    RK_RETURN_IF_ERROR(fs->CreateDirs(path));
  }
  Result<std::unique_ptr<io::FileLock>> lock = fs->Lock(io::JoinPath(path, "LOCK"));
  if (!lock.ok()) {
    if (lock.status().code() != Code::kServiceUnavailable) return lock.status();
    return Status(Code::kServiceUnavailable, "data directory is in use by another server: " + path);
  }
  // Again under the lock: another server may have created or upgraded it in between.
  RK_ASSIGN_OR_RETURN(format, ReadFormat(fs, path));
  if (!format.has_value()) {
    format.emplace();
    format->uuid = NewUuid(random);
    RK_RETURN_IF_ERROR(io::WriteFileAtomically(fs, io::JoinPath(path, "FORMAT"), EncodeDataFormat(*format)));
  }
  RK_RETURN_IF_ERROR(CheckReadable(*format, path));
  return std::unique_ptr<DataDir>(new DataDir(path, std::move(*format), std::move(lock).value()));
}

std::string DataDir::collection_dir(CollectionId collection) const {
  return collections_dir() + "/" + std::to_string(collection.value());
}

std::string DataDir::shard_dir(CollectionId collection, ShardId shard) const {
  return collection_dir(collection) + "/" + std::to_string(shard.value());
}

}  // namespace redkite::storage
