// Changes of a collection's name, properties and fields. Each gives the collection a new `updated` timestamp,
// so that clients which remember the schema learn of it (status 109).
#include <array>
#include <charconv>

#include "proxy/fields/text_rules.h"
#include "proxy/fields/time_rules.h"
#include "proxy/name_rules.h"
#include "proxy/placement/key_fields.h"
#include "proxy/properties.h"
#include "proxy/proxy.h"
#include "types/collection_properties.h"

namespace redkite::proxy {
namespace {

Status LoadedAlready(const std::string& what, const meta::CollectionMeta& collection) {
  return {Code::kCollectionLoaded,
          "can not alter " + what +
              " if collection loaded: collection already loaded[collection=" + collection.name + "]"};
}

std::optional<int> ConsistencyByName(std::string_view text) {
  static constexpr std::array<std::string_view, 5> kNames = {"Strong", "Session", "Bounded", "Eventually",
                                                             "Customized"};
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (text == kNames[i] || text == std::to_string(i)) return static_cast<int>(i);
  }
  return std::nullopt;
}

// Properties that are members of the collection and not kept as text.
bool IsMemberKey(std::string_view key) {
  return key == "collection.description" || key == "consistency_level" || key == "dynamicfield.enabled";
}

Status SetMember(const Limits& limits, const std::string& key, const std::string& value,
                 meta::CollectionMeta* meta) {
  if (key == "collection.description") {
    RK_RETURN_IF_ERROR(CheckDescription(value, limits));
    meta->schema.description = value;
    return Status::Ok();
  }
  if (key == "consistency_level") {
    const auto level = ConsistencyByName(value);
    if (!level) return Status::Invalid("unknown consistency level: " + value);
    meta->consistency_level = *level;
    return Status::Ok();
  }
  RK_ASSIGN_OR_RETURN(const bool enabled, ParseFlag(key, value));
  if (enabled == meta->schema.enable_dynamic_field) return Status::Ok();
  if (!enabled) {
    return Status::Invalid("dynamicfield.enabled cannot be set to false, the dynamic field of collection " +
                           meta->name + " cannot be switched off");
  }
  AddDynamicFieldTo(&meta->schema, &meta->field_id_max);
  ++meta->schema.version;
  return Status::Ok();
}

Status CheckChange(const AlterProperties& change) {
  RK_RETURN_IF_ERROR(CheckOneKindOfChange(change));
  RK_RETURN_IF_ERROR(CheckCollectionProperties(change.put));
  for (const auto& [key, value] : change.put) {
    if (key == "dynamicfield.enabled" && change.put.size() > 1) {
      return Status::Invalid("cannot alter dynamic schema with other properties at the same time");
    }
  }
  for (const std::string& key : change.remove) {
    if (IsMemberKey(key)) return Status::Invalid("cannot delete key " + key);
  }
  return Status::Ok();
}

// Indexes are built for it or not.
Status CheckIsolationChange(const meta::CollectionMeta& meta, const AlterProperties& change) {
  Params after = meta.properties;
  ApplyProperties(change, &after);
  if (IsKeyIsolated(after) == IsKeyIsolated(meta.properties)) return Status::Ok();
  RK_RETURN_IF_ERROR(CheckIsolationProperty(meta.schema, after));
  for (const meta::IndexMeta& index : meta.indexes) {
    const FieldSchema* field = meta.schema.Find(index.field);
    if (field == nullptr || !IsVector(field->type)) continue;
    return Status::Invalid(
        "can not alter partition key isolation mode if the collection already has a vector index. Please "
        "drop the index first");
  }
  return Status::Ok();
}

Status SetMaxLength(const Limits& limits, const std::string& value, FieldSchema* field) {
  if (field->type != DataType::kVarChar && field->element_type != DataType::kVarChar) {
    return Status::Invalid("max_length can only be altered on a varchar field, field name = " + field->name);
  }
  int length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  const bool whole = error == std::errc() && end == value.data() + value.size();
  if (!whole || length < 1 || length > limits.varchar_length_max) {
    return Status::Invalid("the maximum length specified for the field(" + field->name +
                           ") should be in (0, " + std::to_string(limits.varchar_length_max) + "], but got " +
                           value + " instead");
  }
  field->max_length = length;
  return Status::Ok();
}

// A smaller one leaves longer arrays that are there as they are.
Status SetMaxCapacity(const std::string& value, FieldSchema* field) {
  if (field->type != DataType::kArray) {
    return Status::Invalid("max_capacity can only be altered on an array field, field name = " + field->name);
  }
  if (field->struct_id.value() != 0) {
    return Status::Invalid(
        "max_capacity of a field in a struct array is that of all its fields, field name = " + field->name);
  }
  RK_ASSIGN_OR_RETURN(field->max_capacity, ParseMaxCapacity(value));
  return Status::Ok();
}

// One property of a field; what stays in its type parameters is put there by the caller.
Status SetFieldProperty(const Limits& limits, const std::string& key, const std::string& value,
                        FieldSchema* field) {
  if (key == "max_length") return SetMaxLength(limits, value, field);
  if (key == "max_capacity") return SetMaxCapacity(value, field);
  if (IsMmapKey(key)) return ParseFlag(key, value).status();
  if (IsWarmupKey(key)) return CheckWarmup(key, value);
  if (key == "field.description") {
    RK_RETURN_IF_ERROR(CheckDescription(value, limits));
    field->description = value;
    return Status::Ok();
  }
  return Status::Invalid(key + " does not allow update in collection field param");
}

Status AlterField(const Limits& limits, const AlterProperties& change, meta::CollectionMeta* meta,
                  FieldSchema* field) {
  for (const auto& [key, value] : change.put) RK_RETURN_IF_ERROR(SetFieldProperty(limits, key, value, field));
  for (const std::string& key : change.remove) {
    if (!IsMmapKey(key) && !IsWarmupKey(key))
      return Status::Invalid(key + " is not allowed to drop in collection field param");
  }
  if (meta->loaded) {
    if (Touches(change, IsMmapKey)) return LoadedAlready("mmap properties", *meta);
    if (Touches(change, IsWarmupKey)) return LoadedAlready("warmup", *meta);
  }
  AlterProperties kept = change;
  std::erase_if(kept.put, [](const auto& p) { return p.first == "field.description"; });
  ApplyProperties(kept, &field->type_params);
  return Status::Ok();
}

}  // namespace

Status Proxy::RenameCollection(const RenameCollectionRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.from.database, "collectionDDL"));
  const std::string& name = request.to.collection;
  RK_RETURN_IF_ERROR(CheckCollectionName(name, limits_));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.from));
  if (collection->name != request.from.collection) {
    return Status::Invalid("unsupported use an alias to rename collection, alias:" + request.from.collection);
  }
  RK_ASSIGN_OR_RETURN(
      const auto target,
      seams_.catalog->GetDatabase(request.to.database.empty() ? request.from.database : request.to.database));
  if (target.id == collection->database && name == collection->name) {
    return Status::Invalid("collection name or database name should be different");
  }
  if (const auto taken = seams_.catalog->GetCollection(target.id, name); taken.ok()) {
    const std::string what =
        "duplicated new collection name " + target.name + ":" + name + " with other collection name or alias";
    if ((*taken)->name == name) return Status::Invalid(what);
    return {Code::kAliasCollectionNameConflict,
            what + ": alias and collection name conflict[database=" + target.name + "][alias=" + name + "]"};
  }
  RK_ASSIGN_OR_RETURN(const Timestamp updated, seams_.oracle->Next());
  return seams_.catalog
      ->UpdateCollection(collection->id,
                         [&](meta::CollectionMeta* meta) {
                           if (meta->database != target.id && !meta->aliases.empty()) {
                             return Status::Invalid(
                                 "fail to rename db name, must drop all aliases of this collection before "
                                 "rename");
                           }
                           meta->database = target.id;
                           meta->name = meta->schema.name = name;
                           meta->updated = updated;
                           return Status::Ok();
                         })
      .status();
}

Status Proxy::AlterCollection(const AlterCollectionRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "collectionDDL"));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name, request.id));
  const AlterProperties& change = request.properties;
  RK_RETURN_IF_ERROR(CheckChange(change));
  RK_RETURN_IF_ERROR(CheckTimeZoneProperty(change.put));
  return ChangeSchema(*collection, [&](meta::CollectionMeta* meta) -> Status {
    if (meta->loaded && Touches(change, IsMmapKey)) return LoadedAlready("mmap properties", *meta);
    if (meta->loaded && Touches(change, IsWarmupKey)) return LoadedAlready("warmup properties", *meta);
    RK_RETURN_IF_ERROR(CheckIsolationChange(*meta, change));
    AlterProperties kept = change;
    for (const auto& [key, value] : change.put) {
      if (IsMemberKey(key)) RK_RETURN_IF_ERROR(SetMember(limits_, key, value, meta));
    }
    std::erase_if(kept.put, [](const auto& p) { return IsMemberKey(p.first); });
    ApplyProperties(kept, &meta->properties);
    return CheckTtlField(meta->schema, meta->properties);
  });
}

// Rows of the new schema bring it along: whoever writes it to files knows each field that a row has.
Status Proxy::ChangeSchema(const meta::CollectionMeta& collection,
                           const std::function<Status(meta::CollectionMeta*)>& change) {
  RK_ASSIGN_OR_RETURN(const Timestamp updated, seams_.oracle->Next());
  RK_ASSIGN_OR_RETURN(const meta::CollectionPtr changed,
                      seams_.catalog->UpdateCollection(collection.id, [&](meta::CollectionMeta* meta) {
                        meta->updated = updated;
                        return change(meta);
                      }));
  if (changed->schema.version == collection.schema.version) return Status::Ok();
  // One that is gone, or cannot be served, has nothing to learn.
  if (auto shard = seams_.backend->FindShard(collection.id); shard.ok())
    (*shard)->SetSchema(std::shared_ptr<const CollectionSchema>(changed, &changed->schema));
  return Status::Ok();
}

// The zone is that of the collection once it has the fields.
Result<std::vector<FieldSchema>> Proxy::TakeAdded(const meta::CollectionMeta& collection,
                                                  const std::vector<FieldSchema>& fields) const {
  meta::CollectionMeta with = collection;
  with.schema.fields = fields;
  RK_ASSIGN_OR_RETURN(const TimeZonePtr zone, TimeZoneOf(with, {}));
  RK_RETURN_IF_ERROR(TakeDefaultInstants(*zone, &with.schema));
  RK_RETURN_IF_ERROR(TakeDefaultShapes(&with.schema));
  return std::move(with.schema.fields);
}

Status Proxy::AlterCollectionSchema(const AlterSchemaRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "collectionDDL"));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name, request.id));
  if (!request.unsupported.empty()) {
    return Status::Unimplemented("alter collection schema with " + request.unsupported.front() +
                                 " is not implemented");
  }
  if (request.add.empty() && !request.drops) {
    return Status::Invalid("alter collection schema: no field to add or to drop is given");
  }
  for (const FieldSchema& field : request.add)
    RK_RETURN_IF_ERROR(CheckDescription(field.description, limits_));
  RK_ASSIGN_OR_RETURN(const std::vector<FieldSchema> added, TakeAdded(*collection, request.add));
  std::vector<IndexId> dropped;
  const auto drop = [&](meta::CollectionMeta* meta) -> Status {
    const FieldSchema* field =
        request.drop_name.empty() ? meta->schema.Find(request.drop_id) : meta->schema.Find(request.drop_name);
    if (field == nullptr || (field->is_dynamic && !request.drop_name.empty())) {
      const std::string name =
          request.drop_name.empty() ? std::to_string(request.drop_id.value()) : request.drop_name;
      return {Code::kFieldNotFound, "field not found[field=" + name + "]"};
    }
    const FieldId id = field->id;
    if (const std::string* ttl = FindParam(meta->properties, kTtlFieldProperty); ttl && *ttl == field->name)
      return Status::Invalid("cannot drop the field of " + std::string(kTtlFieldProperty) + ": " +
                             field->name);
    RK_RETURN_IF_ERROR(DropFieldFrom(id, &meta->schema, &meta->field_id_max));
    dropped.clear();
    for (const meta::IndexMeta& index : meta->indexes) {
      if (index.field == id) dropped.push_back(index.id);
    }
    std::erase_if(meta->indexes, [id](const meta::IndexMeta& index) { return index.field == id; });
    std::erase(meta->load_fields, id);
    return Status::Ok();
  };
  RK_RETURN_IF_ERROR(ChangeSchema(*collection, [&](meta::CollectionMeta* meta) -> Status {
    for (const FieldSchema& field : added)
      RK_RETURN_IF_ERROR(AddFieldTo(limits_, field, &meta->schema, &meta->field_id_max));
    if (request.drops) RK_RETURN_IF_ERROR(drop(meta));
    ++meta->schema.version;
    return Status::Ok();
  }));
  // What stays is removed by the next start.
  for (const IndexId index : dropped) (void)seams_.backend->RemoveIndex(collection->id, index);
  return Status::Ok();
}

Status Proxy::AlterCollectionField(const AlterFieldRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "collectionDDL"));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  RK_RETURN_IF_ERROR(CheckOneKindOfChange(request.properties));
  RK_ASSIGN_OR_RETURN(const Timestamp updated, seams_.oracle->Next());
  return seams_.catalog
      ->UpdateCollection(collection->id,
                         [&](meta::CollectionMeta* meta) -> Status {
                           for (FieldSchema& field : meta->schema.fields) {
                             if (field.name != request.field_name || field.is_dynamic) continue;
                             RK_RETURN_IF_ERROR(AlterField(limits_, request.properties, meta, &field));
                             ++meta->schema.version;
                             meta->updated = updated;
                             return Status::Ok();
                           }
                           return {Code::kFieldNotFound, "field not found[field=" + request.field_name + "]"};
                         })
      .status();
}

}  // namespace redkite::proxy
