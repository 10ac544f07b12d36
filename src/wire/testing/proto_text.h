// ProtoText: the messages of proto/*.proto, read from their text: enough to make requests of every RPC
// without naming one by hand. For fuzzers only. Understands the layout that tools/proto_union.py writes.
// Thread safety: immutable once read.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace redkite::wire {

struct ProtoField {
  std::string type;  // without package: "string", "KeyValuePair"
  std::string name;
  uint32_t number = 0;
  bool repeated = false;
};

class ProtoText {
 public:
  explicit ProtoText(const std::string& folder) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".proto") ReadFile(entry.path());
    }
    CHECK(!requests_.empty() && !messages_.empty());
  }
  /// The fields of a message; null for what is none: a scalar type or an enum.
  const std::vector<ProtoField>* Message(const std::string& name) const {
    const auto found = messages_.find(name);
    return found == messages_.end() ? nullptr : &found->second;
  }
  const std::vector<int64_t>* Enum(const std::string& name) const {
    const auto found = enums_.find(name);
    return found == enums_.end() ? nullptr : &found->second;
  }
  /// The name of the request message of an RPC; empty when there is no such RPC.
  std::string RequestOf(std::string_view rpc) const {
    const auto found = requests_.find(std::string(rpc));
    return found == requests_.end() ? "" : found->second;
  }

 private:
  static std::string Last(const std::string& dotted) { return dotted.substr(dotted.rfind('.') + 1); }

  void ReadFile(const std::filesystem::path& path) {
    std::vector<std::string> scopes;  // "message X", "enum X", "oneof", "service"
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      std::istringstream in(line.substr(0, line.find("//")));
      std::string first, second;
      in >> first >> second;
      if (first.empty()) continue;
      if (first == "}") {
        scopes.pop_back();
      } else if (line.ends_with("{")) {
        scopes.push_back(first + " " + second);
        if (first == "message") messages_[second];
        if (first == "enum") enums_[second];
      } else if (first == "rpc") {
        const size_t open = second.find('(');
        requests_[second.substr(0, open)] = Last(second.substr(open + 1, second.find(')') - open - 1));
      } else if (!scopes.empty()) {
        ReadMember(scopes, line);
      }
    }
  }
  void ReadMember(const std::vector<std::string>& scopes, const std::string& line) {
    const size_t equals = line.find(" = ");
    if (equals == std::string::npos) return;
    const auto number = static_cast<uint32_t>(std::strtol(line.c_str() + equals + 3, nullptr, 10));
    std::istringstream in(line.substr(0, equals));
    std::string scope = scopes.back();
    if (scope.starts_with("oneof")) scope = scopes[scopes.size() - 2];
    if (scope.starts_with("enum ")) return enums_[scope.substr(5)].push_back(number);
    if (!scope.starts_with("message ")) return;
    ProtoField field;
    field.number = number;
    in >> field.type;
    if (field.type == "repeated" || field.type == "optional") {
      field.repeated = field.type == "repeated";
      in >> field.type;
    }
    if (field.type.starts_with("map<")) {
      // An entry is a message of key and value.
      std::string value;
      in >> value;
      value.pop_back();
      const std::string entry = "map of " + Last(value);
      messages_[entry] = {{"string", "key", 1, false}, {Last(value), "value", 2, false}};
      field.type = entry;
      field.repeated = true;
    }
    in >> field.name;
    if (field.type.find("map of") == std::string::npos) field.type = Last(field.type);
    messages_[scope.substr(8)].push_back(std::move(field));
  }

  std::map<std::string, std::vector<ProtoField>> messages_;
  std::map<std::string, std::vector<int64_t>> enums_;
  std::map<std::string, std::string> requests_;
};

}  // namespace redkite::wire
