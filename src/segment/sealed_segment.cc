#include "segment/sealed_segment.h"

#include <algorithm>

#include "index/any_index.h"
#include "index/index_spec.h"
#include "storage/column_file.h"
#include "storage/delta_file.h"
#include "storage/index_file.h"
#include "types/absent_value.h"

namespace redkite::segment {
namespace {

constexpr size_t kFilteredRowsMin = 1000;  // below, a search among the sorted keys costs as little

// What a mapped block keeps open.
struct MappedRows {
  std::vector<std::shared_ptr<const storage::ColumnFile>> columns;
  std::shared_ptr<const storage::TimestampsFile> timestamps;
  std::shared_ptr<const storage::PrimaryKeyOrderFile> order;
};

template <class T>
bool Contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

storage::IndexIdent IdentOf(SegmentId segment, const storage::IndexRef& ref) {
  return {segment, ref.field, ref.index, ref.build_id, ref.format_version};
}

Result<index::VectorView> VectorsOf(const SegmentSnapshot& segment, FieldId field) {
  const ColumnView* column = segment.blocks.size() == 1 ? segment.blocks[0]->Find(field) : nullptr;
  if (column == nullptr)
    return Status::Internal("index over an absent field: " + std::to_string(field.value()));
  return index::VectorView(*column);
}

struct MappedBlock {
  std::shared_ptr<RowBlock> block = std::make_shared<RowBlock>();
  std::vector<FieldId> resident_columns;
  int64_t resident_bytes = 0;
  std::shared_ptr<DeferredParts> deferred;
};

Result<MappedBlock> MapRows(io::FileSystem* fs, const std::string& dir, const storage::SegmentMeta& meta,
                            const CollectionSchema& schema, const OpenOptions& options) {
  const ResidentParts nothing;
  const ResidentParts& resident = options.resident != nullptr ? *options.resident : nothing;
  MappedBlock out;
  RowBlock* const block = out.block.get();
  if (options.values_later) out.deferred = std::make_shared<DeferredParts>();
  auto mapped = std::make_shared<MappedRows>();
  for (const storage::ColumnRef& ref : meta.columns) {
    const FieldSchema* field = schema.Find(ref.field);
    if (field == nullptr) continue;  // dropped since
    const bool wanted = Contains(resident.columns, ref.field);
    const bool later = options.values_later && !field->is_primary;
    RK_ASSIGN_OR_RETURN(auto file,
                        storage::ColumnFile::Open(
                            fs, dir, ref.file, {meta.id, ref.field, field->type, field->dim, meta.row_count},
                            {.verify = later ? storage::VerifyData::kLater : storage::VerifyData::kNow,
                             .memory = wanted ? resident.memory : nullptr}));
    if (later) out.deferred->columns.emplace_back(ref.field, file);
    if (file->is_resident()) {
      out.resident_columns.push_back(ref.field);
      out.resident_bytes += static_cast<int64_t>(file->mapped_bytes());
    }
    block->columns.emplace_back(ref.field, file->view());
    if (!file->zones().empty()) block->zones.emplace_back(ref.field, file->zones());
    if (field->is_primary) block->pk = file->view();
    mapped->columns.push_back(std::move(file));
  }
  if (block->pk.type == DataType::kNone) return Status::Corrupt("segment without its primary key: " + dir);
  RK_ASSIGN_OR_RETURN(mapped->timestamps,
                      storage::OpenTimestamps(fs, dir, meta.timestamps, meta.id, meta.row_count));
  RK_ASSIGN_OR_RETURN(mapped->order,
                      storage::OpenPrimaryKeyOrder(fs, dir, meta.primary_key_order, meta.id, meta.row_count));
  block->row_count = meta.row_count;
  block->min_ts = meta.min_timestamp;
  block->max_ts = meta.max_timestamp;
  block->timestamps = mapped->timestamps->values();
  block->pk_order = mapped->order->values();
  block->owner = std::move(mapped);
  if (meta.row_count >= kFilteredRowsMin) block->key_filter = std::make_unique<KeyFilter>(block->pk);
  if (options.json_paths != nullptr) block->json_paths = std::make_unique<JsonPaths>(options.json_paths);
  return out;
}

}  // namespace

Result<storage::SegmentMeta> WriteSegment(io::FileSystem* fs, const storage::SegmentFiles& files,
                                          const SegmentSnapshot& segment, const CollectionSchema& schema) {
  std::vector<Column> merged;
  std::vector<storage::FieldColumn> columns;
  merged.reserve(schema.fields.size());
  for (const FieldSchema& field : schema.fields) {
    Column column(field.id, field.type, field.dim);
    column.Reserve(segment.row_count);
    for (const auto& block : segment.blocks) {
      if (const ColumnView* view = block->Find(field.id)) {
        column.AppendAll(*view);
      } else {
        for (size_t r = 0; r < block->row_count; ++r) AppendAbsent(field, &column);
      }
    }
    merged.push_back(std::move(column));
    columns.push_back({field.id, merged.back().view()});
  }
  std::vector<Timestamp> timestamps;
  timestamps.reserve(segment.row_count);
  for (const auto& block : segment.blocks) {
    timestamps.insert(timestamps.end(), block->timestamps.begin(), block->timestamps.end());
  }
  const FieldId pk = schema.primary().id;
  std::vector<uint32_t> order;
  for (const Column& c : merged) {
    if (c.field() == pk) order = SortByPrimaryKey(c.view());
  }
  RK_ASSIGN_OR_RETURN(auto refs, storage::WriteColumns(fs, files, {columns, timestamps, order}));
  storage::SegmentMeta meta;
  meta.id = segment.id;
  meta.partition = segment.partition;
  meta.row_count = segment.row_count;
  meta.schema_version = schema.version;
  meta.min_timestamp = segment.min_ts;
  meta.max_timestamp = segment.max_ts;
  meta.columns = std::move(refs.columns);
  meta.timestamps = std::move(refs.timestamps);
  meta.primary_key_order = std::move(refs.primary_key_order);
  return meta;
}

Result<storage::FileRef> WriteDeletes(io::FileSystem* fs, const storage::SegmentFiles& files,
                                      const DeleteSet& deletes) {
  if (deletes.empty()) return storage::FileRef{};
  storage::DeltaRows rows;
  for (const DeleteEntry& e : deletes.Entries()) {
    rows.rows.push_back(e.row);
    rows.timestamps.push_back(e.ts);
  }
  return storage::WriteDelta(fs, files, rows);
}

Result<std::shared_ptr<const SegmentSnapshot>> OpenSegment(io::FileSystem* fs, const std::string& dir,
                                                           const storage::SegmentMeta& meta,
                                                           const CollectionSchema& schema,
                                                           const OpenOptions& options) {
  auto snapshot = std::make_shared<SegmentSnapshot>();
  snapshot->id = meta.id;
  snapshot->partition = meta.partition;
  snapshot->row_count = meta.row_count;
  snapshot->min_ts = meta.min_timestamp;
  snapshot->max_ts = meta.max_timestamp;
  RK_ASSIGN_OR_RETURN(MappedBlock rows, MapRows(fs, dir, meta, schema, options));
  snapshot->blocks.push_back(std::move(rows.block));
  snapshot->resident_columns = std::move(rows.resident_columns);
  snapshot->resident_column_bytes = rows.resident_bytes;
  if (!meta.delta.empty()) {
    RK_ASSIGN_OR_RETURN(auto deleted, storage::ReadDelta(fs, dir, meta.delta, meta.id, meta.row_count));
    std::vector<DeleteEntry> entries;
    entries.reserve(deleted.rows.size());
    for (size_t i = 0; i < deleted.rows.size(); ++i)
      entries.push_back({deleted.rows[i], deleted.timestamps[i]});
    snapshot->deletes = snapshot->deletes->With(entries, meta.row_count);
  }
  for (const storage::IndexRef& ref : meta.indexes) {
    if (schema.Find(ref.field) == nullptr) continue;
    if (options.values_later) {
      rows.deferred->indexes.emplace_back(ref.field, ref.index);
      continue;
    }
    const bool wanted = options.resident != nullptr && Contains(options.resident->indexes, ref.index);
    auto index =
        OpenFieldIndex(fs, dir, *snapshot, ref, {.memory = wanted ? options.resident->memory : nullptr});
    if (!index.ok() && options.unusable != nullptr) {
      options.unusable->push_back(index.status());
      continue;
    }
    RK_RETURN_IF_ERROR(index.status());
    snapshot->indexes.push_back(std::move(*index));
  }
  snapshot->deferred = std::move(rows.deferred);
  return std::shared_ptr<const SegmentSnapshot>(std::move(snapshot));
}

ResidentParts ResidentPartsOf(const SegmentSnapshot& segment) {
  ResidentParts parts;
  parts.columns = segment.resident_columns;
  for (const FieldIndex& index : segment.indexes) {
    if (index.resident_bytes > 0) parts.indexes.push_back(index.id);
  }
  return parts;
}

Status WriteIndex(io::FileSystem* fs, const storage::SegmentFiles& files, const index::AnyIndex& index,
                  storage::IndexRef* ref) {
  RK_ASSIGN_OR_RETURN(ref->file,
                      storage::WriteIndexFile(fs, files, IdentOf(files.segment, *ref),
                                              [&index](io::WritableFile* file) { return index.Save(file); }));
  return Status::Ok();
}

Result<FieldIndex> OpenFieldIndex(io::FileSystem* fs, const std::string& dir, const SegmentSnapshot& segment,
                                  const storage::IndexRef& ref, const storage::IndexOpenOptions& options) {
  RK_ASSIGN_OR_RETURN(auto file,
                      storage::IndexFile::Open(fs, dir, ref.file, IdentOf(segment.id, ref), options));
  RK_ASSIGN_OR_RETURN(auto vectors, VectorsOf(segment, ref.field));
  RK_ASSIGN_OR_RETURN(auto spec, index::ParseIndexSpec(ref.params, vectors.type, vectors.dim));
  RK_ASSIGN_OR_RETURN(auto index, index::OpenIndex(spec, file->bytes(), vectors));
  const int64_t resident_bytes = file->is_resident() ? static_cast<int64_t>(file->mapped_bytes()) : 0;
  return FieldIndex{ref.index,        ref.field,         spec.metric,   std::move(file),
                    std::move(index), segment.blocks[0], resident_bytes};
}

}  // namespace redkite::segment
