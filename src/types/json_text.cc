#include "types/json_text.h"

#include <simdjson.h>

#include <algorithm>
#include <unordered_set>

namespace redkite {
namespace {

constexpr size_t kFlattenBytesMax = 1 << 20;

// The parser keeps its buffers between calls; one per thread.
simdjson::dom::parser& Parser() {
  static thread_local simdjson::dom::parser parser;
  return parser;
}

/// The parser copies the text, also where there is none and it points nowhere.
simdjson::error_code ParseText(std::string_view text, simdjson::dom::element* root) {
  if (text.empty()) return simdjson::EMPTY;
  return Parser().parse(text.data(), text.size()).get(*root);
}

Status Bad(simdjson::error_code error) {
  return {Code::kParameterInvalid, std::string("invalid JSON: ") + simdjson::error_message(error)};
}

/// The parser keeps what it once needed, about ten bytes for each of the longest text.
Status CheckLength(std::string_view text) {
  if (text.size() <= kFlattenBytesMax) return Status::Ok();
  return {Code::kParameterInvalid, "JSON text of " + std::to_string(text.size()) + " bytes is longer than " +
                                       std::to_string(kFlattenBytesMax)};
}

using PartVisit = std::function<void(const JsonPart&)>;

Status VisitConstant(const simdjson::dom::element& value, int depth, const PartVisit& visit) {
  JsonPart part;
  switch (value.type()) {
    case simdjson::dom::element_type::BOOL:
      part.kind = JsonPart::Kind::kBool;
      part.truth = value.get_bool().value_unsafe();
      break;
    case simdjson::dom::element_type::INT64:
      part.kind = JsonPart::Kind::kInt;
      part.integer = value.get_int64().value_unsafe();
      break;
    case simdjson::dom::element_type::UINT64:  // beyond int64
    case simdjson::dom::element_type::DOUBLE:
      part.kind = JsonPart::Kind::kDouble;
      part.real = value.get_double().value_unsafe();
      break;
    case simdjson::dom::element_type::STRING:
      part.kind = JsonPart::Kind::kText;
      part.text = value.get_string().value_unsafe();
      break;
    case simdjson::dom::element_type::ARRAY: {
      if (depth == kJsonConstantDepthMax)
        return {Code::kParameterInvalid, "JSON arrays are nested too deeply"};
      part.kind = JsonPart::Kind::kBeginArray;
      visit(part);
      const simdjson::dom::array elements = value.get_array().value_unsafe();
      for (const simdjson::dom::element element : elements) {
        RK_RETURN_IF_ERROR(VisitConstant(element, depth + 1, visit));
      }
      part.kind = JsonPart::Kind::kEndArray;
      break;
    }
    default:
      return {Code::kParameterInvalid,
              "a JSON constant is a boolean, a number, a string or an array of these"};
  }
  visit(part);
  return Status::Ok();
}

}  // namespace

bool IsValidUtf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

Status CheckJson(std::string_view text) {
  simdjson::dom::element root;
  if (auto error = ParseText(text, &root)) return Bad(error);
  return Status::Ok();
}

Status CheckJsonObject(std::string_view text) {
  simdjson::dom::element root;
  if (auto error = ParseText(text, &root)) return Bad(error);
  if (!root.is_object()) return {Code::kParameterInvalid, "a JSON object is expected"};
  return Status::Ok();
}

Result<Params> FlattenJsonObject(std::string_view text) {
  RK_RETURN_IF_ERROR(CheckLength(text));
  simdjson::dom::element root;
  if (auto error = ParseText(text, &root)) return Bad(error);
  simdjson::dom::object object;
  if (root.get(object)) return Status(Code::kParameterInvalid, "a JSON object is expected");
  Params members;
  for (auto [key, value] : object) {
    std::string_view string_value;
    members.emplace_back(std::string(key), value.get(string_value) == simdjson::SUCCESS
                                               ? std::string(string_value)
                                               : simdjson::minify(value));
  }
  return members;
}

Params MergeJsonParams(const Params& params) {
  Params merged;
  for (const auto& [key, value] : params) {
    if (key != "params") merged.emplace_back(key, value);
  }
  if (const std::string* text = FindParam(params, "params")) {
    auto members = FlattenJsonObject(*text);
    if (!members.ok()) return merged;
    std::unordered_set<std::string> known;
    for (const auto& [key, value] : merged) known.insert(key);
    for (auto& [key, value] : *members) {
      if (known.insert(key).second) merged.emplace_back(std::move(key), std::move(value));
    }
  }
  return merged;
}

std::string ProjectJsonObject(std::string_view text, std::span<const std::string> keys) {
  simdjson::dom::element root;
  simdjson::dom::object object;
  if (ParseText(text, &root) || root.get(object)) return "{}";
  std::string out = "{";
  for (auto [key, value] : object) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) continue;
    if (out.size() > 1) out += ',';
    out += '"';
    // A key's escapes were resolved by the parser, so it is written anew.
    for (unsigned char c : key) {
      if (c == '"' || c == '\\') {
        out += '\\';
        out += static_cast<char>(c);
      } else if (c < 0x20) {
        char escaped[8];
        std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
        out += escaped;
      } else {
        out += static_cast<char>(c);
      }
    }
    out += "\":";
    out += simdjson::minify(value);
  }
  return out + "}";
}

Status VisitJsonConstant(std::string_view text, const PartVisit& visit) {
  RK_RETURN_IF_ERROR(CheckLength(text));
  simdjson::dom::element root;
  if (auto error = ParseText(text, &root)) return Bad(error);
  return VisitConstant(root, 0, visit);
}

}  // namespace redkite
