#include "exec/filter/eval_filter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/random.h"
#include "plan/filter_test_schema.h"

namespace redkite::exec {
namespace {

using plan::FilterPlan;

/// Columns of the test collection that rows of the tests are written into.
struct Table {
  CollectionSchema schema = plan::FilterTestSchema();
  std::map<int64_t, Column> columns;
  size_t row_count = 0;
  mutable std::map<int64_t, std::vector<ValueZone>> zones;  // lives as long as the inputs
  std::shared_ptr<segment::JsonPathCache> json_cache =
      std::make_shared<segment::JsonPathCache>(int64_t{1} << 30, nullptr);

  Column& Of(const char* name) {
    const FieldSchema* field = schema.Find(name);
    return columns.try_emplace(field->id.value(), field->id, field->type, 0).first->second;
  }
  FilterInput Input() const {
    FilterInput input;
    input.row_count = row_count;
    input.column = [this](FieldId field) -> std::optional<ColumnView> {
      const auto found = columns.find(field.value());
      return found == columns.end() ? std::nullopt : std::optional(found->second.view());
    };
    input.zones = [this](FieldId field) -> std::span<const ValueZone> {
      const auto found = columns.find(field.value());
      if (found == columns.end()) return {};
      ZoneSum sum;
      sum.Add(found->second.view());
      return zones[field.value()] = sum.Take();
    };
    return input;
  }
  /// Rows that pass; the same ones while values at JSON paths are kept, and from what was kept.
  std::vector<size_t> Passing(const std::string& text) const {
    const segment::JsonPaths paths(json_cache);
    const std::vector<size_t> rows = PassingWith(text, nullptr);
    EXPECT_EQ(PassingWith(text, &paths), rows) << text;
    EXPECT_EQ(PassingWith(text, &paths), rows) << text;
    return rows;
  }
  std::vector<size_t> PassingWith(const std::string& text, const segment::JsonPaths* paths) const {
    Result<FilterPlan> filter = plan::ParseFilter(text, schema);
    EXPECT_TRUE(filter.ok()) << text << ": " << filter.status().message();
    ExcludeBitset exclude(row_count);
    FilterStats stats;
    FilterInput input = Input();
    input.json_paths = paths;
    EXPECT_TRUE(EvalFilter(*filter, input, &exclude, &stats).ok());
    std::vector<size_t> rows;
    for (size_t r = 0; r < row_count; ++r) {
      if (!exclude.Test(r)) rows.push_back(r);
    }
    EXPECT_EQ(stats.rows_passed, rows.size());
    return rows;
  }
};

using Rows = std::vector<size_t>;

// Three blocks of rising numbers with nulls among them: bounds decide most blocks, and the same rows pass.
TEST(EvalFilter, BoundsDecideBlocks) {
  Table table;
  table.row_count = 3 * kFilterBlockRows - 100;
  for (size_t r = 0; r < table.row_count; ++r) {
    if (r % 7 == 0) {
      table.Of("i64").AppendNull();
      table.Of("f").AppendNull();
    } else {
      table.Of("i64").Append(static_cast<int64_t>(r));
      table.Of("f").Append(static_cast<float>(r));
    }
  }
  const auto limit = static_cast<int64_t>(kFilterBlockRows) + 10;
  for (const std::string text : {"i64 < 4106", "not (i64 >= 4106)", "0 <= i64 < 4106", "f < 4106",
                                 "i64 < 4106 and f >= -1", "i64 in [-5] or i64 < 4106 or f == 99999"}) {
    SCOPED_TRACE(text);
    const FilterPlan filter = plan::ParseFilter(text, table.schema).value();
    ExcludeBitset exclude(table.row_count);
    FilterStats stats;
    ASSERT_TRUE(EvalFilter(filter, table.Input(), &exclude, &stats).ok());
    EXPECT_GE(stats.zones_decided, 2u);
    for (size_t r = 0; r < table.row_count; ++r)
      ASSERT_EQ(!exclude.Test(r), r % 7 != 0 && static_cast<int64_t>(r) < limit) << r;
  }
}

Table SmallTable() {
  Table table;
  table.row_count = 5;
  const int64_t ints[] = {-1, 0, 5, 7};
  const float floats[] = {0.1f, -1.5f, 0.0f, std::nanf("")};
  const char* texts[] = {"apple", "", "apricot", "b%"};
  const char* jsons[] = {R"({"k":1,"s":"x","n":null,"o":{},"a":[5,{"z":true}]})", R"({"k":1.0,"s":5})",
                         R"({"k":"1","b":true})", "{}"};
  for (int r = 0; r < 4; ++r) {
    table.Of("i64").Append<int64_t>(ints[r]);
    table.Of("i8").Append<int8_t>(static_cast<int8_t>(ints[r]));
    table.Of("f").Append<float>(floats[r]);
    table.Of("b").Append<uint8_t>(r % 2);
    table.Of("s").AppendText(texts[r]);
    table.Of("j").AppendText(jsons[r]);
  }
  for (const char* name : {"i64", "i8", "f", "b", "s", "j"}) table.Of(name).AppendNull();
  return table;
}

TEST(EvalFilter, SmallTable) {
  const Table table = SmallTable();
  const std::pair<const char*, Rows> kCases[] = {
      {"", {0, 1, 2, 3, 4}},
      {"false", {}},
      {"i64 == 5", {2}},
      {"i64 != 5", {0, 1, 3}},
      {"not (i64 == 5)", {0, 1, 3}},
      {"i64 is null", {4}},
      {"i64 is not null", {0, 1, 2, 3}},
      {"i64 < 5", {0, 1}},
      {"i64 > 9223372036854775807", {}},
      {"i64 < -9223372036854775808", {}},
      {"i8 < 1000", {0, 1, 2, 3}},
      {"i8 > 1000", {}},
      {"i8 != 1000", {0, 1, 2, 3}},
      {"-1 < i64 < 7", {1, 2}},
      {"-1 <= i64 <= 7", {0, 1, 2, 3}},
      {"i64 in [5, 100, -1]", {0, 2}},
      {"i64 not in [5, 100, -1]", {1, 3}},
      {"i64 in []", {}},
      {"i64 not in []", {0, 1, 2, 3}},
      {"i64 % 2 == 1", {2, 3}},
      {"i64 % 2 != 0", {0, 2, 3}},
      {"i64 / 2 == 2", {2}},
      {"i64 * 2 > 9", {2, 3}},
      {"(i64 & 1) == 1", {0, 2, 3}},
      {"f == 0.1", {0}},
      {"f < 1", {0, 1, 2}},
      {"f != 0", {0, 1, 3}},
      {"f in [0.1, -0.0]", {0, 2}},
      {"f * 2 == -3", {1}},
      {"b == true", {1, 3}},
      {"b != true", {0, 2}},
      {"b in [false]", {0, 2}},
      {"i64 == i8", {0, 1, 2, 3}},
      {"i64 > f", {1, 2}},
      {"s == ''", {1}},
      {"s like 'ap%'", {0, 2}},
      {"s like '%p%'", {0, 2}},
      {"s like '_%'", {0, 2, 3}},
      {"s like 'b\\\\%'", {3}},
      {"not (s like 'ap%')", {1, 3}},
      {"s > 'apple'", {2, 3}},
      {"s in ['apple', 'x', '']", {0, 1}},
      {"'a' <= s < 'b'", {0, 2}},
      {"s =~ 'p+'", {0, 2}},
      {"s !~ 'p'", {1, 3}},
      {"not (s !~ 'p')", {0, 2}},
      {"s =~ ''", {0, 1, 2, 3}},
      {"s =~ '^$'", {1}},
      {"empty(s)", {1}},
      {"not empty(s)", {0, 2, 3}},
      {"starts_with(s, 'ap')", {0, 2}},
      {"starts_with(s, s)", {0, 1, 2, 3}},
      {"starts_with(s, t)", {}},  // no such column: all null
      {"not starts_with(t, s)", {}},
  };
  for (const auto& [text, rows] : kCases) EXPECT_EQ(table.Passing(text), rows) << text;
}

TEST(EvalFilter, LogicAndJson) {
  const Table table = SmallTable();
  const std::pair<const char*, Rows> kCases[] = {
      {"i64 == 5 or s == ''", {1, 2}},
      {"i64 == 5 or s is null", {2, 4}},
      {"i64 > 0 and not (i64 == 5)", {3}},
      {"not (i64 > 0 and b == true)", {0, 1, 2}},
      {"j['k'] == 1", {0, 1}},
      {"j['k'] != 2", {0, 1}},
      {"j['k'] == '1'", {2}},
      {"j['k'] == 1.0", {0, 1}},
      {"j['k'] in [1, '1']", {0, 1, 2}},
      {"j['k'] not in [2]", {0, 1}},
      {"j['k'] + 1 == 2", {0, 1}},
      {"j['a'][0] == 5", {0}},
      {"j['a'][1]['z'] == true", {0}},
      {"0 < j['k'] <= 1", {0, 1}},
      {"j['s'] like 'x%'", {0}},
      {"exists j['k']", {0, 1, 2}},
      {"exists j['n'] or exists j['o']", {}},
      {"j['b'] is not null", {2}},
      {"j['b'] is null", {0, 1, 3}},
      {"j is null", {4}},
      {"json_contains(j['a'], 5)", {0}},
      {"not json_contains(j['a'], 5)", {1, 2, 3}},
      {"json_contains_all(j['a'], [5, 5.0])", {0}},
      {"json_contains_any(j['a'], [6, 'x'])", {}},
      {"json_contains(j, 5)", {}},
      {"array_length(j['a']) == 2", {0}},
      {"array_length(j['a']) != 3", {0}},
      {"not (array_length(j['a']) == 2)", {}},
      {"array_length(j['a']) == 2 or i64 == 7", {0, 3}},
      {"j['s'] =~ '^x'", {0}},
      {"j['s'] !~ 'y'", {0}},
      {"json_contains(color, 5)", {}},
      {"not json_contains(color, 5)", {}},
      {"array_length(color) >= 0", {}},
      {"color == 5", {}},  // no dynamic column: all null
      {"not (color == 5)", {}},
      {"color is null", {}},
  };
  for (const auto& [text, rows] : kCases) EXPECT_EQ(table.Passing(text), rows) << text;
}

TEST(EvalFilter, KeepsWhatWasExcludedAndCounts) {
  Table table = SmallTable();
  ExcludeBitset exclude(table.row_count);
  exclude.Exclude(2);
  FilterStats stats;
  ASSERT_TRUE(EvalFilter(*plan::ParseFilter("i64 >= 0", table.schema), table.Input(), &exclude, &stats).ok());
  EXPECT_EQ(exclude.words()[0], 0b10101u);
  EXPECT_EQ(stats.rows, 5u);
  EXPECT_EQ(stats.rows_passed, 2u);
  EXPECT_EQ(stats.node_evaluations, 1u);
}

TEST(EvalFilter, DeepestNesting) {
  const Table table = SmallTable();
  std::string text = "i64 == 5";
  for (int i = 0; i < plan::kMaxFilterDepth / 8 - 2; ++i)
    text = "i64 > -5 and not (i8 > 100 or (" + text + "))";
  const Result<FilterPlan> filter = plan::ParseFilter(text, table.schema);
  ASSERT_TRUE(filter.ok()) << filter.status().message();
  EXPECT_EQ(table.Passing(text), (Rows{2}));
}

TEST(EvalFilter, Failures) {
  Table table = SmallTable();
  const FilterPlan filter = std::move(plan::ParseFilter("i64 >= 0", table.schema)).value();
  ExcludeBitset exclude(table.row_count);
  CancelToken cancel;
  FilterInput input = table.Input();
  input.cancel = &cancel;
  EXPECT_TRUE(EvalFilter(filter, input, &exclude).ok());
  cancel.Cancel();
  EXPECT_EQ(EvalFilter(filter, input, &exclude).code(), Code::kCanceled);
  input = table.Input();
  input.column = [&](FieldId) { return table.Of("i8").view(); };
  EXPECT_EQ(EvalFilter(filter, input, &exclude).code(), Code::kInternal);
  input = table.Input();
  input.row_count = 6;
  ExcludeBitset larger(6);
  EXPECT_EQ(EvalFilter(filter, input, &larger).code(), Code::kInternal);
}

// Every look at the clock takes a nanosecond of it.
class CountingClock final : public Clock {
 public:
  int64_t WallMs() const override { return 0; }
  int64_t MonotonicNs() const override { return ++looks_; }

 private:
  mutable int64_t looks_ = 0;
};

// One value stands for the rows of a block that is older than the field: as if each had it.
TEST(EvalFilter, OneValueForAllRows) {
  Table with;  // the same as columns
  Table table;
  for (int64_t r = 0; r < 9000; ++r) {
    for (Table* t : {&with, &table}) {
      t->Of("i64").Append<int64_t>(r % 10);
      t->Of("t").AppendText(r % 2 == 0 ? "redkite" : "blue");
    }
    with.Of("i32").Append<int32_t>(5);
    with.Of("s").AppendText("red");
    with.Of("$meta").AppendText("{}");
  }
  with.row_count = table.row_count = 9000;
  std::map<int64_t, Column> values;
  for (const char* name : {"i32", "s", "$meta"}) {
    const Column& whole = with.Of(name);
    Column one(whole.field(), whole.type(), 0);
    one.AppendFrom(whole.view(), 0);
    values.emplace(whole.field().value(), std::move(one));
  }
  FilterInput input = table.Input();
  input.absent = [&](FieldId field) -> std::optional<ColumnView> {
    const auto found = values.find(field.value());
    return found == values.end() ? std::nullopt : std::optional(found->second.view());
  };
  for (const char* text : {"i32 == 5",
                           "i32 != 5",
                           "i32 > 3 and i64 < 2",
                           "i32 in [1, 5]",
                           "i32 not in [1, 5]",
                           "1 < i32 < 9",
                           "i32 is null",
                           "i32 is not null",
                           "i32 + 1 == 6",
                           "s == \"red\"",
                           "s like \"re%\"",
                           "s =~ \"^r\"",
                           "not (s == \"x\") and i64 == 3",
                           "i32 < i64",
                           "i64 < i32",
                           "i32 == i32",
                           "t > s",
                           "$meta[\"k\"] == 1",
                           "exists $meta[\"k\"]",
                           "not exists $meta[\"k\"]",
                           "d > 1",
                           "d is null",
                           "i32 in [1, 2, 3] or i64 == 4"}) {
    Result<FilterPlan> filter = plan::ParseFilter(text, table.schema);
    ASSERT_TRUE(filter.ok()) << text << ": " << filter.status().message();
    ExcludeBitset exclude(table.row_count);
    ASSERT_TRUE(EvalFilter(*filter, input, &exclude).ok()) << text;
    std::vector<size_t> rows;
    for (size_t r = 0; r < table.row_count; ++r) {
      if (!exclude.Test(r)) rows.push_back(r);
    }
    EXPECT_EQ(rows, with.Passing(text)) << text;
  }
}

TEST(EvalFilter, LongMatchesEndAtTheDeadline) {
  Table table;
  table.row_count = 100;
  for (size_t r = 0; r < table.row_count; ++r) table.Of("s").AppendText(std::string(10'000, 'a'));
  const FilterPlan filter = std::move(plan::ParseFilter("s =~ '(a+)+$x'", table.schema)).value();
  CountingClock clock;
  ExcludeBitset exclude(table.row_count);
  FilterInput input = table.Input();
  const CancelToken late(&clock, 1'000);
  input.cancel = &late;
  EXPECT_TRUE(EvalFilter(filter, input, &exclude).ok());
  const CancelToken soon(&clock, clock.MonotonicNs() + 3);
  input.cancel = &soon;
  ExcludeBitset again(table.row_count);
  EXPECT_EQ(EvalFilter(filter, input, &again).code(), Code::kTimeout);
}

// ---- Random filters against a row-at-a-time interpreter that shares nothing with the engine but the text.
// ----

enum class Tri { kFalse, kTrue, kUnknown };
Tri Of(bool b) { return b ? Tri::kTrue : Tri::kFalse; }

using Cell = std::variant<std::monostate, bool, int64_t, double, std::string>;  // monostate: null or missing

struct Row {
  std::map<std::string, Cell> cells;  // by column
  bool json_null = false;
  std::map<std::string, Cell> json;  // keys of j; a missing key is not here
};

struct Predicate {
  std::string text;
  std::function<Tri(const Row&)> eval;
};

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  Row MakeRow() {
    Row row;
    row.cells["b"] = Null() ? Cell{} : Cell{Flip()};
    row.cells["i8"] = Null() ? Cell{} : Cell{Integer()};
    row.cells["i16"] = Cell{Integer()};
    row.cells["i32"] = Null() ? Cell{} : Cell{Integer()};
    row.cells["i64"] = Null() ? Cell{} : Cell{random_.Below(20) == 0 ? INT64_MIN : Integer()};
    row.cells["f"] = Null() ? Cell{} : Cell{Real()};
    row.cells["d"] = Null() ? Cell{} : Cell{Real()};
    row.cells["s"] = Null() ? Cell{} : Cell{Text()};
    row.cells["t"] = Cell{Text()};
    row.json_null = Null();
    for (const char* key : {"x", "y"}) {
      switch (random_.Below(6)) {
        case 0:
          row.json[key] = Integer();
          break;
        case 1:
          row.json[key] = Real();
          break;
        case 2:
          row.json[key] = Text();
          break;
        case 3:
          row.json[key] = Flip();
          break;
        case 4:
          row.json[key] = Cell{};
          break;  // JSON null
        default:
          break;  // missing
      }
    }
    return row;
  }

  Predicate Make(int depth) {
    const uint64_t kind = depth == 0 ? 9 : random_.Below(10);
    if (kind <= 4) return MakeChain(depth, kind <= 2);
    if (kind == 5) {
      Predicate inner = Make(depth - 1);
      return {(Flip() ? "not (" : "!(") + inner.text + ")", [inner](const Row& row) {
                const Tri t = inner.eval(row);
                return t == Tri::kUnknown ? t : Of(t == Tri::kFalse);
              }};
    }
    return Leaf();
  }

 private:
  bool Flip() { return random_.Below(2) == 0; }
  bool Null() { return random_.Below(5) == 0; }
  int64_t Integer() { return static_cast<int64_t>(random_.Below(12)) - 4; }
  double Real() { return static_cast<double>(Integer()) / 2; }
  std::string Text() {
    std::string out;
    for (uint64_t n = random_.Below(4); n > 0; --n) out.push_back("ab%"[random_.Below(3)]);
    return out;
  }
  const char* OneOf(std::initializer_list<const char*> names) {
    return names.begin()[random_.Below(names.size())];
  }

  Predicate MakeChain(int depth, bool is_and) {
    std::vector<Predicate> parts;
    std::string text;
    for (uint64_t n = 2 + random_.Below(3); n > 0; --n) {
      parts.push_back(Make(depth - 1));
      if (!text.empty()) text += is_and ? (Flip() ? " and " : " && ") : (Flip() ? " or " : " || ");
      text += "(" + parts.back().text + ")";
    }
    return {text, [parts, is_and](const Row& row) {
              bool unknown = false;
              for (const Predicate& part : parts) {
                const Tri t = part.eval(row);
                if (t == Of(!is_and)) return t;
                unknown |= t == Tri::kUnknown;
              }
              return unknown ? Tri::kUnknown : Of(is_and);
            }};
  }

  static std::string Print(const Cell& cell) {
    if (const auto* b = std::get_if<bool>(&cell)) return *b ? "true" : "false";
    if (const auto* i = std::get_if<int64_t>(&cell)) return std::to_string(*i);
    if (const auto* d = std::get_if<double>(&cell)) {
      std::string text = std::to_string(*d);
      return text;
    }
    return "'" + std::get<std::string>(cell) + "'";
  }

  static bool IsNumber(const Cell& c) { return c.index() == 2 || c.index() == 3; }
  static double Number(const Cell& c) {
    return c.index() == 2 ? static_cast<double>(std::get<int64_t>(c)) : std::get<double>(c);
  }

  /// -1, 0, 1; nothing when the two are of different kinds. Values are small: double is exact.
  static std::optional<int> Order(const Cell& a, const Cell& b) {
    if (IsNumber(a) && IsNumber(b)) return Number(a) < Number(b) ? -1 : Number(a) > Number(b);
    if (a.index() != b.index() || a.index() == 0) return std::nullopt;
    return a < b ? -1 : a > b;
  }
  static bool Holds(const std::string& op, int order) {
    if (op == "<") return order < 0;
    if (op == "<=") return order <= 0;
    if (op == ">") return order > 0;
    if (op == ">=") return order >= 0;
    return (op == "==") == (order == 0);
  }
  static Tri Test(const Cell& a, const std::string& op, const Cell& b) {
    const std::optional<int> order = Order(a, b);
    return order ? Of(Holds(op, *order)) : Tri::kUnknown;
  }
  static Cell Get(const Row& row, const std::string& column) {
    if (!column.starts_with("j")) return row.cells.at(column);
    const auto found = row.json.find(column.substr(3, 1));
    return row.json_null || found == row.json.end() ? Cell{} : found->second;
  }

  std::string AnyColumn() {
    return OneOf({"b", "i8", "i16", "i32", "i64", "f", "d", "s", "t", "j['x']", "j['y']", "i64", "s"});
  }
  Cell ConstantFor(const std::string& column) {
    if (column == "b") return Flip();
    if (column[0] == 'i')
      return random_.Below(8) == 0 ? Cell{int64_t{1} << random_.Below(40)} : Cell{Integer()};
    if (column == "f" || column == "d") return Flip() ? Cell{Real()} : Cell{Integer()};
    if (column == "s" || column == "t") return Text();
    switch (random_.Below(4)) {
      case 0:
        return Integer();
      case 1:
        return Real();
      case 2:
        return Flip();
      default:
        return Text();
    }
  }

  Predicate Leaf() {
    switch (random_.Below(9)) {
      case 0:
        return InList();
      case 1:
        return Like();
      case 2:
        return IsNull();
      case 3:
        return Arithmetic();
      case 4:
        return TwoColumns();
      case 5:
        return Range();
      default:
        return Compare();
    }
  }
  Predicate Compare() {
    const std::string column = AnyColumn();
    const Cell c = ConstantFor(column);
    const std::string op = OneOf({"<", "<=", ">", ">=", "==", "!=", "==", "!="});
    if (random_.Below(4) == 0) {
      return {Print(c) + " " + op + " " + column,
              [=](const Row& row) { return Test(c, op, Get(row, column)); }};
    }
    return {column + op + Print(c), [=](const Row& row) { return Test(Get(row, column), op, c); }};
  }
  Predicate InList() {
    const std::string column = AnyColumn();
    // One kind of constants: what a mixture does to "unknown" is tested by hand.
    std::vector<Cell> list;
    std::string text = column + (random_.Below(3) == 0 ? " not in [" : " in [");
    const bool negated = text.find("not") != text.npos;
    const Cell first = ConstantFor(column);
    for (uint64_t n = 1 + random_.Below(4); n > 0; --n) {
      Cell c = ConstantFor(column);
      if (c.index() != first.index()) c = first;
      text += Print(c) + ",";
      list.push_back(c);
    }
    return {text + "]", [=](const Row& row) {
              const Cell value = Get(row, column);
              bool hit = false;
              for (const Cell& c : list) {
                const Tri t = Test(value, "==", c);
                if (t == Tri::kUnknown) return t;
                hit |= t == Tri::kTrue;
              }
              return Of(hit != negated);
            }};
  }
  Predicate Like() {
    const std::string column = OneOf({"s", "t", "j['x']"});
    const std::string prefix = std::string(random_.Below(3), 'a');
    return {column + " like '" + prefix + "%'", [=](const Row& row) {
              const Cell value = Get(row, column);
              const auto* text = std::get_if<std::string>(&value);
              return text == nullptr ? Tri::kUnknown : Of(text->starts_with(prefix));
            }};
  }
  Predicate IsNull() {
    const std::string column = AnyColumn();
    const bool negated = Flip();
    return {column + (negated ? " is not null" : " is null"), [=](const Row& row) {
              if (column[0] == 'j' && row.json_null) return Tri::kUnknown;
              return Of((Get(row, column).index() == 0) != negated);
            }};
  }
  Predicate Arithmetic() {
    const std::string column = OneOf({"i8", "i16", "i32", "f", "d"});
    const bool real = column == "f" || column == "d";
    const std::string op = real ? OneOf({"+", "-", "*", "/"}) : OneOf({"+", "-", "*", "/", "%"});
    int64_t c = Integer();
    if (c == 0) c = 3;
    const Cell target = Cell{Integer()};
    const std::string compare = OneOf({"<", "==", "!=", ">="});
    return {column + " " + op + " " + std::to_string(c) + " " + compare + " " + Print(target),
            [=](const Row& row) {
              const Cell value = Get(row, column);
              if (value.index() == 0) return Tri::kUnknown;
              if (real) {
                const double v = std::get<double>(value);
                const double k = static_cast<double>(c);
                return Test(Cell{op == "+"   ? v + k
                                 : op == "-" ? v - k
                                 : op == "*" ? v * k
                                             : v / k},
                            compare, target);
              }
              const int64_t v = std::get<int64_t>(value);
              return Test(Cell{op == "+"   ? v + c
                               : op == "-" ? v - c
                               : op == "*" ? v * c
                               : op == "/" ? v / c
                                           : v % c},
                          compare, target);
            }};
  }
  Predicate TwoColumns() {
    const bool texts = Flip();
    const std::string a = texts ? OneOf({"s", "t"}) : OneOf({"i8", "i16", "i32", "f", "d"});
    const std::string b = texts ? OneOf({"s", "t"}) : OneOf({"i8", "i16", "i32", "f", "d"});
    const std::string op = OneOf({"<", "<=", ">", ">=", "==", "!="});
    return {a + " " + op + " " + b, [=](const Row& row) { return Test(Get(row, a), op, Get(row, b)); }};
  }
  Predicate Range() {
    const std::string column = OneOf({"i8", "i64", "f", "d", "s", "j['x']"});
    Cell low = Cell{Integer()};
    Cell high = Cell{std::get<int64_t>(low) + 1 + static_cast<int64_t>(random_.Below(4))};
    if (column == "s") {
      low = "a";
      high = "b" + Text();
    }
    const std::string below = OneOf({"<", "<="});
    const std::string above = OneOf({"<", "<="});
    const bool mirrored = Flip();
    std::string text = Print(low) + below + column + above + Print(high);
    if (mirrored)
      text = Print(high) + (above == "<" ? ">" : ">=") + column + (below == "<" ? ">" : ">=") + Print(low);
    return {text, [=](const Row& row) {
              const Cell value = Get(row, column);
              const Tri one = Test(low, below, value);
              const Tri two = Test(value, above, high);
              if (one == Tri::kUnknown || two == Tri::kUnknown) return Tri::kUnknown;
              return Of(one == Tri::kTrue && two == Tri::kTrue);
            }};
  }

  Random random_;
};

template <class T>
void Put(Column* column, const Cell& cell) {
  if (cell.index() == 0) return column->AppendNull();
  if (const auto* b = std::get_if<bool>(&cell)) column->Append<T>(static_cast<T>(*b));
  if (const auto* i = std::get_if<int64_t>(&cell)) column->Append<T>(static_cast<T>(*i));
  if (const auto* d = std::get_if<double>(&cell)) column->Append<T>(static_cast<T>(*d));
}

void PutText(Column* column, const Cell& cell) {
  if (cell.index() == 0) return column->AppendNull();
  column->AppendText(std::get<std::string>(cell));
}

std::string JsonOf(const Row& row) {
  std::string out = "{\"pad\":{\"x\":[1,\"}\"]}";
  for (const auto& [key, cell] : row.json) {
    out += ",\"" + key + "\":";
    if (cell.index() == 0)
      out += "null";
    else if (const auto* text = std::get_if<std::string>(&cell))
      out += "\"" + *text + "\"";
    else if (const auto* b = std::get_if<bool>(&cell))
      out += *b ? "true" : "false";
    else if (const auto* i = std::get_if<int64_t>(&cell))
      out += std::to_string(*i);
    else
      out += std::to_string(std::get<double>(cell));
  }
  return out + "}";
}

Table MakeTable(const std::vector<Row>& rows) {
  Table table;
  table.row_count = rows.size();
  for (const Row& row : rows) {
    Put<uint8_t>(&table.Of("b"), row.cells.at("b"));
    Put<int8_t>(&table.Of("i8"), row.cells.at("i8"));
    Put<int16_t>(&table.Of("i16"), row.cells.at("i16"));
    Put<int32_t>(&table.Of("i32"), row.cells.at("i32"));
    Put<int64_t>(&table.Of("i64"), row.cells.at("i64"));
    Put<float>(&table.Of("f"), row.cells.at("f"));
    Put<double>(&table.Of("d"), row.cells.at("d"));
    PutText(&table.Of("s"), row.cells.at("s"));
    PutText(&table.Of("t"), row.cells.at("t"));
    PutText(&table.Of("j"), row.json_null ? Cell{} : Cell{JsonOf(row)});
  }
  return table;
}

TEST(EvalFilter, AgreesWithRowInterpreter) {
  const uint64_t seed = Random::FromSystem().Next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Generator generator(seed);
  Random random(seed + 1);
  size_t passed = 0;
  for (size_t row_count : {1, 63, 64, 65, 300, 4096, 4097, 9000}) {
    std::vector<Row> rows;
    for (size_t r = 0; r < row_count; ++r) rows.push_back(generator.MakeRow());
    const Table table = MakeTable(rows);
    for (int round = 0; round < (row_count > 1000 ? 20 : 400); ++round) {
      const Predicate predicate = generator.Make(static_cast<int>(random.Below(4)));
      Result<FilterPlan> filter = plan::ParseFilter(predicate.text, table.schema);
      ASSERT_TRUE(filter.ok()) << predicate.text << ": " << filter.status().message();
      ExcludeBitset exclude(row_count);
      std::vector<bool> before(row_count);
      if (round % 2 == 1) {
        for (size_t r = 0; r < row_count; ++r) {
          before[r] = random.Below(3) == 0;
          if (before[r]) exclude.Exclude(r);
        }
      }
      ASSERT_TRUE(EvalFilter(*filter, table.Input(), &exclude).ok());
      for (size_t r = 0; r < row_count; ++r) {
        const bool keep = !before[r] && predicate.eval(rows[r]) == Tri::kTrue;
        ASSERT_EQ(!exclude.Test(r), keep) << "row " << r << " of " << row_count << ", filter "
                                          << predicate.text << ", plan " << filter->ToString();
        passed += keep;
      }
      if ((row_count & 63) != 0) {
        ASSERT_EQ(exclude.words().back() >> (row_count & 63), 0u);
      }
    }
  }
  EXPECT_GT(passed, 1000u);  // the filters are not all empty
}

// Values around small numbers with nulls, infinities and NaN, in a column of each type.
Table NumbersTable(Random* random, size_t row_count) {
  Table table;
  table.row_count = row_count;
  constexpr float kSpecial[] = {INFINITY, -INFINITY, NAN, -0.0f};
  for (size_t r = 0; r < row_count; ++r) {
    for (const char* name : {"i8", "i64", "f", "d", "s"}) {
      Column& column = table.Of(name);
      const auto v = static_cast<int64_t>(random->Below(40)) - 20;
      const float special = random->Below(8) == 0 ? kSpecial[random->Below(4)] : static_cast<float>(v) / 2;
      if (random->Below(9) == 0) {
        column.AppendNull();
      } else if (column.type() == DataType::kInt8) {
        column.Append<int8_t>(static_cast<int8_t>(v));
      } else if (column.type() == DataType::kInt64) {
        column.Append<int64_t>(random->Below(20) == 0 ? (v < 0 ? INT64_MIN : INT64_MAX) : v);
      } else if (column.type() == DataType::kFloat) {
        column.Append<float>(special);
      } else if (column.type() == DataType::kDouble) {
        column.Append<double>(special);
      } else {
        column.AppendText(std::string(random->Below(3), static_cast<char>('a' + v / 4 + 5)));
      }
    }
  }
  return table;
}

std::string NumberTerm(Random* random, const std::string& name) {
  const auto constant = [&] {
    const auto v = static_cast<int64_t>(random->Below(44)) - 22;
    if (name == "s") return "'" + std::string(random->Below(3), static_cast<char>('a' + v / 4 + 5)) + "'";
    if (name[0] == 'i') {
      return random->Below(20) == 0 ? "9223372036854775807" : std::to_string(v);
    }
    return std::to_string(static_cast<double>(v) / 2);
  };
  const char* kOps[] = {" < ", " <= ", " > ", " >= ", " == ", " != "};
  switch (random->Below(6)) {
    case 0:
      return name + " in [" + constant() + ", " + constant() + "]";
    case 1:
      return name + " not in [" + constant() + ", " + constant() + "]";
    case 2:
      return "not (" + name + kOps[random->Below(6)] + constant() + ")";
    case 3:
      return name[0] == 's' ? "'a' < s <= 'c'" : "-3 <= " + name + " < " + std::to_string(random->Below(9));
    default:
      return name + kOps[random->Below(6)] + constant();
  }
}

// Chains of predicates on one column, which become one, against the predicates one by one.
TEST(EvalFilter, ChainsOfOneColumnAgreeWithTheirTerms) {
  const uint64_t seed = Random::FromSystem().Next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const Table table = NumbersTable(&random, 400);
  for (int round = 0; round < 1500; ++round) {
    const std::string name = std::vector<const char*>{"i8", "i64", "f", "d", "s"}[random.Below(5)];
    const bool is_and = random.Below(2) == 0;
    std::string chain;
    std::vector<int> is_true(table.row_count, 0), is_false(table.row_count, 0);
    const uint64_t terms = 2 + random.Below(random.Below(4) == 0 ? 30 : 4);
    for (uint64_t t = 0; t < terms; ++t) {
      const std::string term = NumberTerm(&random, name);
      chain += (t == 0 ? "" : is_and ? " and " : " or ") + term;
      for (size_t r : table.Passing(term)) ++is_true[r];
      for (size_t r : table.Passing("not (" + term + ")")) ++is_false[r];
    }
    Rows expected, expected_not;
    for (size_t r = 0; r < table.row_count; ++r) {
      const auto all = static_cast<int>(terms);
      if (is_and ? is_true[r] == all : is_true[r] > 0) expected.push_back(r);
      if (is_and ? is_false[r] > 0 : is_false[r] == all) expected_not.push_back(r);
    }
    ASSERT_EQ(table.Passing(chain), expected) << chain;
    ASSERT_EQ(table.Passing("not (" + chain + ")"), expected_not) << chain;
  }
}

TEST(EvalFilterJson, AnswersTheSameWhereNothingFindsRoom) {
  Table table;
  table.row_count = 10'000;
  for (size_t r = 0; r < table.row_count; ++r) table.Of("j").AppendText("{\"n\": " + std::to_string(r) + "}");
  table.json_cache = std::make_shared<segment::JsonPathCache>(int64_t{60'000}, nullptr);  // of one chunk
  EXPECT_EQ(table.Passing("j['n'] < 7000").size(), 7000);
  EXPECT_EQ(table.Passing("j['n'] in [1, 9000]"), (Rows{1, 9000}));
}

}  // namespace
}  // namespace redkite::exec
