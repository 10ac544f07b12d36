// Filters made of the input, and any text, over a table of border values: the block evaluator keeps exactly
// the rows that the naive one keeps.
#include <cstdio>
#include <map>

#include "base/testing/fuzz_target.h"
#include "exec/filter/eval_filter.h"
#include "exec/filter/naive_filter_fixture.h"
#include "plan/filter_test_schema.h"
#include "plan/filter_text_fixture.h"

namespace redkite::exec {
namespace {

constexpr size_t kRows = 150;  // more than two words of bits, and not a whole number of them

struct Table {
  CollectionSchema schema = plan::FilterTestSchema();
  std::map<FieldId, Column> columns;
  mutable std::map<FieldId, std::vector<ValueZone>> zones;

  Column& Of(const char* name) {
    const FieldSchema* field = schema.Find(name);
    return columns.try_emplace(field->id, field->id, field->type, 0).first->second;
  }
  std::optional<ColumnView> View(FieldId field) const {
    const auto found = columns.find(field);
    return found == columns.end() ? std::nullopt : std::optional(found->second.view());
  }
  std::span<const ValueZone> Zones(FieldId field) const {
    const auto found = columns.find(field);
    if (found == columns.end()) return {};
    const auto [zone, is_new] = zones.try_emplace(field);
    if (is_new) {
      ZoneSum sum;
      sum.Add(found->second.view());
      zone->second = sum.Take();
    }
    return zone->second;
  }
};

template <class T>
void PutInteger(Column* column, Random* random, bool nullable) {
  constexpr int64_t kBorders[] = {
      0, 1, 2, 3, -1, -2, 127, -128, 32767, INT32_MAX, INT64_MAX, INT64_MIN, int64_t{1} << 53};
  if (nullable && random->Below(6) == 0) return column->AppendNull();
  column->Append<T>(static_cast<T>(random->Below(2) == 0 ? kBorders[random->Below(std::size(kBorders))]
                                                         : static_cast<int64_t>(random->Below(9)) - 4));
}
template <class T>
void PutReal(Column* column, Random* random) {
  constexpr double kBorders[] = {
      0.0, -0.0, 0.5, -1.5, 1e30, 5e-300, HUGE_VAL, -HUGE_VAL, NAN, 9007199254740993.0, 3};
  if (random->Below(6) == 0) return column->AppendNull();
  column->Append<T>(static_cast<T>(random->Below(2) == 0 ? kBorders[random->Below(std::size(kBorders))]
                                                         : static_cast<double>(random->Below(20)) / 4 - 2));
}
void PutText(Column* column, Random* random, bool nullable) {
  constexpr const char* kTexts[] = {"",   "a", "apple", "ape",   "b%",     "é",
                                    "aé", "%", "\xc3",  "a\xa9", "日本語", "zz"};
  if (nullable && random->Below(6) == 0) return column->AppendNull();
  column->AppendText(kTexts[random->Below(std::size(kTexts))]);
}
void PutJson(Column* column, Random* random) {
  constexpr const char* kTexts[] = {R"({"a":1,"b":{"a":"apple"}})",
                                    R"({"a":1.0,"b":[5,{"a":true}]})",
                                    R"({"a":"ap\u0070le"})",
                                    R"({"a":null})",
                                    R"({"a":{},"":3})",
                                    R"({"a":true,"0":"z","b":["x"]})",
                                    "{}",
                                    "[]",
                                    "[7]",
                                    "3",
                                    "\"a\"",
                                    R"({"a":18446744073709551615})",
                                    R"({"a":-9223372036854775808})",
                                    R"({"a":1e308,"b":[[]]})",
                                    R"({"a":9007199254740993})",
                                    R"({ "a" : [ 1 , 2 ] , "a" : 5 })",
                                    "null",
                                    "[5,-2,1.0,true,\"apple\"]",
                                    R"({"a":[1,2.0,"apple",[1,[2]],{"x":1},null,true],"b":[[1,2],[[true]]]})",
                                    R"({"a":["x\u0041","",2.5,1e300],"b":{"a":[ ]}})",
                                    R"({"a":[-9223372036854775808,18446744073709551615,9007199254740993]})",
                                    R"({"a":-0.0,"b":{"a":2}})"};
  if (random->Below(6) == 0) return column->AppendNull();
  const std::string_view text = kTexts[random->Below(std::size(kTexts))];
  CHECK(CheckJson(text).ok());  // nothing else is ever stored
  column->AppendText(text);
}

/// None, one or some elements of those that `append` makes.
template <class Append>
void PutArray(Column* column, DataType element, Random* random, Append append) {
  if (random->Below(6) == 0) return column->AppendNull();
  ArrayBuilder builder(element);
  for (uint64_t n = random->Below(5); n > 0; --n) append(&builder);
  column->AppendText(builder.Finish());
}
template <class T>
void PutNumbers(Table* table, const char* name, Random* random) {
  constexpr double kValues[] = {0, 1, 2, 3, 5, -1, -2, 127, -0.0};
  const DataType element = table->schema.Find(name)->element_type;
  PutArray(&table->Of(name), element, random, [&](ArrayBuilder* builder) {
    const double part = IsFloating(element) && random->Below(3) == 0 ? 0.5 : 0;
    builder->Append(static_cast<T>(kValues[random->Below(std::size(kValues))] + part));
  });
}
void PutArrays(Table* table, Random* random) {
  PutNumbers<int64_t>(table, "arr", random);
  PutNumbers<int8_t>(table, "ai8", random);
  PutNumbers<int16_t>(table, "ai16", random);
  PutNumbers<int32_t>(table, "ai32", random);
  PutNumbers<float>(table, "af", random);
  PutNumbers<double>(table, "ad", random);
  PutArray(&table->Of("ab"), DataType::kBool, random,
           [&](ArrayBuilder* builder) { builder->Append<uint8_t>(random->Below(2) == 1); });
  PutArray(&table->Of("as"), DataType::kVarChar, random, [&](ArrayBuilder* builder) {
    constexpr const char* kTexts[] = {"", "a", "apple", "ape", "b%", "é", "x"};
    builder->AppendText(kTexts[random->Below(std::size(kTexts))]);
  });
}

Table MakeTable() {
  Table table;
  Random random(1);
  for (size_t r = 0; r < kRows; ++r) {
    PutInteger<int64_t>(&table.Of("id"), &random, false);
    PutInteger<int64_t>(&table.Of("i64"), &random, true);
    PutInteger<int32_t>(&table.Of("i32"), &random, true);
    PutInteger<int16_t>(&table.Of("i16"), &random, false);
    PutInteger<int8_t>(&table.Of("i8"), &random, true);
    PutReal<float>(&table.Of("f"), &random);
    PutReal<double>(&table.Of("d"), &random);
    PutText(&table.Of("s"), &random, true);
    PutText(&table.Of("t"), &random, false);
    PutJson(&table.Of("j"), &random);
    PutArrays(&table, &random);
    if (random.Below(6) == 0)
      table.Of("b").AppendNull();
    else
      table.Of("b").Append<uint8_t>(random.Below(2) == 1);
  }
  return table;  // and no dynamic column: all its rows are null
}

const Table& SharedTable() {
  static const Table table = MakeTable();
  return table;
}

/// The truth of a made filter from its leaves, each a plan of its own, so that nothing is folded across them.
class TermByTerm {
 public:
  explicit TermByTerm(const plan::MadeFilter& made) : kind_(made.kind) {
    if (made.kind == plan::MadeFilter::Kind::kLeaf) {
      auto leaf = plan::ParseFilter(made.text, SharedTable().schema, plan::FuzzTemplates());
      CHECK(leaf.ok());  // the whole was
      leaf_ = std::move(*leaf);
    }
    for (const plan::MadeFilter& part : made.parts) parts_.emplace_back(part);
  }
  Truth Of(const NaiveFilter& row) const {
    if (kind_ == plan::MadeFilter::Kind::kLeaf) return row.Of(leaf_.root());
    if (kind_ == plan::MadeFilter::Kind::kNot) {
      const Truth inner = parts_[0].Of(row);
      return inner == Truth::kUnknown ? inner : TruthOf(inner == Truth::kFalse);
    }
    const Truth decides = TruthOf(kind_ == plan::MadeFilter::Kind::kOr);
    Truth truth = TruthOf(kind_ == plan::MadeFilter::Kind::kAnd);
    for (const TermByTerm& part : parts_) {
      const Truth t = part.Of(row);
      if (t == decides) return t;
      if (t == Truth::kUnknown) truth = t;
    }
    return truth;
  }

 private:
  plan::MadeFilter::Kind kind_;
  plan::FilterPlan leaf_;
  std::vector<TermByTerm> parts_;
};

void CheckRows(const std::string& text, uint64_t excluded_step, const plan::MadeFilter* made) {
  const Table& table = SharedTable();
  const Result<plan::FilterPlan> filter = plan::ParseFilter(text, table.schema, plan::FuzzTemplates());
  if (!filter.ok()) return;
  const auto columns = [&](FieldId field) { return table.View(field); };
  FilterInput filter_input;
  filter_input.row_count = kRows;
  filter_input.column = columns;
  filter_input.zones = [&](FieldId field) { return table.Zones(field); };
  // What one input finds at a path the next ones read from what was kept.
  static const segment::JsonPaths paths(std::make_shared<segment::JsonPathCache>(int64_t{4} << 20, nullptr));
  filter_input.json_paths = &paths;
  ExcludeBitset exclude(kRows);
  for (size_t row = 0; excluded_step > 0 && row < kRows; row += excluded_step + 1) exclude.Exclude(row);
  const ExcludeBitset before = exclude;
  CHECK(EvalFilter(*filter, filter_input, &exclude).ok());
  std::optional<TermByTerm> terms;
  if (made != nullptr) terms.emplace(*made);
  for (size_t row = 0; row < kRows; ++row) {
    const NaiveFilter naive(columns, row);
    const Truth truth = terms ? terms->Of(naive) : naive.Of(filter->root());
    const bool keep = !before.Test(row) && truth == Truth::kTrue;
    if (exclude.Test(row) == keep) {
      std::fprintf(stderr, "row %zu should %spass: %s\n  as %s\n", row, keep ? "" : "not ", text.c_str(),
                   filter->ToString().c_str());
      CHECK(exclude.Test(row) != keep);
    }
  }
  CHECK(exclude.words().back() >> (kRows & 63) == 0);
}

void Run(std::string_view bytes) {
  fuzz::FuzzInput input(bytes);
  const bool is_text = input.OneIn(4);
  const uint64_t step = input.Below(4);
  if (is_text) return CheckRows(std::string(input.Rest()), step, nullptr);
  const plan::MadeFilter made = plan::FilterMaker(&input).MakeTree();
  CheckRows(made.text, step, &made);
}

fuzz::Inputs Seeds() {
  fuzz::Inputs seeds;
  for (const char* text :
       {"s like '%\\\\%' or t like 'a_'", "j['a'] in [1, 2.5, 'x', true]",
        "j['a'] % 2 == 1 and d in [0.0, 1e300]", "s =~ 'p+l' or j['a'] !~ {s} or starts_with(s, t)",
        "json_contains(j['a'], [1, [2]]) or json_contains_all(j, {scalars})",
        "not json_contains_any(j['b'], {nested}) and array_length(j['a']) > 1",
        "arr[0] % 2 == 1 or as[1] like 'a%' or arr == [1, 2] or af[0] < ad[1]",
        "array_contains_all(as, {texts}) or not array_contains(ab, true) or array_length(ai8) in [1]"}) {
    seeds.push_back(std::string("\3\1") + text);
  }
  Random random(5);
  for (int i = 0; i < 60; ++i) {
    std::string script(60, '\0');
    for (char& c : script) c = static_cast<char>(random.Next());
    script[0] = '\0';
    seeds.push_back(std::move(script));
  }
  return seeds;
}

}  // namespace
}  // namespace redkite::exec

FUZZ_TARGET(eval_filter_fuzz, redkite::exec::Run, redkite::exec::Seeds, 5000)
