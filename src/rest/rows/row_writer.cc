#include "rest/rows/row_writer.h"

#include <vector>

#include "rest/rows/value_writer.h"

namespace redkite::rest {
namespace {

constexpr std::string_view kDistance = "distance";

std::vector<ValueWriter> WritersOf(const std::vector<OutputColumn>& columns) {
  return {columns.begin(), columns.end()};
}

// Of members with one name clients take the last: a declared field hides a dynamic key.
void WriteDynamicKeys(const std::vector<ValueWriter>& columns, size_t row, JsonWriter* writer) {
  for (const ValueWriter& column : columns) {
    if (column.is_dynamic()) column.WriteKeys(row, writer);
  }
}

void WriteKey(const ColumnView& keys, size_t row, JsonWriter* writer) {
  if (keys.type == DataType::kInt64)
    writer->Int64(keys.At<int64_t>(row));
  else
    writer->Text(keys.TextAt(row));
}

void WriteKeys(const Column& keys, JsonWriter* writer) {
  const ColumnView view = keys.view();
  writer->BeginArray();
  for (size_t row = 0; row < view.row_count; ++row) WriteKey(view, row, writer);
  writer->EndArray();
}

void WriteCounted(std::string_view count_name, int64_t count, std::string_view keys_name, const Column& keys,
                  JsonWriter* writer) {
  writer->Key("data").BeginObject().Key(count_name).Integer(count).Key(keys_name);
  WriteKeys(keys, writer);
  writer->EndObject().Key("cost").Integer(0);
}

}  // namespace

void WriteQuery(const QueryResult& result, JsonWriter* writer) {
  const std::vector<ValueWriter> columns = WritersOf(result.columns);
  const size_t rows = columns.empty() ? 0 : columns[0].row_count();
  writer->Key("data").BeginArray();
  for (size_t row = 0; row < rows; ++row) {
    writer->BeginObject();
    WriteDynamicKeys(columns, row, writer);
    for (const ValueWriter& column : columns) {
      if (column.is_dynamic()) continue;
      writer->Key(column.name());
      column.Write(row, writer);
    }
    writer->EndObject();
  }
  writer->EndArray().Key("cost").Integer(0);
}

void WriteSearch(const SearchResult& result, JsonWriter* writer) {
  const std::vector<ValueWriter> columns = WritersOf(result.columns);
  const ColumnView keys = result.ids.view();
  writer->Key("data").BeginArray();
  for (size_t hit = 0; hit < keys.row_count; ++hit) {
    writer->BeginObject();
    WriteDynamicKeys(columns, hit, writer);
    for (const ValueWriter& column : columns) {
      if (column.is_dynamic() || column.name() == result.primary_field_name || column.name() == kDistance)
        continue;
      writer->Key(column.name());
      column.Write(hit, writer);
    }
    writer->Key(result.primary_field_name);
    WriteKey(keys, hit, writer);
    writer->Key(kDistance).Real(result.scores[hit]).EndObject();
  }
  writer->EndArray().Key("topks").BeginArray();
  for (const int64_t hits : result.hit_counts) writer->Integer(hits);
  writer->EndArray().Key("cost").Integer(0);
}

void WriteInsert(const MutationResult& result, JsonWriter* writer) {
  WriteCounted("insertCount", result.insert_count, "insertIds", result.ids, writer);
}

void WriteUpsert(const MutationResult& result, JsonWriter* writer) {
  WriteCounted("upsertCount", result.upsert_count, "upsertIds", result.ids, writer);
}

void WriteDelete(const MutationResult& result, JsonWriter* writer) {
  writer->Key("data").BeginObject().Key("deleteCount").Integer(result.delete_count).EndObject();
}

}  // namespace redkite::rest
