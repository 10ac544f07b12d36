#include "engine/inspect.h"

#include <string_view>
#include <type_traits>

#include "io/file_paths.h"
#include "io/set_aside.h"
#include "meta/catalog.h"
#include "meta/kv_log.h"
#include "storage/block_file.h"
#include "storage/data_dir.h"
#include "storage/manifest.h"
#include "storage/segment_file.h"
#include "wal/log_scanner.h"

namespace redkite::engine {
namespace {

constexpr size_t kMagicBytes = 8;  // of every kind of file
static_assert(wal::kLogFileMagic.size() == kMagicBytes && storage::kBlockFileMagic.size() == kMagicBytes &&
              storage::kManifestMagic.size() == kMagicBytes && meta::kLogMagic.size() == kMagicBytes &&
              meta::kSnapshotMagic.size() == kMagicBytes);

/// "name=value name=value …", one line.
class Line {
 public:
  explicit Line(std::string_view what) : text_(what) {}
  Line& Add(std::string_view name, std::string_view value) {
    text_ += " " + std::string(name) + "=" + std::string(value);
    return *this;
  }
  Line& Add(std::string_view name, const char* value) { return Add(name, std::string_view(value)); }
  template <class T>
  requires std::is_arithmetic_v<T> Line& Add(std::string_view name, T value) {
    return Add(name, std::string_view(std::to_string(value)));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

Status InspectLog(io::FileSystem* fs, const std::string& path, const LineCallback& line) {
  RK_ASSIGN_OR_RETURN(const auto file, fs->OpenForRead(path));
  std::string head(std::min<uint64_t>(wal::kFileHeaderBytes, file->size_bytes()), '\0');
  RK_RETURN_IF_ERROR(file->ReadAt(0, {reinterpret_cast<std::byte*>(head.data()), head.size()}));
  RK_ASSIGN_OR_RETURN(const wal::LogFileHeader header, wal::DecodeFileHeader(head));
  line(Line("log file")
           .Add("first", header.first)
           .Add("previous", header.previous)
           .Add("allocated", header.allocated_bytes)
           .Add("bytes", file->size_bytes())
           .text());
  wal::LogScanner scanner(file.get(), header);
  for (;;) {
    const uint64_t offset = scanner.offset();
    RK_ASSIGN_OR_RETURN(const auto outcome, scanner.Next());
    if (outcome == wal::LogScanner::Outcome::kNoRecord) break;
    const wal::RecordHeader& h = scanner.header();
    line(Line("record")
             .Add("offset", offset)
             .Add("position", h.position)
             .Add("shard", h.shard.value())
             .Add("timestamp", h.timestamp)
             .Add("type", static_cast<int>(h.type))
             .Add("schema", h.schema_version)
             .Add("bytes", h.payload_bytes)
             .text());
  }
  RK_ASSIGN_OR_RETURN(const wal::TailDiagnosis tail,
                      wal::DiagnoseTail(*file, header.uuid, scanner.offset(), scanner.next_position()));
  const bool was_cut = file->size_bytes() < header.allocated_bytes;
  line(Line("end").Add("offset", scanner.offset()).Add("dirty_end", tail.dirty_end).text());
  if (tail.is_damage || was_cut) {
    return Status::Corrupt(path + ": offset " + std::to_string(scanner.offset()) + ": " +
                           (tail.is_damage ? tail.reason : "the file is shorter than it was made"));
  }
  return Status::Ok();
}

const char* KindName(storage::FileKind kind) {
  switch (kind) {
    case storage::FileKind::kColumn:
      return "column";
    case storage::FileKind::kTimestamps:
      return "timestamps";
    case storage::FileKind::kPrimaryKeyOrder:
      return "key order";
    case storage::FileKind::kDelta:
      return "deletes";
    case storage::FileKind::kIndex:
      return "index";
  }
  return "unknown";
}

const char* SectionName(uint16_t kind) {
  switch (kind) {
    case storage::kIdentSection:
      return "identity";
    case storage::kStatsSection:
      return "statistics";
    case storage::kDataSection:
      return "data";
    case storage::kOffsetsSection:
      return "offsets";
    case storage::kValiditySection:
      return "validity";
    case storage::kRowsSection:
      return "rows";
    case storage::kTimestampsSection:
      return "timestamps";
    case storage::kIndexSection:
      return "index";
    case storage::kZonesSection:
      return "zones";
    default:
      return "unknown";
  }
}

Status InspectBlockFile(io::FileSystem* fs, const std::string& path, const LineCallback& line) {
  RK_ASSIGN_OR_RETURN(const auto file,
                      storage::BlockFileReader::OpenAlone(fs, io::DirName(path), io::BaseName(path)));
  line(Line("block file")
           .Add("kind", KindName(file->kind()))
           .Add("generation", file->ref().generation)
           .Add("bytes", file->ref().length_bytes)
           .Add("blocks", file->block_count())
           .Add("table_hash", file->ref().table_hash)
           .text());
  for (const storage::Section& section : file->sections()) {
    line(Line("section")
             .Add("kind", SectionName(section.id.kind))
             .Add("field", section.id.field.value())
             .Add("offset", section.offset_bytes)
             .Add("bytes", section.length_bytes)
             .text());
  }
  if (!file->sections().empty()) {
    const auto ident = storage::ReadIdent(*file, file->sections()[0].id.field);
    if (ident.ok() && file->kind() != storage::FileKind::kIndex) {
      line(Line("identity")
               .Add("segment", ident->segment.value())
               .Add("type", static_cast<int>(ident->type))
               .Add("dim", ident->dim)
               .Add("count", ident->count)
               .text());
    }
  }
  return file->VerifyAll();
}

void TellFile(std::string_view what, const storage::FileRef& file, const LineCallback& line) {
  if (file.empty()) return;
  line(Line(what)
           .Add("name", file.name)
           .Add("bytes", file.length_bytes)
           .Add("generation", file.generation)
           .text());
}

Status InspectManifest(io::FileSystem* fs, const std::string& path, const LineCallback& line) {
  RK_ASSIGN_OR_RETURN(const std::string bytes, fs->ReadAll(path, storage::kManifestBytesMax));
  Result<storage::Manifest> manifest = storage::DecodeManifest(bytes);
  if (!manifest.ok()) return manifest.status().WithContext(path);
  line(Line("manifest")
           .Add("collection", manifest->collection.value())
           .Add("shard", manifest->shard.value())
           .Add("generation", manifest->generation)
           .Add("log_position", manifest->checkpoint.log_position)
           .Add("timestamp", manifest->checkpoint.timestamp)
           .Add("segments", manifest->segments.size())
           .text());
  for (const storage::SegmentMeta& s : manifest->segments) {
    line(Line("segment")
             .Add("id", s.id.value())
             .Add("partition", s.partition.value())
             .Add("rows", s.row_count)
             .Add("deletes", s.delete_count)
             .Add("min_timestamp", s.min_timestamp)
             .Add("max_timestamp", s.max_timestamp)
             .text());
    for (const storage::ColumnRef& column : s.columns) TellFile("  column", column.file, line);
    TellFile("  timestamps", s.timestamps, line);
    TellFile("  key order", s.primary_key_order, line);
    TellFile("  deletes", s.delta, line);
    for (const storage::IndexRef& index : s.indexes) TellFile("  index", index.file, line);
  }
  return Status::Ok();
}

/// From the name of the file, or of a copy that was set aside.
Result<uint64_t> BaseOf(const std::string& path, bool is_log) {
  const std::string name = io::BaseName(path);
  const std::string_view before = io::NameBeforeSetAside(name).value_or(name);
  const auto base = is_log ? meta::ParseLogName(before) : meta::ParseSnapshotName(before);
  if (base.has_value()) return *base;
  return Status::Invalid("a metadata file is named like " +
                         (is_log ? meta::LogName(1) : meta::SnapshotName(1)) + ": " + path);
}

void TellEntry(std::string_view what, const std::string& key, const std::string& value,
               const LineCallback& line) {
  Line out(what);
  out.Add("key", key).Add("bytes", value.size());
  if (key.starts_with("collection/")) {
    if (const auto c = meta::DecodeCollection(value); c.ok())
      out.Add("name", c->name).Add("partitions", c->partitions.size()).Add("indexes", c->indexes.size());
  }
  line(out.text());
}

Status InspectMeta(io::FileSystem* fs, const std::string& path, bool is_log, const LineCallback& line) {
  RK_ASSIGN_OR_RETURN(const uint64_t base, BaseOf(path, is_log));
  const uint64_t bytes_max = is_log ? meta::LogBytesMax(meta::kSnapshotBytesMax) : meta::kSnapshotBytesMax;
  RK_ASSIGN_OR_RETURN(const std::string bytes, fs->ReadAll(path, bytes_max));
  if (!is_log) {
    const auto entries = meta::DecodeSnapshot(bytes, base);
    if (!entries.ok()) return entries.status().WithContext(path);
    line(Line("metadata snapshot").Add("revision", base).Add("entries", entries->size()).text());
    for (const meta::KvEntry& e : *entries) TellEntry("entry", e.key, e.value, line);
    return Status::Ok();
  }
  const auto log = meta::ReadLog(bytes, base);
  if (!log.ok()) return log.status().WithContext(path);
  line(Line("metadata log")
           .Add("revision", base)
           .Add("transactions", log->txns.size())
           .Add("end", log->valid_bytes)
           .Add("allocated", log->allocated_bytes)
           .Add("bytes", bytes.size())
           .text());
  for (size_t i = 0; i < log->txns.size(); ++i) {
    line(Line("transaction").Add("revision", base + i + 1).text());
    for (const meta::KvPut& put : log->txns[i].puts) TellEntry("  put", put.key, put.value, line);
    for (const std::string& key : log->txns[i].deletes) line(Line("  delete").Add("key", key).text());
  }
  return log->damage.ok() ? Status::Ok() : log->damage.WithContext(path);
}

Status InspectFormat(io::FileSystem* fs, const std::string& path, const LineCallback& line) {
  RK_ASSIGN_OR_RETURN(const std::string text, fs->ReadAll(path, storage::kFormatBytesMax));
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    line(text.substr(at, end - at));
    at = end + 1;
  }
  const Status decoded = storage::DecodeDataFormat(text).status();
  return decoded.ok() ? decoded : decoded.WithContext(path);
}

}  // namespace

Status InspectFile(io::FileSystem* fs, const std::string& path, const LineCallback& line) {
  RK_ASSIGN_OR_RETURN(const auto file, fs->OpenForRead(path));
  std::string magic(std::min<uint64_t>(kMagicBytes, file->size_bytes()), '\0');
  RK_RETURN_IF_ERROR(file->ReadAt(0, {reinterpret_cast<std::byte*>(magic.data()), magic.size()}));
  if (magic == wal::kLogFileMagic) return InspectLog(fs, path, line);
  if (magic == storage::kBlockFileMagic) return InspectBlockFile(fs, path, line);
  if (magic == storage::kManifestMagic) return InspectManifest(fs, path, line);
  if (magic == meta::kLogMagic) return InspectMeta(fs, path, true, line);
  if (magic == meta::kSnapshotMagic) return InspectMeta(fs, path, false, line);
  if (magic == storage::kDataFormatTitle.substr(0, kMagicBytes)) return InspectFormat(fs, path, line);
  return Status::Invalid("no file of a data directory: " + path);
}

}  // namespace redkite::engine
