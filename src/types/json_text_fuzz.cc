// Any bytes as a JSON text: accepted exactly when the naive parser accepts them, but for depth, long numbers
// and lone surrogates, which a reader may refuse; what is made of an object is JSON with the same members.
#include "base/testing/fuzz_target.h"
#include "types/json_text.h"
#include "types/testing/naive_json.h"

namespace redkite {
namespace {

void CheckProjection(std::string_view text, const NaiveJson& tree) {
  const std::string keys[] = {"a", "\"", "é", tree.members.empty() ? "" : tree.members.back().key};
  const std::string projected = ProjectJsonObject(text, keys);
  auto again = NaiveJsonParser(projected).Parse();
  CHECK(again && again->kind == NaiveJson::Kind::kObject);
  size_t wanted = 0;
  for (const auto& [key, value] : tree.members)
    wanted += std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
  CHECK(again->members.size() == wanted);
  const auto flat = FlattenJsonObject(text);
  CHECK(flat.ok() && flat->size() == tree.members.size());
  for (size_t i = 0; i < flat->size(); ++i) {
    const auto& [key, value] = tree.members[i];
    CHECK((*flat)[i].first == key);
    if (value.kind == NaiveJson::Kind::kString)
      CHECK((*flat)[i].second == value.text);
    else
      CHECK(NaiveJsonParser((*flat)[i].second).Parse().has_value());
  }
}

void Run(std::string_view text) {
  NaiveJsonParser parser(text);
  const auto tree = parser.Parse();
  const JsonTraits& traits = parser.traits();
  const bool accepted = CheckJson(text).ok();
  const bool object = CheckJsonObject(text).ok();
  CHECK(!object || accepted);
  if (traits.depth > NaiveJsonParser::kMaxDepth) return;
  if (accepted) CHECK(tree.has_value());
  if (tree && !traits.long_number && !traits.lone_surrogate) CHECK(accepted);
  if (accepted) CHECK(object == (tree->kind == NaiveJson::Kind::kObject));
  const Params merged = MergeJsonParams({{"params", std::string(text)}, {"k", "v"}});
  CHECK(FindParam(merged, "k") != nullptr);
  if (object) CheckProjection(text, *tree);
}

fuzz::Inputs Seeds() {
  return {R"({"a":1,"b":[true,false,null,{"c":-1.5e3}],"é":"x\né😀"})",
          R"( {"" : "" , "a" : { } , "a" : [ ] , "\"" : 12345678901234567890 } )", "[[[[[]]]]]",
          "\"\\u0000\"", "0"};
}

}  // namespace
}  // namespace redkite

FUZZ_TARGET(json_text_fuzz, redkite::Run, redkite::Seeds, 20000)
