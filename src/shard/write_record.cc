#include "shard/write_record.h"

#include "base/check.h"
#include "base/coding.h"
#include "types/bitset.h"

namespace redkite::shard {
namespace {

// 2: rows of several partitions, and truncations: builds that do not know them refuse such records.
constexpr uint8_t kPlainVersion = 1, kFormatVersion = 2;
constexpr uint8_t kHasDeletes = 1, kHasRows = 2, kHasMore = 4, kTruncates = 8;
constexpr uint8_t kHasValidity = 1;

// Small parts of the payload live here; large ones are borrowed from the record.
struct EncodedParts {
  std::vector<std::unique_ptr<std::string>> texts;
  std::shared_ptr<const WriteRecord> record;
  std::vector<std::string_view> pieces;
  std::string* NewText() {
    texts.push_back(std::make_unique<std::string>());
    return texts.back().get();
  }
};

void EncodeColumn(const Column& column, EncodedParts* parts) {
  const ColumnView view = column.view();
  std::string* head = parts->NewText();
  PutVarint(head, static_cast<uint64_t>(column.field().value()));
  PutVarint(head, static_cast<uint64_t>(view.type));
  PutVarint(head, static_cast<uint64_t>(view.dim));
  head->push_back(view.validity != nullptr ? kHasValidity : 0);
  if (view.validity != nullptr) {
    for (size_t i = 0; i < BitWords(view.row_count); ++i) PutFixed(head, view.validity[i]);
  }
  if (view.offsets != nullptr) {
    for (size_t r = 0; r < view.row_count; ++r) PutVarint(head, view.offsets[r + 1] - view.offsets[r]);
  }
  parts->pieces.push_back(*head);
  parts->pieces.emplace_back(reinterpret_cast<const char*>(view.data), view.data_bytes());
}

Status DecodeText(Decoder* in, uint64_t rows, Column* column) {
  if (rows > in->remaining()) return Status::Corrupt("write record: too many rows");
  std::vector<uint64_t> lengths(rows);
  uint64_t total = 0;
  for (uint64_t& n : lengths) {
    n = in->Varint();
    if (n > in->remaining()) return Status::Corrupt("write record: text is too long");
    total += n;
  }
  std::string_view text = in->Raw(total);
  if (!in->ok()) return Status::Corrupt("write record: texts are cut");
  column->Reserve(rows, total);
  for (uint64_t n : lengths) {
    column->AppendText(text.substr(0, n));
    text.remove_prefix(n);
  }
  return Status::Ok();
}

// Appending row by row with the nulls in place: rare, so simple.
Column WithNulls(const Column& all_valid, const std::string_view validity) {
  Column column(all_valid.field(), all_valid.type(), all_valid.dim());
  const ColumnView view = all_valid.view();
  for (size_t r = 0; r < view.row_count; ++r) {
    if ((static_cast<unsigned char>(validity[r >> 3]) >> (r & 7)) & 1) {
      column.AppendFrom(view, r);
    } else {
      column.AppendNull();
    }
  }
  return column;
}

Result<Column> DecodeColumn(Decoder* in, uint64_t rows) {
  const FieldId field(static_cast<int64_t>(in->Varint()));
  const auto type = static_cast<DataType>(in->Varint());
  const uint64_t dim = in->Varint();
  const auto flags = in->Fixed<uint8_t>();
  constexpr uint64_t kDimMax = uint64_t{1}
                               << 23;  // bits of a BinaryVector, with the largest limits.dimension
  const bool shaped = in->ok() && IsStorable(type) && dim <= kDimMax;
  if (!shaped || (IsDenseVector(type) && ValueBytes(type, static_cast<int>(dim)) == 0)) {
    return Status::Corrupt("write record: malformed column");
  }
  std::string_view validity;
  if ((flags & kHasValidity) != 0) {
    if (rows / 8 > in->remaining()) return Status::Corrupt("write record: too many rows");
    validity = in->Raw(BitWords(rows) * 8);
    if (!in->ok()) return Status::Corrupt("write record: validity is cut");
  }
  Column column(field, type, static_cast<int>(dim));
  if (IsVariableLength(type)) {
    RK_RETURN_IF_ERROR(DecodeText(in, rows, &column));
  } else {
    const uint64_t value_bytes = ValueBytes(type, static_cast<int>(dim));
    if (rows > in->remaining() / value_bytes) return Status::Corrupt("write record: values are cut");
    column.AppendRaw(in->Raw(rows * value_bytes).data(), rows);
  }
  return validity.empty() ? std::move(column) : WithNulls(column, validity);
}

void EncodeRows(const RowBatch& rows, EncodedParts* parts) {
  std::string* head = parts->NewText();
  PutVarint(head, rows.row_count);
  PutVarint(head, rows.columns.size());
  parts->pieces.push_back(*head);
  for (const Column& c : rows.columns) EncodeColumn(c, parts);
}

Result<std::shared_ptr<segment::PreparedRows>> DecodeRows(Decoder* in, FieldId pk_field) {
  RowBatch batch;
  batch.row_count = in->Varint();
  const uint64_t columns = in->Count();
  for (uint64_t i = 0; i < columns; ++i) {
    RK_ASSIGN_OR_RETURN(Column column, DecodeColumn(in, batch.row_count));
    batch.columns.push_back(std::move(column));
  }
  const Column* pk = batch.Find(pk_field);
  if (pk == nullptr || (pk->type() != DataType::kInt64 && pk->type() != DataType::kVarChar)) {
    return Status::Corrupt("write record: rows without their primary key");
  }
  return std::make_shared<segment::PreparedRows>(segment::PrepareRows(std::move(batch), pk_field));
}

}  // namespace

wal::LogPayload EncodeWriteRecord(std::shared_ptr<const WriteRecord> record) {
  auto parts = std::make_shared<EncodedParts>();
  std::string* head = parts->NewText();
  const bool deletes = record->delete_keys.row_count() > 0;
  CHECK(!record->truncates || (!deletes && !record->rows && record->more.empty()));
  const bool plain = record->more.empty() && !record->truncates;
  head->push_back(static_cast<char>(plain ? kPlainVersion : kFormatVersion));
  head->push_back(static_cast<char>((deletes ? kHasDeletes : 0) | (record->rows ? kHasRows : 0) |
                                    (record->more.empty() ? 0 : kHasMore) |
                                    (record->truncates ? kTruncates : 0)));
  PutVarint(head, static_cast<uint64_t>(record->partition.value()));
  parts->pieces.push_back(*head);
  if (deletes) {
    head = parts->NewText();
    PutVarint(head, record->delete_up_to);
    PutVarint(head, record->delete_keys.row_count());
    parts->pieces.push_back(*head);
    EncodeColumn(record->delete_keys, parts.get());
  }
  if (record->rows) EncodeRows(record->rows->rows, parts.get());
  if (!record->more.empty()) {
    head = parts->NewText();
    PutVarint(head, record->more.size());
    parts->pieces.push_back(*head);
    for (const PartitionRows& part : record->more) {
      head = parts->NewText();
      PutVarint(head, static_cast<uint64_t>(part.partition.value()));
      parts->pieces.push_back(*head);
      EncodeRows(part.rows->rows, parts.get());
    }
  }
  parts->record = std::move(record);
  auto pieces = parts->pieces;
  return wal::LogPayload(std::move(pieces), std::move(parts));
}

Result<WriteRecord> DecodeWriteRecord(std::string_view payload, FieldId pk_field) {
  Decoder in(payload);
  const auto version = in.Fixed<uint8_t>();
  const auto flags = in.Fixed<uint8_t>();
  const bool truncates = version == kFormatVersion && flags == kTruncates;
  const int known = kHasDeletes | kHasRows | (version == kFormatVersion ? kHasMore : 0);
  const bool of_rows = version != 0 && version <= kFormatVersion && (flags & ~known) == 0;
  if (!in.ok() || (!of_rows && !truncates)) {
    return Status::Corrupt("write record: unknown version or flags");
  }
  WriteRecord record;
  record.truncates = truncates;
  record.partition = PartitionId(static_cast<int64_t>(in.Varint()));
  if ((flags & kHasDeletes) != 0) {
    record.delete_up_to = in.Varint();
    const uint64_t rows = in.Varint();
    RK_ASSIGN_OR_RETURN(record.delete_keys, DecodeColumn(&in, rows));
    const DataType type = record.delete_keys.type();
    if (type != DataType::kInt64 && type != DataType::kVarChar) {
      return Status::Corrupt("write record: keys of a wrong type");
    }
  }
  if ((flags & kHasRows) != 0) {
    RK_ASSIGN_OR_RETURN(record.rows, DecodeRows(&in, pk_field));
  }
  if ((flags & kHasMore) != 0) {
    if (!record.rows) return Status::Corrupt("write record: rows of further partitions alone");
    for (uint64_t n = in.Count(); n > 0; --n) {
      PartitionRows part{PartitionId(static_cast<int64_t>(in.Varint())), nullptr};
      RK_ASSIGN_OR_RETURN(part.rows, DecodeRows(&in, pk_field));
      record.more.push_back(std::move(part));
    }
    if (record.more.empty()) return Status::Corrupt("write record: no rows of further partitions");
  }
  RK_RETURN_IF_ERROR(in.Finish("write record"));
  return record;
}

}  // namespace redkite::shard
