// Bytes of a manifest. Format: docs/formats/manifest.md. Records are length-prefixed: fields that a later
// minor version appends are skipped.
#include "base/coding.h"
#include "base/crc32c.h"
#include "storage/manifest.h"

namespace redkite::storage {
namespace {

constexpr std::string_view kMagic = kManifestMagic;
constexpr uint16_t kFormatVersion = 2;
constexpr uint16_t kMinReaderVersion = 1;
constexpr size_t kHeaderBytes = 8 + 2 + 2 + 4 + 8;

void PutFile(std::string* out, const FileRef& file) {
  std::string item;
  PutBytes(&item, file.name);
  PutFixed<uint64_t>(&item, file.length_bytes);
  PutFixed<uint64_t>(&item, file.generation);
  PutFixed<uint64_t>(&item, file.table_hash);
  PutBytes(out, item);
}

/// A failure inside a record makes the whole input fail.
void FailWith(Decoder* in, const Decoder& item) {
  if (!item.ok()) in->Raw(~uint64_t{0});
}

FileRef GetFile(Decoder* in) {
  Decoder item(in->Bytes());
  FileRef file;
  file.name = item.String();
  file.length_bytes = item.Fixed<uint64_t>();
  file.generation = item.Fixed<uint64_t>();
  file.table_hash = item.Fixed<uint64_t>();
  FailWith(in, item);
  return file;
}

void PutIndex(std::string* out, const IndexRef& index) {
  std::string item;
  PutFixed<int64_t>(&item, index.field.value());
  PutFixed<int64_t>(&item, index.index.value());
  PutFixed<int64_t>(&item, index.build_id);
  PutFixed<uint32_t>(&item, index.format_version);
  PutVarint(&item, index.params.size());
  for (const auto& [key, value] : index.params) {
    PutBytes(&item, key);
    PutBytes(&item, value);
  }
  PutFile(&item, index.file);
  PutBytes(out, item);
}

IndexRef GetIndex(Decoder* in) {
  Decoder item(in->Bytes());
  IndexRef index;
  index.field = FieldId(item.Fixed<int64_t>());
  index.index = IndexId(item.Fixed<int64_t>());
  index.build_id = item.Fixed<int64_t>();
  index.format_version = item.Fixed<uint32_t>();
  for (uint64_t n = item.Count(); n > 0 && item.ok(); --n) {
    std::string key = item.String();
    index.params.emplace_back(std::move(key), item.String());
  }
  index.file = GetFile(&item);
  FailWith(in, item);
  return index;
}

void PutSegment(std::string* out, const SegmentMeta& s) {
  std::string item;
  PutFixed<int64_t>(&item, s.id.value());
  PutFixed<int64_t>(&item, s.partition.value());
  PutFixed<uint64_t>(&item, s.row_count);
  PutFixed<uint32_t>(&item, s.schema_version);
  PutFixed<uint64_t>(&item, s.min_timestamp);
  PutFixed<uint64_t>(&item, s.max_timestamp);
  PutVarint(&item, s.commit_timestamp.has_value() ? 1 : 0);
  PutFixed<uint64_t>(&item, s.commit_timestamp.value_or(0));
  PutVarint(&item, s.columns.size());
  for (const ColumnRef& c : s.columns) {
    std::string column;
    PutFixed<int64_t>(&column, c.field.value());
    PutFile(&column, c.file);
    PutBytes(&item, column);
  }
  PutFile(&item, s.timestamps);
  PutFile(&item, s.primary_key_order);
  PutFile(&item, s.delta);
  PutFixed<uint64_t>(&item, s.delete_count);
  PutVarint(&item, s.indexes.size());
  for (const IndexRef& x : s.indexes) PutIndex(&item, x);
  PutBytes(out, item);
}

SegmentMeta GetSegment(Decoder* in) {
  Decoder item(in->Bytes());
  SegmentMeta s;
  s.id = SegmentId(item.Fixed<int64_t>());
  s.partition = PartitionId(item.Fixed<int64_t>());
  s.row_count = item.Fixed<uint64_t>();
  s.schema_version = item.Fixed<uint32_t>();
  s.min_timestamp = item.Fixed<uint64_t>();
  s.max_timestamp = item.Fixed<uint64_t>();
  const bool one_timestamp = (item.Varint() & 1) != 0;
  const auto commit_timestamp = item.Fixed<uint64_t>();
  if (one_timestamp) s.commit_timestamp = commit_timestamp;
  for (uint64_t n = item.Count(); n > 0 && item.ok(); --n) {
    Decoder column(item.Bytes());
    ColumnRef ref;
    ref.field = FieldId(column.Fixed<int64_t>());
    ref.file = GetFile(&column);
    FailWith(&item, column);
    s.columns.push_back(std::move(ref));
  }
  s.timestamps = GetFile(&item);
  s.primary_key_order = GetFile(&item);
  s.delta = GetFile(&item);
  s.delete_count = item.Fixed<uint64_t>();
  for (uint64_t n = item.Count(); n > 0 && item.ok(); --n) s.indexes.push_back(GetIndex(&item));
  FailWith(in, item);
  return s;
}

}  // namespace

std::string EncodeManifest(const Manifest& m) {
  std::string body;
  PutFixed<int64_t>(&body, m.collection.value());
  PutFixed<int64_t>(&body, m.shard.value());
  PutFixed<uint64_t>(&body, m.generation);
  PutFixed<uint32_t>(&body, m.schema_version);
  PutFixed<uint64_t>(&body, m.checkpoint.log_position);
  PutFixed<uint64_t>(&body, m.checkpoint.timestamp);
  PutFixed<int64_t>(&body, m.next_segment_id);
  PutFixed<int64_t>(&body, m.next_build_id);
  PutVarint(&body, m.segments.size());
  for (const SegmentMeta& s : m.segments) PutSegment(&body, s);
  PutFixed<uint64_t>(&body, m.history_from);
  PutFixed<uint64_t>(&body, m.expiry_from);
  std::string out(kMagic);
  PutFixed<uint16_t>(&out, kFormatVersion);
  PutFixed<uint16_t>(&out, kMinReaderVersion);
  PutFixed<uint32_t>(&out, 0);  // incompatible features
  PutFixed<uint64_t>(&out, body.size());
  out += body;
  PutFixed<uint32_t>(&out, Crc32c(out));
  return out;
}

Result<Manifest> DecodeManifest(std::string_view bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kHeaderBytes + 4) return Status::Corrupt("not a manifest");
  Decoder crc(bytes.substr(bytes.size() - 4));
  if (crc.Fixed<uint32_t>() != Crc32c(bytes.substr(0, bytes.size() - 4))) {
    return Status::Corrupt("damaged manifest: checksum");
  }
  Decoder head(bytes.substr(kMagic.size()));
  head.Fixed<uint16_t>();  // format version: informs, min reader version decides
  const auto min_reader = head.Fixed<uint16_t>();
  const auto incompatible = head.Fixed<uint32_t>();
  const auto body_bytes = head.Fixed<uint64_t>();
  if (min_reader > kFormatVersion || incompatible != 0) {
    return Status(Code::kOperationNotSupported,
                  "manifest is of a newer format: " + std::to_string(min_reader));
  }
  if (body_bytes != bytes.size() - kHeaderBytes - 4) return Status::Corrupt("damaged manifest: length");
  Decoder in(bytes.substr(kHeaderBytes, body_bytes));
  Manifest m;
  m.collection = CollectionId(in.Fixed<int64_t>());
  m.shard = ShardId(in.Fixed<int64_t>());
  m.generation = in.Fixed<uint64_t>();
  m.schema_version = in.Fixed<uint32_t>();
  m.checkpoint.log_position = in.Fixed<uint64_t>();
  m.checkpoint.timestamp = in.Fixed<uint64_t>();
  m.next_segment_id = in.Fixed<int64_t>();
  m.next_build_id = in.Fixed<int64_t>();
  for (uint64_t n = in.Count(); n > 0 && in.ok(); --n) m.segments.push_back(GetSegment(&in));
  if (in.ok() && !in.done()) {  // since version 2
    m.history_from = in.Fixed<uint64_t>();
    m.expiry_from = in.Fixed<uint64_t>();
  }
  if (!in.ok()) return Status::Corrupt("damaged manifest: malformed");
  return m;
}

}  // namespace redkite::storage
