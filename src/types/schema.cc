#include "types/schema.h"

#include <algorithm>

#include "base/check.h"

namespace redkite {

const std::string* FindParam(const Params& params, std::string_view key) {
  for (const auto& [k, v] : params) {
    if (k == key) return &v;
  }
  return nullptr;
}

const FieldSchema* CollectionSchema::Find(std::string_view field_name) const {
  auto it =
      std::find_if(fields.begin(), fields.end(), [&](const FieldSchema& f) { return f.name == field_name; });
  return it == fields.end() ? nullptr : &*it;
}

const FieldSchema* CollectionSchema::Find(FieldId id) const {
  auto it = std::find_if(fields.begin(), fields.end(), [&](const FieldSchema& f) { return f.id == id; });
  return it == fields.end() ? nullptr : &*it;
}

std::string_view FieldSchema::sub_name() const {
  const std::string_view whole = name;
  const size_t open = whole.find('[');
  if (struct_id.value() == 0 || open == whole.npos || !whole.ends_with(']')) return whole;
  return whole.substr(open + 1, whole.size() - open - 2);
}

std::string SubFieldName(std::string_view struct_name, std::string_view sub_name) {
  return std::string(struct_name) + "[" + std::string(sub_name) + "]";
}

const StructSchema* CollectionSchema::FindStruct(std::string_view struct_name) const {
  auto it = std::find_if(structs.begin(), structs.end(),
                         [&](const StructSchema& s) { return s.name == struct_name; });
  return it == structs.end() ? nullptr : &*it;
}

const StructSchema* CollectionSchema::FindStruct(FieldId id) const {
  auto it = std::find_if(structs.begin(), structs.end(), [&](const StructSchema& s) { return s.id == id; });
  return it == structs.end() ? nullptr : &*it;
}

std::vector<const FieldSchema*> CollectionSchema::SubFields(FieldId struct_id) const {
  std::vector<const FieldSchema*> found;
  for (const FieldSchema& field : fields) {
    if (field.struct_id == struct_id) found.push_back(&field);
  }
  return found;
}

const FieldSchema& CollectionSchema::primary() const {
  auto it = std::find_if(fields.begin(), fields.end(), [](const FieldSchema& f) { return f.is_primary; });
  CHECK(it != fields.end());
  return *it;
}

const FieldSchema* CollectionSchema::dynamic_field() const {
  return !fields.empty() && fields.back().is_dynamic ? &fields.back() : nullptr;
}

}  // namespace redkite
