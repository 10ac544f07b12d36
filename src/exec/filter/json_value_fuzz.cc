// A path and a JSON text: what FindJson finds is what a walk over the tree of the naive parser finds; on a
// text that is no JSON it only must not read beyond it.
#include <charconv>

#include "base/testing/fuzz_input.h"
#include "base/testing/fuzz_target.h"
#include "exec/filter/json_value.h"
#include "types/testing/naive_json.h"

namespace redkite::exec {
namespace {

const NaiveJson* Step(const NaiveJson& at, const plan::JsonStep& step) {
  if (at.kind == NaiveJson::Kind::kArray && step.index >= 0) {
    const auto index = static_cast<size_t>(step.index);
    return index < at.members.size() ? &at.members[index].value : nullptr;
  }
  if (at.kind != NaiveJson::Kind::kObject) return nullptr;
  for (const auto& [key, value] : at.members) {
    if (key == step.key) return &value;
  }
  return nullptr;
}

/// The elements are those of the tree, one after another.
void CheckElements(const JsonValue& found, const NaiveJson& wanted);

void CheckSame(const JsonValue& found, const NaiveJson* wanted) {
  if (wanted == nullptr) return CHECK(found.kind == JsonKind::kMissing);
  std::string scratch;
  switch (wanted->kind) {
    case NaiveJson::Kind::kNull:
      return CHECK(found.kind == JsonKind::kNull);
    case NaiveJson::Kind::kBool:
      return CHECK(found.kind == JsonKind::kBool && found.bool_value == wanted->truth);
    case NaiveJson::Kind::kString:
      return CHECK(found.kind == JsonKind::kString && JsonText(found, &scratch) == wanted->text);
    case NaiveJson::Kind::kArray:
      CHECK(found.kind == JsonKind::kArray);
      return CheckElements(found, *wanted);
    case NaiveJson::Kind::kObject:
      return CHECK(found.kind == JsonKind::kObject && found.empty_object == wanted->members.empty());
    case NaiveJson::Kind::kNumber:
      break;
  }
  double number = 0;
  const char* end = wanted->text.data() + wanted->text.size();
  // Beyond what a double holds it is no value that a filter could compare.
  if (std::from_chars(wanted->text.data(), end, number).ec != std::errc()) return;
  CHECK(found.is_number() && found.double_value == number);
}

void CheckElements(const JsonValue& found, const NaiveJson& wanted) {
  CHECK(CountJsonElements(found) == static_cast<int64_t>(wanted.members.size()));
  JsonElements elements(found);
  JsonValue element;
  std::string scratch, key;
  for (const auto& [name, member] : wanted.members) {
    CHECK(elements.Next(&element));
    CheckSame(element, &member);
    AppendElementKey(element, &scratch, &key);
  }
  CHECK(!elements.Next(&element));
}

void Run(std::string_view bytes) {
  fuzz::FuzzInput input(bytes);
  std::vector<plan::JsonStep> path(input.Below(4));
  for (plan::JsonStep& step : path) {
    step.key = input.OneIn(2) ? std::string(1, static_cast<char>('0' + input.Below(4)))
                              : std::string(input.Bytes(8));
    const char* end = step.key.data() + step.key.size();
    int64_t index = 0;
    const auto parsed = std::from_chars(step.key.data(), end, index);
    if (!step.key.empty() && parsed.ec == std::errc() && parsed.ptr == end && index >= 0) step.index = index;
  }
  const std::string_view text = input.Rest();
  const JsonValue found = FindJson(text, path);
  std::string scratch;
  if (found.kind == JsonKind::kString) (void)JsonText(found, &scratch);
  if (found.kind == JsonKind::kArray) {
    std::string key;
    AppendElementKey(found, &scratch, &key);
    JsonElements elements(found);
    for (JsonValue element; elements.Next(&element);) AppendElementKey(element, &scratch, &key);
  }
  NaiveJsonParser parser(text);
  const auto tree = parser.Parse();
  if (!tree || parser.traits().lone_surrogate) return;
  const NaiveJson* at = &*tree;
  for (const plan::JsonStep& step : path) at = at == nullptr ? nullptr : Step(*at, step);
  CheckSame(found, at);
}

fuzz::Inputs Seeds() {
  const std::string text = R"({"a":1,"b":[true,{"c":-1.5e3,"a":"x\n😀"}], "" : [18446744073709551615,{}]})";
  fuzz::Inputs seeds;
  for (const std::string_view path :
       {std::string_view("\0", 1), std::string_view("\1\0\1a", 4), std::string_view("\3\0\1b\1\1\0\1a", 8),
        std::string_view("\2\0\0\1\0", 5)}) {
    seeds.emplace_back(path).append(text);
  }
  return seeds;
}

}  // namespace
}  // namespace redkite::exec

FUZZ_TARGET(json_value_fuzz, redkite::exec::Run, redkite::exec::Seeds, 20000)
