// Values of the catalog. Format: docs/formats/catalog.md. A value is a version and length-prefixed records;
// fields that a later minor version appends to a record are skipped.
#include <algorithm>

#include "base/coding.h"
#include "meta/catalog.h"
#include "types/array_value.h"

namespace redkite::meta {
namespace {

constexpr uint64_t kDatabaseVersion = 1;
// 1: fields without default values. 3: an Array among the fields. 4: a SparseFloatVector, a vector that may
// be null, a Timestamptz, Text or Geometry, or a partition key. Collections without these stay readable for
// builds that do not know them. 5: fields were added or dropped, which older builds would read as nulls and
// whose ids they would give again. 6: struct arrays.
constexpr uint64_t kPlainVersion = 2, kArraysVersion = 3, kTypesVersion = 4, kChangedFieldsVersion = 5,
                   kStructsVersion = 6;
constexpr int64_t kUnknownPartitionIdMax = INT64_MAX;  // the first builds did not keep it
constexpr size_t kMaxSaneDim = 1 << 20;

void PutId(std::string* out, int64_t id) { PutFixed<int64_t>(out, id); }

void PutParams(std::string* out, const Params& params) {
  PutVarint(out, params.size());
  for (const auto& [key, value] : params) {
    PutBytes(out, key);
    PutBytes(out, value);
  }
}

Params GetParams(Decoder* in) {
  Params params;
  for (uint64_t n = in->Count(); n > 0 && in->ok(); --n) {
    std::string key = in->String();
    params.emplace_back(std::move(key), in->String());
  }
  return params;
}

enum FieldFlag : uint32_t {
  kPrimary = 1,
  kAutoId = 2,
  kDynamic = 4,
  kNullable = 8,
  kPartitionKey = 16,
  kClusteringKey = 32,
};

void PutDefault(std::string* out, const DefaultValue& value) {
  using enum DefaultValue::Kind;
  PutVarint(out, static_cast<uint64_t>(value.kind));
  if (value.kind == kBool || value.kind == kInt || value.kind == kLong) PutFixed<int64_t>(out, value.integer);
  if (value.kind == kFloat || value.kind == kDouble) PutFixed<double>(out, value.real);
  if (value.kind == kText) PutBytes(out, value.text);
}

// False for a kind that no version knows.
bool GetDefault(Decoder* in, DefaultValue* value) {
  using enum DefaultValue::Kind;
  const uint64_t kind = in->Varint();
  if (kind > static_cast<uint64_t>(kText)) return false;
  value->kind = static_cast<DefaultValue::Kind>(kind);
  if (value->kind == kBool || value->kind == kInt || value->kind == kLong)
    value->integer = in->Fixed<int64_t>();
  if (value->kind == kFloat || value->kind == kDouble) value->real = in->Fixed<double>();
  if (value->kind == kText) value->text = in->String();
  return in->ok();
}

enum LoadFlag : uint32_t {
  kLoaded = 1,
  kSomePartitions = 2,  // partitions were loaded by name: later ones are not
};

bool HasElements(const FieldSchema& f) {
  return f.type == DataType::kArray || f.type == DataType::kArrayOfVector;
}

std::string EncodeField(const FieldSchema& f) {
  std::string out;
  PutId(&out, f.id.value());
  PutBytes(&out, f.name);
  PutBytes(&out, f.description);
  PutVarint(&out, static_cast<uint64_t>(f.type));
  PutVarint(&out, (f.is_primary ? kPrimary : 0u) | (f.auto_id ? kAutoId : 0u) |
                      (f.is_dynamic ? kDynamic : 0u) | (f.nullable ? kNullable : 0u) |
                      (f.is_partition_key ? kPartitionKey : 0u) |
                      (f.is_clustering_key ? kClusteringKey : 0u));
  PutFixed<int32_t>(&out, f.dim);
  PutFixed<int32_t>(&out, f.max_length);
  PutParams(&out, f.type_params);
  PutDefault(&out, f.default_value);
  if (HasElements(f)) {
    PutVarint(&out, static_cast<uint64_t>(f.element_type));
    PutFixed<int32_t>(&out, f.max_capacity);
  }
  if (f.struct_id.value() != 0) PutId(&out, f.struct_id.value());
  return out;
}

// False for an Array that is none, and for vectors outside of a struct array.
bool GetElements(Decoder* in, FieldSchema* f) {
  if (!HasElements(*f)) return true;
  f->element_type = static_cast<DataType>(in->Varint() & 0xffff);
  f->max_capacity = in->Fixed<int32_t>();
  if (in->ok() && !in->done()) f->struct_id = FieldId(in->Fixed<int64_t>());
  if (f->type == DataType::kArray) return in->ok() && IsArrayElement(f->element_type);
  return in->ok() && f->struct_id.value() != 0 && IsDenseVector(f->element_type) &&
         ValueBytes(f->element_type, f->dim) > 0;
}

bool HasPartitionKey(const CollectionSchema& s) {
  return std::any_of(s.fields.begin(), s.fields.end(),
                     [](const FieldSchema& f) { return f.is_partition_key; });
}

uint64_t VersionOf(const CollectionMeta& c) {
  if (!c.schema.structs.empty()) return kStructsVersion;
  if (c.field_id_max != 0) return kChangedFieldsVersion;
  if (HasPartitionKey(c.schema)) return kTypesVersion;
  uint64_t version = kPlainVersion;
  for (const FieldSchema& f : c.schema.fields) {
    if (f.type == DataType::kArray) version = std::max(version, kArraysVersion);
    const bool new_vector = f.type == DataType::kSparseFloatVector || (IsVector(f.type) && f.nullable);
    const bool new_scalar =
        f.type == DataType::kTimestamptz || f.type == DataType::kText || f.type == DataType::kGeometry;
    if (new_vector || new_scalar) version = kTypesVersion;
  }
  return version;
}

// Rows find their partition by its place among the first of them.
bool PartitionsFit(const CollectionMeta& c) {
  return !HasPartitionKey(c.schema) ||
         (c.num_partitions > 0 && c.num_partitions <= static_cast<int64_t>(c.partitions.size()));
}

FieldSchema DecodeField(Decoder* all) {
  Decoder in(all->Bytes());
  FieldSchema f;
  f.id = FieldId(in.Fixed<int64_t>());
  f.name = in.String();
  f.description = in.String();
  f.type = static_cast<DataType>(in.Varint() & 0xffff);
  const uint64_t flags = in.Varint();
  f.is_primary = (flags & kPrimary) != 0;
  f.auto_id = (flags & kAutoId) != 0;
  f.is_dynamic = (flags & kDynamic) != 0;
  f.nullable = (flags & kNullable) != 0;
  f.is_partition_key = (flags & kPartitionKey) != 0;
  f.is_clustering_key = (flags & kClusteringKey) != 0;
  f.dim = in.Fixed<int32_t>();
  f.max_length = in.Fixed<int32_t>();
  f.type_params = GetParams(&in);
  const bool default_ok = in.done() || GetDefault(&in, &f.default_value);  // version 1 ends here
  if (!default_ok || !GetElements(&in, &f) || !in.ok() || f.dim < 0 ||
      static_cast<size_t>(f.dim) > kMaxSaneDim)
    all->Raw(~uint64_t{0});
  return f;
}

std::string EncodeSchema(const CollectionSchema& s) {
  std::string out;
  PutBytes(&out, s.name);
  PutBytes(&out, s.description);
  PutVarint(&out, (s.auto_id ? 1u : 0u) | (s.enable_dynamic_field ? 2u : 0u));
  PutVarint(&out, s.version);
  PutVarint(&out, s.fields.size());
  for (const FieldSchema& f : s.fields) PutBytes(&out, EncodeField(f));
  if (s.structs.empty()) return out;
  PutVarint(&out, s.structs.size());
  for (const StructSchema& of : s.structs) {
    std::string item;
    PutId(&item, of.id.value());
    PutBytes(&item, of.name);
    PutBytes(&item, of.description);
    PutVarint(&item, of.nullable ? kNullable : 0u);
    PutParams(&item, of.type_params);
    PutBytes(&out, item);
  }
  return out;
}

StructSchema DecodeStruct(Decoder* all) {
  Decoder in(all->Bytes());
  StructSchema s;
  s.id = FieldId(in.Fixed<int64_t>());
  s.name = in.String();
  s.description = in.String();
  s.nullable = (in.Varint() & kNullable) != 0;
  s.type_params = GetParams(&in);
  if (!in.ok()) all->Raw(~uint64_t{0});
  return s;
}

// Every sub-field has its struct array, and each of these some.
bool StructsFit(const CollectionSchema& s) {
  const auto is_known = [&s](const FieldSchema& f) {
    return f.struct_id.value() == 0 || s.FindStruct(f.struct_id) != nullptr;
  };
  const auto has_fields = [&s](const StructSchema& of) {
    return of.id.value() != 0 && !s.SubFields(of.id).empty();
  };
  return std::all_of(s.fields.begin(), s.fields.end(), is_known) &&
         std::all_of(s.structs.begin(), s.structs.end(), has_fields);
}

CollectionSchema DecodeSchema(Decoder* all) {
  Decoder in(all->Bytes());
  CollectionSchema s;
  s.name = in.String();
  s.description = in.String();
  const uint64_t flags = in.Varint();
  s.auto_id = (flags & 1) != 0;
  s.enable_dynamic_field = (flags & 2) != 0;
  s.version = static_cast<uint32_t>(in.Varint());
  for (uint64_t n = in.Count(); n > 0 && in.ok(); --n) s.fields.push_back(DecodeField(&in));
  if (in.ok() && !in.done()) {
    for (uint64_t n = in.Count(); n > 0 && in.ok(); --n) s.structs.push_back(DecodeStruct(&in));
  }
  if (!in.ok() || !StructsFit(s)) all->Raw(~uint64_t{0});  // a failure inside is a failure of the whole value
  return s;
}

}  // namespace

std::string EncodeDatabase(const DatabaseMeta& d) {
  std::string body;
  PutId(&body, d.id.value());
  PutBytes(&body, d.name);
  PutParams(&body, d.properties);
  PutFixed<uint64_t>(&body, d.created);
  PutFixed<int64_t>(&body, d.created_ms);
  std::string out;
  PutVarint(&out, kDatabaseVersion);
  PutBytes(&out, body);
  return out;
}

Result<DatabaseMeta> DecodeDatabase(std::string_view value) {
  Decoder outer(value);
  const uint64_t version = outer.Varint();
  if (outer.ok() && version > kDatabaseVersion) {
    return Status(Code::kOperationNotSupported,
                  "database in the catalog is of a newer version: " + std::to_string(version));
  }
  Decoder in(outer.Bytes());
  DatabaseMeta d;
  d.id = DatabaseId(in.Fixed<int64_t>());
  d.name = in.String();
  d.properties = GetParams(&in);
  d.created = in.Fixed<uint64_t>();
  d.created_ms = in.Fixed<int64_t>();
  if (!outer.done() || !in.ok() || version == 0) return Status::Corrupt("malformed database in the catalog");
  return d;
}

std::string EncodeCollection(const CollectionMeta& c) {
  std::string body;
  PutId(&body, c.id.value());
  PutId(&body, c.database.value());
  PutBytes(&body, c.name);
  PutBytes(&body, EncodeSchema(c.schema));
  PutParams(&body, c.properties);
  PutFixed<int32_t>(&body, c.shards_num);
  PutFixed<int32_t>(&body, c.consistency_level);
  PutFixed<int64_t>(&body, c.num_partitions);
  PutFixed<uint64_t>(&body, c.created);
  PutFixed<int64_t>(&body, c.created_ms);
  PutFixed<uint64_t>(&body, c.updated);
  PutVarint(&body, (c.loaded ? kLoaded : 0u) | (c.loaded && !c.loads_new_partitions ? kSomePartitions : 0u));
  PutVarint(&body, c.partitions.size());
  for (const PartitionMeta& p : c.partitions) {
    std::string item;
    PutId(&item, p.id.value());
    PutBytes(&item, p.name);
    PutFixed<uint64_t>(&item, p.created);
    PutVarint(&item, p.loaded ? kLoaded : 0u);
    PutBytes(&body, item);
  }
  PutVarint(&body, c.indexes.size());
  for (const IndexMeta& x : c.indexes) {
    std::string item;
    PutId(&item, x.id.value());
    PutId(&item, x.field.value());
    PutBytes(&item, x.name);
    PutParams(&item, x.params);
    PutFixed<uint64_t>(&item, x.created);
    PutBytes(&body, item);
  }
  PutVarint(&body, c.aliases.size());
  for (const std::string& a : c.aliases) PutBytes(&body, a);
  PutId(&body, c.partition_id_max);
  PutBytes(&body, c.resource_group);
  PutVarint(&body, c.load_fields.size());
  for (const FieldId field : c.load_fields) PutId(&body, field.value());
  if (c.field_id_max != 0) PutId(&body, c.field_id_max);
  std::string out;
  PutVarint(&out, VersionOf(c));
  PutBytes(&out, body);
  return out;
}

Result<CollectionMeta> DecodeCollection(std::string_view value) {
  Decoder outer(value);
  const uint64_t version = outer.Varint();
  if (outer.ok() && version > kStructsVersion) {
    return Status(Code::kOperationNotSupported,
                  "collection in the catalog is of a newer version: " + std::to_string(version));
  }
  Decoder in(outer.Bytes());
  CollectionMeta c;
  c.id = CollectionId(in.Fixed<int64_t>());
  c.database = DatabaseId(in.Fixed<int64_t>());
  c.name = in.String();
  c.schema = DecodeSchema(&in);
  c.properties = GetParams(&in);
  c.shards_num = in.Fixed<int32_t>();
  c.consistency_level = in.Fixed<int32_t>();
  c.num_partitions = in.Fixed<int64_t>();
  c.created = in.Fixed<uint64_t>();
  c.created_ms = in.Fixed<int64_t>();
  c.updated = in.Fixed<uint64_t>();
  const uint64_t load_flags = in.Varint();
  c.loaded = (load_flags & kLoaded) != 0;
  c.loads_new_partitions = c.loaded && (load_flags & kSomePartitions) == 0;
  bool items_ok = true;
  for (uint64_t n = in.Count(); n > 0 && in.ok(); --n) {
    Decoder item(in.Bytes());
    PartitionMeta p;
    p.id = PartitionId(item.Fixed<int64_t>());
    p.name = item.String();
    p.created = item.Fixed<uint64_t>();
    // The first builds kept no state of a partition: it was that of the collection.
    p.loaded = item.remaining() > 0 ? (item.Varint() & kLoaded) != 0 : c.loaded;
    items_ok = items_ok && item.ok();
    c.partitions.push_back(std::move(p));
  }
  for (uint64_t n = in.Count(); n > 0 && in.ok(); --n) {
    Decoder item(in.Bytes());
    IndexMeta x;
    x.id = IndexId(item.Fixed<int64_t>());
    x.field = FieldId(item.Fixed<int64_t>());
    x.name = item.String();
    x.params = GetParams(&item);
    x.created = item.Fixed<uint64_t>();
    items_ok = items_ok && item.ok();
    c.indexes.push_back(std::move(x));
  }
  for (uint64_t n = in.Count(); n > 0 && in.ok(); --n) c.aliases.push_back(in.String());
  c.partition_id_max = in.remaining() > 0 ? in.Fixed<int64_t>() : kUnknownPartitionIdMax;
  if (in.remaining() > 0) {
    c.resource_group = in.String();
    for (uint64_t n = in.Count(); n > 0 && in.ok(); --n) c.load_fields.emplace_back(in.Fixed<int64_t>());
  }
  if (in.ok() && in.remaining() > 0) c.field_id_max = in.Fixed<int64_t>();
  if (!outer.done() || !in.ok() || !items_ok || version == 0 || !PartitionsFit(c))
    return Status::Corrupt("malformed collection in the catalog");
  return c;
}

const PartitionMeta* CollectionMeta::FindPartition(std::string_view partition) const {
  auto it =
      std::find_if(partitions.begin(), partitions.end(), [&](const auto& p) { return p.name == partition; });
  return it == partitions.end() ? nullptr : &*it;
}

bool CollectionMeta::all_partitions_loaded() const {
  return std::all_of(partitions.begin(), partitions.end(), [](const auto& p) { return p.loaded; });
}

bool CollectionMeta::IsFieldLoaded(FieldId field) const {
  return load_fields.empty() || std::binary_search(load_fields.begin(), load_fields.end(), field);
}

const IndexMeta* CollectionMeta::FindIndex(std::string_view index) const {
  auto it = std::find_if(indexes.begin(), indexes.end(), [&](const auto& x) { return x.name == index; });
  return it == indexes.end() ? nullptr : &*it;
}

const IndexMeta* CollectionMeta::FindIndexOfField(FieldId field) const {
  auto it = std::find_if(indexes.begin(), indexes.end(), [&](const auto& x) { return x.field == field; });
  return it == indexes.end() ? nullptr : &*it;
}

}  // namespace redkite::meta
