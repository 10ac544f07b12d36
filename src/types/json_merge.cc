#include "types/json_merge.h"

#include <simdjson.h>

#include <unordered_set>
#include <utility>
#include <vector>

namespace redkite {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;  // a key and the member as it stands there

// The parser keeps its buffers between calls; one per thread.
simdjson::dom::parser& Parser() {
  static thread_local simdjson::dom::parser parser;
  return parser;
}

// Its escapes were resolved by the parser, so it is written anew.
void AppendKey(std::string_view key, std::string* out) {
  *out += '"';
  for (const char c : key) {
    if (c == '"' || c == '\\') {
      *out += '\\';
      *out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      *out += escaped;
    } else {
      *out += c;
    }
  }
  *out += '"';
}

Result<Members> MembersOf(std::string_view text) {
  simdjson::dom::element root;
  simdjson::dom::object object;
  if (text.empty() || Parser().parse(text.data(), text.size()).get(root) != simdjson::SUCCESS ||
      root.get(object) != simdjson::SUCCESS) {
    return Status(Code::kParameterInvalid, "a JSON object is expected");
  }
  Members members;
  for (const auto [key, value] : object) {
    std::string member;
    AppendKey(key, &member);
    member += ':' + simdjson::minify(value);
    members.emplace_back(key, std::move(member));
  }
  return members;
}

}  // namespace

Result<std::string> MergeJsonObjects(std::string_view object, std::string_view update) {
  if (update == "{}") return std::string(object);
  RK_ASSIGN_OR_RETURN(const Members newer, MembersOf(update));
  RK_ASSIGN_OR_RETURN(Members merged, MembersOf(object));
  std::unordered_set<std::string_view> replaced;
  for (const auto& [key, member] : newer) replaced.insert(key);
  std::erase_if(merged, [&](const auto& m) { return replaced.contains(m.first); });
  merged.insert(merged.end(), newer.begin(), newer.end());
  std::string out = "{";
  for (const auto& [key, member] : merged) {
    if (out.size() > 1) out += ',';
    out += member;
  }
  return out + "}";
}

}  // namespace redkite
