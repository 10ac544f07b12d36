#include <algorithm>
#include <optional>
#include <queue>

#include "base/planted.h"
#include "exec/key_cursor.h"
#include "exec/read_snapshot.h"
#include "exec/select_rows.h"
#include "exec/top_rows.h"
#include "types/absent_value.h"
#include "types/array_value.h"

namespace redkite::exec {
namespace {

using segment::PrimaryKey;
using segment::RowBlock;

bool KeyLess(const PrimaryKey& a, const PrimaryKey& b) {
  return a.is_text ? a.text < b.text : a.number < b.number;
}

// Merges cursors by key: visit(block, row in it, ref), of equal keys with the newest row alone, until it
// returns false.
template <class Visit>
Status ForEachKey(std::vector<KeyCursor> cursors, const CancelToken* cancel, Visit visit) {
  const auto later = [](const KeyCursor* a, const KeyCursor* b) { return KeyLess(b->key(), a->key()); };
  std::priority_queue<KeyCursor*, std::vector<KeyCursor*>, decltype(later)> heap(later);
  for (KeyCursor& c : cursors) {
    if (c.Skip()) heap.push(&c);
  }
  int64_t checked = 0;
  while (!heap.empty()) {
    if ((++checked & 0xffff) == 0 && cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
    const PrimaryKey key = heap.top()->key();
    std::optional<KeyCursor> newest;
    while (!heap.empty() && !KeyLess(key, heap.top()->key())) {
      KeyCursor* c = heap.top();
      heap.pop();
      if (c->undecided()) {
        RK_RETURN_IF_ERROR(c->Decide(cancel));
      } else {
        if (!newest || c->ts() >= newest->ts()) newest = *c;
        c->Step();
      }
      if (c->Skip()) heap.push(c);
    }
    if (newest && !visit(newest->block(), newest->row(), newest->ref())) break;
  }
  return Status::Ok();
}

// Where offset and limit count elements, no row before that of the last one is left out: each has some.
int64_t OffsetOf(const plan::QueryPlan& plan) {
  return plan.rows.filter.elements() != nullptr ? 0 : plan.offset;
}
int64_t LimitOf(const plan::QueryPlan& plan) {
  return plan.limit < 0 ? plan.limit : plan.limit + plan.offset - OffsetOf(plan);
}

Status PageByKey(const plan::QueryPlan& plan, std::vector<KeyCursor> cursors, const CancelToken* cancel,
                 std::vector<RowRef>* rows) {
  if (plan.limit == 0) return Status::Ok();
  const int64_t limit = LimitOf(plan);
  int64_t skip = OffsetOf(plan);
  return ForEachKey(std::move(cursors), cancel, [&](const RowBlock&, size_t, const RowRef& ref) {
    if (skip > 0) {
      --skip;
    } else {
      rows->push_back(ref);
    }
    return limit < 0 || static_cast<int64_t>(rows->size()) < limit;
  });
}

Status PageInOrder(const plan::QueryPlan& plan, std::vector<KeyCursor> cursors, const CancelToken* cancel,
                   std::vector<RowRef>* rows) {
  const auto offset = static_cast<size_t>(OffsetOf(plan));
  TopRows top(plan.order, plan.limit < 0 ? SIZE_MAX : static_cast<size_t>(LimitOf(plan)) + offset,
              plan.rows.schema.get());
  const auto add = [&](const RowBlock& block, size_t row, const RowRef& ref) {
    top.Add(block, row, ref);
    return true;
  };
  RK_RETURN_IF_ERROR(ForEachKey(std::move(cursors), cancel, add));
  const std::vector<RowRef> found = top.Take();
  rows->assign(found.begin() + static_cast<ptrdiff_t>(std::min(offset, found.size())), found.end());
  return Status::Ok();
}

// One field's column in the block of a row; neighbours are mostly in the same block.
class BlockCursor {
 public:
  BlockCursor(const Segments& segments, FieldId field) : segments_(segments), field_(field) {}
  /// nullptr where the block does not have the field.
  const ColumnView* MoveTo(const RowRef& ref) {
    const bool same = block_ != nullptr && segment_ == ref.segment && ref.row >= block_->first_row &&
                      ref.row - block_->first_row < block_->row_count;
    if (!same) {
      segment_ = ref.segment;
      block_ = &segments_[segment_]->BlockOf(ref.row);
      view_ = block_->Find(field_);
    }
    row_ = ref.row - block_->first_row;
    return view_;
  }
  size_t row_in_block() const { return row_; }

 private:
  const Segments& segments_;
  const FieldId field_;
  const RowBlock* block_ = nullptr;
  const ColumnView* view_ = nullptr;
  uint32_t segment_ = 0;
  size_t row_ = 0;
};

}  // namespace

Status QuerySegments(const plan::QueryPlan& plan, const Segments& segments, const CancelToken* cancel,
                     ReadStats* stats, std::vector<RowRef>* rows) {
  std::vector<SelectedRows> selected(segments.size());
  std::vector<KeyCursor> cursors;
  LazyFilter lazy(plan, stats);
  for (uint32_t s = 0; s < segments.size(); ++s) {
    if (lazy.serves()) {
      RK_ASSIGN_OR_RETURN(selected[s], lazy.SeenOf(*segments[s], cancel));
    } else {
      RK_ASSIGN_OR_RETURN(selected[s], SelectFrom(plan.rows, *segments[s], cancel, stats));
    }
    if (!selected[s].any) continue;
    for (const auto& block : segments[s]->blocks) {
      KeyCursor cursor(*block, s, selected[s].excluded ? &*selected[s].excluded : nullptr);
      if (plan.rows.key_floor) cursor.StartAt(*plan.rows.key_floor);
      if (lazy.serves()) cursor.DecideBy(&lazy);
      cursors.push_back(cursor);
    }
  }
  return plan.order.empty() ? PageByKey(plan, std::move(cursors), cancel, rows)
                            : PageInOrder(plan, std::move(cursors), cancel, rows);
}

Result<int64_t> CountRows(const plan::RowSelection& selection, const Segments& segments,
                          const CancelToken* cancel, ReadStats* stats) {
  int64_t count = 0;
  for (const auto& segment : segments) {
    if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
    if (SkipsSegment(selection, *segment)) continue;
    ++stats->segments;
    if (SelectsAllRows(selection, *segment)) {
      count += static_cast<int64_t>(segment->row_count);
      continue;
    }
    ExcludeBitset exclude(segment->row_count);
    RK_RETURN_IF_ERROR(SelectRows(selection, *segment, cancel, stats, &exclude));
    if (segment->growing && RK_PLANTED("count_forgets_growing")) continue;
    count += static_cast<int64_t>(exclude.CountKept());
  }
  return count;
}

Status OutputTooLarge(const plan::RowSelection& selection) {
  return {Code::kParameterTooLarge,
          "the answer exceeds the maximum output size of " + std::to_string(selection.output_bytes_max) +
              " bytes (limits.output_size), ask for fewer rows or fields: parameter too large"};
}

Status CheckOutputFits(const plan::RowSelection& selection, size_t row_count) {
  size_t row_bytes = 0;
  for (FieldId id : selection.output_fields) {
    const FieldSchema* field = selection.schema->Find(id);
    CHECK(field != nullptr);
    row_bytes += ValueBytes(field->type, field->dim);
  }
  const bool fits =
      row_bytes == 0 || row_count <= static_cast<size_t>(selection.output_bytes_max) / row_bytes;
  return fits ? Status::Ok() : OutputTooLarge(selection);
}

namespace {

// Checksums stand before it; what still is no array is a fault of ours and not to be told as a value.
Status CheckArray(const FieldSchema& field, std::string_view bytes) {
  bool whole = true;
  if (field.type == DataType::kArray) whole = ArrayValue::Parse(field.element_type, bytes).has_value();
  if (field.type == DataType::kArrayOfVector)
    whole = bytes.size() % std::max<size_t>(1, ValueBytes(field.element_type, field.dim)) == 0;
  return whole ? Status::Ok() : Status::Corrupt("malformed array in field " + field.name);
}

}  // namespace

Result<std::vector<Column>> FetchColumns(const plan::RowSelection& selection, const Segments& segments,
                                         const std::vector<RowRef>& rows) {
  std::vector<Column> columns;
  columns.reserve(selection.output_fields.size());
  auto bytes_left = static_cast<size_t>(selection.output_bytes_max);
  for (FieldId id : selection.output_fields) {
    const FieldSchema* field = selection.schema->Find(id);
    CHECK(field != nullptr);
    const size_t fixed_bytes = rows.size() * ValueBytes(field->type, field->dim);
    if (fixed_bytes > bytes_left) return OutputTooLarge(selection);
    bytes_left -= fixed_bytes;
    Column column(id, field->type, field->dim);
    column.Reserve(rows.size());
    BlockCursor cursor(segments, id);
    for (const RowRef& ref : rows) {
      const ColumnView* view = cursor.MoveTo(ref);
      if (view == nullptr) {
        if (field->default_value.text.size() > bytes_left) return OutputTooLarge(selection);
        bytes_left -= field->default_value.text.size();
        AppendAbsent(*field, &column);
        continue;
      }
      if (view->offsets != nullptr) {
        const std::string_view text = view->TextAt(cursor.row_in_block());
        if (text.size() > bytes_left) return OutputTooLarge(selection);
        bytes_left -= text.size();
        RK_RETURN_IF_ERROR(CheckArray(*field, text));
      }
      column.AppendFrom(*view, cursor.row_in_block());
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace redkite::exec
