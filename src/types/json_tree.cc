#include "types/json_tree.h"

#include <simdjson.h>

namespace redkite {
namespace {

constexpr size_t kBytesMax = 1 << 20;
constexpr int kDepthMax = 32;

Status Bad(const std::string& why) { return {Code::kParameterInvalid, "invalid JSON: " + why}; }

Status Build(const simdjson::dom::element& value, int depth, JsonTree* out) {
  using Kind = JsonTree::Kind;
  if (depth > kDepthMax) return Bad("nested too deeply");
  switch (value.type()) {
    case simdjson::dom::element_type::NULL_VALUE:
      return Status::Ok();
    case simdjson::dom::element_type::BOOL:
      out->kind = Kind::kBool;
      out->integer = value.get_bool().value_unsafe() ? 1 : 0;
      return Status::Ok();
    case simdjson::dom::element_type::INT64:
      out->kind = Kind::kInt;
      out->integer = value.get_int64().value_unsafe();
      return Status::Ok();
    case simdjson::dom::element_type::UINT64:
    case simdjson::dom::element_type::DOUBLE:
      out->kind = Kind::kReal;
      out->real = value.get_double().value_unsafe();
      return Status::Ok();
    case simdjson::dom::element_type::STRING:
      out->kind = Kind::kText;
      out->text = std::string(std::string_view(value.get_string().value_unsafe()));
      return Status::Ok();
    case simdjson::dom::element_type::ARRAY: {
      out->kind = Kind::kArray;
      const simdjson::dom::array items = value.get_array().value_unsafe();
      for (const simdjson::dom::element item : items)
        RK_RETURN_IF_ERROR(Build(item, depth + 1, &out->items.emplace_back()));
      return Status::Ok();
    }
    case simdjson::dom::element_type::OBJECT: {
      out->kind = Kind::kObject;
      const simdjson::dom::object members = value.get_object().value_unsafe();
      for (const simdjson::dom::key_value_pair member : members) {
        out->members.push_back({std::string(member.key), JsonTree()});
        RK_RETURN_IF_ERROR(Build(member.value, depth + 1, &out->members.back().value));
      }
      return Status::Ok();
    }
  }
  return Status::Ok();
}

}  // namespace

Result<JsonTree> JsonTree::Parse(std::string_view json) {
  if (json.size() > kBytesMax) return Bad("longer than " + std::to_string(kBytesMax) + " bytes");
  if (json.empty()) return Bad("empty");
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root); error != simdjson::SUCCESS)
    return Bad(simdjson::error_message(error));
  JsonTree tree;
  RK_RETURN_IF_ERROR(Build(root, 0, &tree));
  return tree;
}

const JsonTree* JsonTree::Find(std::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace redkite
