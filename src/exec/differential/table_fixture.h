// Table: a random schema with random rows, and the segment that holds them. Tests only; one thread.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exec/differential/value_fixture.h"
#include "io/mem_file_system.h"
#include "segment/growing_segment.h"
#include "segment/sealed_segment.h"
#include "types/array_value.h"
#include "types/schema.h"

namespace redkite::exec::differential {

/// A value for each field, in the order of the schema; nothing: null.
using Row = std::vector<std::optional<Value>>;

struct TableOptions {
  size_t rows = 50;
  bool plain = false;  // only what SQL knows: no JSON, no arrays, no Float
};

class Table {
 public:
  /// A schema and rows made by chance; the same for the same state of `random`.
  Table(Random* random, const TableOptions& options) : maker_(random), random_(random), options_(options) {
    MakeSchema();
    for (size_t i = 0; i < options.rows; ++i) MakeRow(static_cast<int64_t>(i));
    for (size_t i = 0; i < rows_.size(); ++i) deleted_.push_back(maker_.OneIn(12));
    Store();
  }
  /// One row of another table.
  Table(const Table& from, size_t row, Random* random)
      : maker_(random), random_(random), options_(from.options_), schema_(from.schema_) {
    rows_.push_back(from.rows_[row]);
    deleted_.push_back(from.deleted_[row]);
    Store();
  }
  const std::shared_ptr<const CollectionSchema>& schema() const { return schema_; }
  const std::vector<FieldSchema>& fields() const { return schema_->fields; }
  const std::vector<Row>& rows() const { return rows_; }
  bool is_deleted(size_t row) const { return deleted_[row]; }
  const segment::SegmentSnapshot& segment() const { return *segment_; }
  /// The values of the row, for a report.
  std::string RowText(size_t row) const {
    std::string out;
    for (size_t f = 0; f < fields().size(); ++f) {
      const auto& value = rows_[row][f];
      out += (f > 0 ? ", " : "") + fields()[f].name + " = ";
      out += value ? JsonPrinter(nullptr).Print(*value) : "NULL";
    }
    return out;
  }

 private:
  void Add(CollectionSchema* schema, DataType type, bool nullable) {
    // Names that look like words of the language.
    static constexpr const char* kNames[] = {"a",  "b",    "like_it", "In",   "Not",
                                             "_x", "And1", "ISO",     "Null", "é"};
    FieldSchema field;
    field.id = FieldId(100 + static_cast<int64_t>(schema->fields.size()));
    const std::string name = maker_.OneOf(kNames);
    field.name = (name == "é" ? "e" : name) + std::to_string(schema->fields.size());
    field.type = type;
    field.nullable = nullable;
    if (type == DataType::kArray) field.element_type = maker_.OneOf(kScalars);
    schema->fields.push_back(std::move(field));
  }
  void MakeSchema() {
    auto schema = std::make_shared<CollectionSchema>();
    schema->name = "c";
    Add(schema.get(), maker_.OneIn(4) ? DataType::kVarChar : DataType::kInt64, false);
    schema->fields[0].is_primary = true;
    for (uint64_t n = 3 + maker_.Below(6); n > 0; --n) Add(schema.get(), RandomType(), !maker_.OneIn(4));
    later_ = maker_.OneIn(4) ? schema->fields.size() : 0;
    if (later_ > 0) Add(schema.get(), RandomType(), true);
    if (!options_.plain && maker_.OneIn(2)) {
      schema->enable_dynamic_field = true;
      Add(schema.get(), DataType::kJson, true);
      schema->fields.back().name = "$meta";
      schema->fields.back().is_dynamic = true;
    }
    schema_ = std::move(schema);
  }
  DataType RandomType() {
    if (options_.plain) {
      for (;;) {
        const DataType type = maker_.OneOf(kScalars);
        if (type != DataType::kFloat) return type;
      }
    }
    if (maker_.OneIn(4)) return DataType::kJson;
    return maker_.OneIn(3) ? DataType::kArray : maker_.OneOf(kScalars);
  }
  Value Scalar(DataType type) {
    switch (type) {
      case DataType::kBool:
        return Value::Bool(maker_.OneIn(2));
      case DataType::kInt8:
        return Value::Int(static_cast<int8_t>(maker_.Integer()));
      case DataType::kInt16:
        return Value::Int(static_cast<int16_t>(maker_.Integer()));
      case DataType::kInt32:
        return Value::Int(static_cast<int32_t>(maker_.Integer()));
      case DataType::kInt64:
        return Value::Int(maker_.Integer());
      case DataType::kFloat: {
        const float f = NearestFloat(maker_.Real());
        return Value::Real(std::isfinite(f) ? static_cast<double>(f) : 0.0);
      }
      case DataType::kDouble:
        return Value::Real(maker_.Real());
      default:
        return Value::Text(maker_.Text());
    }
  }
  Value Cell(const FieldSchema& field) {
    if (field.is_dynamic) return maker_.Object(3);
    if (field.type == DataType::kJson) return maker_.OneIn(6) ? maker_.Json(2) : maker_.Object(3);
    if (field.type != DataType::kArray) return Scalar(field.type);
    Value array{Value::Kind::kArray};
    for (uint64_t n = maker_.Below(5); n > 0; --n) array.members.emplace_back("", Scalar(field.element_type));
    return array;
  }
  void MakeRow(int64_t number) {
    Row row;
    for (size_t f = 0; f < fields().size(); ++f) {
      const FieldSchema& field = fields()[f];
      if (field.is_primary) {
        row.emplace_back(field.type == DataType::kInt64
                             ? Value::Int(number - 3)
                             : Value::Text(maker_.Text() + std::to_string(number)));
      } else if ((f == later_ && later_ > 0) || (field.nullable && maker_.OneIn(5))) {
        row.emplace_back();
      } else {
        row.emplace_back(Cell(field));
      }
    }
    rows_.push_back(std::move(row));
  }
  static void AppendArray(const Value& value, DataType element, Column* column) {
    ArrayBuilder builder(element);
    for (const auto& [key, member] : value.members) {
      switch (element) {
        case DataType::kBool:
          builder.Append<uint8_t>(member.truth ? 1 : 0);
          break;
        case DataType::kInt8:
          builder.Append(static_cast<int8_t>(member.integer));
          break;
        case DataType::kInt16:
          builder.Append(static_cast<int16_t>(member.integer));
          break;
        case DataType::kInt32:
          builder.Append(static_cast<int32_t>(member.integer));
          break;
        case DataType::kInt64:
          builder.Append(member.integer);
          break;
        case DataType::kFloat:
          builder.Append(static_cast<float>(member.real));
          break;
        case DataType::kDouble:
          builder.Append(member.real);
          break;
        default:
          builder.AppendText(member.text);
      }
    }
    column->AppendText(builder.Finish());
  }
  void AppendCell(const std::optional<Value>& value, const FieldSchema& field, Column* column) {
    if (!value) return column->AppendNull();
    switch (field.type) {
      case DataType::kBool:
        return column->Append<uint8_t>(value->truth ? 1 : 0);
      case DataType::kInt8:
        return column->Append(static_cast<int8_t>(value->integer));
      case DataType::kInt16:
        return column->Append(static_cast<int16_t>(value->integer));
      case DataType::kInt32:
        return column->Append(static_cast<int32_t>(value->integer));
      case DataType::kInt64:
        return column->Append(value->integer);
      case DataType::kFloat:
        return column->Append(static_cast<float>(value->real));
      case DataType::kDouble:
        return column->Append(value->real);
      case DataType::kVarChar:
        return column->AppendText(value->text);
      case DataType::kArray:
        return AppendArray(*value, field.element_type, column);
      default:
        return column->AppendText(JsonPrinter(random_).Print(*value));
    }
  }
  /// In batches, so that the segment has several blocks.
  void Store() {
    segment::GrowingSegment segment(SegmentId(1), PartitionId(1), fields()[0].id);
    Timestamp ts = 10;
    for (size_t begin = 0; begin < rows_.size();) {
      const size_t end = std::min<size_t>(rows_.size(), begin + 1 + maker_.Below(rows_.size()));
      RowBatch batch;
      batch.row_count = end - begin;
      for (size_t f = 0; f < fields().size(); ++f) {
        if (f == later_ && later_ > 0) continue;
        Column column(fields()[f].id, fields()[f].type, 0);
        for (size_t r = begin; r < end; ++r) AppendCell(rows_[r][f], fields()[f], &column);
        batch.columns.push_back(std::move(column));
      }
      segment.Append(segment::PrepareRows(std::move(batch), fields()[0].id), ++ts);
      begin = end;
    }
    std::vector<segment::DeleteEntry> deletes;
    for (size_t r = 0; r < rows_.size(); ++r) {
      if (deleted_[r]) deletes.push_back({static_cast<RowOffset>(r), ts + 1});
    }
    segment.Delete(deletes);
    segment_ = segment.Snapshot();
    if (maker_.OneIn(3)) Seal();
  }

  /// The segment as files, opened again.
  void Seal() {
    CHECK(files_.CreateDirs("/s").ok());
    const storage::SegmentFiles files{"/s", segment_->id, 1};
    Result<storage::SegmentMeta> meta = segment::WriteSegment(&files_, files, *segment_, *schema_);
    CHECK(meta.ok());
    Result<storage::FileRef> deletes = segment::WriteDeletes(&files_, files, *segment_->deletes);
    CHECK(deletes.ok());
    meta->delta = *deletes;
    auto opened = segment::OpenSegment(&files_, "/s", *meta, *schema_, {.json_paths = json_paths_});
    CHECK(opened.ok());
    segment_ = *opened;
  }

  static constexpr DataType kScalars[] = {DataType::kBool,   DataType::kInt8,   DataType::kInt16,
                                          DataType::kInt32,  DataType::kInt64,  DataType::kFloat,
                                          DataType::kDouble, DataType::kVarChar};
  ValueMaker maker_;
  Random* const random_;
  const TableOptions options_;
  std::shared_ptr<const CollectionSchema> schema_;
  size_t later_ = 0;  // a field that the segment lacks; 0: none
  std::vector<Row> rows_;
  std::vector<bool> deleted_;
  io::MemFileSystem files_;
  const std::shared_ptr<segment::JsonPathCache> json_paths_ =
      std::make_shared<segment::JsonPathCache>(int64_t{1} << 20, nullptr);
  std::shared_ptr<const segment::SegmentSnapshot> segment_;
};

}  // namespace redkite::exec::differential
