// Predicates of instants, texts and shapes over columns: values, nulls, and columns that are not there.
#include "exec/filter/text_and_shape.h"

#include "base/clock.h"
#include "exec/filter/eval_filter.h"
#include "geo/geometry.h"
#include "gtest/gtest.h"
#include "types/instant.h"

namespace redkite::exec {
namespace {

struct Table {
  Table() {
    Add(100, "id", DataType::kInt64).is_primary = true;
    Add(101, "at", DataType::kTimestamptz);
    Add(102, "words", DataType::kVarChar).type_params = {{"enable_match", "true"}};
    Add(103, "g", DataType::kGeometry);
    for (const FieldSchema& field : schema.fields) columns.emplace_back(field.id, field.type, 0);
  }
  FieldSchema& Add(int64_t id, const char* name, DataType type) {
    FieldSchema& field = schema.fields.emplace_back();
    field.id = FieldId(id);
    field.name = name;
    field.type = type;
    field.nullable = true;
    return field;
  }
  void Row(const char* at, const char* words, const char* wkt) {
    columns[0].Append<int64_t>(static_cast<int64_t>(columns[0].row_count()));
    if (at == nullptr)
      columns[1].AppendNull();
    else
      columns[1].Append<int64_t>(ParseInstant(at, TimeZone::Utc()).value());
    if (words == nullptr)
      columns[2].AppendNull();
    else
      columns[2].AppendText(words);
    if (wkt == nullptr)
      columns[3].AppendNull();
    else
      columns[3].AppendText(geo::WkbOfWkt(wkt).value());
  }
  std::vector<size_t> Passing(const std::string& filter, bool all_columns = true) const {
    const auto plan = plan::ParseFilter(filter, schema);
    EXPECT_TRUE(plan.ok()) << filter << ": " << plan.status().message();
    FilterInput input;
    input.row_count = columns[0].row_count();
    input.column = [&](FieldId field) -> std::optional<ColumnView> {
      if (!all_columns && field != FieldId(100)) return std::nullopt;
      return columns[static_cast<size_t>(field.value() - 100)].view();
    };
    return Passing(*plan, input);
  }
  /// Of rows that are older than all fields but the key: the first row has their defaults.
  std::vector<size_t> PassingOlder(const std::string& filter, size_t row_count) const {
    const auto plan = plan::ParseFilter(filter, schema);
    EXPECT_TRUE(plan.ok()) << filter << ": " << plan.status().message();
    Column ids(FieldId(100), DataType::kInt64, 0);
    for (size_t row = 0; row < row_count; ++row) ids.Append<int64_t>(static_cast<int64_t>(row));
    FilterInput input;
    input.row_count = row_count;
    input.column = [&](FieldId field) -> std::optional<ColumnView> {
      return field == FieldId(100) ? std::optional(ids.view()) : std::nullopt;
    };
    input.absent = [&](FieldId field) -> std::optional<ColumnView> {
      return columns[static_cast<size_t>(field.value() - 100)].view();
    };
    return Passing(*plan, input);
  }
  static std::vector<size_t> Passing(const plan::FilterPlan& plan, const FilterInput& input) {
    ExcludeBitset exclude(input.row_count);
    EXPECT_TRUE(EvalFilter(plan, input, &exclude).ok());
    std::vector<size_t> rows;
    for (size_t row = 0; row < input.row_count; ++row) {
      if (!exclude.Test(row)) rows.push_back(row);
    }
    return rows;
  }
  CollectionSchema schema;
  std::vector<Column> columns;
};

using Rows = std::vector<size_t>;

TEST(TextAndShape, InstantsWithCalendars) {
  Table table;
  table.Row("2024-01-31", nullptr, nullptr);
  table.Row("2023-01-31", nullptr, nullptr);
  table.Row(nullptr, nullptr, nullptr);
  table.Row("2024-02-29", nullptr, nullptr);
  EXPECT_EQ(table.Passing("at + INTERVAL 'P1M' == ISO '2024-02-29'"), (Rows{0}));
  EXPECT_EQ(table.Passing("at + INTERVAL 'P1M' != ISO '2024-02-29'"), (Rows{1, 3}));
  EXPECT_EQ(table.Passing("at - INTERVAL 'P1Y' < ISO '2023-02-28'"), (Rows{0, 1}));
  EXPECT_EQ(table.Passing("not (at + INTERVAL 'P1M' == ISO '2024-02-29')"), (Rows{1, 3}));
  EXPECT_EQ(table.Passing("ISO '2024-01-31' <= at < ISO '2024-03-01'"), (Rows{0, 3}));
  EXPECT_EQ(table.Passing("at == ISO '2024-01-31' or at == ISO '2024-02-29'"), (Rows{0, 3}));
  EXPECT_EQ(table.Passing("at is null"), (Rows{2}));
  EXPECT_EQ(table.Passing("at + INTERVAL 'P1M' > ISO '1970-01-01' or at is null", false), (Rows{0, 1, 2, 3}));
}

TEST(TextAndShape, TextsAndShapes) {
  Table table;
  table.Row(nullptr, "a red kite", "POINT (1 1)");
  table.Row(nullptr, "kite red", "POINT (9 9)");
  table.Row(nullptr, nullptr, nullptr);
  table.Row(nullptr, "", "POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0))");
  EXPECT_EQ(table.Passing("text_match(words, 'RED blue')"), (Rows{0, 1}));
  EXPECT_EQ(table.Passing("not text_match(words, 'red')"), (Rows{3}));
  EXPECT_EQ(table.Passing("phrase_match(words, 'red kite')"), (Rows{0}));
  EXPECT_EQ(table.Passing("phrase_match(words, 'red kite', 2)"), (Rows{0, 1}));
  EXPECT_EQ(table.Passing("text_match(words, 'red') and not text_match(words, 'a')"), (Rows{1}));
  EXPECT_EQ(table.Passing("st_within(g, 'POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))') and st_isvalid(g)"),
            (Rows{0}));
  EXPECT_EQ(table.Passing("not st_isvalid(g)"), (Rows{3}));
  EXPECT_EQ(table.Passing("text_match(words, 'red') or st_isvalid(g)", false), Rows{});
}

TEST(TextAndShape, OlderRowsHaveOneValue) {
  Table table;
  table.Row("2025-01-31", "a red kite", "POINT (1 1)");
  constexpr size_t row_count = 70;  // more than a word of bits
  Rows all;
  for (size_t row = 0; row < row_count; ++row) all.push_back(row);
  const char* const kTrue[] = {"at == ISO '2025-01-31'",
                               "at + INTERVAL 'P1M' == ISO '2025-02-28'",
                               "ISO '2025-01-01' < at < ISO '2025-02-01'",
                               "text_match(words, 'kite')",
                               "phrase_match(words, 'red kite')",
                               "st_within(g, 'POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))')"};
  for (const std::string filter : kTrue) {
    EXPECT_EQ(table.PassingOlder(filter, row_count), all) << filter;
    EXPECT_EQ(table.PassingOlder("not (" + filter + ")", row_count), Rows{}) << filter;
    EXPECT_EQ(table.PassingOlder("id >= 68 and " + filter, row_count), (Rows{68, 69})) << filter;
  }
}

// Every look at the clock takes a nanosecond of it.
class CountingClock final : public Clock {
 public:
  int64_t WallMs() const override { return 0; }
  int64_t MonotonicNs() const override { return ++looks_; }

 private:
  mutable int64_t looks_ = 0;
};

TEST(TextAndShape, ALongScanEndsAtTheDeadline) {
  Table table;
  const std::string words(10'000, 'x');
  for (int i = 0; i < 100; ++i) table.Row(nullptr, words.c_str(), nullptr);
  const auto plan = plan::ParseFilter("text_match(words, 'y')", table.schema);
  CountingClock clock;
  FilterInput input;
  input.row_count = 100;
  input.column = [&](FieldId) -> std::optional<ColumnView> { return table.columns[2].view(); };
  const CancelToken late(&clock, 1'000);
  input.cancel = &late;
  ExcludeBitset exclude(100);
  EXPECT_TRUE(EvalFilter(*plan, input, &exclude).ok());
  const CancelToken soon(&clock, clock.MonotonicNs() + 3);
  input.cancel = &soon;
  ExcludeBitset again(100);
  EXPECT_EQ(EvalFilter(*plan, input, &again).code(), Code::kTimeout);
}

}  // namespace
}  // namespace redkite::exec
