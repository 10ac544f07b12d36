#include "proxy/placement/loaded_fields.h"

#include <algorithm>

namespace redkite::proxy {

LoadedFields::LoadedFields(const meta::CollectionMeta& collection) : collection_(collection) {
  if (collection.load_fields.empty()) return;
  cut_ = collection.schema;
  std::erase_if(cut_->fields, [&](const FieldSchema& f) { return !collection.IsFieldLoaded(f.id); });
  std::erase_if(cut_->structs, [&](const StructSchema& s) { return cut_->SubFields(s.id).empty(); });
  cut_->enable_dynamic_field = cut_->dynamic_field() != nullptr;
}

Status LoadedFields::Check(std::span<const std::string> names) const {
  if (!cut_) return Status::Ok();
  for (const std::string& name : names) {
    if (const StructSchema* of = collection_.schema.FindStruct(name)) {
      for (const FieldSchema* sub : collection_.schema.SubFields(of->id))
        RK_RETURN_IF_ERROR(Check(std::span(&sub->id, 1)));
      continue;
    }
    const FieldSchema* field = collection_.schema.Find(name);
    if (field == nullptr) continue;
    const FieldId id = field->id;
    RK_RETURN_IF_ERROR(Check(std::span(&id, 1)));
  }
  return Status::Ok();
}

Status LoadedFields::Check(std::span<const FieldId> fields) const {
  if (!cut_) return Status::Ok();
  for (const FieldId id : fields) {
    const FieldSchema* field = collection_.schema.Find(id);
    if (field == nullptr || collection_.IsFieldLoaded(id)) continue;
    return Status::Invalid("field " + field->name + " is not loaded, collection: " + collection_.name);
  }
  return Status::Ok();
}

}  // namespace redkite::proxy
