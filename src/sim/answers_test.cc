#include "sim/answers.h"

#include <gtest/gtest.h>

namespace redkite::sim {
namespace {

const Shape kShape{{"", "c"}, false, 4};

Rows SomeRows() {
  Rows rows;
  for (int64_t key = 0; key < 20; ++key) rows[key] = {{key + 100, 1, 0}};
  return rows;
}

// The right answer to a search, made from the model.
SearchResult RightAnswer(const SearchAsk& ask, const Rows& rows) {
  SearchResult result;
  Column ids(FieldId(), DataType::kInt64, 0), versions(FieldId(), DataType::kInt64, 0);
  std::vector<std::pair<double, int64_t>> order;
  for (const auto& [key, all] : rows) {
    order.emplace_back(DistanceOf(ask.metric, 4, ask.queries[0], ContentOf(key, all[0].version).vec), key);
  }
  std::sort(order.begin(), order.end());
  order.resize(static_cast<size_t>(ask.limit));
  for (const auto& [distance, key] : order) {
    ids.Append<int64_t>(key);
    versions.Append<int64_t>(rows.at(key)[0].version);
    result.scores.push_back(static_cast<float>(distance));
  }
  result.hit_counts = {ask.limit};
  result.ids = std::move(ids);
  result.columns.push_back({"ver", false, std::move(versions)});
  return result;
}

TEST(Answers, WrongSearchesAreRefused) {
  const Rows rows = SomeRows();
  SearchAsk ask;
  ask.limit = 5;
  ask.queries = {ContentOf(7, 7).vec};
  Recall recall;
  const SearchResult right = RightAnswer(ask, rows);
  EXPECT_EQ(CheckSearch(kShape, ask, right, rows, &recall), "");
  EXPECT_EQ(recall.found, 5u);
  // The state without one of the hits, a wrong score, one hit less, another order, a filter that excludes.
  Rows fewer = rows;
  fewer.erase(right.ids.view().At<int64_t>(0));
  EXPECT_NE(CheckSearch(kShape, ask, right, fewer, &recall), "");
  auto change = [&](auto edit) {
    SearchResult wrong = RightAnswer(ask, rows);
    edit(&wrong);
    return CheckSearch(kShape, ask, wrong, rows, &recall);
  };
  EXPECT_NE(change([](SearchResult* r) { r->scores[2] += 1; }), "");
  EXPECT_NE(change([](SearchResult* r) { r->hit_counts[0] = 4; }), "");
  EXPECT_NE(change([](SearchResult* r) { r->hit_counts.push_back(0); }), "");
  SearchAsk further = ask;
  further.queries = {ContentOf(8, 8).vec};
  EXPECT_NE(CheckSearch(kShape, further, right, rows, &recall), "");
  SearchAsk filtered = ask;
  filtered.filter = {RowFilter::kNothing, 0, 0, {}, false, {}};
  EXPECT_NE(CheckSearch(kShape, filtered, right, rows, &recall), "");
}

TEST(Answers, RowsAreComparedAndTheirContentChecked) {
  const Rows rows = SomeRows();
  const auto expected = ExpectedRows(rows, {});
  EXPECT_EQ(expected.size(), 20u);
  EXPECT_EQ(ExpectedCount(rows, {}), 20u);
  EXPECT_EQ(CompareRows(expected, expected), "");
  for (size_t i = 0; i < expected.size(); ++i) {
    auto other = expected;
    other[i].version += 1;
    EXPECT_NE(CompareRows(other, expected), "");
    other.erase(other.begin() + static_cast<ptrdiff_t>(i));
    EXPECT_NE(CompareRows(other, expected), "");
  }
  std::vector<OutputColumn> columns;
  Column id(FieldId(), DataType::kInt64, 0), ver(FieldId(), DataType::kInt64, 0),
      n(FieldId(), DataType::kInt64, 0);
  id.Append<int64_t>(5);
  ver.Append<int64_t>(6);
  n.Append<int64_t>(ContentOf(5, 6).n + 1);
  columns.push_back({"id", false, std::move(id)});
  columns.push_back({"ver", false, std::move(ver)});
  std::vector<SeenRow> seen;
  EXPECT_EQ(ReadRows(kShape, columns, nullptr, &seen), "");
  columns.push_back({"n", false, std::move(n)});
  EXPECT_NE(ReadRows(kShape, columns, nullptr, &seen), "");
}

}  // namespace
}  // namespace redkite::sim
