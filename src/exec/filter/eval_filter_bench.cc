// Rows per second of single predicates and of parsing, one thread. Prints one line per case.
#include <cstdio>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "exec/filter/eval_filter.h"
#include "plan/filter_test_schema.h"

namespace redkite::exec {
namespace {

constexpr size_t kRows = 1 << 16;

struct Data {
  CollectionSchema schema = plan::FilterTestSchema();
  std::vector<Column> columns;
  Data() {
    Random random(1);
    for (const FieldSchema& field : schema.fields) {
      if (field.type == DataType::kArray || IsVector(field.type)) continue;
      Column column(field.id, field.type, 0);
      for (size_t r = 0; r < kRows; ++r) Append(&column, field, random.Below(1000));
      columns.push_back(std::move(column));
    }
  }
  static void Append(Column* column, const FieldSchema& field, uint64_t v) {
    if (field.name == "i32" && v < 100) return column->AppendNull();
    switch (field.type) {
      case DataType::kBool:
        return column->Append<uint8_t>(v & 1);
      case DataType::kInt8:
        return column->Append<int8_t>(static_cast<int8_t>(v & 127));
      case DataType::kInt16:
        return column->Append<int16_t>(static_cast<int16_t>(v));
      case DataType::kInt32:
        return column->Append<int32_t>(static_cast<int32_t>(v));
      case DataType::kInt64:
        return column->Append<int64_t>(static_cast<int64_t>(v));
      case DataType::kFloat:
        return column->Append<float>(static_cast<float>(v));
      case DataType::kDouble:
        return column->Append<double>(static_cast<double>(v));
      case DataType::kJson:
        return column->AppendText("{\"name\":\"item " + std::to_string(v) +
                                  "\",\"tags\":[\"a\",\"b\"],\"n\":" + std::to_string(v) + ",\"price\":1.5}");
      default:
        return column->AppendText("key number " + std::to_string(v));
    }
  }
};

void Run(const Data& data, const std::string& text) {
  const SystemClock clock;
  const auto filter = std::move(plan::ParseFilter(text, data.schema)).value();
  FilterInput input;
  input.row_count = kRows;
  input.column = [&](FieldId field) -> std::optional<ColumnView> {
    for (const Column& column : data.columns) {
      if (column.field() == field) return column.view();
    }
    return std::nullopt;
  };
  int64_t best = INT64_MAX;
  size_t kept = 0;
  for (int round = 0; round < 100; ++round) {
    ExcludeBitset exclude(kRows);
    const int64_t begin = clock.MonotonicNs();
    if (!EvalFilter(filter, input, &exclude).ok()) return;
    best = std::min(best, clock.MonotonicNs() - begin);
    kept = exclude.CountKept();
  }
  std::printf("%9.1f M rows/s  %8zu kept  %s\n", 1e3 * static_cast<double>(kRows) / static_cast<double>(best),
              kept, text.substr(0, 60).c_str());
}

}  // namespace
}  // namespace redkite::exec

int main() {
  const redkite::exec::Data data;
  std::string ids = "i64 in [0";
  std::string sparse = "i64 in [0";
  std::string keys = "s in ['x'";
  for (int i = 1; i < 1000; ++i) {
    ids += "," + std::to_string(i * 2);
    sparse += "," + std::to_string(int64_t{i} * 1000003);
    keys += ",'key number " + std::to_string(i * 2) + "'";
  }
  // Terms that become one predicate: ranges by a search in a sorted list, bounds by the tightest one.
  std::string ranges = "0 < i64 < 3";
  std::string text_ranges = "'key number 0' < s < 'key number 00'";
  std::string bounds = "i64 > 0";
  for (int i = 1; i < 20'000; ++i) {
    ranges += " or " + std::to_string(i * 4) + " < i64 < " + std::to_string(i * 4 + 3);
    bounds += " and i64 > " + std::to_string(i % 100);
    const std::string key = std::to_string(100'000 + i);
    text_ranges += " or 'key number " + key + "' < s < 'key number " + key + "z'";
  }
  for (const std::string& text : {std::string("i8 < 50"),
                                  std::string("i16 < 500"),
                                  std::string("i32 < 500"),
                                  std::string("i64 < 500"),
                                  std::string("i64 == 7"),
                                  std::string("1 < i64 <= 500"),
                                  std::string("f < 500"),
                                  std::string("d < 500"),
                                  std::string("b == true"),
                                  std::string("i64 < i32"),
                                  std::string("i64 + 3 < 500"),
                                  std::string("i64 % 7 == 3"),
                                  std::string("i64 < 500 and i32 > 100 and f != 3"),
                                  std::string("i64 < 5 or i32 > 900"),
                                  std::string("i64 in [1, 5, 9]"),
                                  ids + "]",
                                  sparse + "]",
                                  std::string("s == 'key number 7'"),
                                  std::string("s like 'key number 7%'"),
                                  std::string("s like '%77%'"),
                                  std::string("s like 'k_y%7_'"),
                                  keys + "]",
                                  ranges,
                                  text_ranges,
                                  bounds,
                                  std::string("j['n'] < 500"),
                                  std::string("j['name'] == 'item 7'"),
                                  std::string("json_contains(j['tags'], 'b')"),
                                  std::string("json_contains_all(j['tags'], ['a', 'b'])"),
                                  std::string("array_length(j['tags']) == 2"),
                                  std::string("s =~ '7$'"),
                                  std::string("s =~ 'number [0-9]*7[0-9]'"),
                                  std::string("starts_with(s, t)"),
                                  std::string("i64 < 5 and j['n'] < 500")}) {
    redkite::exec::Run(data, text);
  }
}
