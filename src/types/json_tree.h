// JsonTree: a small JSON text as a tree, for settings that are objects within objects. Thread safety: plain
// data. Numbers that are no int64 are kReal. Depth and size are bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace redkite {

struct JsonTree {
  enum class Kind : uint8_t { kNull, kBool, kInt, kReal, kText, kArray, kObject };
  struct Member;
  Kind kind = Kind::kNull;
  int64_t integer = 0;  // kInt; kBool: 0 or 1
  double real = 0;
  std::string text;
  std::vector<JsonTree> items;  // kArray
  std::vector<Member> members;  // kObject, as they stand

  /// At most 1 MiB and 32 levels. The reason alone on failure.
  static Result<JsonTree> Parse(std::string_view json);
  bool is(Kind k) const { return kind == k; }
  /// The first member of that name, or nullptr.
  const JsonTree* Find(std::string_view name) const;
};

struct JsonTree::Member {
  std::string key;
  JsonTree value;
};

}  // namespace redkite
