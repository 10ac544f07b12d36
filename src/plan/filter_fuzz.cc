// Any text, and filters made of the input: a plan or an error of the language, and a plan that is printed as
// a text parses to the same plan.
#include "base/testing/fuzz_target.h"
#include "plan/filter_fuzz_entry.h"
#include "plan/filter_text_fixture.h"

namespace redkite::plan {
namespace {

void CheckPrinted(const std::string& text) {
  static const CollectionSchema kSchema = FilterTestSchema();
  const Result<FilterPlan> plan = ParseFilter(text, kSchema, FuzzTemplates());
  if (!plan.ok() || plan->sample()) return;
  const auto printed = FilterText(plan->root(), kSchema);
  if (!printed) return;
  const Result<FilterPlan> again = ParseFilter(*printed, kSchema);
  // Brackets that the printer adds may be too many.
  if (!again.ok() && again.status().message().find("too deep") != std::string::npos) return;
  CHECK(again.ok());
  CHECK(again->ToString() == plan->ToString());
  CHECK(FilterText(again->root(), kSchema) == printed);
  CHECK(again->fields() == plan->fields());
}

void Run(std::string_view bytes) {
  fuzz::FuzzInput input(bytes);
  const bool is_text = input.OneIn(2);
  const std::string text = is_text ? std::string(input.Rest()) : FilterMaker(&input).Make();
  ParseAnything(text);
  CheckPrinted(text);
}

fuzz::Inputs Seeds() {
  fuzz::Inputs seeds;
  for (const std::string text :
       {"i64 > 1 and (i32 <= 2 or not (s like 'a%_\\\\%'))", "1 < i64 <= 5 && f * 2 > 1.5e3 || b == true",
        "i64 in [1, 2, -3,] and s not in ['a', \"\\u4e2d\\n\"]",
        "j['a'][0][\"b\"] != 5 and exists $meta['k'] and color is not null",
        "json_contains(j['a'], [1, 2.5, 'x']) or random_sample(0.5)",
        "i64 % 7 == 0x1F and (i8 & 4) != 0b11 and d == .5 and t == r'\\x'",
        "text_match(s, 'x', minimum_should_match = 2) and g > ISO '2025-01-01T00:00:00Z' and a == {x}",
        "starts_with(s, 'a%') or empty(t) or ~5 ** 2 < i64",
        "s =~ '^a\\d+[^b]*(c|d){2,3}$' and j['a'] !~ r'\\.' or t =~ {s}",
        "json_contains(j, [1, [2.5, 'x']]) and ARRAY_CONTAINS_ANY(color, {nested}) or not "
        "json_contains_all(j['a'], [])",
        "array_length(j['a']) >= 2 and 3 != ARRAY_LENGTH($meta['k']) and starts_with(s, t)",
        "i64 in {ints} or d in {list} or j['a'] in {scalars} or {x} < i64 + {x} and random_sample(0.25)"}) {
    seeds.push_back("\1" + text);
  }
  Random random(5);
  for (int i = 0; i < 40; ++i) {
    std::string script(60, '\0');
    for (char& c : script) c = static_cast<char>(random.Next());
    script[0] = '\0';
    seeds.push_back(std::move(script));
  }
  return seeds;
}

}  // namespace
}  // namespace redkite::plan

FUZZ_TARGET(filter_fuzz, redkite::plan::Run, redkite::plan::Seeds, 20000)
