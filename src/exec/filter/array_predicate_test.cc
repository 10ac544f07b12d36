// Array columns against rows counted by hand, and over more rows than a block against a loop.
#include "exec/filter/array_predicate.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "exec/filter/eval_filter.h"
#include "plan/filter_templates_fixture.h"
#include "plan/filter_test_schema.h"

namespace redkite::exec {
namespace {

using Rows = std::vector<size_t>;

struct Table {
  CollectionSchema schema = plan::FilterTestSchema();
  std::map<FieldId, Column> columns;
  size_t row_count = 0;

  Column& Of(const char* name) {
    const FieldSchema* field = schema.Find(name);
    return columns.try_emplace(field->id, field->id, field->type, 0).first->second;
  }
  template <class T>
  void Put(const char* name, std::initializer_list<std::optional<std::vector<T>>> rows) {
    for (const auto& row : rows) PutRow(name, row);
  }
  template <class T>
  void PutRow(const char* name, const std::optional<std::vector<T>>& row) {
    if (!row) return Of(name).AppendNull();
    ArrayBuilder builder(schema.Find(name)->element_type);
    for (const T& value : *row) {
      if constexpr (std::is_same_v<T, std::string>)
        builder.AppendText(value);
      else
        builder.Append(value);
    }
    Of(name).AppendText(builder.Finish());
  }
  Rows Passing(const std::string& text) const {
    const Result<plan::FilterPlan> filter = plan::ParseFilter(text, schema, plan::FuzzTemplates());
    EXPECT_TRUE(filter.ok()) << text << ": " << filter.status().message();
    if (!filter.ok()) return {};
    FilterInput input;
    input.row_count = row_count;
    input.column = [this](FieldId field) -> std::optional<ColumnView> {
      const auto found = columns.find(field);
      return found == columns.end() ? std::nullopt : std::optional(found->second.view());
    };
    ExcludeBitset exclude(row_count);
    EXPECT_TRUE(EvalFilter(*filter, input, &exclude).ok()) << text;
    Rows rows;
    for (size_t r = 0; r < row_count; ++r) {
      if (!exclude.Test(r)) rows.push_back(r);
    }
    return rows;
  }
};

/// Row 1 is null, row 2 has no elements.
Table SmallTable() {
  Table table;
  table.row_count = 5;
  table.Put<int64_t>("arr", {{{5, 1, 5}}, {}, {{}}, {{1}}, {{INT64_MIN, INT64_MAX}}});
  table.Put<int8_t>("ai8", {{{-128, 127}}, {}, {{}}, {{1}}, {{1, 1}}});
  table.Put<uint8_t>("ab", {{{1, 0}}, {}, {{}}, {{0}}, {{1}}});
  table.Put<float>("af", {{{0.1F, -0.0F}}, {}, {{}}, {{0.0F}}, {{2.5F, 1.0F}}});
  table.Put<double>("ad", {{{0.1, -0.0}}, {}, {{}}, {{0.0}}, {{2.5, 1.0}}});
  table.Put<std::string>("as", {{{"a", "", "b"}}, {}, {{}}, {{"é%"}}, {{"", "a"}}});
  for (const int64_t v : {5, 1, 2, 3, -1}) table.Of("i64").Append<int64_t>(v);
  return table;
}

/// Filters of SmallTable and the rows that pass.
const std::pair<const char*, Rows> kCases[] = {
    {"arr[0] == 5", {0}},
    {"not (arr[0] == 5)", {3, 4}},
    {"arr[0] != 5", {3, 4}},
    {"arr[1] >= 1", {0, 4}},
    {"arr[3] == 1 or arr[3] != 1", {}},
    {"arr[0] in [1, 5]", {0, 3}},
    {"arr[0] not in [1]", {0, 4}},
    {"arr[0] in []", {}},
    {"not (arr[0] in [])", {0, 3, 4}},
    {"arr[0] % 4 == 1", {0, 3}},
    {"arr[0] - 1 == 9223372036854775807", {4}},
    {"0 < arr[0] <= 5", {0, 3}},
    {"arr[0] == i64", {0}},
    {"i64 > arr[0]", {3, 4}},
    {"arr[0] == ai8[1]", {}},
    {"ai8[0] == arr[0]", {3}},
    {"ai8[0] < -127 or ai8[1] == 300", {0}},
    {"ab[0] == true", {0, 4}},
    {"ab[0] == ab[1]", {}},
    {"ab[0] != ab[1]", {0}},
    {"af[0] == 0.1", {0}},
    {"af[1] == 0", {0}},
    {"af[0] > ad[1]", {0, 4}},
    {"as[0] == ''", {4}},
    {"empty(as[1])", {0}},
    {"as[0] like '_\\\\%'", {3}},
    {"as[0] =~ '^$|b'", {4}},
    {"as[0] !~ 'a'", {3, 4}},
    {"as[0] > as[1]", {0}},
    {"starts_with(as[1], as[0])", {4}},
    {"starts_with(as[0], 'a')", {0}},
    {"'a' <= as[0] < 'b'", {0}},
    {"array_contains(arr, 1)", {0, 3}},
    {"not array_contains(arr, 1)", {2, 4}},
    {"array_contains_any(arr, [7, 5])", {0}},
    {"array_contains_all(arr, [1, 5])", {0}},
    {"array_contains_all(arr, [5, 5])", {0}},
    {"array_contains_all(arr, [1, 5, 6])", {}},
    {"array_contains_all(arr, [])", {0, 2, 3, 4}},
    {"array_contains_any(arr, [])", {}},
    {"not array_contains_any(arr, [])", {0, 2, 3, 4}},
    {"array_contains(arr, -9223372036854775808)", {4}},
    {"array_contains_all(ai8, [-128, 127])", {0}},
    {"array_contains(ai8, 383)", {}},
    {"array_contains_all(ab, [true, false])", {0}},
    {"array_contains_all(ab, [true])", {0, 4}},
    {"array_contains(af, 0.1)", {0}},
    {"array_contains(af, 0)", {0, 3}},
    {"array_contains_all(ad, [-0.0, 0.1])", {0}},
    {"array_contains_all(ad, [1, 2.5])", {4}},
    {"array_contains_all(ad, [1, ((-1.0) ** 0.5)])", {}},
    {"not array_contains_all(ad, [1, ((-1.0) ** 0.5)])", {0, 2, 3, 4}},
    {"array_contains_any(ad, [1, ((-1.0) ** 0.5)])", {4}},
    {"array_contains(as, '')", {0, 4}},
    {"array_contains_all(as, ['a', ''])", {0, 4}},
    {"array_contains_any(as, {texts})", {0, 4}},
    {"array_length(arr) == 0", {2}},
    {"array_length(arr) != 1", {0, 2, 4}},
    {"array_length(as) > 1", {0, 4}},
    {"array_length(ab) == 2", {0}},
    {"arr == [5, 1, 5]", {0}},
    {"arr == [5, 5, 1]", {}},
    {"arr == []", {2}},
    {"arr != []", {0, 3, 4}},
    {"not (arr != [])", {2}},
    {"ai8 == [1, 300]", {}},
    {"ai8 != [1, 300]", {0, 2, 3, 4}},
    {"af == [0.1, 0]", {0}},
    {"ad == [0.1, 0]", {0}},
    {"ad == [-0.0]", {3}},
    {"ab == [true, false]", {0}},
    {"as == ['a', '', 'b']", {0}},
    {"as == ['a', 'b', '']", {}},
    {"arr is null", {1}},
    {"arr[0] == 5 or arr is null", {0, 1}},
    {"array_contains(arr, 1) and array_length(arr) < 2", {3}}};

TEST(ArrayPredicate, ByHand) {
  const Table table = SmallTable();
  for (const auto& [text, rows] : kCases) EXPECT_EQ(table.Passing(text), rows) << text;
}

TEST(ArrayPredicate, ColumnThatNoRowHas) {
  Table table;
  table.row_count = 3;
  for (const char* text : {"arr[0] == 1", "not (arr[0] == 1)", "array_contains(as, 'a')", "arr != [1]",
                           "array_length(ab) == 0", "as[0] like '%'", "arr[0] == i64"}) {
    EXPECT_EQ(table.Passing(text), Rows()) << text;
  }
  EXPECT_EQ(table.Passing("arr is null").size(), 3u);
}

TEST(ArrayPredicate, ManyBlocks) {
  Table table;
  table.row_count = 3 * kFilterBlockRows + 77;
  Random random(11);
  std::map<std::string, Rows> expected;
  for (size_t row = 0; row < table.row_count; ++row) {
    std::optional<std::vector<int32_t>> array;
    std::optional<std::vector<std::string>> texts;
    if (random.Below(7) != 0) {
      array.emplace();
      texts.emplace();
      for (uint64_t n = random.Below(6); n > 0; --n) {
        array->push_back(static_cast<int32_t>(random.Below(8)));
        texts->push_back(std::string(random.Below(3), 'x'));
      }
    }
    table.PutRow("ai32", array);
    table.PutRow("as", texts);
    const auto number = static_cast<int64_t>(random.Below(8));
    table.Of("i64").Append<int64_t>(row % 1000 == 5 ? 100 : number);
    if (!array) continue;
    const auto has = [&](int v) { return std::count(array->begin(), array->end(), v) > 0; };
    if (array->size() > 2 && (*array)[2] > 3) expected["ai32[2] > 3"].push_back(row);
    if (array->size() > 2 && (*texts)[2] == "x") expected["as[2] == 'x'"].push_back(row);
    if (has(3) && has(4)) expected["array_contains_all(ai32, [3, 4])"].push_back(row);
    if (!has(3) && !has(4)) expected["not array_contains_any(ai32, [3, 4])"].push_back(row);
    if (has(3)) expected["array_contains(ai32, 3)"].push_back(row);
    if (has(3) && row % 1000 == 5) {
      expected["i64 == 100 and array_contains(ai32, 3)"].push_back(row);  // in few words of a block
    }
    if (!has(3)) expected["not array_contains_all(ai32, [3])"].push_back(row);
    if (array->size() > 1 && (*array)[0] < (*array)[1]) expected["ai32[0] < ai32[1]"].push_back(row);
    if (array->size() != 2) expected["array_length(as) != 2"].push_back(row);
  }
  EXPECT_EQ(expected.size(), 9u);
  for (const auto& [text, rows] : expected) EXPECT_EQ(table.Passing(text), rows) << text;
  EXPECT_EQ(table.Passing("array_contains(ai32, 4294967299)"), Rows()) << "3, if it were cut to 32 bits";
}

TEST(ArrayPredicate, LongArraysAmongShortOnes) {
  Table table;
  table.row_count = 300;
  Random random(12);
  Rows with_seven;
  for (size_t row = 0; row < table.row_count; ++row) {
    // Some words of 64 rows have few elements, some have thousands.
    std::vector<int32_t> array(row / 64 % 2 == 0 ? random.Below(4) : random.Below(4000));
    for (int32_t& element : array) element = static_cast<int32_t>(random.Below(row / 64 % 2 == 0 ? 9 : 3000));
    if (std::count(array.begin(), array.end(), 7) > 0) with_seven.push_back(row);
    table.PutRow<int32_t>("ai32", array);
  }
  EXPECT_GT(with_seven.size(), 50u);
  EXPECT_EQ(table.Passing("array_contains(ai32, 7)"), with_seven);
}

}  // namespace
}  // namespace redkite::exec
