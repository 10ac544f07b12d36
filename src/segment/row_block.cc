#include "segment/row_block.h"

#include <algorithm>
#include <numeric>

namespace redkite::segment {
namespace {

// What a block in memory owns.
struct OwnedRows {
  RowBatch rows;
  std::vector<Timestamp> timestamps;
  std::vector<uint32_t> pk_order;
};

std::shared_ptr<const RowBlock> MakeOwningBlock(std::shared_ptr<OwnedRows> owned, FieldId pk_field,
                                                RowOffset first_row) {
  auto block = std::make_shared<RowBlock>();
  block->first_row = first_row;
  block->row_count = owned->rows.row_count;
  block->columns.reserve(owned->rows.columns.size());
  block->memory_bytes =
      owned->timestamps.size() * sizeof(Timestamp) + owned->pk_order.size() * sizeof(uint32_t);
  for (const Column& c : owned->rows.columns) {
    block->columns.emplace_back(c.field(), c.view());
    block->memory_bytes += c.memory_bytes();
    if (c.field() == pk_field) block->pk = c.view();
  }
  block->timestamps = owned->timestamps;
  block->pk_order = owned->pk_order;
  for (Timestamp ts : block->timestamps) {
    block->min_ts = std::min(block->min_ts, ts);
    block->max_ts = std::max(block->max_ts, ts);
  }
  block->owner = std::move(owned);
  return block;
}

int Compare(const PrimaryKey& a, const PrimaryKey& b) {
  if (a.is_text) return a.text.compare(b.text);
  return a.number < b.number ? -1 : a.number > b.number;
}

}  // namespace

const ColumnView* RowBlock::Find(FieldId field) const {
  for (const auto& [id, view] : columns) {
    if (id == field) return &view;
  }
  return nullptr;
}

std::span<const ValueZone> RowBlock::FindZones(FieldId field) const {
  for (const auto& [id, of_field] : zones) {
    if (id == field) return of_field;
  }
  return {};
}

size_t RowBlock::LowerBound(const PrimaryKey& key) const {
  auto it = std::partition_point(pk_order.begin(), pk_order.end(),
                                 [&](uint32_t row) { return Compare(PrimaryKey::At(pk, row), key) < 0; });
  return static_cast<size_t>(it - pk_order.begin());
}

bool RowBlock::KeyEquals(uint32_t row, const PrimaryKey& key) const {
  return Compare(PrimaryKey::At(pk, row), key) == 0;
}

int64_t AccountedBytes(const RowBatch& rows) {
  constexpr int64_t kRowOverheadBytes = 12;  // timestamp and key order
  int64_t bytes = static_cast<int64_t>(rows.row_count) * kRowOverheadBytes;
  for (const Column& c : rows.columns) bytes += static_cast<int64_t>(c.memory_bytes());
  return bytes;
}

std::vector<uint32_t> SortByPrimaryKey(const ColumnView& column) {
  std::vector<uint32_t> order(column.row_count);
  std::iota(order.begin(), order.end(), 0u);
  const auto sort = [&order](auto less) {
    if (!std::is_sorted(order.begin(), order.end(), less)) std::stable_sort(order.begin(), order.end(), less);
  };
  if (column.type == DataType::kVarChar) {
    sort([&](uint32_t a, uint32_t b) { return column.TextAt(a) < column.TextAt(b); });
  } else {
    const auto keys = column.Values<int64_t>();
    sort([&](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
  }
  return order;
}

PreparedRows PrepareRows(RowBatch rows, FieldId pk_field, MemoryReservation memory) {
  PreparedRows prepared;
  prepared.pk_order = SortByPrimaryKey(rows.Find(pk_field)->view());
  for (const Column& c : rows.columns) prepared.memory_bytes += c.memory_bytes();
  prepared.rows = std::move(rows);
  prepared.memory = std::move(memory);
  return prepared;
}

std::shared_ptr<const RowBlock> MakeBlock(PreparedRows rows, FieldId pk_field, RowOffset first_row,
                                          Timestamp ts) {
  auto owned = std::make_shared<OwnedRows>();
  owned->timestamps.assign(rows.rows.row_count, ts);
  owned->rows = std::move(rows.rows);
  owned->pk_order = std::move(rows.pk_order);
  return MakeOwningBlock(std::move(owned), pk_field, first_row);
}

std::shared_ptr<const RowBlock> MergeBlocks(const RowBlock& a, const RowBlock& b, FieldId pk_field) {
  CHECK(a.first_row + a.row_count == b.first_row && a.columns.size() == b.columns.size());
  auto owned = std::make_shared<OwnedRows>();
  owned->rows.row_count = a.row_count + b.row_count;
  for (size_t i = 0; i < a.columns.size(); ++i) {
    const auto& [field, view] = a.columns[i];
    CHECK(b.columns[i].first == field);
    Column merged(field, view.type, view.dim);
    merged.Reserve(owned->rows.row_count, view.data_bytes() + b.columns[i].second.data_bytes());
    merged.AppendAll(view);
    merged.AppendAll(b.columns[i].second);
    owned->rows.columns.push_back(std::move(merged));
  }
  owned->timestamps.assign(a.timestamps.begin(), a.timestamps.end());
  owned->timestamps.insert(owned->timestamps.end(), b.timestamps.begin(), b.timestamps.end());
  owned->pk_order.reserve(owned->rows.row_count);
  const auto shift = static_cast<uint32_t>(a.row_count);
  size_t i = 0, j = 0;
  while (i < a.row_count || j < b.row_count) {
    const bool take_a =
        j == b.row_count || (i < a.row_count && Compare(PrimaryKey::At(a.pk, a.pk_order[i]),
                                                        PrimaryKey::At(b.pk, b.pk_order[j])) <= 0);
    owned->pk_order.push_back(take_a ? a.pk_order[i++] : b.pk_order[j++] + shift);
  }
  return MakeOwningBlock(std::move(owned), pk_field, a.first_row);
}

}  // namespace redkite::segment
