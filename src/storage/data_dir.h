// DataDir: the directory that one server owns: who may open it and where things are. Format:
// docs/formats/data_directory.md.
//
// FORMAT says which build may read the directory and is read before anything else is touched: a newer format
// is refused without a changed byte. LOCK keeps a second server out for the life of the object. Thread
// safety: immutable after Open. Ownership: owns the lock; borrows the file system, which must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/status.h"
#include "io/file_system.h"
#include "types/ids.h"

namespace redkite::storage {

inline constexpr uint32_t kDataFormatVersion = 1;
inline constexpr uint64_t kFormatBytesMax = 64 << 10;  // of FORMAT; with room for lines of later versions
/// FORMAT begins with it.
inline constexpr std::string_view kDataFormatTitle = "redkite data directory\n";

struct DataFormat {
  std::string uuid;  // 8-4-4-4-12 hexadecimal digits, lower case
  uint32_t format_version = kDataFormatVersion;
  uint32_t min_reader_version = 1;     // builds that know less must not open it
  uint64_t incompatible_features = 0;  // an unknown bit: refuse
  uint64_t compatible_features = 0;    // an unknown bit: ignore
  bool operator==(const DataFormat&) const = default;
};

std::string EncodeDataFormat(const DataFormat& format);
/// kDataIntegrity for any damage. Says nothing about whether this build may read it.
Result<DataFormat> DecodeDataFormat(std::string_view text);

class DataDir {
 public:
  /// Opens `path`, created when it is absent or empty. Errors: kServiceUnavailable when another server has
  /// it, kOperationNotSupported when it is newer than this build, kDataIntegrity when FORMAT is damaged or
  /// missing beside other files; each names the directory.
  static Result<std::unique_ptr<DataDir>> Open(io::FileSystem* fs, const std::string& path, Random* random);

  const std::string& path() const { return path_; }
  const DataFormat& format() const { return format_; }
  std::string wal_dir() const { return path_ + "/wal"; }
  std::string meta_dir() const { return path_ + "/meta"; }
  /// Parent of all collections' directories, each named by its id.
  std::string collections_dir() const { return path_ + "/collections"; }
  std::string collection_dir(CollectionId collection) const;
  std::string shard_dir(CollectionId collection, ShardId shard) const;

 private:
  DataDir(std::string path, DataFormat format, std::unique_ptr<io::FileLock> lock)
      : path_(std::move(path)), format_(std::move(format)), lock_(std::move(lock)) {}
  std::string path_;
  DataFormat format_;
  std::unique_ptr<io::FileLock> lock_;
};

}  // namespace redkite::storage
