#include "storage/block_file.h"

#include <algorithm>
#include <cstring>

#include "base/coding.h"
#include "base/crc32c.h"
#include "base/planted.h"
#include "io/file_paths.h"

namespace redkite::storage {
namespace {

constexpr std::string_view kFooterMagic = "RKBE";
constexpr uint16_t kFormatVersion = 1;
constexpr uint16_t kMinReaderVersion = 1;
constexpr size_t kHeaderBytes = 64;
constexpr size_t kFooterBytes = 48;
constexpr size_t kTableHeadBytes = 32;
constexpr uint16_t kSectionEntryBytes = 32;
constexpr uint16_t kBlockEntryBytes = 8;
constexpr uint64_t kMaxSections = 4096;
constexpr uint64_t kBlocksBetweenChecks = 256;  // for somebody who waits no more: 16 MiB
constexpr uint8_t kNoCompression = 0;

constexpr uint64_t RoundUp(uint64_t v, uint64_t to) { return (v + to - 1) / to * to; }

std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// FNV-1a, 64 bits (RFC 9923). Each step is a bijection of the state, so that no change of one byte goes
/// unnoticed.
uint64_t TableHash(std::string_view bytes) {
  uint64_t h = 0xcbf29ce484222325;
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}

/// Generation and number come first: a block of an older file or of another place does not verify.
uint32_t BlockCrc(uint64_t generation, uint64_t number, std::span<const std::byte> bytes) {
  const uint64_t address[2] = {generation, number};
  return Crc32c(bytes.data(), bytes.size(), Crc32c(address, sizeof address));
}

std::string EncodeHeader(FileKind kind, uint64_t generation) {
  std::string h(kBlockFileMagic);
  PutFixed<uint16_t>(&h, kFormatVersion);
  PutFixed<uint16_t>(&h, kMinReaderVersion);
  PutFixed<uint16_t>(&h, static_cast<uint16_t>(kind));
  PutFixed<uint16_t>(&h, 0);  // encryption algorithm
  PutFixed<uint64_t>(&h, 0);  // key id
  PutFixed<uint64_t>(&h, generation);
  PutFixed<uint32_t>(&h, 0);  // incompatible features
  PutFixed<uint32_t>(&h, 0);  // compatible features
  h.resize(kHeaderBytes - 4, '\0');
  PutFixed<uint32_t>(&h, Crc32c(h));
  return h;
}

}  // namespace

BlockFileWriter::BlockFileWriter(io::FileSystem* fs, std::unique_ptr<io::WritableFile> file, std::string path,
                                 FileRef ref)
    : fs_(fs), file_(std::move(file)), path_(std::move(path)), ref_(std::move(ref)) {
  block_.reserve(kBlockBytes);
}

// What did not fit on a full disk would keep it full.
BlockFileWriter::~BlockFileWriter() {
  if (finished_) return;
  file_.reset();
  (void)fs_->Remove(path_);  // else the next start does
}

Result<std::unique_ptr<BlockFileWriter>> BlockFileWriter::Create(io::FileSystem* fs, const std::string& dir,
                                                                 const std::string& name, FileKind kind,
                                                                 uint64_t generation) {
  const std::string path = io::JoinPath(dir, name);
  RK_ASSIGN_OR_RETURN(auto file, fs->Create(path));
  FileRef ref;
  ref.name = name;
  ref.generation = generation;
  std::unique_ptr<BlockFileWriter> writer(new BlockFileWriter(fs, std::move(file), path, std::move(ref)));
  const std::string header = EncodeHeader(kind, generation);
  RK_RETURN_IF_ERROR(writer->Write(std::as_bytes(std::span(header))));
  return writer;
}

Status BlockFileWriter::WriteBlocks(std::span<const std::byte> bytes) {
  for (size_t at = 0; at < bytes.size(); at += kBlockBytes) {
    const auto block = bytes.subspan(at, std::min<size_t>(kBlockBytes, bytes.size() - at));
    block_crcs_.push_back(BlockCrc(ref_.generation, block_crcs_.size(), block));
  }
  failed_ = file_->Append(AsText(bytes));
  return failed_;
}

Status BlockFileWriter::Write(std::span<const std::byte> bytes) {
  RK_RETURN_IF_ERROR(failed_);
  offset_bytes_ += bytes.size();
  while (!bytes.empty()) {
    if (block_.empty() && bytes.size() >= kBlockBytes) {
      const size_t whole = bytes.size() / kBlockBytes * kBlockBytes;
      RK_RETURN_IF_ERROR(WriteBlocks(bytes.first(whole)));
      bytes = bytes.subspan(whole);
      continue;
    }
    const size_t part = std::min<size_t>(kBlockBytes - block_.size(), bytes.size());
    block_.append(AsText(bytes.first(part)));
    bytes = bytes.subspan(part);
    if (block_.size() == kBlockBytes) {
      RK_RETURN_IF_ERROR(WriteBlocks(std::as_bytes(std::span(block_))));
      block_.clear();
    }
  }
  return Status::Ok();
}

Status BlockFileWriter::Pad() {
  static constexpr std::byte kZeros[kSectionAlignment] = {};
  return Write(std::span(kZeros).first(RoundUp(offset_bytes_, kSectionAlignment) - offset_bytes_));
}

Status BlockFileWriter::Begin(SectionId id) {
  RK_RETURN_IF_ERROR(failed_);
  CHECK(!in_section_ && sections_.size() < kMaxSections);
  CHECK(std::none_of(sections_.begin(), sections_.end(), [&](const Section& s) { return s.id == id; }));
  RK_RETURN_IF_ERROR(Pad());
  sections_.push_back({id, offset_bytes_, 0});
  in_section_ = true;
  return Status::Ok();
}

Status BlockFileWriter::Append(std::span<const std::byte> bytes) {
  CHECK(in_section_ || !failed_.ok());
  return Write(bytes);
}

Status BlockFileWriter::End() {
  RK_RETURN_IF_ERROR(failed_);
  CHECK(in_section_);
  in_section_ = false;
  sections_.back().length_bytes = offset_bytes_ - sections_.back().offset_bytes;
  return Status::Ok();
}

Status BlockFileWriter::Add(SectionId id, std::span<const std::byte> bytes) {
  RK_RETURN_IF_ERROR(Begin(id));
  RK_RETURN_IF_ERROR(Append(bytes));
  return End();
}

std::string BlockFileWriter::EncodeTable() const {
  std::string table;
  PutFixed<uint32_t>(&table, static_cast<uint32_t>(sections_.size()));
  PutFixed<uint32_t>(&table, static_cast<uint32_t>(block_crcs_.size()));
  PutFixed<uint16_t>(&table, kSectionEntryBytes);
  PutFixed<uint16_t>(&table, kBlockEntryBytes);
  PutFixed<uint32_t>(&table, 0);
  PutFixed<uint64_t>(&table, ref_.generation);
  PutFixed<uint64_t>(&table, offset_bytes_);
  for (const Section& s : sections_) {
    PutFixed<uint16_t>(&table, s.id.kind);
    PutFixed<uint8_t>(&table, kNoCompression);
    table.append(5, '\0');
    PutFixed<int64_t>(&table, s.id.field.value());
    PutFixed<uint64_t>(&table, s.offset_bytes);
    PutFixed<uint64_t>(&table, s.length_bytes);
  }
  for (const uint32_t crc : block_crcs_) {
    PutFixed<uint32_t>(&table, crc);
    PutFixed<uint8_t>(&table, kNoCompression);
    table.append(3, '\0');
  }
  return table;
}

Result<FileRef> BlockFileWriter::Finish() {
  RK_RETURN_IF_ERROR(failed_);
  CHECK(!in_section_);
  RK_RETURN_IF_ERROR(Pad());
  RK_RETURN_IF_ERROR(WriteBlocks(std::as_bytes(std::span(block_))));
  std::string tail = EncodeTable();
  ref_.table_hash = TableHash(tail);
  std::string footer;
  PutFixed<uint64_t>(&footer, offset_bytes_);
  PutFixed<uint64_t>(&footer, tail.size());
  PutFixed<uint64_t>(&footer, ref_.table_hash);
  PutFixed<uint64_t>(&footer, ref_.generation);
  PutFixed<uint64_t>(&footer, 0);
  footer.append(kFooterMagic);
  PutFixed<uint32_t>(&footer, Crc32c(footer));
  tail += footer;
  ref_.length_bytes = offset_bytes_ + tail.size();
  failed_ = file_->Append(tail);
  if (failed_.ok() && !RK_PLANTED("manifest_before_files")) failed_ = file_->Sync();
  if (failed_.ok()) failed_ = file_->Close();
  RK_RETURN_IF_ERROR(failed_);
  finished_ = true;
  failed_ = Status::Internal("file is finished: " + path_);
  return ref_;
}

Status BlockFileReader::Corrupt(std::string_view what) const {
  return Status::Corrupt("damaged file: " + std::string(what) + ": " + path_);
}

Result<std::unique_ptr<BlockFileReader>> BlockFileReader::Open(io::FileSystem* fs, const std::string& dir,
                                                               const FileRef& expected, FileKind kind,
                                                               MemoryLedger* memory) {
  RK_ASSIGN_OR_RETURN(auto reader, Load(fs, dir, expected, false, memory));
  if (reader->kind_ != kind) return reader->Corrupt("file of another kind");
  return reader;
}

Result<std::unique_ptr<BlockFileReader>> BlockFileReader::OpenAlone(io::FileSystem* fs,
                                                                    const std::string& dir,
                                                                    const std::string& name) {
  FileRef ref;
  ref.name = name;
  return Load(fs, dir, ref, true, nullptr);
}

Result<std::unique_ptr<BlockFileReader>> BlockFileReader::Load(io::FileSystem* fs, const std::string& dir,
                                                               const FileRef& ref, bool alone,
                                                               MemoryLedger* memory) {
  std::unique_ptr<BlockFileReader> r(new BlockFileReader);
  r->path_ = io::JoinPath(dir, ref.name);
  r->ref_ = ref;
  Result<std::unique_ptr<io::MappedFile>> map = fs->Map(r->path_);
  if (!map.ok()) {
    if (map.status().code() == Code::kKeyNotFound) return r->Corrupt("file is missing");
    return map.status();
  }
  r->map_ = std::move(map).value();
  r->bytes_ = r->map_->bytes();
  if (alone) {
    r->ref_.length_bytes = r->bytes_.size();
  } else if (r->bytes_.size() != ref.length_bytes) {
    return r->Corrupt("length is " + std::to_string(r->bytes_.size()) + ", not " +
                      std::to_string(ref.length_bytes));
  }
  if (r->bytes_.size() < kHeaderBytes + kTableHeadBytes + kFooterBytes)
    return r->Corrupt("file is too short");
  if (reinterpret_cast<uintptr_t>(r->bytes_.data()) % kSectionAlignment != 0) r->Copy();
  if (memory != nullptr) {
    // No room is no error: the map serves as well.
    if (auto held = memory->Reserve(static_cast<int64_t>(r->bytes_.size()), "resident file"); held.ok()) {
      if (r->copy_.size() == 0) r->Copy();
      r->held_ = std::move(*held);
      r->map_.reset();
    }
  }
  RK_RETURN_IF_ERROR(r->ParseHeader(alone));
  RK_RETURN_IF_ERROR(r->ParseFooter(alone));
  RK_RETURN_IF_ERROR(r->ParseTable());
  r->verified_ = std::make_unique<std::atomic<uint64_t>[]>((r->block_crcs_.size() + 63) / 64);
  return r;
}

void BlockFileReader::Copy() {
  copy_ = AlignedBuffer(bytes_.size());
  std::memcpy(copy_.data(), bytes_.data(), bytes_.size());
  bytes_ = {copy_.data(), bytes_.size()};
}

Status BlockFileReader::ParseHeader(bool alone) {
  const std::string_view header = AsText(bytes_.first(kHeaderBytes));
  if (!header.starts_with(kBlockFileMagic)) return Corrupt("not a block file");
  Decoder crc(header.substr(kHeaderBytes - 4));
  if (crc.Fixed<uint32_t>() != Crc32c(header.substr(0, kHeaderBytes - 4))) return Corrupt("header checksum");
  Decoder in(header.substr(kBlockFileMagic.size()));
  in.Fixed<uint16_t>();  // format version: informs, min reader version decides
  const auto min_reader = in.Fixed<uint16_t>();
  kind_ = static_cast<FileKind>(in.Fixed<uint16_t>());
  const auto algorithm = in.Fixed<uint16_t>();
  in.Fixed<uint64_t>();  // key id
  const auto generation = in.Fixed<uint64_t>();
  const auto incompatible = in.Fixed<uint32_t>();
  if (min_reader > kFormatVersion || algorithm != 0 || incompatible != 0) {
    return {Code::kOperationNotSupported, "file is of a newer format: " + path_};
  }
  if (alone) ref_.generation = generation;
  if (generation != ref_.generation) return Corrupt("file is of generation " + std::to_string(generation));
  return Status::Ok();
}

Status BlockFileReader::ParseFooter(bool alone) {
  const std::string_view footer = AsText(bytes_.last(kFooterBytes));
  Decoder crc(footer.substr(kFooterBytes - 4));
  if (crc.Fixed<uint32_t>() != Crc32c(footer.substr(0, kFooterBytes - 4))) return Corrupt("footer checksum");
  if (footer.substr(40, 4) != kFooterMagic) return Corrupt("footer");
  Decoder in(footer);
  table_offset_bytes_ = in.Fixed<uint64_t>();
  const auto table_length_bytes = in.Fixed<uint64_t>();
  const auto table_hash = in.Fixed<uint64_t>();
  const auto generation = in.Fixed<uint64_t>();
  const uint64_t end = bytes_.size() - kFooterBytes;
  if (table_offset_bytes_ < kHeaderBytes || table_offset_bytes_ % kSectionAlignment != 0 ||
      table_offset_bytes_ > end || table_length_bytes != end - table_offset_bytes_) {
    return Corrupt("block table is out of place");
  }
  if (generation != ref_.generation) return Corrupt("footer is of generation " + std::to_string(generation));
  if (TableHash(AsText(bytes_.subspan(table_offset_bytes_, table_length_bytes))) != table_hash) {
    return Corrupt("block table hash");
  }
  if (alone) ref_.table_hash = table_hash;
  if (table_hash != ref_.table_hash) return Corrupt("not the file that was committed");
  return Status::Ok();
}

Status BlockFileReader::ParseTable() {
  const uint64_t length = bytes_.size() - kFooterBytes - table_offset_bytes_;
  Decoder in(AsText(bytes_.subspan(table_offset_bytes_, length)));
  const uint64_t section_count = in.Fixed<uint32_t>();
  const uint64_t block_count = in.Fixed<uint32_t>();
  const uint64_t section_entry = in.Fixed<uint16_t>();
  const uint64_t block_entry = in.Fixed<uint16_t>();
  in.Fixed<uint32_t>();
  const auto generation = in.Fixed<uint64_t>();
  const auto data_bytes = in.Fixed<uint64_t>();
  if (!in.ok() || section_count > kMaxSections || section_entry < kSectionEntryBytes ||
      block_entry < kBlockEntryBytes || generation != ref_.generation || data_bytes != table_offset_bytes_ ||
      block_count != RoundUp(data_bytes, kBlockBytes) / kBlockBytes ||
      length != kTableHeadBytes + section_count * section_entry + block_count * block_entry) {
    return Corrupt("block table");
  }
  uint8_t compression = 0;
  uint64_t end = kHeaderBytes;
  for (uint64_t i = 0; i < section_count; ++i) {
    Decoder entry(in.Raw(section_entry));
    Section s;
    s.id.kind = entry.Fixed<uint16_t>();
    compression |= entry.Fixed<uint8_t>();
    entry.Raw(5);
    s.id.field = FieldId(entry.Fixed<int64_t>());
    s.offset_bytes = entry.Fixed<uint64_t>();
    s.length_bytes = entry.Fixed<uint64_t>();
    if (s.offset_bytes < end || s.offset_bytes % kSectionAlignment != 0 || s.offset_bytes > data_bytes ||
        s.length_bytes > data_bytes - s.offset_bytes || Find(s.id) != nullptr) {
      return Corrupt("section " + std::to_string(i) + " is out of place");
    }
    end = s.offset_bytes + s.length_bytes;
    sections_.push_back(s);
  }
  block_crcs_.reserve(block_count);
  for (uint64_t i = 0; i < block_count; ++i) {
    Decoder entry(in.Raw(block_entry));
    block_crcs_.push_back(entry.Fixed<uint32_t>());
    compression |= entry.Fixed<uint8_t>();
  }
  if (compression != kNoCompression) return {Code::kOperationNotSupported, "file is compressed: " + path_};
  return in.Finish("block table: " + path_);
}

const Section* BlockFileReader::Find(SectionId id) const {
  auto it = std::find_if(sections_.begin(), sections_.end(), [&](const Section& s) { return s.id == id; });
  return it == sections_.end() ? nullptr : &*it;
}

std::span<const std::byte> BlockFileReader::Raw(const Section& section) const {
  return bytes_.subspan(section.offset_bytes, section.length_bytes);
}

Result<std::span<const std::byte>> BlockFileReader::Read(SectionId id) const {
  const Section* section = Find(id);
  if (section == nullptr) {
    return Corrupt("no section " + std::to_string(id.kind) + " of field " + std::to_string(id.field.value()));
  }
  RK_RETURN_IF_ERROR(VerifyRange(*section, 0, section->length_bytes));
  return Raw(*section);
}

Status BlockFileReader::VerifyRange(const Section& section, uint64_t offset_bytes,
                                    uint64_t length_bytes) const {
  CHECK(offset_bytes <= section.length_bytes && length_bytes <= section.length_bytes - offset_bytes);
  if (length_bytes == 0) return Status::Ok();
  const uint64_t at = section.offset_bytes + offset_bytes;
  const uint64_t first = at / kBlockBytes;
  return VerifyBlocks(first, (at + length_bytes - 1) / kBlockBytes - first + 1);
}

Status BlockFileReader::VerifyAll(const CancelToken* cancel) const {
  if (all_verified_.load(std::memory_order_relaxed)) return Status::Ok();
  for (uint64_t first = 0; first < block_crcs_.size(); first += kBlocksBetweenChecks) {
    if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
    RK_RETURN_IF_ERROR(VerifyBlocks(first, std::min(kBlocksBetweenChecks, block_crcs_.size() - first)));
  }
  all_verified_.store(true, std::memory_order_relaxed);
  return Status::Ok();
}

Status BlockFileReader::VerifyBlocks(uint64_t first, uint64_t count) const {
  CHECK(first <= block_crcs_.size() && count <= block_crcs_.size() - first);
  if (RK_PLANTED("checksum_ignored")) return Status::Ok();
  for (uint64_t b = first; b < first + count; ++b) {
    std::atomic<uint64_t>& word = verified_[b / 64];
    const uint64_t bit = uint64_t{1} << (b % 64);
    // Relaxed: the bytes do not change, the bit only saves work.
    if ((word.load(std::memory_order_relaxed) & bit) != 0) continue;
    const uint64_t at = b * kBlockBytes;
    const auto block = bytes_.subspan(at, std::min<uint64_t>(kBlockBytes, table_offset_bytes_ - at));
    if (BlockCrc(ref_.generation, b, block) != block_crcs_[b]) {
      return Corrupt("checksum of block " + std::to_string(b) + " at byte " + std::to_string(at));
    }
    word.fetch_or(bit, std::memory_order_relaxed);
  }
  return Status::Ok();
}

}  // namespace redkite::storage
