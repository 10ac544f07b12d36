// Any bytes as a write record: what decodes must encode to something that decodes to the same; all else is
// refused, without more memory than the bytes are worth.
#include "base/testing/fuzz_target.h"
#include "shard/write_record.h"

namespace redkite::shard {
namespace {

const FieldId kKey{100};

std::string Flat(const wal::LogPayload& payload) {
  std::string bytes;
  for (const std::string_view piece : payload.pieces()) bytes += piece;
  return bytes;
}

void Touch(const Column& column) {
  const ColumnView view = column.view();
  size_t sum = 0;
  for (size_t b = 0; b < view.data_bytes(); ++b) sum += static_cast<size_t>(view.data[b]);
  for (size_t r = 0; r < view.row_count; ++r) {
    sum += view.IsValid(r) ? 1 : 0;
    if (view.offsets != nullptr) sum += view.TextAt(r).size();
  }
  CHECK(sum != SIZE_MAX);
}

void Run(std::string_view bytes) {
  auto record = DecodeWriteRecord(bytes, kKey);
  if (!record.ok()) return;
  Touch(record->delete_keys);
  record->ForEachRows([](PartitionId, const segment::PreparedRows& rows) {
    for (const Column& column : rows.rows.columns) {
      CHECK(column.row_count() == rows.rows.row_count);
      Touch(column);
    }
  });
  const std::string once = Flat(EncodeWriteRecord(std::make_shared<const WriteRecord>(std::move(*record))));
  auto again = DecodeWriteRecord(once, kKey);
  CHECK(again.ok());
  CHECK(Flat(EncodeWriteRecord(std::make_shared<const WriteRecord>(std::move(*again)))) == once);
}

fuzz::Inputs Seeds() {
  fuzz::Inputs seeds;
  for (const bool with_rows : {false, true}) {
    auto record = std::make_shared<WriteRecord>();
    record->partition = PartitionId(1);
    record->delete_keys = Column(kKey, DataType::kInt64, 0);
    record->delete_keys.Append<int64_t>(5);
    if (with_rows) {
      RowBatch batch;
      batch.row_count = 2;
      batch.columns.emplace_back(kKey, DataType::kInt64, 0);
      batch.columns.emplace_back(FieldId(101), DataType::kVarChar, 0);
      batch.columns.emplace_back(FieldId(102), DataType::kFloatVector, 2);
      batch.columns.emplace_back(FieldId(103), DataType::kArray, 0);
      batch.columns.emplace_back(FieldId(104), DataType::kSparseFloatVector, 0);
      batch.columns.emplace_back(FieldId(105), DataType::kArrayOfVector, 2);
      for (int64_t row = 0; row < 2; ++row) {
        const float vector[] = {1, 2};
        batch.columns[0].Append<int64_t>(row);
        row == 0 ? batch.columns[1].AppendText("text") : batch.columns[1].AppendNull();
        batch.columns[2].AppendVector(vector);
        row == 0 ? batch.columns[3].AppendText(std::string(8, '\1')) : batch.columns[3].AppendNull();
        row == 0 ? batch.columns[4].AppendText(std::string(16, '\2')) : batch.columns[4].AppendNull();
        row == 0 ? batch.columns[5].AppendText(std::string(16, '\3')) : batch.columns[5].AppendNull();
      }
      record->rows = std::make_shared<segment::PreparedRows>(segment::PrepareRows(std::move(batch), kKey));
    }
    seeds.push_back(Flat(EncodeWriteRecord(record)));
    if (!with_rows) continue;
    record->more.push_back({PartitionId(2), record->rows});
    seeds.push_back(Flat(EncodeWriteRecord(record)));
  }
  auto truncation = std::make_shared<WriteRecord>();
  truncation->truncates = true;
  seeds.push_back(Flat(EncodeWriteRecord(truncation)));
  return seeds;
}

}  // namespace
}  // namespace redkite::shard

FUZZ_TARGET(write_record_fuzz, redkite::shard::Run, redkite::shard::Seeds, 20000)
