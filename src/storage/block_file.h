// Block file: the container of all column, delta and index files. Format: docs/formats/column_file.md.
//
// Header, 64-byte aligned sections, block table, footer. Each 64 KiB of the file has a CRC-32C over its
// bytes, its number and the file's generation, so that a flipped bit, a moved block and a block of an older
// file are found. The table holds these checksums; the FileRef in the manifest holds the hash of the table,
// so that a swapped or stale file is found when it is opened. Nothing is encrypted or compressed yet: the
// fields for both are reserved. Thread safety: BlockFileWriter belongs to one thread. BlockFileReader is
// shared; its verified bits are atomic. Ownership: the reader owns the map; every span it gives lives as long
// as the reader. Memory: the writer buffers one block; the reader one bit per block beside the map. Errors:
// kDataIntegrity naming file and block; kOperationNotSupported for a newer format; what FileSystem returns.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/cancel.h"
#include "base/memory_ledger.h"
#include "base/status.h"
#include "io/file_system.h"
#include "storage/file_ref.h"
#include "types/ids.h"

namespace redkite::storage {

/// A file begins with it.
inline constexpr std::string_view kBlockFileMagic = "RKBLOCK\n";
inline constexpr uint64_t kBlockBytes = 64 * 1024;
inline constexpr uint64_t kSectionAlignment = 64;

enum class FileKind : uint16_t { kColumn = 1, kTimestamps = 2, kPrimaryKeyOrder = 3, kDelta = 4, kIndex = 5 };

/// What a section holds; the meaning of a number belongs to the file kind that writes it.
struct SectionId {
  uint16_t kind = 0;
  FieldId field{0};
  bool operator==(const SectionId&) const = default;
};

struct Section {
  SectionId id;
  uint64_t offset_bytes = 0;  // in the file, a multiple of kSectionAlignment
  uint64_t length_bytes = 0;
};

class BlockFileWriter {
 public:
  /// Creates dir/name; removed again unless Finish succeeds.
  static Result<std::unique_ptr<BlockFileWriter>> Create(io::FileSystem* fs, const std::string& dir,
                                                         const std::string& name, FileKind kind,
                                                         uint64_t generation);
  ~BlockFileWriter();
  /// Sections follow one another and each id occurs once.
  Status Begin(SectionId id);
  Status Append(std::span<const std::byte> bytes);
  Status Append(std::string_view bytes) { return Append(std::as_bytes(std::span(bytes))); }
  template <class T>
  Status AppendArray(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    return Append(std::as_bytes(values));
  }
  Status End();
  /// Begin, Append, End.
  Status Add(SectionId id, std::span<const std::byte> bytes);
  Status Add(SectionId id, std::string_view bytes) { return Add(id, std::as_bytes(std::span(bytes))); }
  /// Writes the table and makes the bytes durable. The name is durable after ManifestStore::Commit.
  Result<FileRef> Finish();

 private:
  BlockFileWriter(io::FileSystem* fs, std::unique_ptr<io::WritableFile> file, std::string path, FileRef ref);
  Status Write(std::span<const std::byte> bytes);
  Status WriteBlocks(std::span<const std::byte> bytes);
  Status Pad();
  std::string EncodeTable() const;

  io::FileSystem* const fs_;
  std::unique_ptr<io::WritableFile> file_;
  std::string path_;
  FileRef ref_;
  Status failed_;  // the first failure; later calls return it
  bool in_section_ = false;
  bool finished_ = false;
  uint64_t offset_bytes_ = 0;
  std::string block_;
  std::vector<Section> sections_;
  std::vector<uint32_t> block_crcs_;
};

class BlockFileReader {
 public:
  /// Maps dir/expected.name and verifies length, header, footer and table against `expected`; no block is
  /// read but what the header needs.
  /// With `memory`, the bytes are copied out of the map into memory of its own, accounted there, where that
  /// has room: with huge pages, and not subject to what becomes of the file.
  static Result<std::unique_ptr<BlockFileReader>> Open(io::FileSystem* fs, const std::string& dir,
                                                       const FileRef& expected, FileKind kind,
                                                       MemoryLedger* memory = nullptr);
  /// For inspection: the same without a manifest, so that a stale file is not found.
  static Result<std::unique_ptr<BlockFileReader>> OpenAlone(io::FileSystem* fs, const std::string& dir,
                                                            const std::string& name);

  FileKind kind() const { return kind_; }
  const FileRef& ref() const { return ref_; }
  const std::string& path() const { return path_; }
  bool is_resident() const { return held_.bytes() > 0; }
  const std::vector<Section>& sections() const { return sections_; }
  /// nullptr when there is none.
  const Section* Find(SectionId id) const;
  /// The bytes as mapped, not verified. `section` is one of sections().
  std::span<const std::byte> Raw(const Section& section) const;
  /// The bytes of the section after each of its blocks was verified; kDataIntegrity when it is absent.
  Result<std::span<const std::byte>> Read(SectionId id) const;
  /// Verifies the blocks of a range of the section that were not verified before; cheap when they were.
  Status VerifyRange(const Section& section, uint64_t offset_bytes, uint64_t length_bytes) const;
  /// Costs a load when all was verified before. What a cancelled call verified counts for the next one.
  Status VerifyAll(const CancelToken* cancel = nullptr) const;
  /// Blocks from `first` on, which exist.
  Status VerifyBlocks(uint64_t first, uint64_t count) const;
  uint64_t block_count() const { return block_crcs_.size(); }
  /// A kDataIntegrity that names the file.
  Status Corrupt(std::string_view what) const;

 private:
  BlockFileReader() = default;
  static Result<std::unique_ptr<BlockFileReader>> Load(io::FileSystem* fs, const std::string& dir,
                                                       const FileRef& ref, bool alone, MemoryLedger* memory);
  void Copy();
  Status ParseHeader(bool alone);
  Status ParseFooter(bool alone);
  Status ParseTable();

  std::string path_;
  FileRef ref_;
  FileKind kind_ = FileKind::kColumn;
  std::unique_ptr<io::MappedFile> map_;
  AlignedBuffer copy_;  // of a resident file, and where the map is not aligned to 64 bytes
  MemoryReservation held_;
  std::span<const std::byte> bytes_;
  uint64_t table_offset_bytes_ = 0;
  std::vector<Section> sections_;
  std::vector<uint32_t> block_crcs_;
  mutable std::unique_ptr<std::atomic<uint64_t>[]> verified_;  // one bit per block
  mutable std::atomic<bool> all_verified_{false};
};

}  // namespace redkite::storage
