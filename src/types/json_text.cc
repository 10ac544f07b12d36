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
  // The parser keeps what it once needed, about ten bytes for each of the longest text.
  if (text.size() > kFlattenBytesMax) {
    return Status(Code::kParameterInvalid, "JSON text of " + std::to_string(text.size()) +
                                               " bytes is longer than " + std::to_string(kFlattenBytesMax));
  }
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

}  // namespace redkite
