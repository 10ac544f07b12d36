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

const FieldSchema& CollectionSchema::primary() const {
  auto it = std::find_if(fields.begin(), fields.end(), [](const FieldSchema& f) { return f.is_primary; });
  CHECK(it != fields.end());
  return *it;
}

const FieldSchema* CollectionSchema::dynamic_field() const {
  return !fields.empty() && fields.back().is_dynamic ? &fields.back() : nullptr;
}

}  // namespace redkite
